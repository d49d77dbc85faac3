"""Checks of the Record Access Control Point and of records (minor version 1)."""

from __future__ import annotations

from itertools import pairwise

from ingest.conform.asking_memory import ODD_REQUESTS
from ingest.conform.facts import Facts
from ingest.conform.judge_identity import told
from ingest.conform.kept import alike, asked, code_of, responses, rows_of, said, with_flash
from ingest.conform.verdicts import Check, Judged, all_of, broken, not_tried, ok
from ingest.drivers.open_insole_records import (
    RECORD_OCTETS,
    RacpCode,
    RacpOp,
    unpack_count,
    unpack_racp_request,
)
from ingest.drivers.open_insole_wire import DATA

_BUSY, _CCCD_IMPROPER = 0xFE, 0xFD
_REPORTS = ("report missed", "report live rows", "report inner", "report after delete")


def _all_missed(facts: Facts) -> Judged:
    first, last = asked(facts, "report missed")
    code = code_of(facts, "report missed")
    came = rows_of(facts.records("report missed"), facts.ticks_per_row)
    lacking = [seq for seq in range(first, last + 1) if seq not in came]
    return all_of(
        f"{len(lacking)} of {last + 1 - first} rows did not come, {lacking[0]} first" if lacking else None,
        None if code is RacpCode.SUCCESS else f"ended with {said(code)}",
        fine=f"{last + 1 - first} rows",
    )


def _same(facts: Facts) -> Judged:
    live = rows_of(facts.frames_of(1), facts.ticks_per_row)
    kept = rows_of(facts.records("report live rows"), facts.ticks_per_row)
    both = sorted(live.keys() & kept.keys())
    if not both:
        return broken("none of the rows that came live came from flash")
    wrong = [f"row {seq}" for seq in both if not alike(live[seq], kept[seq])]
    return all_of(
        f"{len(wrong)} of {len(both)} are others, {wrong[0]} first" if wrong else None,
        fine=f"{len(both)} rows came both ways",
    )


def _records(facts: Facts) -> Judged:
    wrong = []
    for name in (name for name in _REPORTS if name in facts.talk.steps):
        first, last = asked(facts, name)
        frames = facts.records(name)
        wrong += [
            f"{name}: row {b.rows.seq} after {a.next_seq - 1}" for a, b in pairwise(frames) if b.rows.seq < a.next_seq
        ]
        wrong += [f"{name}: ticks run back" for a, b in pairwise(frames) if b.rows.ticks <= a.rows.ticks]
        wrong += [f"{name}: {one.octets} octets" for one in frames if one.octets > RECORD_OCTETS]
        wrong += [
            f"{name}: a record of rows {one.rows.seq} … {one.next_seq - 1}, asked were {first} … {last}"
            for one in frames
            if one.next_seq <= first or one.rows.seq > last
        ]
    count = sum(len(facts.records(name)) for name in _REPORTS if name in facts.talk.steps)
    return all_of(*wrong[:2], fine=f"{count} records, ascending, within what was asked for")


def _range(facts: Facts) -> Judged:
    first, last = asked(facts, "report inner")
    code, frames = code_of(facts, "report inner"), facts.records("report inner")
    came = rows_of(frames, facts.ticks_per_row)
    lacking = [seq for seq in range(first, last + 1) if seq not in came]
    whole = rows_of(facts.records("report missed"), facts.ticks_per_row)
    other = [seq for seq in came.keys() & whole.keys() if not alike(came[seq], whole[seq])]
    return all_of(
        f"ended with {said(code)}" if code is not RacpCode.SUCCESS else None,
        f"row {lacking[0]} did not come" if lacking else None,
        f"row {other[0]} is not what it was before" if other else None,
        fine=f"rows {first} … {last} in {len(frames)} records",
    )


def _count(facts: Facts) -> Judged:
    step = facts.step("count")
    first, last = asked(facts, "count")
    if not step.replies:
        return broken("no answer")
    rows = unpack_count(step.replies[0].data)
    words = f"{rows} of {last + 1 - first}"
    return ok(words) if rows == last + 1 - first else broken(words)


def _nothing(facts: Facts) -> Judged:
    code = code_of(facts, "report nothing")
    came = facts.records("report nothing")
    return all_of(
        None if code is RacpCode.NO_RECORDS else said(code),
        f"{len(came)} records of it" if came else None,
        fine="NO_RECORDS",
    )


def _refusals(facts: Facts) -> Judged:
    wrong = []
    for name, data in ODD_REQUESTS.items():
        wanted = unpack_racp_request(data)
        code = code_of(facts, name)
        if code is not wanted:
            wrong.append(f"{name}: {said(code)} for {data[:3].hex(' ')}")
    return all_of(*wrong, fine=f"{len(ODD_REQUESTS)} refused, each with its code")


def _subscription(facts: Facts) -> Judged:
    code = facts.att_error("records unsubscribed")
    words = told(code, facts, "records unsubscribed")
    return ok(words) if code == _CCCD_IMPROPER else broken(words)


def _busy(facts: Facts) -> Judged:
    report, other = facts.step("report missed"), facts.step("busy")
    code = facts.att_error("busy")
    ended_s = next((one.t_s for one in report.replies if one.data[:3] == bytes([6, 0, RacpOp.REPORT])), report.ended_s)
    if code != _BUSY and ended_s <= other.taken_s:
        return not_tried("the report had ended before it could be asked")
    return ok("0xFE") if code == _BUSY else broken(told(code, facts, "busy"))


def _abort(facts: Facts) -> Judged:
    step = facts.step("report aborted")
    answers = responses(facts, "report aborted")
    by_op = {one.op: one.code for one in answers}
    report, abort = by_op.get(RacpOp.REPORT), by_op.get(RacpOp.ABORT)
    in_order = [one.op for one in answers]
    if report is RacpCode.SUCCESS and in_order[:1] == [RacpOp.REPORT]:
        return not_tried("the report had ended before it could be aborted")
    ended_s = step.replies[-1].t_s if step.replies else step.ended_s
    later = [one for one in facts.of(DATA, step.link) if ended_s < one.t_s <= step.ended_s and one.data[1:2] == b"\2"]
    return all_of(
        None if abort is RacpCode.SUCCESS else f"the abort: {said(abort)}",
        None if report is RacpCode.NOT_COMPLETED else f"the report: {said(report)}",
        f"{len(later)} records afterwards" if later else None,
        fine="SUCCESS to the abort, NOT_COMPLETED to the report",
    )


CHECKS = with_flash(
    Check(
        name="rows-away",
        section="13",
        asks="every row that was taken without a link comes from flash",
        advice="Write every row to flash from START on, connected or not.",
        judge=_all_missed,
    ),
    Check(
        name="rows-same",
        section="13",
        asks="a row from flash is the row that came live: number, ticks, mask, codes",
        advice="Pack records from the very rows that are sent, and compare with the example in section 17.",
        judge=_same,
    ),
    Check(
        name="records",
        section="15, 16",
        asks="records of at most 244 octets, ascending, with rows that were asked for",
        advice="Send the records that hold rows of the range, oldest first, each once.",
        judge=_records,
    ),
    Check(
        name="records-range",
        section="16",
        asks="a range within brings exactly its rows, each time the same",
        advice="Look up the record that holds the first row, and go on to the one that holds the last.",
        judge=_range,
    ),
    Check(
        name="records-count",
        section="16",
        asks="COUNT tells how many of the rows are held",
        advice="Count rows, not records, and only those of the range.",
        judge=_count,
    ),
    Check(
        name="records-none",
        section="16",
        asks="NO_RECORDS for a boot of which nothing is held",
        advice="Answer code 6 when no row of the range is held.",
        judge=_nothing,
    ),
    Check(
        name="records-refusals",
        section="16",
        asks="what makes no sense is refused with the code of the table",
        advice="Check op code, operator, filter type, length and order of the range, in this order.",
        judge=_refusals,
    ),
    Check(
        name="records-subscription",
        section="16",
        asks="a request before indications are enabled is refused with 0xFD",
        advice="Look at the CCCD of the Record Access Control Point in its write handler.",
        judge=_subscription,
    ),
    Check(
        name="records-busy",
        section="16",
        asks="a request while a report runs is refused with 0xFE",
        advice="Refuse any write but abort with ATT error 0xFE while a report runs.",
        judge=_busy,
    ),
    Check(
        name="records-abort",
        section="16",
        asks="an abort is answered with 1, and the report ends with 8",
        advice="End the running report at the next record, then send both responses.",
        judge=_abort,
    ),
)
