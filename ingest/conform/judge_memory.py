"""Checks of what is in flash (minor version 1): HELD, deleting, and live rows beside old ones."""

from __future__ import annotations

from ingest.conform.facts import Facts
from ingest.conform.kept import asked, code_of, rows_of, said, with_flash
from ingest.conform.verdicts import Check, Judged, all_of, broken, not_tried, ok
from ingest.drivers.open_insole_records import RECORD_ROWS, RacpCode, unpack_count

_LATE_S = 2.0
_BOOTED_OFF_NS = 2_000_000_000


def _held(facts: Facts) -> Judged:
    names = [name for name in ("held at first", "held back") if name in facts.talk.steps]
    held = {name: facts.held(name) for name in names}
    first, last = facts.reply("start").count.first_seq, facts.missed.last
    wrong = []
    for name, boots in held.items():
        if not boots or boots[-1].boot != facts.info.boot:
            wrong.append(f"{name}: the running boot is not the last")
        if facts.read(name)[2:4] != b"\0\0":
            wrong.append(f"{name}: reserved octets are not 0")
    back = facts.running("held back")
    rows = f"rows {back.first_seq} … {back.next_seq - 1}"
    if not wrong and not back.first_seq <= first < last < back.next_seq:
        wrong.append(f"{rows}, taken were {first} … {last}")
    return all_of(*wrong, fine=f"{len(held['held back'])} boots, {rows} of this one")


def _booted(facts: Facts) -> Judged:
    booted_t_ns = facts.running("held back").booted_t_ns
    if booted_t_ns is None:
        return broken("no flag, though the time was written")
    frame = facts.some_frames(2)[0]
    now_s = (facts.step("held back").taken_s - frame.t_s) * 1e9
    ticks_ns = frame.rows.ticks * facts.info.tick_ns + now_s
    off_ns = booted_t_ns + ticks_ns - facts.talk.read_t_ns["held back"]
    words = f"{off_ns / 1e9:+.2f} s off"
    return ok(words) if abs(off_ns) <= _BOOTED_OFF_NS else broken(words)


def _live_first(facts: Facts) -> Judged:
    step = facts.step("report missed")
    frames = facts.some_frames(2)
    tick_s = facts.info.tick_ns / 1e9
    late = [(one.t_s, one.t_s - one.rows.ticks * tick_s) for one in frames]
    least = min(value for _, value in late)
    during = [value - least for t_s, value in late if step.began_s <= t_s - (value - least) <= step.ended_s]
    if not during:
        return not_tried("no live frame came due during the report")
    words = f"at most {max(during):.2f} s later than at best"
    return ok(words) if max(during) <= _LATE_S else broken(words)


def _delete(facts: Facts) -> Judged:
    if (why := facts.talk.why_not.get("delete")) is not None:
        return not_tried(why)
    _, last = asked(facts, "delete")
    code = code_of(facts, "delete")
    first = facts.running("held after delete").first_seq
    count = facts.step("count deleted")
    left = unpack_count(count.replies[0].data) if count.replies else -1
    stay, stay_last = asked(facts, "report after delete")
    came = rows_of(facts.records("report after delete"), facts.ticks_per_row)
    lacking = [seq for seq in range(stay, stay_last + 1) if seq not in came]
    return all_of(
        None if code is RacpCode.SUCCESS else said(code),
        f"row {lacking[0]} is gone, deleted was up to {last}" if lacking else None,
        f"HELD begins at {first}, deleted was up to {last}" if not last + 1 - RECORD_ROWS < first <= last + 1 else None,
        f"{left} rows up to {last} are counted, HELD begins at {first}" if left != last + 1 - first else None,
        fine=f"up to {last}; {last + 1 - first} rows stay with their record",
    )


CHECKS = with_flash(
    Check(
        name="held",
        section="14",
        asks="HELD ends with the running boot and has every row since START",
        advice="Build HELD from the flash when it is read, the running boot last, with the rows of the open record.",
        judge=_held,
    ),
    Check(
        name="held-time",
        section="14",
        asks="the time that was written dates the boot",
        advice="When the time is written, take the ticks so far from it and set the flag of the running boot.",
        judge=_booted,
    ),
    Check(
        name="live-first",
        section="15",
        asks="live rows are not held up by records: 2 s at the most",
        advice="Send what is live first, and keep only a few records on their way.",
        judge=_live_first,
    ),
    Check(
        name="delete",
        section="16",
        asks="DELETE frees up to its row and not beyond, less than a record stays behind",
        advice="Free whole records up to the row, and keep the one that later rows are in.",
        judge=_delete,
    ),
)
