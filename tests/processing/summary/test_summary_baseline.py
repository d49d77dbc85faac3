"""A walk against the person's own baseline: the change, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from summary_kit import walk_summary
from walk_kit import items_of

from ingest.sources.replay import open_recording
from processing.judged import Reasons
from processing.metrics.recipe import STEADY
from processing.rules.baseline import WALKS_NEEDED, Baseline, learn_baseline
from processing.rules.preset import load_preset
from processing.summary.baseline import NO_BASELINE, against_baseline
from processing.walk import Terms, run


@pytest.fixture
def usual() -> Baseline:
    learned = learn_baseline([walk_summary(front_pct=40.0 + k, stride_s=1.1) for k in range(7)])
    assert learned is not None
    return learned


def test_change_is_figure_less_usual(usual: Baseline) -> None:
    why = Reasons()
    found = against_baseline(walk_summary(front_pct=50.0), usual, why)
    assert found is not None
    assert found["walks"] == 7
    assert found["forefoot_share_pct.left"] == {
        "usual": 43.0,
        "spread": pytest.approx(1.4826 * 2),
        "change": pytest.approx(7.0),
    }
    assert why.said == {}


def test_without_a_baseline_there_is_none() -> None:
    why = Reasons()
    assert against_baseline(walk_summary(), None, why) is None
    assert why.said == {"baseline": NO_BASELINE}


def test_a_bad_cell_or_another_insole_leaves_the_timing(usual: Baseline) -> None:
    for walk, reason in (
        (walk_summary(unfit=("right",)), "a cell of the right insole was found unfit"),
        (walk_summary(insole=8), "the right insole is not the one that the baseline was learned with"),
    ):
        why = Reasons()
        found = against_baseline(walk, usual, why)
        assert found is not None
        assert found["forefoot_share_pct.right"]["change"] is None
        assert why.said["baseline.forefoot_share_pct.right.change"] == reason
        assert found["stride.mean_s"]["change"] == pytest.approx(0.0)


def test_a_figure_withheld_keeps_its_own_reason(usual: Baseline) -> None:
    why = Reasons()
    why.value("forefoot_share_pct.left", None, "no load")
    found = against_baseline(walk_summary(front_pct=None), usual, why)
    assert found is not None
    assert found["forefoot_share_pct.left"]["change"] is None
    assert why.said["baseline.forefoot_share_pct.left.change"] == "no load"
    assert why.said["baseline.forefoot_share_pct.right.change"] == "not measured"


def test_a_real_walk_against_its_own_figures_has_not_changed(gaitpdb: Path) -> None:
    items = items_of(open_recording(gaitpdb / "GaCo01_01.txt.xz"))
    terms = Terms(walk="w", recipe=STEADY, rules=load_preset("clinical"), baseline=None)
    first = run(terms, items).summary()
    learned = learn_baseline([first | {"duration_s": 900.0}] * WALKS_NEEDED)
    assert learned is not None
    again = run(replace(terms, baseline=learned), items).summary()["baseline"]
    changes = {path: told["change"] for path, told in again.items() if path != "walks"}
    assert set(changes) == set(learned.figures)
    assert set(changes.values()) == {0.0}
