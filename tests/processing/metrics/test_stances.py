"""Every figure of a stance against plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.metrics.stances import Stances, measure

WEIGHTS = np.array([1, 2, 0, 3], dtype=np.int64)
Y = np.array([0.0, 0.5, 0.9, 1.0])


def measured(codes: np.ndarray, edges: list[tuple[int, int, int]]) -> Stances:
    first, stop, again = np.array(edges, dtype=np.int64).T
    return measure(
        codes, first, stop, again, weights=WEIGHTS, y=Y, t_ns=again * 10**7, initial_contact_t_ns=first * 10**7
    )


def centre(codes: np.ndarray) -> float:
    load = (codes * WEIGHTS).sum()
    return float((codes * WEIGHTS * Y).sum() / load) if load else float("nan")


@given(st.integers(0, 2**31), st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=6))
def test_each_figure_is_what_counting_gives(seed: int, lengths: list[tuple[int, int]]) -> None:
    rows = 3 + sum(stance + swing for stance, swing in lengths)
    codes = np.random.default_rng(seed).integers(0, 9, (rows, 4)).astype(np.int16)
    edges, at = [], 2
    for stance, swing in lengths:
        edges.append((at, at + stance, at + stance + swing))
        at += stance + swing
    made = measured(codes, edges)
    for number, (first, stop, again) in enumerate(edges):
        of_stance = codes[first:stop].astype(np.int64)
        fifth = (again - stop) // 5
        of_swing = codes[stop + fifth : again - fifth].astype(np.int64)
        assert made.rows[number] == stop - first
        assert made.peak[number].tolist() == of_stance.max(axis=0).tolist()
        assert made.low[number].tolist() == of_stance.min(axis=0).tolist()
        assert made.sums[number].tolist() == of_stance.sum(axis=0).tolist()
        assert made.rows_at_peak[number].tolist() == (of_stance == of_stance.max(axis=0)).sum(axis=0).tolist()
        assert made.swing_rows[number] == len(of_swing)
        assert made.swing_sums[number].tolist() == of_swing.sum(axis=0).tolist()
        assert made.swing_squares[number].tolist() == (of_swing**2).sum(axis=0).tolist()
        assert made.swing_median[number].tolist() == np.sort(of_swing, axis=0)[(len(of_swing) - 1) // 2].tolist()
        end = max((stop - first) // 5, 1)
        rise = centre(codes[stop - end : stop]) - centre(codes[first : first + end])
        assert made.rise[number] == pytest.approx(rise if stop - first > 1 else np.nan, nan_ok=True)


def test_one_by_one_or_together_is_the_same() -> None:
    codes = np.random.default_rng(3).integers(0, 900, (400, 4)).astype(np.int16)
    edges = [(10, 70, 110), (110, 180, 220), (220, 290, 330)]
    together = measured(codes, edges)
    for number, edge in enumerate(edges):
        alone = measured(codes[edge[0] : edge[2]], [tuple(row - edge[0] for row in edge)])
        for name in ("peak", "low", "sums", "rows_at_peak", "swing_median", "swing_sums", "swing_squares", "rise"):
            assert getattr(together, name)[number].tolist() == getattr(alone, name)[0].tolist(), name


def test_a_load_that_moves_forward_rises() -> None:
    codes = np.zeros((100, 4), dtype=np.int16)
    codes[10:40, 0], codes[40:60, 3] = 50, 80
    assert measured(codes, [(10, 60, 90)]).rise.tolist() == [1.0]
    assert measured(codes[::-1], [(40, 90, 99)]).rise.tolist() == [-1.0]


def test_a_foot_that_carried_nothing_has_no_rise() -> None:
    assert np.isnan(measured(np.zeros((100, 4), dtype=np.int16), [(10, 60, 90)]).rise).all()
