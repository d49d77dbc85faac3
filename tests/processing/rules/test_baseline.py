"""A person's baseline: median and robust spread of the first seven valid walks, and of nothing else."""

from __future__ import annotations

import pytest

from processing.rules.baseline import learn_baseline, usual


def summary(left: object = 43.0, right: object = 45.0, si: object = 8.0, **other: object) -> dict[str, object]:
    return {
        "duration_s": 600.0,
        "coverage_pct": {"left": 80.0, "right": 100},
        "forefoot_share_pct": {"left": left, "right": right},
        "asymmetry": {"load_si_pct": si},
    } | other


def test_median_and_spread() -> None:
    found = usual([40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 90.0])
    assert (found.median, found.spread) == (43.0, pytest.approx(1.4826 * 2.0))


def test_seven_valid_walks_make_a_baseline() -> None:
    walks = [summary(left=40.0 + k, right=50.0, si=-k) for k in range(7)]
    assert learn_baseline(walks[:6]) is None
    found = learn_baseline(walks)
    assert found is not None
    assert found.forefoot_share_pct.left.median == 43.0
    assert found.forefoot_share_pct.left.spread == pytest.approx(1.4826 * 2.0)
    assert found.forefoot_share_pct.right.spread == 0.0
    assert found.load_si_pct.median == -3.0
    assert found.walks == 7


def test_only_the_first_seven_count() -> None:
    walks = [summary() for _ in range(7)]
    assert learn_baseline([*walks, summary(left=99.0)]) == learn_baseline(walks)


@pytest.mark.parametrize(
    "bad",
    [
        summary(duration_s=599.9),
        summary(coverage_pct={"left": 79.9, "right": 100.0}),
        summary(coverage_pct={"left": 100.0}),
        summary(coverage_pct=None),
        summary(left=None),
        summary(right=float("nan")),
        summary(si="8"),
        summary(si=True),
        summary(asymmetry=None),
        summary(duration_s=None),
        {},
    ],
)
def test_a_walk_that_cannot_be_judged_does_not_count(bad: dict[str, object]) -> None:
    assert learn_baseline([bad, *[summary() for _ in range(6)]]) is None
    assert learn_baseline([bad, *[summary() for _ in range(7)]]) is not None
