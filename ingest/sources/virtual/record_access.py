"""The Record Access Control Point of a virtual insole: gives out what its flash keeps, behind every live frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from ingest.drivers.open_insole_records import (
    RacpCode,
    RacpOp,
    RacpRequest,
    RacpResponse,
    pack_count,
    pack_racp_response,
    unpack_racp_request,
)
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.sending import Sending
from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble

_PACKETS_AHEAD = 5  # on their way at once: a connection event carries six, so that a live frame finds room in the next

Say = Callable[[Any, bytes], Coroutine[Any, Any, None]]  # connection, bytes


class RecordAccess:
    """One request at a time. `give` notifies a record, `answer` indicates; `spawn` runs what takes time."""

    def __init__(
        self,
        flash: Flash,
        sending: Sending,
        give: Say,
        answer: Say,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._flash, self._sending = flash, sending
        self._give, self._answer, self._spawn = give, answer, spawn
        self._reporting: asyncio.Task[None] | None = None
        self._connection: Any = None
        self.trouble: Trouble = NO_TROUBLE
        self.given_records = 0
        self.given_octets = 0

    @property
    def reporting(self) -> bool:
        return self._reporting is not None

    def on_request(self, connection: Any, data: bytes) -> bool:
        """False: refused, because a report is running."""
        request = unpack_racp_request(data)
        if self.reporting:
            if not (isinstance(request, RacpRequest) and request.op is RacpOp.ABORT):
                return False
            self._spawn(self._abort(connection))
        elif not isinstance(request, RacpRequest):
            self._respond(connection, data[0] if data else 0, request)
        elif self.trouble.record_answer is not None:
            self._respond(connection, request.op, self.trouble.record_answer)
        else:
            self._obey(connection, request)
        return True

    def forget(self, connection: Any) -> None:
        """A link has ended, and with it a report over it."""
        if self._reporting is not None and self._connection is connection:
            self._reporting.cancel()
            self._reporting = None

    def _obey(self, connection: Any, request: RacpRequest) -> None:
        if request.op is RacpOp.REPORT:
            self._connection = connection
            self._reporting = self._spawn(self._report(connection, request))
        elif request.op is RacpOp.COUNT:
            rows = self._flash.count(request.boot, request.first, request.last)
            self._spawn(self._answer(connection, pack_count(rows)))
        elif request.op is RacpOp.DELETE:
            held = self._flash.count(request.boot, 0, request.last)
            self._flash.release(request.boot, request.last)
            self._respond(connection, request.op, RacpCode.SUCCESS if held else RacpCode.NO_RECORDS)
        else:
            self._respond(connection, request.op, RacpCode.ABORT_FAILED)

    def _respond(self, connection: Any, op: int, code: RacpCode) -> None:
        self._spawn(self._answer(connection, pack_racp_response(RacpResponse(op, code))))

    async def _report(self, connection: Any, asked: RacpRequest) -> None:
        astray = self.trouble.records_astray_rows
        request = replace(asked, first=asked.first + astray, last=asked.last + astray)
        records = self._flash.records(request.boot, request.first, request.last)
        async with _Room(connection, self._sending) as room:
            for number, record in enumerate(records):
                if number == self.trouble.records_before_silence:
                    break
                await room.wait()
                await self._give(connection, record)
                self.given_records += 1
                self.given_octets += len(record)
        if self.trouble.records_before_silence is not None:
            await asyncio.Event().wait()  # until it is aborted or the link ends
        code = RacpCode.SUCCESS if records else RacpCode.NO_RECORDS
        self._reporting = None  # before the answer: the next request may be quicker than its confirmation
        await self._answer(connection, pack_racp_response(RacpResponse(RacpOp.REPORT, code)))

    async def _abort(self, connection: Any) -> None:
        report, self._reporting = self._reporting, None
        if report is not None:
            report.cancel()
            await asyncio.gather(report, return_exceptions=True)
        for op, code in ((RacpOp.ABORT, RacpCode.SUCCESS), (RacpOp.REPORT, RacpCode.NOT_COMPLETED)):
            await self._answer(connection, pack_racp_response(RacpResponse(op, code)))


class _Room:
    """Room on a link for one more record: few packets on their way, and no live frame that is due."""

    def __init__(self, connection: Any, sending: Sending) -> None:
        self._queue, self._sending = connection.data_packet_queue, sending
        self._flowed = asyncio.Event()

    async def __aenter__(self) -> _Room:
        self._queue.on("flow", self._flowed.set)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._queue.remove_listener("flow", self._flowed.set)

    async def wait(self) -> None:
        await self._sending.nothing_due()
        while self._queue.pending >= _PACKETS_AHEAD:
            self._flowed.clear()
            await self._flowed.wait()
            await self._sending.nothing_due()
