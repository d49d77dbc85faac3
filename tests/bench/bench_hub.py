"""What one pair costs a hub: share of a core, memory, and how both grow with the walk and with the window."""

from __future__ import annotations

import asyncio
import gc
import json
import tracemalloc
from pathlib import Path

import aiomqtt
import psutil
import pytest
from bench_hub_kit import start_hub
from bench_kit import cost, numpy_sum_s, pair_layouts, pair_second, table
from broker_kit import Mosquitto, free_port

from ingest.wire.codec import encode
from ingest.wire.messages import LiveRequest
from ingest.wire.topics import Address
from processing.metrics.recipe import STEADY
from processing.pipeline import Pipeline

WARM_S, QUIET_S, LIVE_S = 10, 25, 20
BUDGET_CPU_PCT, BUDGET_MB = 3.0, 150.0
MINUTE = 60

pytestmark = pytest.mark.bench


async def test_one_pair_on_a_hub(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "mosquitto") as broker:
        walked_s = WARM_S + QUIET_S + LIVE_S + 3
        hub = start_hub(tmp_path, broker, walked_s, free_port())
        try:
            process = psutil.Process(hub.pid)
            await asyncio.sleep(WARM_S)
            quiet_pct = await _cpu_pct(process, QUIET_S)
            async with aiomqtt.Client(broker.address.host, broker.port) as client:
                await client.publish(Address("home", "p1").live, encode(LiveRequest(seconds=LIVE_S + 10.0)))
            live_pct = await _cpu_pct(process, LIVE_S)
            used_mb = process.memory_info().rss / 2**20
            printed, _ = await asyncio.to_thread(hub.communicate, timeout=60)
        finally:
            hub.kill()
    books = json.loads(printed)
    assert books["taken"] == books["stored"]
    assert books["missing"] == {"left": 0, "right": 0}
    print(
        f"\none pair on a hub, ingest, processing and page in one process: {quiet_pct:.1f} % of a core with blocks of "
        f"1 s, {live_pct:.1f} % with blocks of 0.2 s (budget {BUDGET_CPU_PCT} %), "
        f"{used_mb:.0f} MB (budget {BUDGET_MB:.0f} MB)"
    )


async def _cpu_pct(process: psutil.Process, seconds: float) -> float:
    before = process.cpu_times()
    await asyncio.sleep(seconds)
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / seconds * 100


def _pipeline(window_s: int = 60) -> Pipeline:
    pipeline = Pipeline(walk="w", recipe=STEADY, window_s=window_s)
    for layout in pair_layouts("a"):
        pipeline.feed(layout)
    return pipeline


def _feed(pipeline: Pipeline, second: int) -> None:
    for block in pair_second("a", second):
        pipeline.feed(block)


def test_memory_does_not_grow_with_the_walk() -> None:
    _feed(_pipeline(), 0)
    tracemalloc.start()
    pipeline = _pipeline()
    rows = [("after walking", "kB kept", "bytes a row of a foot, since the last line")]
    before = 0
    for begin, stop in ((0, 1), (1, 10), (10, 60)):
        for second in range(begin * MINUTE, stop * MINUTE):
            _feed(pipeline, second)
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0]
        grown = (kept - before) / ((stop - begin) * MINUTE * 200)
        rows.append((f"{stop} min", f"{kept / 1e3:,.0f}", f"{grown:.1f}"))
        before = kept
    tracemalloc.stop()
    table("What the pipeline keeps of a pair", rows)


def test_cost_does_not_grow_with_the_walk_or_the_window() -> None:
    floor_s = numpy_sum_s()
    rows = [("pipeline, one second of one pair", "processor µs", "× numpy sum")]
    for name, window_s, minutes in (("minute 2", 60, 1), ("minute 60", 60, 59), ("minute 12, window 600 s", 600, 11)):
        pipeline = _pipeline(window_s)
        for second in range(minutes * MINUTE):
            _feed(pipeline, second)
        used = cost(lambda second, fed=pipeline: _feed(fed, second), MINUTE, minutes * MINUTE)
        rows.append((name, f"{used.cpu_s * 1e6:.0f}", f"{used.cpu_s / floor_s:.0f}"))
    table("Cost of a second along the walk", rows)
