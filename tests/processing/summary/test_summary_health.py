"""The key `health` of a walk: what was found and when, what is usual for the cells, and the load against the weight."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from health_kit import dead, spoiled
from walk_kit import items_of

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.learned import LearnedCells
from processing.metrics.recipe import RATIO
from processing.rules.baseline import Baseline, Usual, UsualPerFoot, learn_baseline
from processing.rules.preset import load_preset
from processing.walk import Terms, run


@cache
def summary(folder: Path, weight_kg: float | None, *, spoil: bool = False, one_foot: bool = False) -> dict[str, Any]:
    items = items_of(open_recording(folder / "GaCo01_01.txt.xz"))
    if spoil:
        items = spoiled(items, Side.LEFT, 7, dead, from_share=0.5)
    if one_foot:
        items = [item for item in items if item.side is Side.LEFT]
    terms = Terms(walk="w", recipe=RATIO, rules=load_preset("clinical"), baseline=None, weight_kg=weight_kg)
    return run(terms, items).summary()


def test_load_ratio_of_a_man_of_83_kg(gaitpdb: Path) -> None:
    """mean(L + R) / BW of the one record everyone can hash: 1.33174."""
    assert f"{summary(gaitpdb, 83.0)['health']['load_ratio']:.5f}" == "1.33174"


def test_without_a_weight_a_foot_or_a_cell_there_is_none(gaitpdb: Path) -> None:
    for made, reason in (
        (summary(gaitpdb, None), "the body weight is not known"),
        (summary(gaitpdb, 83.0, one_foot=True), "the right foot was not measured"),
        (summary(gaitpdb, 83.0, spoil=True), "not measured throughout: toe"),
    ):
        assert made["health"]["load_ratio"] is None
        assert made["reasons"]["health.load_ratio"] == reason


def test_a_fault_stands_with_its_cell_and_when_it_was_found(gaitpdb: Path) -> None:
    health = summary(gaitpdb, 83.0, spoil=True)["health"]
    (fault,) = health["left"]["faults"]
    assert (fault["cell"], fault["area"], fault["kind"]) == (7, "toe", "dead")
    onset_s = 12119 / 2 / 100.007
    assert onset_s + 10 < fault["found_s"] < onset_s + 16
    assert health["right"]["faults"] == []


def test_the_cells_are_what_this_walk_taught_whatever_is_known_of_them(gaitpdb: Path) -> None:
    items = items_of(open_recording(gaitpdb / "GaCo01_01.txt.xz"))
    terms = Terms(walk="w", recipe=RATIO, rules=load_preset("clinical"), baseline=None)
    first = run(terms, items).summary()
    usual = Usual(median=0.0, spread=1.0)
    known = {
        layout.side: LearnedCells(checksum=layout.checksum, peak_codes=(4000.0,) * 8, share_pct=(12.5,) * 8)
        for layout in items
        if isinstance(layout, Layout)
    }
    old = Baseline(forefoot_share_pct=UsualPerFoot(left=usual, right=usual), load_si_pct=usual, walks=7, cells=known)
    again = run(replace(terms, baseline=old), items).summary()
    assert again["health"]["left"]["cells"] == first["health"]["left"]["cells"]
    refreshed = learn_baseline([first | {"duration_s": 900.0}, *[again | {"duration_s": 900.0}] * 6])
    assert refreshed is not None
    assert list(refreshed.cells[Side.LEFT].peak_codes) == first["health"]["left"]["cells"]["peak_codes"]


def test_what_is_usual_for_the_cells(gaitpdb: Path) -> None:
    cells = summary(gaitpdb, None)["health"]["left"]["cells"]
    assert len(cells["peak_codes"]) == len(cells["share_pct"]) == 8
    assert sum(cells["share_pct"]) == pytest.approx(100)


def test_a_walk_too_short_to_learn_says_so(gaitpdb: Path) -> None:
    items = items_of(open_recording(gaitpdb / "GaCo01_01.txt.xz", 15.0))
    made = run(Terms(walk="w", recipe=RATIO, rules=load_preset("clinical"), baseline=None), items).summary()
    assert made["health"]["left"]["cells"] is None
    assert made["reasons"]["health.left.cells"].startswith("not learned")
