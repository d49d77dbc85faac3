"""A device under check on virtual air, with time that is skipped while it is out of reach."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from broken_insole import BrokenInsole
from radio_kit import QUICK as QUICK_LIMITS

from ingest.conform.asking import Asking, HubTime, Pace
from ingest.conform.conversation import Conversation
from ingest.conform.script import converse
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.bootloader import Bootloader, build_image
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.wire.geometry import Side

PACE = Pace(
    scan_s=0.25,
    stream_s=3.7,
    away_s=20.0,
    back_s=0.3,
    reply_s=3.0,
    report_s=10.0,
    settle_s=0.05,
    find_s=5.0,
    restart_s=8.0,
)
_LIMITS = replace(QUICK_LIMITS, connect_s=5.0, intent_s=5.0)
_FIRMWARE = build_image((1, 0, 0, 0), b"to be checked" * 100)
_INTERVAL_S = 0.005


@dataclass(frozen=True, slots=True)
class Bench:
    """A device that nobody has connected to yet, and a hub that will check it."""

    device: BrokenInsole
    asking: Asking
    world: World

    async def walk_before(self, seconds: float) -> None:
        """Somebody has started it and worn it for so long."""
        self.device._taker = self.device._chores.begin(self.device._stream.start())
        self.world.begin()
        await asyncio.sleep(0.1)
        self.world.skip(seconds)
        await self.world.caught_up()

    async def restart_by_hand(self) -> bool:
        await self.device.reboot(0.1)
        return True


@asynccontextmanager
async def bench(breaks: str = "", *, flash: bool = True, smp: bool = True, pace: Pace = PACE) -> AsyncIterator[Bench]:
    """An insole of which one rule is broken, `""`: none."""
    air, world = Air(interval_s=_INTERVAL_S, supervision_s=0.3), World(wait_for_all=False)
    device = BrokenInsole(
        air.controller("device"),
        breaks=breaks,
        bootloader=Bootloader(_FIRMWARE),
        serial="OI-1",
        side=Side.LEFT,
        walk=WalkerFoot(Side.LEFT, Story()),
        address="F0:0D:00:00:03:01",
        world=world,
        flash=Flash() if flash else None,
    )
    if not smp:
        device._database.services.remove(device.smp.service)

    async def away(seconds: float) -> None:
        await asyncio.sleep(0.1)
        world.skip(seconds - 0.1)
        await world.caught_up()

    hub_time = HubTime(now_s=world.now_s, now_ns=lambda: time.time_ns() + world.skipped_ns, away=away)
    await device.power_on()
    try:
        async with Adapter.virtual(air) as adapter:
            yield Bench(
                device,
                Asking(adapter, lambda heard: heard.address == device.address, pace, hub_time, limits=_LIMITS),
                world,
            )
    finally:
        await device.power_off()
        await device.gone()


async def examine(breaks: str = "", *, flash: bool = True) -> Conversation:
    """The conversation with such an insole."""
    async with bench(breaks, flash=flash) as one:
        return await converse(one.asking)
