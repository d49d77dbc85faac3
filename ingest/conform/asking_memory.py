"""The part of the conversation about rows in flash: while the stream runs, as it will be when a wearer comes home."""

from __future__ import annotations

from ingest.conform.asking import Asking
from ingest.conform.facts import Facts, Missed
from ingest.conform.verdicts import CannotTell
from ingest.drivers.open_insole_records import RACP, RacpOp, RacpRequest, pack_racp_request
from ingest.drivers.open_insole_wire import HELD
from ingest.wire.faults import UnderfootError

INNER_BEGIN, INNER_ROWS = 5, 40
_COMPARED_ROWS = 1000
_STAYING_ROWS = 20
OTHER_BOOT = 0xFFFFFFFF  # exclusive or
_ZEROS = bytes(12)
ODD_REQUESTS = {
    "records op": b"\x7f\x00",
    "records null operator": b"\x01\x00\x10" + _ZEROS,
    "records other operator": b"\x01\x01",
    "records other filter": b"\x01\x04\x01" + _ZEROS,
    "records short": b"\x01\x04\x10" + _ZEROS[:4],
    "records backwards": pack_racp_request(RacpRequest(RacpOp.REPORT, 0, 9, 3)),
}


async def ask(asking: Asking) -> None:
    """Nothing when the device has no flash."""
    if not asking.offers(RACP):
        return
    asking.say("asking for the rows of meanwhile")
    await asking.read("held back", HELD)
    facts = Facts(asking.talk)
    try:
        boot, missed, first = facts.info.boot, facts.missed, facts.reply("start").count.first_seq
    except (CannotTell, UnderfootError) as why:
        asking.talk.why_not["memory"] = str(why)
        return
    await _missed(asking, boot, missed)
    compared = min(first + _COMPARED_ROWS, missed.first) - 1
    await _report(asking, "report live rows", boot, first, max(first, compared))
    await _one_by_one(asking, boot, missed)
    await _broken_off(asking, boot, first, missed.last)
    await _deleted(asking, boot, first, missed)


def _packed(op: RacpOp, boot: int, first: int, last: int) -> bytes:
    return pack_racp_request(RacpRequest(op, boot, first, last))


async def _report(asking: Asking, name: str, boot: int, first: int, last: int) -> None:
    await asking.ask(name, RACP, _packed(RacpOp.REPORT, boot, first, last), asking.pace.report_s)


async def _missed(asking: Asking, boot: int, missed: Missed) -> None:
    """Something else is asked while it is busy with them."""
    before = len(asking.talk.heard)
    step = await asking.write("report missed", RACP, _packed(RacpOp.REPORT, boot, missed.first, missed.last))
    if step.taken:
        await asking.write("busy", RACP, _packed(RacpOp.COUNT, boot, missed.first, missed.last))
        await asking.answered("report missed", before, asking.pace.report_s)


async def _one_by_one(asking: Asking, boot: int, missed: Missed) -> None:
    asking.say("asking for a few rows, and for none")
    inner = missed.first + INNER_BEGIN
    last = min(missed.last, inner + INNER_ROWS - 1)
    if inner <= last:
        await _report(asking, "report inner", boot, inner, last)
        await asking.ask("count", RACP, _packed(RacpOp.COUNT, boot, inner, last), asking.pace.reply_s)
    await _report(asking, "report nothing", boot ^ OTHER_BOOT, 0, 9)
    for name, data in ODD_REQUESTS.items():
        await asking.ask(name, RACP, data, asking.pace.reply_s)


async def _broken_off(asking: Asking, boot: int, first: int, last: int) -> None:
    before = len(asking.talk.heard)
    step = await asking.write("report aborted", RACP, _packed(RacpOp.REPORT, boot, first, last))
    if step.taken:
        await asking.write("abort", RACP, pack_racp_request(RacpRequest(RacpOp.ABORT)))
        await asking.answered("report aborted", before, asking.pace.report_s, replies=2)


async def _deleted(asking: Asking, boot: int, first: int, missed: Missed) -> None:
    try:
        ours = Facts(asking.talk).all_rows_are_ours
    except (CannotTell, UnderfootError):
        ours = False
    if not ours:
        asking.talk.why_not["delete"] = "it holds rows of before the check; fetch them first, or restart it"
        return
    asking.say("letting rows go")
    last = (first + missed.first) // 2
    await asking.ask("delete", RACP, _packed(RacpOp.DELETE, boot, 0, last), asking.pace.reply_s)
    await asking.read("held after delete", HELD)
    await asking.ask("count deleted", RACP, _packed(RacpOp.COUNT, boot, 0, last), asking.pace.reply_s)
    await _report(asking, "report after delete", boot, last + 1, last + _STAYING_ROWS)


async def clear(asking: Asking, boots: tuple[int, ...]) -> None:
    """Forget what was taken for the check, and nothing else."""
    for number, boot in enumerate(boots):
        await asking.ask(f"clear {number}", RACP, _packed(RacpOp.DELETE, boot, 0, 0xFFFFFFFF), asking.pace.reply_s)
