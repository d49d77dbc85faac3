"""What the answers of the Record Access Control Point and the records behind them say. Pure; raises as `facts`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ingest.conform.facts import Facts, Frame
from ingest.conform.judge_identity import told
from ingest.conform.verdicts import Check, Judged, not_offered
from ingest.drivers.open_insole_records import (
    RACP,
    RacpCode,
    RacpOp,
    RacpResponse,
    unpack_racp_request,
    unpack_racp_response,
)
from ingest.wire.block import Codes
from ingest.wire.faults import FaultCode, UnderfootError

KeptRow = tuple[int, int, Codes]  # ticks, mask, codes
KeptRows = dict[int, KeptRow]  # by number


def with_flash(*checks: Check) -> tuple[Check, ...]:
    """Not offered by a device that has no flash."""

    def only_then(judge: Callable[[Facts], Judged]) -> Callable[[Facts], Judged]:
        def judged(facts: Facts) -> Judged:
            if not facts.offers(RACP):
                return not_offered("minor version 0: rows are not kept")
            facts.needs_flash()
            return judge(facts)

        return judged

    return tuple(
        Check(name=one.name, section=one.section, asks=one.asks, advice=one.advice, judge=only_then(one.judge))
        for one in checks
    )


def responses(facts: Facts, name: str) -> list[RacpResponse]:
    step = facts.step(name)
    if not step.taken:
        raise UnderfootError(FaultCode.LINK_REFUSED, f"{name}: {told(facts.att_error(name), facts, name)}")
    return [unpack_racp_response(one.data) for one in step.replies if one.data[:1] != bytes([RacpOp.COUNT_RESPONSE])]


def code_of(facts: Facts, name: str) -> RacpCode | None:
    answers = responses(facts, name)
    return answers[0].code if answers else None


def said(code: RacpCode | None) -> str:
    return "no answer" if code is None else code.name


def rows_of(frames: list[Frame], ticks_per_row: int) -> KeptRows:
    return {
        one.rows.seq + at: (one.rows.ticks + at * ticks_per_row, one.rows.not_measured, one.rows.codes[at])
        for one in frames
        for at in range(len(one.rows.codes))
    }


def alike(here: KeptRow, there: KeptRow) -> bool:
    return here[:2] == there[:2] and np.array_equal(here[2], there[2])


def asked(facts: Facts, name: str) -> tuple[int, int]:
    request = unpack_racp_request(facts.step(name).sent or b"")
    if isinstance(request, RacpCode):
        raise UnderfootError(FaultCode.INTERNAL, name)
    return request.first, request.last
