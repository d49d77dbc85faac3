"""Whole-number sums of cells: rows that lack a cell, sections that are added, a foot beside the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_kit import judged_recording, rows_split

from ingest.wire.geometry import Side
from processing.metrics.load_part import LoadPart, MaskedSums

ROWS = np.array([[1, 10], [2, 20], [3, 30], [4, 40]], dtype=np.int16)


def masked(*masks: int) -> MaskedSums:
    return MaskedSums.of(ROWS[: len(masks)], np.array(masks, dtype=np.int64))


@pytest.mark.parametrize(
    ("masks", "unfit", "missing", "rows", "sums"),
    [
        ((0, 0, 0, 0), 0, 0, 4, [10, 100]),
        ((0, 0, 0, 0), 0b01, 0b01, 4, [0, 100]),
        ((0, 0b01, 0, 0), 0, 0, 3, [8, 80]),  # one row of four: left out
        ((0, 0b01, 0, 0), 0b01, 0b01, 4, [0, 100]),  # the cell is out anyway, so the row stays
        ((0b01, 0b01, 0, 0), 0, 0b01, 4, [0, 100]),  # half of the rows: the cell is out
        ((0b01, 0b10, 0b01, 0), 0, 0b01, 3, [0, 80]),
        ((0b01, 0b01, 0b10, 0b01), 0b10, 0b11, 4, [0, 0]),
        ((0b11, 0b11, 0b11, 0b11), 0, 0b11, 4, [0, 0]),
        ((), 0, 0, 0, [0, 0]),
    ],
)
def test_what_a_cell_that_lacks_leaves(
    masks: tuple[int, ...], unfit: int, missing: int, rows: int, sums: list[int]
) -> None:
    part = masked(*masks)
    assert part.missing(unfit) == missing
    counted, summed = part.without(missing)
    assert (counted, summed.tolist()) == (rows, sums)


def test_the_limit_is_half() -> None:
    """Three of seven rows are fewer than half, though more than a third."""
    part = MaskedSums.of(np.ones((7, 2), dtype=np.int16), np.array([1, 1, 1, 0, 0, 0, 0]))
    assert part.missing(0) == 0


def test_the_order_of_the_rows_leaves_no_trace() -> None:
    assert list((masked(0b10, 0b10) + masked(0b01)).groups) == [0b01, 0b10]


def test_cells_that_lack_in_turn_leave_no_row_and_no_cell() -> None:
    """Each less than half of the time, but no row is whole: then no cell is."""
    part = MaskedSums.of(np.ones((3, 3), dtype=np.int16), np.array([1, 2, 4]))
    assert part.missing(0) == 0b111


@given(st.lists(st.tuples(st.integers(-32768, 32767), st.integers(0, 3)), max_size=40), st.integers(0, 40))
def test_sums_add_up_wherever_they_are_cut(rows: list[tuple[int, int]], cut: int) -> None:
    codes = np.array([[code, code // 2] for code, _ in rows], dtype=np.int16).reshape(-1, 2)
    masks = np.array([mask for _, mask in rows], dtype=np.int64)
    whole = MaskedSums.of(codes, masks)
    parted = MaskedSums.of(codes[:cut], masks[:cut]) + MaskedSums.of(codes[cut:], masks[cut:])
    assert parted == whole
    assert whole - MaskedSums.of(codes[cut:], masks[cut:]) == MaskedSums.of(codes[:cut], masks[:cut])
    assert list(parted.groups) == list(whole.groups)
    assert whole.count == len(rows)


@pytest.mark.parametrize("at", [1, 6000, 12118])
def test_two_sections_make_the_walk(gaitpdb: Path, at: int) -> None:
    feet = judged_recording(gaitpdb / "GaCo01_01.txt.xz")
    foot, other = feet[Side.LEFT], feet[Side.RIGHT]
    before, after = rows_split(foot, at)
    assert LoadPart.of(before, other) + LoadPart.of(after, other) == LoadPart.of(foot, other)


def test_rows_while_the_other_foot_was_away_do_not_compare_the_feet(gaitpdb: Path) -> None:
    feet = judged_recording(gaitpdb / "GaCo01_01.txt.xz")
    foot, other = feet[Side.LEFT], feet[Side.RIGHT]
    holed = replace(other.section.signal, stretches=((0, 3000), (4000, 12119)))
    # the rows between the stretches are there in this signal, but nobody measured them
    away = replace(other, section=replace(other.section, signal=holed))
    part = LoadPart.of(foot, away)
    assert part.rows.count == 12119
    assert part.together.count == pytest.approx(12119 - 1000, abs=2)
    assert part.together_s == pytest.approx(111.2, abs=0.1)
    assert LoadPart.of(foot, None).together.count == 0
