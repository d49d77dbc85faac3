"""Twelve minutes out of range and home again, the transfer torn three times: nothing shows it but that it came late."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from away_walk import TEARS, Home, come_home, home
from broker_kit import Mosquitto
from journey_kit import differences
from soak_kit import must_balance
from worn_kit import SERIALS

from ingest.sources.virtual.gait import Gait
from ingest.sources.virtual.gait import Story as GaitStory
from ingest.sources.virtual.walker import NS_PER_ROW
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.walk import Terms, run
from underfoot.demo import USUAL
from underfoot.places import Places
from underfoot.stored import replay_stored
from underfoot.story import OVERLOAD_POINTS

AT_HOME_S, AWAY_S = 20.0, 720.0
WITHIN_S = 90.0  # of coming home
OFF_MS = 10.0
OVERLOAD, SILENT = "A3", "T2"  # rules: a forefoot bears more than it usually does; a foot sends nothing


def overloaded_while_away() -> GaitStory:
    heavy = Gait(forefoot_share_left_pct=Gait().forefoot_share_left_pct + OVERLOAD_POINTS)
    return GaitStory().change(240.0, heavy).change(540.0, Gait())


@pytest.mark.expects_log
@pytest.mark.timeout(240)
async def test_twelve_minutes_away_come_home_torn_three_times(tmp_path: Path) -> None:
    async with (
        Mosquitto(tmp_path / "mosquitto") as broker,
        home(tmp_path, broker, seed=5, story=overloaded_while_away()) as hub,
    ):
        await hub.pair.at(AT_HOME_S)
        await hub.walk_away(AWAY_S)
        home_row = hub.pair.world.elapsed_ns() // NS_PER_ROW
        took_s = await come_home(hub, TEARS, WITHIN_S)
        fetched_row = hub.pair.world.elapsed_ns() // NS_PER_ROW
        await asyncio.sleep(12.0)  # a release is due every ten seconds
        free = {side: sum(each.next_seq - each.first_seq for each in hub.pair.flashes[side].held()) for side in Side}
        await hub.finish()
        figures, summaries, alerts = hub.figures(), hub.summaries(), hub.alerts()
        ((walk, *_),) = figures["walks"]
        (summary,) = summaries
        again = replay_stored(Places(hub.settings.data_dir), walk, STEADY, hub.settings.rules.preset)
        in_time = come_in_time(hub, walk)
        latency_ms = {side: hub.live_latency_ms(side, home_row, fetched_row) for side in Side}
        lost_live = {side: tap.lost_live for side, tap in hub.taps.items()}

    print(f"\n{AWAY_S:.0f} s away, both feet, torn {len(TEARS)} times: complete {took_s:.1f} s after coming home")
    print(f"stored {figures['stored_pct']} % of the rows that were taken (SmartStep: {figures['smart_step_pct']} %)")
    for side, late in latency_ms.items():
        p50, p99 = late[len(late) // 2], late[int(len(late) * 0.99)]
        print(
            f"{side}: live rows p50 {p50:.0f}, p99 {p99:.0f} ms after they were taken; {free[side]} rows left in flash"
        )
        print({name: value for name, value in figures["insoles"][SERIALS[side]].items() if name.startswith("off_ms")})
    must_balance(figures)
    assert took_s < WITHIN_S
    for found in figures["insoles"].values():
        assert found["off_ms_max"] <= OFF_MS
        assert found["guessed"] < 20, "only the first rows of a link may come before its clock can state an error"
    assert lost_live == {Side.LEFT: 0, Side.RIGHT: 0}
    assert max(free.values()) < 2_000, "the insoles keep only what came in the last seconds"
    assert again == summary
    found_late = [alert for alert in alerts if alert.late]
    assert {(alert.rule, alert.side) for alert in found_late} == {(OVERLOAD, Side.LEFT)}, alerts
    assert {alert.rule for alert in alerts if not alert.late} <= {SILENT}, "that a foot was silent was told in time"
    apart = differences(in_time, summary)
    print(f"{len(found_late)} alerts found late; figures that differ from those of the same walk in time: {len(apart)}")
    assert {name: pair for name, pair in apart.items() if not alike(*pair)} == {}


def alike(one: Any, other: Any) -> bool:
    """But for some milliseconds between the feet: half a percent of a step."""
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return numbers and abs(one - other) <= max(1.0, 0.01 * abs(one))


def come_in_time(hub: Home, walk: str) -> dict[str, Any]:
    """The summary of the same rows, had every one of them come live and been dated by the truth."""
    terms = Terms(walk=walk, recipe=STEADY, rules=load_preset(hub.settings.rules.preset), baseline=USUAL)
    truth = hub.pair.truth()
    layouts = {layout.side: layout for layout in hub.layouts(walk)}
    blocks = [
        Block(
            insole=layout.insole,
            side=side,
            boot=1,
            seq=begin,
            ticks=begin * 100,
            tick_ns=100_000,
            t_ns=int(truth[layout.insole].t_ns[begin]),
            ns_per_row=NS_PER_ROW,
            codes=truth[layout.insole].codes[begin : begin + 100],
            unit=layout.unit,
            scale=layout.scale,
        )
        for side, layout in layouts.items()
        for begin in range(0, truth[layout.insole].taken, 100)
    ]
    blocks.sort(key=lambda block: (block.t_ns, block.side))
    return run(terms, [*layouts.values(), *blocks]).summary()
