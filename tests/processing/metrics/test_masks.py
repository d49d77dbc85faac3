"""Masks of cells, for insoles with more cells than an int64 has bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.metrics.masks import any_of, filled, lack_any, lacking, lacks, masks_from, with_more

MASKS = st.lists(st.integers(0, 2**99 - 1) | st.integers(0, 2**63 - 1) | st.integers(0, 3), max_size=8)
CELLS = st.integers(0, 110)


def test_they_are_int64_as_long_as_they_fit() -> None:
    assert masks_from([0, 2**63 - 1]).dtype == np.int64
    assert masks_from([0, 2**63]).dtype == object
    assert filled(3, 0).dtype == np.int64
    assert masks_from([]).dtype == np.int64


@given(MASKS, CELLS)
def test_a_cell_lacks_where_its_bit_is_set(masks: list[int], cell: int) -> None:
    made = masks_from(masks)
    assert made.tolist() == masks
    assert lacks(made, cell).tolist() == [bool(mask >> cell & 1) for mask in masks]
    assert any_of(made) == int(np.bitwise_or.reduce(np.array([0, *masks], dtype=object)))


@given(MASKS, st.integers(0, 2**110) | st.just(-1))
def test_any_of_some_cells(masks: list[int], cells: int) -> None:
    assert lack_any(masks_from(masks), cells).tolist() == [bool(mask & cells) for mask in masks]


@given(st.lists(st.integers(0, 2**99 - 1), min_size=1, max_size=5) | st.just([5, 2**62]))
def test_cell_by_cell(masks: list[int]) -> None:
    cells = 99
    assert lacking(masks_from(masks), cells).tolist() == [[bool(m >> c & 1) for c in range(cells)] for m in masks]


@pytest.mark.parametrize("few", [0b1, 1 << 80])
@pytest.mark.parametrize("more", [0b10, 1 << 62, 1 << 98])
def test_more_bits_at_some_places(few: int, more: int) -> None:
    before = filled(3, few)
    assert with_more(before, np.array([0, 2]), filled(1, more)).tolist() == [few | more, few, few | more]
    assert with_more(before, np.array([False, True, False]), masks_from([more])).tolist() == [few, few | more, few]
    assert before.tolist() == [few] * 3
