"""A whole hub around two virtual insoles that a test can trouble while they walk, and what was left in the end."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import Source
from ingest.ledger import Books
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air, AirController
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.world import World
from ingest.spool import Spool
from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Gap
from processing.store.recordings import SideBooks, WalkInfo
from underfoot import compose, judging
from underfoot.places import Places
from underfoot.settings import BrokerSettings, Settings, WebSettings

_ADDRESSES = {Side.LEFT: "F0:F1:F2:F3:F4:01", Side.RIGHT: "F0:F1:F2:F3:F4:02"}
INSOLES = {Side.LEFT: "virtual-left", Side.RIGHT: "virtual-right"}


@dataclass(frozen=True)
class Pair:
    """Both insoles, what a hub reads of them, and the air between. `begun_utc_ns`: of walk time 0, once it is known."""

    world: World
    insoles: Mapping[Side, VirtualInsole]
    sources: tuple[Source, ...]
    air: Air
    controllers: Mapping[Side, AirController]

    async def at(self, seconds: float) -> None:
        """Wait for this walk time."""
        await self.world.begun.wait()
        await asyncio.sleep(max(0.0, seconds - self.world.elapsed_ns() / 1e9))

    @property
    def begun_utc_ns(self) -> int:
        return time.time_ns() - self.world.elapsed_ns()


@asynccontextmanager
async def pair_of(walks: Mapping[Side, Walk], seed: int = 0, *, flash: bool = False) -> AsyncIterator[Pair]:
    """Both insoles switched on; the walk begins once both have been told to start. `flash`: they remember it."""
    air, world = Air(interval_s=0.015, seed=seed), World()
    controllers = {side: air.controller(str(side)) for side in walks}
    insoles = {
        side: VirtualInsole(
            controllers[side], serial=INSOLES[side], side=side, walk=walk, address=_ADDRESSES[side], world=world,
            seed=seed + index, flash=Flash() if flash else None,
        )
        for index, (side, walk) in enumerate(walks.items())
    }  # fmt: skip
    for insole in insoles.values():
        await insole.power_on()
    try:
        async with Adapter.virtual(air) as adapter:
            sources = tuple(
                adapter.source(OpenInsoleDriver(INSOLES[side], side), _ADDRESSES[side], insole=INSOLES[side])
                for side in walks
            )
            yield Pair(world, insoles, sources, air, controllers)
    finally:
        for insole in insoles.values():
            await insole.power_off()


@dataclass(frozen=True, kw_only=True)
class Left:
    """What was left of a walk on disk, and what the insoles and the world know of it."""

    begun_utc_ns: int
    taken_by_boot: Mapping[Side, Mapping[int, int]]
    spool: Mapping[Side, Books]
    gaps: Mapping[Side, tuple[Gap, ...]]
    walks: list[WalkInfo]
    blocks: Mapping[Side, list[Block]]
    recorded: Mapping[Side, SideBooks]
    summary: dict[str, Any]
    alerts: Sequence[Alert]
    drained: bool
    heard: list[AnyMessage]

    @property
    def stored(self) -> dict[Side, dict[tuple[int, int], int]]:
        """Row names (boot, seq) to UTC ns; a row stored twice fails."""
        rows: dict[Side, dict[tuple[int, int], int]] = {side: {} for side in Side}
        for side, blocks in self.blocks.items():
            for block in blocks:
                for k in range(block.rows):
                    assert (block.boot, block.seq + k) not in rows[side], f"{side} row {block.seq + k} is stored twice"
                    rows[side][block.boot, block.seq + k] = block.t_ns + k * block.ns_per_row
        return rows


Acts = Callable[[Pair], Coroutine[Any, Any, None]]


async def walk_with(at: BrokerAddress, folder: Path, hub: str, walks: Mapping[Side, Walk], acts: Acts) -> Left:
    """A hub of its own on a broker that others may share; `acts` troubles the pair, and the walk goes on to its end."""
    settings = Settings(
        hub=hub,
        data_dir=folder / hub,
        broker=BrokerSettings(url=f"mqtt://{at.host}:{at.port}"),
        web=WebSettings(enabled=False),
    )
    heard: list[AnyMessage] = []
    async with (
        judging.processing(settings, at, [lambda _person, message: heard.append(message)]) as half,
        pair_of(walks) as pair,
        compose.ingest(settings, at, pair.sources, 30.0) as feet,
    ):
        acting = asyncio.create_task(acts(pair))
        await pair.world.begun.wait()
        begun_utc_ns = pair.begun_utc_ns
        await pair.world.ended.wait()
        await acting
        drained = await feet.finish()
        kept = await _until_kept(half, settings.person)
        recordings = half.stores.recordings
        infos = recordings.walks()
        blocks = list(recordings.blocks(infos[-1].walk))
        left = {
            "walks": infos,
            "blocks": {side: [block for block in blocks if block.side is side] for side in Side},
            "recorded": recordings.books(infos[-1].walk),
            "summary": json.loads(kept),
            "alerts": half.stores.journal.alerts(settings.person),
            "taken_by_boot": {side: insole.taken_by_boot for side, insole in pair.insoles.items()},
        }
    spool = Spool(Places(settings.data_dir).spool)
    left |= {
        "spool": {side: spool.books(INSOLES[side]) for side in Side},
        "gaps": {side: spool.gaps(INSOLES[side], limit=100_000) for side in Side},
    }
    spool.close()
    return Left(begun_utc_ns=begun_utc_ns, drained=drained, heard=heard, **left)


async def _until_kept(half: judging.Processing, person: str) -> bytes:
    async with asyncio.timeout(20):
        while True:
            kept = half.stores.journal.walks(person)
            if kept and half.stores.recordings.open_walk(person) is None:
                return kept[-1].summary
            await asyncio.sleep(0.1)
