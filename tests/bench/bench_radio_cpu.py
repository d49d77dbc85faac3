"""What one pair at 100 Hz × 16 cells costs a hub's ingest, apart from bleak and the virtual radio.

The insoles and the air are in this process, the hub in another; between them goes HCI. Measured twice: the whole of
ingest (links, driver, clock, spool, publish), and the same links whose frames nobody reads. The difference is ours.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psutil
import pytest
from bench_kit import table
from broker_kit import Mosquitto
from soak_kit import hub_of
from worn_kit import worn_pair

from underfoot import judging
from underfoot.places import Places
from underfoot.settings import BrokerSettings, Settings, WebSettings

WARM_S, MEASURED_S = 12.0, 40.0
BUDGET_PCT = 3.0

pytestmark = pytest.mark.bench


async def test_what_a_pair_costs_without_the_radio(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "mosquitto") as broker:
        whole_pct, whole_mb = await _cost(tmp_path / "whole", broker, "ingest")
        radio_pct, radio_mb = await _cost(tmp_path / "radio", broker, "radio")
    table(
        "One pair at 100 Hz × 16 cells, in a process of its own",
        [
            ("", "% of a core", "MB"),
            ("ingest, with bleak and a Bluetooth stack in Python", f"{whole_pct:.2f}", f"{whole_mb:.0f}"),
            ("bleak and that stack alone, nobody reads the frames", f"{radio_pct:.2f}", f"{radio_mb:.0f}"),
            (f"so driver, clock, spool and publish (budget {BUDGET_PCT} %)", f"{whole_pct - radio_pct:.2f}", ""),
        ],
    )


async def _cost(folder: Path, broker: Mosquitto, halves: str) -> tuple[float, float]:
    """Share of a core and memory of the hub's process; processing runs in this one, so that there are receipts."""
    data = folder / "data"
    data.mkdir(parents=True)
    settings = Settings(
        data_dir=folder / "processing",
        broker=BrokerSettings(url=f"mqtt://{broker.address.host}:{broker.port}"),
        web=WebSettings(enabled=False),
    )
    settings.data_dir.mkdir()
    async with (
        judging.processing(settings, broker.address) as half,
        worn_pair(Places(data).spool) as pair,
        hub_of(pair, data, broker, halves) as hub,
    ):
        await pair.at(WARM_S)
        assert hub.process is not None
        process = psutil.Process(hub.process.pid)
        sent = {side: insole.sent for side, insole in pair.insoles.items()}
        before, begun_s = process.cpu_times(), time.monotonic()
        await asyncio.sleep(MEASURED_S)
        after, passed_s = process.cpu_times(), time.monotonic() - begun_s
        used_mb = process.memory_info().rss / 2**20
        assert all(insole.sent - sent[side] > 90 * passed_s for side, insole in pair.insoles.items())
        stored = sum(sum(info.rows.values()) for info in half.stores.recordings.walks())
        assert stored > 150 * passed_s or halves == "radio"
    return (after.user + after.system - before.user - before.system) / passed_s * 100, used_mb
