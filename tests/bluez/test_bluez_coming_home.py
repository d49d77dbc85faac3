"""Rows out of flash over real BlueZ: recorded away, and lost on air while bluetoothd was gone. Time away is skipped."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from bluez_air import ADDRESSES
from bluez_hub import Hub
from bluez_kit import FEET, ROWS_PER_S, AirControl, powered, start_bluetoothd, stop_bluetoothd, until

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.sources.radio.adapter import Adapter
from ingest.wire.block import Origin
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

AWAY_S = float(os.environ.get("AWAY_S", "90"))


async def both(air: AirControl, what: str) -> None:
    for foot in FEET:
        await air(what, foot=foot)


async def streaming(hubs: Sequence[Hub], link: int) -> None:
    await until(lambda: all(hub.links == link and hub.went_on for hub in hubs))


async def all_here(hubs: Sequence[Hub]) -> tuple[int, float]:
    """Everything that lacks has come: how many rows, in how long from the first of them."""
    before, began_s = sum(hub.lacking for hub in hubs), 0.0

    def is_here() -> bool:
        nonlocal began_s
        lacking = sum(hub.lacking for hub in hubs)
        began_s = began_s or (time.monotonic() if lacking < before else 0.0)
        return not lacking

    await until(is_here, 90.0)
    return before, time.monotonic() - began_s


@pytest.mark.timeout(200)
async def test_rows_lost_on_air_and_rows_recorded_away_come_home_once(
    air: AirControl, adapter: Adapter, tmp_path: Path
) -> None:
    skipped_ns = 0

    def now_ns() -> int:
        return time.time_ns() + skipped_ns

    await air("conditions", interval_s=0.015, loss_share=0.02)
    async with AsyncExitStack() as stack:
        hubs = [
            await stack.enter_async_context(
                Hub(
                    adapter.source(OpenInsoleDriver(foot, Side(foot)), ADDRESSES[foot], now_ns=now_ns), tmp_path, now_ns
                )
            )
            for foot in FEET
        ]
        await streaming(hubs, 1)
        stop_bluetoothd()
        await asyncio.sleep(2.0)
        start_bluetoothd()
        await powered()
        await streaming(hubs, 2)
        lost = [hub.lacking for hub in hubs]
        assert all(lost)

        await both(air, "away")
        await until(lambda: all(hub.source.state is LinkState.SEARCHING for hub in hubs))
        await air("skip", seconds=AWAY_S)
        skipped_ns = round(AWAY_S * 1e9)
        await both(air, "back")
        await streaming(hubs, 3)
        rows, took_s = await all_here(hubs)
        await asyncio.gather(*(hub.stopped() for hub in hubs))
        print(f"\nbluetoothd gone for 2 s: {lost} rows lost on air; then {AWAY_S:g} s away")
        print(f"{rows} rows of both feet came out of flash in {took_s:.1f} s, {rows / took_s:.0f} rows/s,", end=" ")
        print("beside the live ones over 15 ms events, 2 % lost")
        told = await air("stats")
        for foot, hub in zip(FEET, hubs, strict=True):
            taken = Counter({(int(boot), seq): 1 for boot, n in told[foot]["taken"].items() for seq in range(n)})
            assert hub.rows() == taken
            assert hub.rows(Origin.BACKFILL).total() > AWAY_S * ROWS_PER_S
            print(f"{foot}: {taken.total()} rows taken, each of them in the spool once")
