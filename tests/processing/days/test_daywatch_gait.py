"""A8 over stored walks: two odd ones running, and two usual ones to end it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from days_kit import Watched, at, worn_summary
from desk_kit import PERSON, stores_in

from ingest.wire.alerts import Alert, AlertState, Audience
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.store.journal import BaselineSet

FIRST = date(2026, 1, 5)
SHARE = Usual(median=45.0, spread=1.0)
USUAL = Baseline(
    forefoot_share_pct=UsualPerFoot(left=SHARE, right=SHARE),
    load_si_pct=Usual(median=3.0, spread=1.0),
    walks=7,
    figures={"stride.cv_pct": Usual(median=2.5, spread=0.5), "cadence_spm": Usual(median=110.0, spread=2.0)},
)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with stores_in(tmp_path / "data") as stores:
        stores.journal.set_baseline(BaselineSet(person=PERSON, baseline=USUAL, by="test", t_ns=at(FIRST)))
        yield Watched(stores)


def gait(cv_pct: float | None = 2.5, cadence: float | None = 110.0, strides: int = 300) -> dict[str, Any]:
    stride = {"kept": dict.fromkeys(("left", "right"), strides // 2), "mean_s": 1.1, "cv_pct": cv_pct}
    return worn_summary(stride=stride, cadence_spm=cadence)


def days(watched: Watched, *walks: dict[str, Any], first: int = 0) -> list[list[Alert]]:
    """A walk a day at nine; what each said of A8."""
    return [
        [alert for alert in watched.walk(at(FIRST + timedelta(days=first + k), 9), walk) if alert.rule == "A8"]
        for k, walk in enumerate(walks)
    ]


@pytest.mark.parametrize("odd", [gait(cv_pct=6.1), gait(cadence=87.9)])
def test_two_odd_walks_running_are_told_and_two_usual_ones_end_it(watched: Watched, odd: dict[str, Any]) -> None:
    said = days(watched, gait(), odd, odd, gait(), odd, gait(), gait(), gait())
    assert [len(each) for each in said] == [0, 0, 1, 0, 0, 0, 1, 0]
    (alert,), (over,) = said[2], said[6]
    assert (alert.id, alert.audience) == ("A8-both-p1-20260107T090000Z", Audience.CLINICIAN)
    assert (alert.raised_t_ns, alert.state) == (at(date(2026, 1, 7), 10), AlertState.ACTIVE)
    assert (over.id, over.cleared_t_ns) == (alert.id, at(date(2026, 1, 11), 10))
    assert "2 walks running" in alert.evidence


@pytest.mark.parametrize("just_usual", [gait(cv_pct=6.0), gait(cadence=88.0)])
def test_walks_at_the_limit_raise_nothing(watched: Watched, just_usual: dict[str, Any]) -> None:
    assert not any(days(watched, *[just_usual] * 4))


@pytest.mark.parametrize(
    "unclear", [gait(cv_pct=None), gait(cadence=None), gait(cv_pct=9.0, strides=28), gait() | {"coverage_pct": {}}]
)
def test_a_walk_that_cannot_be_judged_neither_counts_nor_breaks_the_run(
    watched: Watched, unclear: dict[str, Any]
) -> None:
    odd = gait(cv_pct=9.0)
    said = days(watched, unclear, unclear, odd, unclear, odd, gait(), unclear, gait())
    assert [len(each) for each in said] == [0, 0, 0, 0, 1, 0, 0, 1]


def test_walks_before_there_is_a_baseline_are_not_judged(tmp_path: Path) -> None:
    with stores_in(tmp_path / "other") as stores:
        assert not any(days(Watched(stores), *[gait(cv_pct=9.0)] * 3))


def test_an_odd_walk_that_comes_late_completes_the_run_and_is_late(watched: Watched) -> None:
    assert not any(days(watched, gait(cv_pct=9.0)))
    assert not any(days(watched, gait(), first=2))
    late = watched.walk(at(FIRST + timedelta(days=1), 9), gait(cv_pct=9.0), late=True)
    (alert,) = [each for each in late if each.rule == "A8"]
    assert (alert.late, alert.state) == (True, AlertState.ACTIVE)
