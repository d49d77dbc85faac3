"""The walk summary: its shape, its nulls, and that one foot's figures rest on its own clock alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from walk_kit import START_NS, as_another_insole, even_walk, items_of, layout, summary_of, through

from ingest.drivers.open_insole_layout import pack_layout, unpack_layout
from ingest.sources.replay import open_recording
from ingest.sources.virtual.walker import cells as walkers_cells
from ingest.wire.alerts import Alert, AlertLevel, AlertState
from ingest.wire.block import Block
from ingest.wire.geometry import Cell, Region, Side, Zone
from ingest.wire.messages import Layout
from processing.metrics.recipe import RATIO, STEADY, Recipe, recipe_named
from processing.pipeline import Pipeline
from processing.summary import as_json

FIELDS = [
    *("schema", "walk", "source", "recipe", "duration_s", "coverage_pct", "steps", "cadence_spm", "stride", "stance"),
    *("swing", "double_support_pct", "single_support_pct", "step", "mean_force", "impulse", "forefoot_share_pct"),
    *("region_share_pct", "evenness", "regions", "peak_force", "layout", "forefoot_rearfoot", "asymmetry"),
    *("progression", "direction", "direction_min", "dose", "activity", "sustained", "health", "calibration"),
    *("baseline", "alerts", "units", "reasons"),
]

TEN_REGIONS = ["T1", "T2-5", "M1", "M2", "M3", "M4", "M5", "MF", "HM", "HL"]


def nulls(value: Any, path: str = "") -> set[str]:
    if value is None:
        return {path}
    if not isinstance(value, dict):
        return set()
    return {found for key, inner in value.items() for found in nulls(inner, f"{path}.{key}".lstrip("."))}


def explained(summary: dict[str, Any]) -> bool:
    """Whether every null has its reason, at its own path or at one that leads to it."""
    figures = {key: value for key, value in summary.items() if key not in ("alerts", "calibration", "reasons")}
    return all(
        any(path == said or path.startswith(f"{said}.") for said in summary["reasons"]) for path in nulls(figures)
    )


@pytest.mark.parametrize("recipe", [STEADY, RATIO])
def test_an_empty_walk_has_all_fields_and_a_reason_for_each_null(recipe: Recipe) -> None:
    summary = Pipeline(walk="w", recipe=recipe).summary()
    assert list(summary) == FIELDS
    assert summary["recipe"] == recipe.name
    assert summary["cadence_spm"] is None
    assert explained(summary)
    json.loads(as_json(summary))


@pytest.mark.parametrize("recipe", [STEADY, RATIO])
def test_one_foot_alone_is_judged_as_one_foot(recipe: Recipe) -> None:
    items = [each for each in even_walk(40) if each.side is Side.LEFT]
    summary = through(items, recipe)[0].summary()
    assert summary["stride"]["mean_s"] == pytest.approx(1.1, abs=0.001)
    assert summary["stride"]["kept"]["right"] is None
    assert summary["double_support_pct"] is None
    assert set(summary["asymmetry"].values()) == {None}
    assert set(summary["single_support_pct"].values()) == {None}
    assert summary["step"]["cadence_spm"] is None
    assert summary["reasons"]["steps.right"] == "the right foot was not measured"
    assert summary["region_share_pct"]["right"] == {}
    assert summary["coverage_pct"]["right"] == 0
    assert explained(summary)


def test_standing_has_no_strides_and_says_so() -> None:
    items = [replace(each, codes=each.codes * 0 + 300) if isinstance(each, Block) else each for each in even_walk(70)]
    summary = through(items)[0].summary()
    assert summary["stride"]["kept"] == {"left": 0, "right": 0}
    assert summary["cadence_spm"] is None
    assert summary["reasons"]["cadence_spm"] == "no stride counts under this recipe"
    assert summary["double_support_pct"] is None
    assert summary["steps"] == {"left": 0, "right": 0}
    assert explained(summary)


def test_regions_without_a_cell_are_null_with_a_reason(moticon: Path) -> None:
    summary = summary_of(moticon / "230927_102137.txt", RATIO)
    shares = summary["region_share_pct"]["left"]
    assert list(shares) == TEN_REGIONS
    assert shares["M4"] is None
    assert summary["reasons"]["region_share_pct.left.M4"] == "the insole has no cell there"
    assert sum(share for share in shares.values() if share is not None) == pytest.approx(100)
    assert explained(summary)


def test_cells_of_one_region_count_together() -> None:
    """Areas of their own, two of them in one region: the regions are what is shared and what is even or not."""
    cells = tuple(
        Cell(area=area, zone=Zone.FOREFOOT, x=0.5, y=0.6, region=region)
        for area, region in (("shaft", Region.M1), ("head", Region.M1), ("other head", Region.M2), ("toe", Region.T1))
    )
    items = [
        msgspec.structs.replace(each, cells=cells)
        if isinstance(each, Layout)
        else replace(each, codes=each.codes[:, :1] * [1, 1, 2, 0])
        for each in even_walk(20)
    ]
    summary = through(items)[0].summary()
    shares = summary["region_share_pct"]["left"]
    assert list(shares) == TEN_REGIONS
    assert (shares["M1"], shares["M2"], shares["T1"], shares["HM"]) == (50, 50, 0, None)
    assert summary["reasons"]["region_share_pct.left.HM"] == "the insole has no cell there"
    assert summary["evenness"]["left"]["n_eff"] == 2
    assert summary["evenness"]["left"]["gini"] == pytest.approx(1 / 3)
    assert explained(summary)


def test_the_walkers_cells_are_told_in_the_ten_regions_after_their_way_over_the_air() -> None:
    cells = unpack_layout(pack_layout(walkers_cells()), 16)
    items = [
        msgspec.structs.replace(each, cells=cells)
        if isinstance(each, Layout)
        else replace(each, codes=np.repeat(each.codes[:, :1], 16, axis=1))
        for each in even_walk(20)
    ]
    shares = through(items)[0].summary()["region_share_pct"]["left"]
    assert list(shares) == TEN_REGIONS
    assert sum(shares.values()) == pytest.approx(100)


def test_vendor_steps_are_found(moticon: Path) -> None:
    """The vendor lists 7 + 9 steps; its own contact is near 50 N, so only their number is compared."""
    summary = summary_of(moticon / "230927_102137.txt", RATIO)
    assert abs(summary["steps"]["left"] - 9) <= 2


@pytest.mark.parametrize("recipe", [STEADY, RATIO])
def test_another_boot_and_other_ticks_change_no_bit(gaitpdb: Path, recipe: Recipe) -> None:
    items = items_of(open_recording(gaitpdb / "JuPt04_01.txt.xz"))
    moved = [as_another_insole(each, boot=77, ticks=98_765_431) if isinstance(each, Block) else each for each in items]
    assert as_json(through(moved, recipe)[0].summary()) == as_json(through(items, recipe)[0].summary())


def test_noise_of_the_hubs_clock_stays_out_of_one_foots_figures(gaitpdb: Path) -> None:
    items = items_of(open_recording(gaitpdb / "JuPt04_01.txt.xz"))
    noisy = [
        replace(each, t_ns=each.t_ns + (7_919 * number) % 2_000_000) if isinstance(each, Block) else each
        for number, each in enumerate(items)
    ]
    clean, shaken = through(items)[0].summary(), through(noisy)[0].summary()
    for own in ("steps", "cadence_spm", "stride", "stance", "swing", "mean_force", "impulse", "forefoot_share_pct"):
        assert shaken[own] == clean[own]
    assert shaken["evenness"] == clean["evenness"]
    assert shaken["duration_s"] == clean["duration_s"]
    assert shaken["double_support_pct"] == pytest.approx(clean["double_support_pct"], abs=0.3)
    assert shaken["asymmetry"]["load_si_pct"] == pytest.approx(clean["asymmetry"]["load_si_pct"], abs=0.3)


def test_a_restart_in_mid_walk_costs_one_stride_and_no_more() -> None:
    items = even_walk(60)
    changed = [
        replace(each, boot=2, seq=each.seq - 3000, ticks=each.ticks - 300_000)
        if isinstance(each, Block) and each.side is Side.LEFT and each.seq >= 3000
        else each
        for each in items
    ]
    before, after = through(items, RATIO)[0].summary(), through(changed, RATIO)[0].summary()
    assert before["stride"]["kept"]["left"] - after["stride"]["kept"]["left"] in (1, 2)
    assert after["stride"]["mean_s"] == pytest.approx(before["stride"]["mean_s"], abs=0.001)
    assert after["mean_force"] == before["mean_force"]
    assert after["coverage_pct"] == before["coverage_pct"]


def test_rows_lost_in_mid_walk_are_missing_not_zero() -> None:
    items = [
        each
        for each in even_walk(60)
        if not (isinstance(each, Block) and each.side is Side.LEFT and 3000 <= each.seq < 3600)
    ]
    summary = through(items, RATIO)[0].summary()
    whole = through(even_walk(60), RATIO)[0].summary()
    assert summary["coverage_pct"] == {"left": pytest.approx(90, abs=0.1), "right": 100}
    assert summary["mean_force"]["left"] == pytest.approx(whole["mean_force"]["left"], rel=0.02)
    assert summary["stride"]["mean_s"] == pytest.approx(1.1, abs=0.001)
    assert summary["double_support_pct"] == pytest.approx(whole["double_support_pct"], abs=0.5)


def test_a_hole_of_two_rows_costs_nothing_under_steady() -> None:
    items = []
    for each in even_walk(60):
        if isinstance(each, Block) and each.side is Side.LEFT and each.seq == 3000:
            items += [each.cut(0, 9), each.cut(11, 20)]
        else:
            items.append(each)
    torn, whole = (through(walk)[0].summary() for walk in (items, even_walk(60)))
    assert torn["stride"]["kept"] == whole["stride"]["kept"]
    assert torn["double_support_pct"] == pytest.approx(whole["double_support_pct"], abs=0.05)
    assert torn["coverage_pct"]["left"] < 100


def test_alerts_stand_in_the_order_in_which_they_were_raised() -> None:
    pipeline = through(even_walk(20))[0]

    def alert(name: str, raised_s: int, cleared_s: int | None) -> Alert:
        return Alert(
            id=name, rule="A3", level=AlertLevel.LOW, state=AlertState.ACTIVE, raised_t_ns=START_NS + raised_s * 10**9,
            walk="w", side=Side.LEFT, text="t", evidence=name,
            cleared_t_ns=None if cleared_s is None else START_NS + cleared_s * 10**9,
        )  # fmt: skip

    told = pipeline.summary([alert("b", 12, None), alert("a", 5, 9)])["alerts"]
    assert told[0] == {"rule": "A3", "side": "left", "level": "low", "raised_s": 5, "cleared_s": 9, "evidence": "a"}
    assert told[1]["cleared_s"] is None


def test_a_recipe_that_nobody_knows_is_named() -> None:
    with pytest.raises(Exception, match="there are steady, ratio, vendor"):
        recipe_named("fancy")


def test_an_insole_without_rows_is_absent() -> None:
    summary = through([layout(Side.LEFT), *[each for each in even_walk(20) if each.side is Side.RIGHT]])[0].summary()
    assert summary["steps"]["left"] is None
    assert summary["calibration"] == {"left": "maker", "right": "maker"}


def test_a_restart_is_no_hole_that_steady_bridges() -> None:
    """Two rows lost over a restart: the ticks began anew, so no stride is measured across it."""
    items: list[Layout | Block] = []
    for each in even_walk(60):
        if not isinstance(each, Block) or each.side is Side.RIGHT or each.seq < 3000:
            items.append(each)
            continue
        kept = each.cut(2, each.rows) if each.seq == 3000 else each
        items.append(replace(kept, boot=2, seq=kept.seq - 3002, ticks=kept.ticks - 300_200))
    before, after = through(even_walk(60))[0].summary(), through(items)[0].summary()
    assert before["stride"]["kept"]["left"] - after["stride"]["kept"]["left"] in (1, 2)
