"""Checks of what a restart does, and of the update service."""

from __future__ import annotations

from ingest.conform.facts import Facts
from ingest.conform.verdicts import CannotTell, Check, Judged, all_of, not_offered, not_tried
from ingest.drivers import sig
from ingest.drivers.open_insole_records import RACP
from ingest.sources.radio.smp_pipe import SMP_CHARACTERISTIC

_DIGEST_OCTETS = 32
_TICKS_AT_MOST_S = 120.0


def _needs_restart(facts: Facts) -> None:
    if not facts.talk.restarted:
        raise CannotTell("it was not restarted")
    if (why := facts.talk.why_not.get("restart")) is not None:
        raise CannotTell(why)


def _boot(facts: Facts) -> Judged:
    _needs_restart(facts)
    old, new = facts.info.boot, facts.info_of("info restarted").boot
    frames = [one for one in facts.frames if one.link == 3]
    ticks_s = frames[0].rows.ticks * facts.info.tick_ns / 1e9 if frames else 0.0
    reply = facts.reply("start restarted").count
    since_s = facts.step("start restarted").began_s - (facts.link(2).ended_s or 0.0)
    most_rows = (since_s + _TICKS_AT_MOST_S) * 1e9 / facts.info.ns_per_row
    return all_of(
        f"the boot id is {new:08X} again" if old == new else None,
        f"first row {reply.first_seq}" if reply.first_seq else None,
        f"row {reply.next_seq} is next" if reply.next_seq > most_rows else None,
        f"ticks go on at {ticks_s:.0f} s" if ticks_s > since_s + _TICKS_AT_MOST_S else None,
        fine=f"{old:08X}, then {new:08X}, rows from 0",
    )


def _kept_over_restart(facts: Facts) -> Judged:
    if not facts.offers(RACP):
        return not_offered("minor version 0: rows are not kept")
    facts.needs_flash()
    _needs_restart(facts)
    before, after = facts.running("held back"), facts.held("held restarted")
    kept = next((one for one in after if one.boot == before.boot), None)
    went_on = facts.read_status("status restarted").streaming
    return all_of(
        "its rows of before are gone" if kept is None or kept.next_seq < before.next_seq else None,
        None if went_on else "the stream that ran does not go on",
        "the running boot is not the last"
        if not after or after[-1].boot != facts.info_of("info restarted").boot
        else None,
        fine="rows of before are there, and the stream went on by itself",
    )


def _update(facts: Facts) -> Judged:
    if not facts.offers(SMP_CHARACTERISTIC):
        return not_offered("no SMP service")
    if facts.talk.slots is None:
        return not_tried(facts.talk.why_not.get("update", "the check did not come so far"))
    running = next((one for one in facts.talk.slots if one.active), None)
    if running is None:
        return all_of("no image is said to run", fine="")
    firmware = sig.unpack_text(facts.read("firmware"))
    return all_of(
        f"a hash of {len(running.digest)} octets" if len(running.digest) != _DIGEST_OCTETS else None,
        f"version {running.version}, Firmware Revision says {firmware}" if running.version != firmware else None,
        fine=f"{running.version}, SHA-256 {running.digest.hex()[:8]}…, {len(facts.talk.slots)} images",
    )


CHECKS = (
    Check(
        name="boot-id",
        section="4, 6",
        asks="a new boot id, rows and ticks from 0 after a restart",
        advice="Draw the boot id from a hardware random generator at every start, and begin rows and ticks at 0.",
        judge=_boot,
    ),
    Check(
        name="rows-over-restart",
        section="13",
        asks="rows outlive a restart, and the stream goes on by itself",
        advice="Walk the ring at boot, list the boots before in HELD, and start taking rows when a stream ran.",
        judge=_kept_over_restart,
    ),
    Check(
        name="update",
        section="18",
        asks="SMP lists the running image with its hash and the version of Firmware Revision",
        advice="Enable MCUmgr's image group over Bluetooth, and take Firmware Revision from the image's own version.",
        judge=_update,
    ),
)
