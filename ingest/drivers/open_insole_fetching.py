"""Open Insole profile 1.1: the Record Access Control Point of one link, one procedure at a time.

Requests wait here until the insole has ended the one before. Every `Fetch` is answered by one `FetchEnded`, whatever
the insole, the link or the hub do in between. Time comes with every call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum

from ingest.drivers.base import Output, Write
from ingest.drivers.open_insole_records import (
    RACP,
    RacpCode,
    RacpOp,
    RacpRequest,
    pack_racp_request,
    unpack_racp_response,
    unpack_record,
)
from ingest.drivers.open_insole_wire import FASTEST_ROW_NS, Info, check
from ingest.drivers.order import KeptOrder
from ingest.events import FaultSeen, Fetch, FetchEnded, FetchResult, Release, Request, Rows
from ingest.wire.faults import Fault, FaultCode, UnderfootError

PATIENCE_NS = 6_000_000_000  # without a record or an answer; a write alone may take 5 s
PAUSE_NS = (
    2_000_000_000  # after a request that was refused or broken off, or it would be asked again as fast as refused
)


class Procedure(Enum):
    """What the insole has been asked for and has not ended."""

    OFF = "off"  # no link, no rows in flash, or the stream is ending
    NONE = "none"
    REPORTING = "reporting"
    DELETING = "deleting"
    ABORTING = "aborting"


TRANSITIONS: dict[Procedure, set[Procedure]] = {
    Procedure.OFF: {Procedure.NONE},
    Procedure.NONE: {Procedure.REPORTING, Procedure.DELETING, Procedure.OFF},
    Procedure.REPORTING: {Procedure.NONE, Procedure.ABORTING, Procedure.OFF},
    Procedure.DELETING: {Procedure.NONE, Procedure.ABORTING, Procedure.OFF},
    Procedure.ABORTING: {Procedure.NONE, Procedure.OFF},
}
_RESULTS = {RacpCode.SUCCESS: FetchResult.DONE, RacpCode.NO_RECORDS: FetchResult.NOTHING}
_OP = {Procedure.REPORTING: RacpOp.REPORT, Procedure.DELETING: RacpOp.DELETE}


class RecordAccess:
    """`open` once the stream runs, `close` when the link is gone. Outputs come in the order they are to be used."""

    def __init__(self) -> None:
        self._procedure = Procedure.OFF
        self._info: Info | None = None
        self._fetches: deque[Fetch] = deque()
        self._releases: dict[int, int] = {}  # boot: rows before this one
        self._running: Fetch | None = None
        self._order = KeptOrder(0, 0, FASTEST_ROW_NS)
        self._unanswered: set[int] = set()  # op codes
        self._progress_ns = 0
        self._resume_ns = 0

    @property
    def procedure(self) -> Procedure:
        return self._procedure

    def _enter(self, procedure: Procedure) -> None:
        if procedure not in TRANSITIONS[self._procedure]:
            raise UnderfootError(FaultCode.INTERNAL, f"record access: {self._procedure} does not lead to {procedure}")
        self._procedure = procedure

    def open(self, info: Info) -> None:
        if self._procedure is Procedure.OFF:
            self._info = info
            self._enter(Procedure.NONE)

    def close(self) -> Iterator[Output]:
        """The link is gone, or about to be: all that was asked is to be asked again."""
        if self._procedure is Procedure.OFF:
            return
        self._enter(Procedure.OFF)
        self._releases.clear()
        self._unanswered.clear()
        yield from self._end(FetchResult.BROKEN_OFF)
        while self._fetches:
            yield _ended(self._fetches.popleft(), FetchResult.BROKEN_OFF)

    def stop(self) -> Iterator[Output]:
        """As `close`, while the insole can still be told to be quiet."""
        if self._procedure is Procedure.REPORTING:
            yield _write(RacpRequest(RacpOp.ABORT))
        yield from self.close()

    def ask(self, request: Request, now_ns: int) -> Iterator[Output]:
        if isinstance(request, Release):
            if self._procedure is not Procedure.OFF and request.next_seq > 0:
                self._releases[request.boot] = max(request.next_seq, self._releases.get(request.boot, 0))
        elif request.first_seq >= request.next_seq:
            yield _ended(request, FetchResult.NOTHING)
        elif self._procedure is Procedure.OFF:
            yield _ended(request, FetchResult.BROKEN_OFF)
        else:
            self._fetches.append(request)
        yield from self._next(now_ns)

    def _next(self, now_ns: int) -> Iterator[Output]:
        if self._procedure is not Procedure.NONE or now_ns < self._resume_ns:
            return
        if self._releases:
            boot, next_seq = self._releases.popitem()
            yield from self._begin(Procedure.DELETING, RacpRequest(RacpOp.DELETE, boot, 0, next_seq - 1), now_ns)
        elif self._fetches:
            self._running = fetch = self._fetches.popleft()
            self._order = KeptOrder(fetch.first_seq, fetch.next_seq, FASTEST_ROW_NS)
            request = RacpRequest(RacpOp.REPORT, fetch.boot, fetch.first_seq, fetch.next_seq - 1)
            yield from self._begin(Procedure.REPORTING, request, now_ns)

    def _begin(self, procedure: Procedure, request: RacpRequest, now_ns: int) -> Iterator[Output]:
        self._enter(procedure)
        self._unanswered.add(request.op)
        self._progress_ns = now_ns
        yield _write(request)

    def _end(self, result: FetchResult) -> Iterator[Output]:
        if self._running is not None:
            yield _ended(self._running, result)
            self._running = None

    def _settle(self, result: FetchResult, now_ns: int) -> Iterator[Output]:
        self._enter(Procedure.NONE)
        self._unanswered.clear()
        if result is FetchResult.BROKEN_OFF:
            self._resume_ns = now_ns + PAUSE_NS
        yield from self._end(result)
        yield from self._next(now_ns)

    # -- what the insole says ---------------------------------------------------------------------------------------

    def on_record(self, data: bytes, now_ns: int) -> Iterator[Output]:
        """:raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED."""
        fetch, info = self._running, self._info
        if self._procedure is Procedure.OFF:
            return  # on its way when the stream was told to end
        if fetch is None or info is None:
            yield FaultSeen(Fault(FaultCode.FRAME_MALFORMED, "a record that nobody asked for"))
            return
        record = unpack_record(data, info.cells)
        check(record.boot_low == fetch.boot & 0xFFFF, "a record of another boot than was asked for")
        rows = Rows(
            boot=fetch.boot,
            seq=record.seq,
            ticks=record.ticks,
            tick_ns=info.tick_ns,
            ns_per_row=info.ns_per_row,
            codes=record.codes,
            not_measured=record.not_measured,
            arrived_ns=now_ns,
            kept=True,
        )
        for one in self._order.admit(rows):
            if isinstance(one, Rows):
                self._progress_ns = now_ns  # a record that does not pass is no progress: it must not hold the line
            yield one

    def on_response(self, data: bytes, now_ns: int) -> Iterator[Output]:
        """:raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED."""
        response = unpack_racp_response(data)
        if self._procedure is Procedure.OFF:
            return
        check(response.op in self._unanswered, f"an answer to record access {response.op}, which was not asked")
        self._unanswered.discard(response.op)
        self._progress_ns = now_ns
        if self._procedure is Procedure.ABORTING:
            if not self._unanswered:
                yield from self._settle(FetchResult.BROKEN_OFF, now_ns)
            return
        if response.code not in _RESULTS:
            detail = f"record access {RacpOp(response.op).name}: {response.code.name}"
            yield FaultSeen(Fault(FaultCode.LINK_REFUSED, detail))
        result = _RESULTS.get(response.code, FetchResult.BROKEN_OFF)
        if result is FetchResult.NOTHING and self._order.admitted:
            result = FetchResult.DONE  # rows did come: the rest of them may be asked for again
        yield from self._settle(result, now_ns)

    def on_failed(self, now_ns: int) -> Iterator[Output]:
        """A request could not be written."""
        if self._procedure in (Procedure.REPORTING, Procedure.DELETING, Procedure.ABORTING):
            yield from self._settle(FetchResult.BROKEN_OFF, now_ns)

    def on_time(self, now_ns: int) -> Iterator[Output]:
        """To be called now and then: an insole that falls silent is told to abort, then taken to have done so."""
        self._progress_ns = min(self._progress_ns, now_ns)  # the hub's clock was put back
        self._resume_ns = min(self._resume_ns, now_ns + PAUSE_NS)
        yield from self._next(now_ns)
        if now_ns - self._progress_ns < PATIENCE_NS:
            return
        if self._procedure is Procedure.ABORTING:
            yield from self._settle(FetchResult.BROKEN_OFF, now_ns)
        elif self._procedure in _OP:
            op = _OP[self._procedure]
            yield FaultSeen(Fault(FaultCode.LINK_REFUSED, f"record access {op.name}: no answer"))
            yield from self._begin(Procedure.ABORTING, RacpRequest(RacpOp.ABORT), now_ns)


def _write(request: RacpRequest) -> Write:
    return Write(RACP, pack_racp_request(request))


def _ended(fetch: Fetch, result: FetchResult) -> FetchEnded:
    return FetchEnded(boot=fetch.boot, first_seq=fetch.first_seq, next_seq=fetch.next_seq, result=result)
