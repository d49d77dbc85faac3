"""Seven honest walks of ten minutes make a baseline; the eighth, heavier on the left forefoot, is held against it.

The walks are fed at once; what they leave is read with the commands that a person would call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bench_kit import pair_layouts
from click.testing import CliRunner
from desk_kit import PERSON, desk_over, stores_in, take

from ingest.sources.virtual.gait import Gait
from ingest.sources.virtual.walker import NS_PER_ROW, TICK_NS, walker
from ingest.wire.alerts import Alert
from ingest.wire.block import Block, Codes
from ingest.wire.codec import to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Layout, LinkState, Status
from underfoot.cli import underfoot

WALK_S, ROWS = 605, 1000
MORNING = datetime(2025, 3, 3, 8, tzinfo=UTC)  # a Monday
USUAL_PCT, MORE_POINTS = 45.0, 18.0
AREAS = ("T1", "T2-5", "M1", "M2", "M3", "M4", "M5", "MF", "HM", "HL")
LAYOUTS = pair_layouts(PERSON)

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[Alert]]]:
    """The data folder of eight mornings, and the alerts of each."""
    folder = tmp_path_factory.mktemp("week")
    with stores_in(folder) as stores:
        desk = desk_over(stores)
        take(desk, stores, list(LAYOUTS))
        alerts = [
            [alert for messages in walked(day) for alert in take(desk, stores, messages)] for day in range(8)
        ]  # fmt: skip
    return folder, alerts


def walked(day: int) -> Iterator[list[AnyMessage]]:
    begun = MORNING + timedelta(days=day)
    begun_t_ns = round(begun.timestamp()) * 10**9
    gait = Gait(forefoot_share_left_pct=USUAL_PCT + 0.3 * (day % 3) + (MORE_POINTS if day == 7 else 0.0))
    feet = walker(gait, seed=day, seconds=WALK_S)
    rows = {side: feet[side].rows_between(0, WALK_S * 10**9)[0].codes for side in Side}
    for first in range(0, WALK_S * 100, ROWS):
        yield [
            to_message(block(layout, rows[layout.side][first : first + ROWS], day, first, begun_t_ns))
            for layout in LAYOUTS
        ]
    yield [
        Status(insole=each.insole, side=each.side, t_ns=begun_t_ns + (WALK_S + 1) * 10**9, link=LinkState.ENDED)
        for each in LAYOUTS
    ]


def block(layout: Layout, codes: Codes, day: int, seq: int, begun_t_ns: int) -> Block:
    return Block(
        insole=layout.insole, side=layout.side, boot=day + 1, seq=seq, ticks=seq * NS_PER_ROW // TICK_NS,
        tick_ns=TICK_NS, t_ns=begun_t_ns + seq * NS_PER_ROW, ns_per_row=NS_PER_ROW, codes=codes, unit=layout.unit,
        scale=layout.scale,
    )  # fmt: skip


def called(folder: Path, *words: str) -> Any:
    done = CliRunner(env={"UNDERFOOT_DATA_DIR": str(folder), "TZ": "UTC"}).invoke(underfoot, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_first_seven_walks_make_the_baseline_and_the_eighth_does_not_move_it(
    told: tuple[Path, list[list[Alert]]],
) -> None:
    (baseline,) = called(told[0], "baseline", "show", "--all")
    assert (baseline["walks"], baseline["by"]) == (7, "underfoot, from the first valid walks")
    share = baseline["figures"]["forefoot_share_pct.left"]
    assert share["usual"] == pytest.approx(USUAL_PCT + 0.3, abs=0.1)
    assert share["spread"] == pytest.approx(1.4826 * 0.3, abs=0.1)
    assert baseline["figures"]["stride.mean_s"]["usual"] == pytest.approx(120 / Gait().cadence_spm, abs=0.005)


def test_only_the_walk_that_differs_raises_an_alert_and_says_by_how_much(told: tuple[Path, list[list[Alert]]]) -> None:
    folder, alerts = told
    assert alerts[:7] == [[]] * 7
    assert {(alert.rule, alert.side) for alert in alerts[7]} == {("A3", Side.LEFT)}
    changed = called(folder, "replay", "--stored", "latest")["baseline"]
    assert changed["walks"] == 7
    assert changed["forefoot_share_pct.left"]["change"] == pytest.approx(MORE_POINTS, abs=0.5)
    assert abs(changed["forefoot_share_pct.right"]["change"]) < 0.2
    assert abs(changed["cadence_spm"]["change"]) < 1


def test_the_days_stand_in_the_trend_and_the_day_without_a_walk_is_not_measured(
    told: tuple[Path, list[list[Alert]]],
) -> None:
    days = called(told[0], "trend", "--weeks", "2", "--until", "2025-03-11")
    found = {day["first"]: day for day in days}
    walked_on = [f"2025-03-{day:02}" for day in range(3, 11)]
    assert [first for first, day in found.items() if day["recordings"]] == walked_on
    assert {found[first]["measured"] for first in ("2025-03-02", "2025-03-11")} == {"not measured"}
    for first in walked_on:
        day = found[first]
        assert (day["recordings"], day["coverage_pct"]) == (1, {"left": 100.0, "right": 100.0})
        assert day["figures"]["cadence_spm"]["value"] == pytest.approx(Gait().cadence_spm, abs=0.5)
    first, last = (found[day]["figures"]["forefoot_share_pct.left"]["value"] for day in (walked_on[0], walked_on[-1]))
    assert last - first == pytest.approx(MORE_POINTS, abs=0.5)


def test_the_days_before_are_set_against_the_day_after(told: tuple[Path, list[list[Alert]]]) -> None:
    found = called(told[0], "compare", "--before", "2025-03-03..2025-03-09", "--after", "2025-03-10..2025-03-10")
    shares = {
        (each["side"], each["area"]): each for each in found["regions"] if each["figure"] == "share_pct"
    }  # fmt: skip
    for area, more in (("M1", 1), ("M3", 1), ("T1", 1), ("HM", -1), ("HL", -1), ("MF", -1)):
        left, right = shares["left", area], shares["right", area]
        assert (left["before"]["walks"], left["after"]["walks"]) == (7, 1)
        assert left["after"]["sd"] is None  # one walk has no spread
        assert left["change"] * more > 3 * left["before"]["sd"]
        assert abs(right["change"]) < 0.1
    assert sum(shares["left", area]["change"] for area in AREAS) == pytest.approx(0.0, abs=0.01)
