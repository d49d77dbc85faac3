"""A walk out of range comes home over the virtual radio: time is skipped, not waited for."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from broker_kit import Embedded
from custody_kit import ADDRESS, Keeper, until
from radio_kit import QUICK

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.publish import Publisher
from ingest.service import IngestService
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.spool import Spool
from ingest.wire.block import Origin
from ingest.wire.codec import decode
from ingest.wire.geometry import Side
from ingest.wire.messages import Samples

AWAY_S = 720
SECOND_NS = 10**9


@pytest.mark.expects_log
@pytest.mark.timeout(150)
async def test_twelve_minutes_away_are_fetched_placed_and_stored_once(tmp_path: Path) -> None:
    air, world = Air(supervision_s=0.3), World(wait_for_all=False)
    controller = air.controller("left")
    insole = VirtualInsole(
        controller,
        serial="insole-left",
        side=Side.LEFT,
        walk=WalkerFoot(Side.LEFT, Story()),
        address="F0:0D:00:00:01:00",
        world=world,
        flash=Flash(),
    )
    spool = Spool(tmp_path / "spool.db")

    def now_ns() -> int:
        return time.time_ns() + world.skipped_ns

    async with Embedded() as broker, Keeper(broker.address) as keeper, Adapter.virtual(air) as adapter:
        await insole.power_on()
        source = adapter.source(OpenInsoleDriver("OI-1"), insole.address, limits=QUICK, now_ns=now_ns)
        publisher = Publisher(broker.address, ADDRESS, spool)
        service = IngestService([source], publisher, spool, now_ns=now_ns)
        running = asyncio.create_task(service.run(drain_s=20))
        name = source.insole
        await until(lambda: spool.books(name).received > 1200, 30)
        air.away(controller)
        await asyncio.sleep(1.0)
        world.skip(AWAY_S)
        await world.caught_up()
        air.back(controller)
        began = time.monotonic()
        await until(lambda: spool.books(name).to_fetch > 60_000, 30)
        await until(lambda: spool.books(name).to_fetch == 0, 90)
        print(f"{AWAY_S} s away, home after {time.monotonic() - began:.1f} s")
        await asyncio.sleep(4)  # what the air has lost since is fetched as well
        await service.stop()
        assert await running
        await insole.power_off()
    books = spool.books(name)
    spool.close()
    assert (books.missing, books.taken) == (0, books.received)
    boots = {boot for _, boot, _ in keeper.rows}
    assert {(name, boot, seq) for boot in boots for seq in range(books.taken)} == set(keeper.rows)
    told = [decode(payload, Samples) for payload in dict.fromkeys(keeper.payloads)]
    blocks = sorted((each for each in told if isinstance(each, Samples)), key=lambda each: each.seq)
    late = [each for each in blocks if each.origin is Origin.BACKFILL]
    assert sum(each.rows for each in late) >= AWAY_S * 100
    first = blocks[0]
    off_ms = [(each.t_ns - first.t_ns - (each.ticks - first.ticks) * each.tick_ns) / 1e6 for each in blocks]
    print(f"late blocks off by {min(off_ms):.2f} to {max(off_ms):.2f} ms against the first live one")
    assert max(map(abs, off_ms)) < 60
