"""One foot of a hub: its source, its custody and its spool, tended as the ingest service does it, without a broker."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Self

from ingest.events import LinkChanged
from ingest.foot import Foot
from ingest.sources.radio.source import RadioSource
from ingest.spool import Spool
from ingest.wire.block import Origin
from ingest.wire.codec import decode
from ingest.wire.messages import LinkState, Samples

_BLOCK_NS = 10**9
_TICK_S = 0.5


class Hub:
    """`async with` it; the spool is `folder`'s. Rows are never receipted, so all of them stay to be counted."""

    def __init__(self, source: RadioSource, folder: Path, now_ns: Callable[[], int]) -> None:
        self.source = source
        self.spool = Spool(folder / f"{source.insole.replace(':', '')}.db")
        self.links = 0
        self._received_before = 0
        self._foot = Foot(source.insole, self.spool, {}, now_ns, lambda _layout: None, source.ask)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._tend())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.spool.close()

    async def stopped(self) -> None:
        """The stream ended in good order, and what was under way is in the spool."""
        await self.source.stop()
        await self._tasks[0]

    @property
    def received(self) -> int:
        return self.spool.books(self.source.insole).received

    @property
    def went_on(self) -> bool:
        """Rows of the present link are in the spool, so those lost before it are known to lack."""
        return self.source.state is LinkState.STREAMING and self.received > self._received_before

    @property
    def lacking(self) -> int:
        return self.spool.books(self.source.insole).missing

    def rows(self, *origins: Origin) -> Counter[tuple[int, int]]:
        """How often each row lies in the spool, by (boot, seq)."""
        rows: Counter[tuple[int, int]] = Counter()
        after = 0
        while blocks := self.spool.unsent(after):
            for block in blocks:
                samples = decode(block.payload, Samples)
                assert isinstance(samples, Samples)
                if not origins or samples.origin in origins:
                    rows.update((samples.boot, samples.seq + row) for row in range(samples.rows))
            after = blocks[-1].id
        return rows

    async def _follow(self) -> None:
        async with aclosing(self.source.events()) as events:
            async for event in events:
                await self._foot.take(event, _BLOCK_NS)
                if isinstance(event, LinkChanged):
                    if event.state is LinkState.STREAMING:
                        self.links += 1
                        self._received_before = self.received
                    if event.state is LinkState.ENDED:
                        return

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            await self._foot.tend(_BLOCK_NS / 1e9 + _TICK_S)
