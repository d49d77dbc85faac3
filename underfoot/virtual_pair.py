"""Two virtual insoles on virtual air and the hub's adapter beside them: real Bluetooth stacks, no radio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import Source
from ingest.sources.radio.adapter import Adapter
from ingest.sources.replay import open_recording
from ingest.sources.virtual.air import Air, AirController
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Gait
from ingest.sources.virtual.gait import Story as GaitStory
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.recorded import RecordedWalk
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.walker import walker
from ingest.sources.virtual.world import World
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.story import OVERLOAD_POINTS, Story

_ADDRESSES = {Side.LEFT: "F0:F1:F2:F3:F4:01", Side.RIGHT: "F0:F1:F2:F3:F4:02"}
SERIALS = {Side.LEFT: "virtual-left", Side.RIGHT: "virtual-right"}
_CONNECTION_INTERVAL_S = 0.015


@dataclass(frozen=True, slots=True)
class VirtualPair:
    """`sources` are what a hub reads; the rest is the world around it, for whoever tells the story."""

    world: World
    sources: tuple[Source, ...]
    _air: Air
    _controllers: Mapping[Side, AirController]

    def away(self, side: Side) -> None:
        """Out of range, until it is back."""
        self._air.away(self._controllers[side])

    def back(self, side: Side) -> None:
        self._air.back(self._controllers[side])


@asynccontextmanager
async def virtual_pair(
    walks: Mapping[Side, Walk], seed: int = 0, *, remembers: bool = False
) -> AsyncIterator[VirtualPair]:
    """Both insoles switched on, wearing a walk; it begins once both have been told to start.

    `remembers`: they keep every row in flash until the hub releases it.
    """
    air, world = Air(interval_s=_CONNECTION_INTERVAL_S, seed=seed), World()
    controllers = {side: air.controller(str(side)) for side in walks}
    insoles = [
        VirtualInsole(
            controllers[side],
            serial=SERIALS[side],
            side=side,
            walk=walk,
            address=_ADDRESSES[side],
            world=world,
            seed=seed,
            flash=Flash() if remembers else None,
        )
        for side, walk in walks.items()
    ]
    for insole in insoles:
        await insole.power_on()
    try:
        async with Adapter.virtual(air) as adapter:
            sources = tuple(
                adapter.source(OpenInsoleDriver(SERIALS[side], side), _ADDRESSES[side], insole=SERIALS[side])
                for side in walks
            )
            yield VirtualPair(world, sources, air, controllers)
    finally:
        for insole in insoles:
            await insole.power_off()


def recorded(path: Path, seconds: float | None) -> dict[Side, Walk]:
    """A recording to wear.

    :raises UnderfootError: FILE_UNREADABLE, FILE_EMPTY and their like.
    """
    recording = open_recording(path, seconds=seconds)
    rows = {side: recording.rows(side) for side in recording.layouts}
    firsts = [each[0].ticks for each in rows.values() if each]
    if not firsts:
        raise UnderfootError(FaultCode.FILE_EMPTY, str(path))
    return {side: RecordedWalk(recording.layouts[side], rows[side], begins_ticks=min(firsts)) for side in rows}


def acted(story: Story | None, seed: int = 0) -> dict[Side, Walk]:
    """The synthetic walker; with a story its left forefoot is overloaded for a while."""
    even = Gait()
    told = GaitStory(even)
    if story is not None:
        heavy = Gait(forefoot_share_left_pct=even.forefoot_share_left_pct + OVERLOAD_POINTS)
        told.change(story.overload_s, heavy).change(story.relief_s, even)
    return dict(walker(told, seed=seed))
