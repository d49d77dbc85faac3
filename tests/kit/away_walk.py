"""A walk out of range and home again, on a whole hub in this process, so that its clock can skip with the walk."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from broker_kit import Mosquitto
from soak_kit import held_against_truth
from worn_kit import ADDRESSES, SERIALS, WornPair, worn_pair

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import LinkChanged, Request, Rows, Source, SourceEvent
from ingest.publish import Publisher
from ingest.service import IngestService
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.walker import NS_PER_ROW
from ingest.spool import Spool
from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from ingest.wire.topics import Address
from processing.store.journal import BaselineSet
from underfoot import judging
from underfoot.demo import USUAL
from underfoot.places import Places
from underfoot.settings import BrokerSettings, Settings, WebSettings

TICK_S = 0.05
# so much of the rows is left to fetch when the link of these feet is lost
TEARS = ((0.75, (Side.LEFT,)), (0.5, (Side.RIGHT,)), (0.25, (Side.LEFT, Side.RIGHT)))


@dataclass(eq=False)
class Tapped:
    """A source whose live rows are noted as they arrive: boot, last row and hub UTC.

    `lost_live`: rows that were left out between live ones of the same link.
    """

    source: Source
    live: list[tuple[int, int, int]] = field(default_factory=list)
    lost_live: int = 0

    @property
    def insole(self) -> str:
        return self.source.insole

    async def events(self) -> AsyncIterator[SourceEvent]:
        due: int | None = None
        async for event in self.source.events():
            if isinstance(event, Rows) and not event.kept and event.arrived_ns is not None:
                self.lost_live += 0 if due is None else event.seq - due
                due = event.seq + len(event.codes)
                self.live.append((event.boot, due - 1, event.arrived_ns))
            elif isinstance(event, LinkChanged):
                due = None
            yield event

    async def stop(self) -> None:
        await self.source.stop()

    def ask(self, request: Request) -> None:
        self.source.ask(request)


@dataclass
class Home:
    """The hub, the pair that it knows, and what has been seen of both."""

    pair: WornPair
    half: judging.Processing
    service: IngestService
    spool: Spool
    taps: dict[Side, Tapped]
    settings: Settings
    running: asyncio.Task[bool]

    def to_fetch(self) -> int:
        return sum(self.spool.books(insole).to_fetch for insole in SERIALS.values())

    def lacking(self) -> int:
        """Rows that the insoles have taken and that are not here, but for those of the last moments."""
        books = {side: self.spool.books(SERIALS[side]) for side in Side}
        return sum(self.pair.insoles[side].taken - book.received for side, book in books.items())

    async def until(self, met: Callable[[], bool], within_s: float, what: str) -> float:
        """How long it took."""
        begun_s = time.monotonic()
        while not met():
            assert time.monotonic() - begun_s < within_s, f"waited {within_s} s for {what}"
            await asyncio.sleep(TICK_S)
        return time.monotonic() - begun_s

    async def walk_away(self, seconds: float) -> None:
        """Out of range, until the links are lost; then so much time at once."""
        self.pair.away()
        await self.until(lambda: not any(each.connected for each in self.pair.insoles.values()), 20, "the loss of link")
        await asyncio.sleep(0.5)
        self.pair.world.skip(seconds)
        await self.pair.world.caught_up()

    async def tear(self, *sides: Side) -> None:
        """Lose the link in the middle of a report, and come back."""
        reporting = [self.pair.insoles[side] for side in sides]
        await self.until(lambda: all(_reports(each) for each in reporting), 30, "a report")
        self.pair.away(*sides)
        await self.until(lambda: not any(each.connected for each in reporting), 20, "the loss of link")
        self.pair.back(*sides)

    def live_latency_ms(self, side: Side, since_row: int, before_row: int) -> np.ndarray[Any, Any]:
        """From the last row of each live frame to its arrival, of rows between these of the walk."""
        truth = self.pair.truth()[SERIALS[side]]
        begin = dict(zip(truth.by_boot, np.cumsum([0, *truth.by_boot.values()]).tolist(), strict=False))
        at = [(truth.rows[begin[boot] + seq], arrived) for boot, seq, arrived in self.taps[side].live]
        late = [arrived - truth.begun_utc_ns - row * NS_PER_ROW for row, arrived in at if since_row <= row < before_row]
        return np.sort(np.array(late)) / 1e6

    async def finish(self) -> None:
        """The end of the walk: everything has its receipt, and every walk rests on all its rows."""
        await self.service.stop()
        assert await self.running, "the spool is not empty"
        person, recordings = self.settings.person, self.half.stores.recordings

        def settled() -> bool:
            infos = recordings.walks(person)
            return all(info.ended and not info.late for info in infos) and bool(self.half.stores.journal.walks(person))

        await self.until(settled, 120, "the summary")

    def figures(self) -> dict[str, Any]:
        return held_against_truth(self.pair, Places(self.settings.data_dir))

    def summaries(self) -> list[dict[str, Any]]:
        return [json.loads(walk.summary) for walk in self.half.stores.journal.walks(self.settings.person)]

    def alerts(self) -> list[Alert]:
        return list(self.half.stores.journal.alerts(self.settings.person))

    def blocks(self, walk: str) -> list[Block]:
        return list(self.half.stores.recordings.blocks(walk))

    def layouts(self, walk: str) -> list[Layout]:
        return self.half.stores.recordings.layouts(walk)


def _reports(insole: Any) -> bool:
    return insole.access is not None and insole.access.reporting and insole.connected


@asynccontextmanager
async def home(
    folder: Path, broker: Mosquitto, *, seed: int = 0, loss_share: float = 0.0, story: Story | None = None
) -> AsyncIterator[Home]:
    """A hub and a pair; everybody's clock skips when the walk does."""
    settings = Settings(
        data_dir=folder / "data",
        broker=BrokerSettings(url=f"mqtt://{broker.address.host}:{broker.port}"),
        web=WebSettings(enabled=False),
    )
    settings.data_dir.mkdir(parents=True)
    places = Places(settings.data_dir)
    async with (
        judging.processing(settings, broker.address) as half,
        worn_pair(places.spool, seed=seed, loss_share=loss_share, story=story) as pair,
        Adapter.virtual(pair.air) as adapter,
    ):
        usual = BaselineSet(person=settings.person, baseline=USUAL, by="clinic-1", t_ns=0)
        half.stores.journal.set_baseline(usual)
        taps = {
            side: Tapped(
                adapter.source(
                    OpenInsoleDriver(SERIALS[side], side), ADDRESSES[side], insole=SERIALS[side], now_ns=pair.now_ns
                )
            )
            for side in Side
        }
        spool = Spool(places.spool)
        publisher = Publisher(broker.address, Address(settings.hub, settings.person), spool)
        service = IngestService([*taps.values()], publisher, spool, now_ns=pair.now_ns)
        running = asyncio.create_task(service.run(60.0))
        try:
            yield Home(pair, half, service, spool, taps, settings, running)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            spool.close()


async def come_home(hub: Home, tears: Sequence[tuple[float, Sequence[Side]]], within_s: float) -> float:
    """In range again; how long until nothing lacks, though links are lost in the middle of it."""
    lacking = hub.lacking()
    begun_s = time.monotonic()
    hub.pair.back()
    for share, sides in tears:
        await hub.until(lambda share=share: hub.lacking() < share * lacking, within_s, "rows")
        await hub.tear(*sides)
    await hub.until(lambda: hub.lacking() < 1_000 and not hub.to_fetch(), within_s, "the rest")
    return time.monotonic() - begun_s
