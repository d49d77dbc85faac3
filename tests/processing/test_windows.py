"""Rolling sums are exact and their seconds are the calendar's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.windows import RollingSums, seconds_of


@pytest.mark.parametrize("width", [1, 60, 900])
def test_a_window_is_the_sum_of_its_last_seconds(width: int) -> None:
    rng = np.random.default_rng(width)
    values = rng.integers(0, 32_767 * 100 * 16, size=(2 * width + 50, 3))
    missing = rng.random(len(values)) < 0.1
    window = RollingSums(width, 3)
    for at, value in enumerate(values):
        window.push(None if missing[at] else value)
        last = slice(max(0, at + 1 - width), at + 1)
        assert np.array_equal(window.sums, values[last][~missing[last]].sum(axis=0))
        assert window.filled_s == int((~missing[last]).sum())


def test_a_cleared_window_is_as_new() -> None:
    window = RollingSums(5, 1)
    for value in range(9):
        window.push(np.array([value]))
    window.clear()
    fresh = RollingSums(5, 1)
    for value in range(7):
        window.push(np.array([value]))
        fresh.push(np.array([value]))
        assert (window.sums, window.filled_s) == (fresh.sums, fresh.filled_s)


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one second"):
        RollingSums(0, 1)


@given(st.integers(0, 10**19 // 10), st.integers(1, 3 * 10**9), st.integers(0, 400))
def test_every_row_is_in_its_second(t_ns: int, ns_per_row: int, rows: int) -> None:
    found = [second for second, first, stop in seconds_of(t_ns, ns_per_row, rows) for _ in range(first, stop)]
    assert found == [(t_ns + row * ns_per_row) // 10**9 for row in range(rows)]
