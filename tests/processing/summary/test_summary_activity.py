"""The summary's activity and sustained load: seconds from the walk's first row, and a reason for every null."""

from __future__ import annotations

from walk_kit import even_walk, layout, through

from ingest.wire.geometry import Side
from processing.judged import Reasons, WalkFacts
from processing.metrics.activity import ActivityTotals, FoundWalk
from processing.summary.activity import activity_figures

START_NS = 1_700_000_000 * 10**9
TOTALS = ActivityTotals(
    unworn_s=1,
    seated_s=2,
    standing_s=3,
    walking_s=4,
    unknown_s=5,
    standing_longest_s=3,
    standing_bouts=0,
    walks=(FoundWalk(START_NS + 1_500_000_000, START_NS + 9_250_000_000, 14),),
    sustained_highest_pct={Side.LEFT: {"area0": 96.5, "area1": None}},
)


def facts(activity: ActivityTotals | None, *sides: Side) -> WalkFacts:
    return WalkFacts(layouts={side: layout(side) for side in sides}, newton_per_unit={}, activity=activity)


def test_walks_are_told_in_seconds_from_the_first_row() -> None:
    told = activity_figures(facts(TOTALS, Side.LEFT), START_NS, Reasons())["activity"]
    assert told["walks"] == [{"start_s": 1.5, "end_s": 9.25, "steps": 14}]
    assert [told[f"{state}_s"] for state in ("unworn", "seated", "standing", "walking", "unknown")] == [1, 2, 3, 4, 5]
    assert (told["standing_longest_s"], told["standing_bouts"]) == (3, 0)


def test_an_area_without_a_full_window_is_null_with_a_reason() -> None:
    why = Reasons()
    told = activity_figures(facts(TOTALS, Side.LEFT), START_NS, why)["sustained"]
    assert told == {"left": {"area0": 96.5, "area1": None}, "right": None}
    assert why.said == {
        "sustained.left": "no full 15 minutes were measured and judged",
        "sustained.right": "the right foot was not measured",
    }


def test_without_a_second_there_is_no_activity() -> None:
    why = Reasons()
    told = activity_figures(facts(None, *Side), START_NS, why)
    assert told["activity"] is None
    assert told["sustained"]["left"] == {"area0": None, "area1": None}
    assert why.said["activity"] == "no second of the walk was closed"


def test_a_whole_walk_tells_what_it_was() -> None:
    told = through(even_walk(60))[0].summary()
    assert told["activity"]["walking_s"] >= 55
    (walk,) = told["activity"]["walks"]
    assert walk["end_s"] - walk["start_s"] > 55
    assert walk["steps"] == sum(told["steps"].values())
