"""What one insole recorded away, into the spool, in the foreground: no broker, no processing, only custody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from ingest.events import FaultSeen, HeldSeen, LinkChanged, Source, SourceEvent
from ingest.foot import Foot
from ingest.sources.radio.tasks import end_all
from ingest.spool import Spool
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.messages import LinkState

_BLOCK_NS = 1_000_000_000
_TICK_S = 0.25
_KEEPS_NOTHING_S = 5.0  # streaming for so long without a word on what is kept
_FOR_GOOD = frozenset({FaultCode.SIDES_SWAPPED})  # however long it streams, none of its rows are taken
_STILL_FOR_S = 3.0  # nothing lacks for so long: what was missed on air has been looked for as well


@dataclass(frozen=True, slots=True)
class Fetched:
    """`rows`: out of the insole's memory. `waiting`: of this insole in the spool. `keeps_rows`: it has a memory."""

    rows: int
    lacking: int
    waiting: int
    keeps_rows: bool


class ComingHome:
    """`show(rows, of)` while rows come. `search_s`: how long the insole may take to stream, at first or again."""

    def __init__(
        self,
        source: Source,
        spool: Spool,
        now_ns: Callable[[], int],
        show: Callable[[int, int], None],
        search_s: float = 30.0,
    ) -> None:
        self._source = source
        self._spool = spool
        self._show = show
        self._search_s = search_s
        self._foot = Foot(source.insole, spool, {}, now_ns, lambda _layout: None, source.ask)
        self._streams_since_s: float | None = None
        self._without_since_s = asyncio.get_running_loop().time()
        self._told_of_memory = False
        self._latest: Fault | None = None

    async def run(self) -> Fetched:
        """Until nothing lacks. Cancelled, what has come stays; the insole goes on recording either way.

        :raises UnderfootError: INSOLE_NOT_FOUND or what else kept the insole from streaming.
        """
        before = self._spool.late_waiting(self._source.insole)
        async with self._reading() as reading:
            most = 0
            quiet_since_s: float | None = None
            loop = asyncio.get_running_loop()
            while not self._is_done(quiet_since_s):
                await asyncio.wait({reading}, timeout=_TICK_S)
                if reading.done():
                    reading.result()
                await self._foot.tend(_BLOCK_NS / 1e9)
                self._give_up_in_time()
                lacking = await self._lacking()
                most = max(most, lacking)
                self._show(most - lacking, most)
                quiet_since_s = None if lacking else quiet_since_s or loop.time()
            await self._foot.tend(0.0)  # the insole may forget what is here
        books = await asyncio.to_thread(self._spool.books, self._source.insole)
        rows = self._spool.late_waiting(self._source.insole) - before
        return Fetched(rows, books.to_fetch, books.waiting, self._told_of_memory)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[asyncio.Task[None]]:
        reading = asyncio.create_task(self._read())
        try:
            yield reading
        finally:
            await end_all([reading])
            await self._foot.flush()

    async def _read(self) -> None:
        async with aclosing(cast("Any", self._source.events())) as events:
            async for event in events:
                self._note(event)
                await self._foot.take(event, _BLOCK_NS)

    def _note(self, event: SourceEvent) -> None:
        now_s = asyncio.get_running_loop().time()
        if isinstance(event, LinkChanged):
            streams = event.state is LinkState.STREAMING
            if not streams and self._streams_since_s is not None:
                self._without_since_s = now_s
            self._streams_since_s = now_s if streams else None
        elif isinstance(event, HeldSeen):
            self._told_of_memory = True
        elif isinstance(event, FaultSeen):
            self._latest = event.fault

    async def _lacking(self) -> int:
        return (await asyncio.to_thread(self._spool.books, self._source.insole)).to_fetch

    def _is_done(self, quiet_since_s: float | None) -> bool:
        now_s = asyncio.get_running_loop().time()
        if self._streams_since_s is None:
            return False
        streams_s = now_s - self._streams_since_s
        if not self._told_of_memory:
            return streams_s > _KEEPS_NOTHING_S
        return quiet_since_s is not None and min(streams_s, now_s - quiet_since_s) > _STILL_FOR_S

    def _give_up_in_time(self) -> None:
        if self._latest is not None and self._latest.code in _FOR_GOOD:
            raise UnderfootError(self._latest.code, self._latest.detail)
        if self._streams_since_s is None:
            gone_s = asyncio.get_running_loop().time() - self._without_since_s
            if gone_s > self._search_s:
                fault = self._latest or Fault(FaultCode.INSOLE_NOT_FOUND, self._source.insole)
                raise UnderfootError(fault.code, fault.detail)
