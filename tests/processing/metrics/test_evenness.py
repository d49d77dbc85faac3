"""Evenness at its ends, and the identity that ties its forms together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.metrics.evenness import Evenness


def test_nothing_is_not_even() -> None:
    assert Evenness.of([0, 0]) is None
    assert Evenness.of([]) is None


def test_evenness_at_its_ends() -> None:
    even = Evenness.of([25.0] * 4)
    assert even is not None
    assert (even.n_eff, even.pielou, even.gini, even.cv_pct) == pytest.approx((4, 1, 0, 0))
    single = Evenness.of([0, 0, 0, 7])
    assert single is not None
    assert (single.n_eff, single.pielou, single.gini, single.cv_pct) == pytest.approx((1, 0, 0.75, 100 * 3**0.5))
    alone = Evenness.of([3.0])
    assert alone is not None
    assert alone.pielou is None


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=16))
def test_effective_areas_follow_from_the_variation(shares: list[float]) -> None:
    """1 / N_eff = (1 + CV²) / n (clinical basis 1.5)."""
    even = Evenness.of(shares)
    assert even is not None
    assert 1 / even.n_eff == pytest.approx((1 + (even.cv_pct / 100) ** 2) / len(shares))
    assert 1 - 1e-9 <= even.n_eff <= len(shares) * (1 + 1e-9)
    assert even.pielou is not None
    assert -1e-9 <= even.pielou <= 1 + 1e-9


def test_the_order_of_the_areas_does_not_matter() -> None:
    assert Evenness.of([1.0, 5.0, 2.5]) == Evenness.of([5.0, 2.5, 1.0])
