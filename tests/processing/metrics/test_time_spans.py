"""Spans of time against the same done second by second."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processing.metrics.spans import Spans

spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def seconds(given: list[tuple[int, int]]) -> set[int]:
    return {second for begin, end in given for second in range(begin, end)}


@given(spans, spans)
def test_what_two_have_in_common(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    both = Spans(one) & Spans(other)
    assert both.total_ns == len(seconds(one) & seconds(other))
    held = both.holds(np.arange(41.0))
    assert set(np.flatnonzero(held).tolist()) == seconds(one) & seconds(other)
    assert (both.table[1:, 0] > both.table[:-1, 1]).all()


@given(spans, st.integers(0, 40), st.integers(0, 40))
def test_how_much_of_a_time_lies_within(given: list[tuple[int, int]], begin: int, end: int) -> None:
    begin, end = sorted((begin, end))
    within = Spans(given).within(np.array([float(begin)]), np.array([float(end)]))
    assert within.tolist() == [len(seconds(given) & set(range(begin, end)))]
