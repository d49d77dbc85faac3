"""An update asks whether the shoe is worn, and in doubt it is."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.firmware.wear import ENOUGH_ROWS, is_worn

_FULL = (1000,) * 4


def rows(*levels: int, count: int = 300) -> np.ndarray:
    return np.tile(np.array(levels, dtype=np.int16), (count, 1))


def test_an_empty_shoe_lies_still_with_its_residual() -> None:
    assert is_worn(rows(0, 29, -5, 12), _FULL) is False


def test_a_foot_that_only_stands_is_worn() -> None:
    assert is_worn(rows(0, 31, 0, 0), _FULL) is True


def test_a_shoe_that_is_carried_about_moves() -> None:
    codes = rows(0, 0, 0, 0)
    codes[100:120, 2] = 12
    assert is_worn(codes, _FULL) is True


@pytest.mark.parametrize("count", [0, 1, ENOUGH_ROWS - 1])
def test_too_few_rows_say_nothing(count: int) -> None:
    assert is_worn(rows(500, 0, 0, 0, count=count), _FULL) is None


def test_a_cell_that_is_out_says_nothing_and_others_speak() -> None:
    codes = rows(900, 0, 0, 0)
    assert is_worn(codes, _FULL, not_measured=0b0001) is False
    assert is_worn(codes, _FULL, not_measured=0b1111) is None
