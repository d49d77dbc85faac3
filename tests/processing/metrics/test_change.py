"""Before and after: the table of the areas, and what must not be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from walk_kit import summary_of

from ingest.wire.geometry import Side
from processing.metrics.change import OF_AREAS, OF_WALKS, Change, Comparison, compare, unlike
from processing.metrics.recipe import RATIO


def walk(peak: float | None = 200.0, *, area: str = "M2", **other: Any) -> dict[str, Any]:
    areas = {
        area: None if peak is None else {"peak_kpa": {"mean": peak, "sd": 10.0}, "max_force_n": None, "stances": 90},
        "M4": None,
    }
    summary = {
        "recipe": "steady",
        "layout": {"left": 7, "right": 8},
        "calibration": {"left": "bench", "right": "bench"},
        "calibration_version": {"left": 1, "right": 1},
        "regions": {"left": areas, "right": {}},
        "evenness": {"left": {"n_eff": 6.0, "pielou": None, "gini": 0.2}},
        "asymmetry": {"load_si_pct": 8.0, "swing_si_pct": 2.0},
        "cadence_spm": 100.0,
    }
    return {**summary, **other}


def row(found: Comparison, area: str = "M2", figure: str = "peak_kpa") -> Change:
    return next(each.of for each in found.regions if (each.side, each.area, each.figure) == (Side.LEFT, area, figure))


def test_change_and_spread_by_hand() -> None:
    change = row(compare([walk(190), walk(210)], [walk(150), walk(160), walk(170)]))
    assert (change.before.n, change.before.value, change.before.sd) == (2, 200, pytest.approx(200**0.5))
    assert (change.after.n, change.after.value, change.after.sd) == (3, 160, pytest.approx(10))
    assert change.change == pytest.approx(-40)
    assert change.change_pct == pytest.approx(-20)
    assert change.reason is None


def test_an_area_that_no_walk_measured_has_no_row() -> None:
    found = compare([walk()], [walk()])
    assert {each.area for each in found.regions} == {"M2"}
    assert {each.figure for each in found.regions} == {"peak_kpa"}


def test_walks_that_do_not_state_a_figure_do_not_count_as_zero() -> None:
    change = row(compare([walk(200), walk(None)], [walk(180)]))
    assert (change.before.n, change.before.value, change.before.sd) == (1, 200, None)
    assert change.change == pytest.approx(-20)


def test_a_figure_on_one_side_only_has_no_change_but_a_reason() -> None:
    change = row(compare([walk(200)], [walk(None)]))
    assert change.change is None
    assert change.change_pct is None
    assert change.reason == "no walk after states it"


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"layout": {"left": 9, "right": 8}}, "different layouts of the left insole"),
        ({"calibration": {"left": "maker", "right": "bench"}}, "different calibrations of the left insole"),
        ({"calibration_version": {"left": 2, "right": 1}}, "different calibrations of the left insole"),
        ({"calibration_version": 3}, "different calibrations of the left insole"),
        ({"recipe": "ratio"}, "different recipes"),
    ],
)
def test_another_yardstick_is_not_compared(other: dict[str, Any], says: str) -> None:
    found = compare([walk(200)], [walk(150, **other)])
    assert row(found).change is None
    assert says in (row(found).reason or "")
    assert row(found).before.value == 200
    assert found.walks["asymmetry.load_si_pct"].change is None


def test_another_insole_changes_nothing_about_the_cadence() -> None:
    found = compare([walk()], [walk(layout={"left": 9, "right": 8}, cadence_spm=110.0)])
    assert found.walks["cadence_spm"].change == pytest.approx(10)
    assert found.walks["evenness.left.n_eff"].change is None
    assert "evenness.left.pielou" not in found.walks


def test_a_foot_that_was_not_measured_is_no_other_insole() -> None:
    assert unlike([walk(), walk(layout={"left": 7, "right": None})], list(Side)) is None


def test_one_version_for_both_feet_is_read_too() -> None:
    assert unlike([walk(calibration_version=3), walk(calibration_version=3)], list(Side)) is None
    assert unlike([walk(calibration_version=3), walk(calibration_version=4)], list(Side)) is not None


def test_the_table_of_two_real_walks(moticon: Path) -> None:
    """A normal and a slow walk of one person: the ten regions but M4, under which these insoles have no cell."""
    normal, slow = (summary_of(moticon / f"{name}.txt", RATIO) for name in ("230927_102114", "230927_102137"))
    found = compare([normal], [slow])
    for figure in OF_AREAS:
        rows = [each for each in found.regions if each.figure == figure and each.side is Side.RIGHT]
        assert [each.area for each in rows] == ["T1", "T2-5", "M1", "M2", "M3", "M5", "MF", "HM", "HL"]
        assert all(each.of.reason is None for each in rows)
    curve = {each.area: each.of for each in found.regions if each.figure == "pti_peak_curve_kpa_s"}
    assert all((change.change_pct or 0) > 0 for change in curve.values()), "slower steps press longer"
    assert (found.walks["cadence_spm"].change or 0) < 0
    assert "asymmetry.load_si_pct" not in found.walks


def test_figures_of_a_walk_are_read_where_the_summary_has_them(gaitpdb: Path) -> None:
    walk_of = summary_of(gaitpdb / "GaCo01_01.txt.xz", RATIO)
    assert set(compare([walk_of], [walk_of]).walks) == set(OF_WALKS)


def test_nothing_before_and_nothing_after() -> None:
    assert compare([], []) == Comparison((), {})
