"""Rolling sums are exact, and the same however many seconds are pushed at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.windows import RecentBits, WindowSums, bits_of

cuts = st.lists(st.integers(1, 400), min_size=1, max_size=12)


@given(st.integers(1, 120), cuts, st.integers(0, 2**32))
def test_a_window_is_the_sum_of_its_last_seconds(longest_s: int, pushes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 32_767 * 100 * 16, size=(sum(pushes), 3))
    widths = (1, (longest_s + 1) // 2, longest_s)
    window = WindowSums(longest_s, 3)
    at = 0
    for k in pushes:
        window.push(values[at : at + k])
        for width_s in widths:
            due = [values[max(0, stop - width_s) : stop].sum(axis=0) for stop in range(at + 1, at + k + 1)]
            assert np.array_equal(window.over(width_s), due)
        at += k


@pytest.mark.parametrize("k", [1, 7])
def test_a_cleared_window_is_as_new(k: int) -> None:
    window, fresh = WindowSums(5, 1), WindowSums(5, 1)
    window.push(np.arange(1, 10)[:, None])
    window.clear()
    for value in range(9):
        window.push(np.full((k, 1), value))
        fresh.push(np.full((k, 1), value))
        assert np.array_equal(window.over(5), fresh.over(5))


def test_memory_does_not_grow_with_the_walk() -> None:
    window = WindowSums(60, 2)
    for _ in range(2000):
        window.push(np.ones((5, 2), dtype=np.int64))
    assert len(window._totals) < 3 * 60 + 100


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one second"):
        WindowSums(0, 1)


@given(st.integers(1, 30), st.lists(st.lists(st.sampled_from([0, 0, 0, 1, 4, 5]), min_size=1, max_size=40), min_size=1))
def test_a_bit_is_seen_for_as_long_as_the_window(width_s: int, pushes: list[list[int]]) -> None:
    every = [mask for masks in pushes for mask in masks]
    recent, at = RecentBits(), 0
    for masks in pushes:
        recent.push(1000 + at, np.array(masks, dtype=np.int64))
        due = [
            int(np.bitwise_or.reduce(every[max(0, stop - width_s) : stop]))
            for stop in range(at + 1, at + len(masks) + 1)
        ]
        assert recent.over(width_s) == due
        at += len(masks)


def test_cleared_bits_are_forgotten() -> None:
    recent = RecentBits()
    recent.push(10, np.array([3]))
    recent.clear()
    recent.push(11, np.array([0]))
    assert recent.over(5) == [0]


def test_the_bits_of_a_mask() -> None:
    assert bits_of(0b10110) == [1, 2, 4]
    assert bits_of(0) == []
