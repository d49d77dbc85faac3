"""Two hours out of range and home again, torn three times: how long until everything is here, and what live rows feel.

The two hours are skipped, not waited for: the insoles record them within seconds.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from away_walk import TEARS, come_home, home
from broker_kit import Mosquitto
from soak_kit import must_balance, show

from ingest.sources.virtual.walker import NS_PER_ROW
from ingest.wire.geometry import Side

AWAY_S = 7200.0
WITHIN_S = 900.0  # of coming home
OFF_MS = 10.0


@pytest.mark.expects_log
async def test_two_hours_away_are_complete_in_a_quarter_of_an_hour(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "mosquitto") as broker, home(tmp_path, broker, seed=6) as hub:
        await hub.pair.at(120.0)
        await hub.walk_away(AWAY_S)
        home_row = hub.pair.world.elapsed_ns() // NS_PER_ROW
        cpu_s = time.process_time()
        took_s = await come_home(hub, TEARS, WITHIN_S)
        cpu_s = time.process_time() - cpu_s
        fetched_row = hub.pair.world.elapsed_ns() // NS_PER_ROW
        await hub.pair.at(hub.pair.world.elapsed_ns() / 1e9 + 12.0)
        await hub.finish()
        figures = hub.figures()
        latency_ms = {side: hub.live_latency_ms(side, home_row, fetched_row) for side in Side}
        lost_live = {str(side): tap.lost_live for side, tap in hub.taps.items()}
    figures |= {
        "away_s": AWAY_S,
        "complete_after_s": round(took_s, 1),
        "cpu_s_of_hub_insoles_and_air": round(cpu_s, 1),
        "live_latency_ms_p50_p99": {
            str(side): [round(float(late[len(late) // 2])), round(float(late[int(len(late) * 0.99)]))]
            for side, late in latency_ms.items()
        },
        "lost_live_rows": lost_live,
    }
    show("soak2h", figures)
    must_balance(figures)
    assert took_s < WITHIN_S
    assert set(lost_live.values()) == {0}
    assert len(figures["walks"]) == 1
    assert all(each["off_ms_max"] <= OFF_MS for each in figures["insoles"].values())
