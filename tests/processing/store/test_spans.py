"""Ranges of row numbers against plain sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processing.store.spans import Spans, rows_in

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 15)).map(lambda it: (it[0], it[0] + it[1])), max_size=15)


@given(RANGES, st.tuples(st.integers(0, 70), st.integers(0, 20)))
def test_agrees_with_a_set(ranges: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    spans = Spans()
    rows: set[int] = set()
    written: dict[int, int] = {}
    for first, last in ranges:
        spans.add(first, last)
        rows |= set(range(first, last + 1))
        for start, end in spans.take_changes().items():
            if end is None:
                written.pop(start, None)
            else:
                written[start] = end
    assert {row for first, last in spans for row in range(first, last + 1)} == rows
    assert rows_in(spans) == len(rows)
    assert spans.last == max(rows, default=None)
    assert sorted(written.items()) == list(spans)
    assert all(earlier[1] + 1 < later[0] for earlier, later in zip(list(spans), list(spans)[1:], strict=False))
    first, last = asked[0], asked[0] + asked[1]
    holes = [row for start, end in spans.missing(first, last) for row in range(start, end + 1)]
    assert holes == sorted(set(range(first, last + 1)) - rows)


def test_an_empty_range_adds_nothing() -> None:
    spans = Spans()
    spans.add(5, 4)
    assert list(spans) == []
    assert spans.missing(5, 4) == []
