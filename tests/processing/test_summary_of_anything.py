"""Whatever a recording holds, its summary is whole: no crash, no number out of nothing, every null with a reason."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from walk_kit import items_of, through

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from processing.metrics.recipe import RATIO, STEADY, VENDOR, Recipe
from processing.summary import as_json

RECIPES = (STEADY, RATIO, VENDOR)


@cache
def items(file: Path) -> list[Any]:
    return items_of(open_recording(file))


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, f"{path}.{key}".lstrip("."))]
    return [(path, value)]


def sound(summary: dict[str, Any]) -> None:
    as_json(summary)  # refuses NaN and infinity
    said = summary["reasons"]
    for path, value in leaves({key: value for key, value in summary.items() if key not in ("reasons", "alerts")}):
        if value is None and not path.startswith(("calibration", "baseline")):
            parents = [path.rsplit(".", n)[0] for n in range(path.count(".") + 1)]
            assert any(each in said for each in parents), f"{path} is null without a reason"
        if path.endswith("_pct") and isinstance(value, float) and "si_pct" not in path and "cv_pct" not in path:
            assert math.isfinite(value)


def reversed_in_time(walk: list[Any]) -> list[Any]:
    """Every foot's rows back to front."""
    made = [each for each in walk if not isinstance(each, Block)]
    for side in Side:
        blocks = [each for each in walk if isinstance(each, Block) and each.side is side]
        codes = np.concatenate([each.codes for each in blocks])[::-1]
        row = 0
        for each in blocks:
            made.append(replace(each, codes=np.ascontiguousarray(codes[row : row + each.rows])))
            row += each.rows
    return sorted(made, key=lambda each: each.t_ns if isinstance(each, Block) else 0)


@pytest.mark.parametrize("name", ["GaCo01_01", "GaPt03_01", "JuPt26_03"])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_walk_backwards_in_time_has_the_same_strides(gaitpdb: Path, name: str, recipe: Recipe) -> None:
    walk = items(gaitpdb / f"{name}.txt.xz")
    there, back = (through(each, recipe)[0].summary() for each in (walk, reversed_in_time(walk)))
    sound(back)
    assert back["stride"]["mean_s"] == pytest.approx(there["stride"]["mean_s"], rel=0.01)
    if recipe is STEADY or (recipe is RATIO and name != "JuPt26_03"):  # without a baseline residual load is contact
        assert back["stance"]["pct"] == pytest.approx(there["stance"]["pct"], abs=1)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_part_of_a_recording_is_told_soundly(gaitpdb: Path, recipe: Recipe, data: st.DataObject) -> None:
    """Cut at either end, or nearly nothing left; now and then one foot, or codes that never change."""
    name = data.draw(st.sampled_from(["GaPt03_01", "GaCo13_10", "JuPt04_01"]))
    walk = items(gaitpdb / f"{name}.txt.xz")
    begin = data.draw(st.integers(0, 6000))
    stop = begin + data.draw(st.one_of(st.integers(1, 30), st.integers(30, 6000)))
    side, frozen = data.draw(st.sampled_from([None, *Side])), data.draw(st.booleans())
    part: list[Any] = [each for each in walk if not isinstance(each, Block)]
    for each in walk:
        if isinstance(each, Block) and each.side is not side and each.seq < stop and each.seq + each.rows > begin:
            rows = each.cut(max(begin - each.seq, 0), min(stop - each.seq, each.rows))
            part.append(replace(rows, codes=rows.codes * 0 + 200) if frozen else rows)
    sound(through(part, recipe)[0].summary())
