"""An update asks whether the shoe is worn, and in doubt it is."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from ingest.firmware.wear import ENOUGH_S, is_worn
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone
from ingest.wire.messages import Layout


def layout(unit: Unit = Unit.RAW, full_scale: int = 1000, area_mm2: float | None = None) -> Layout:
    places = (0.1, 0.3, 0.6, 0.9)
    return Layout(
        insole="one",
        side=Side.LEFT,
        cells=tuple(
            Cell(area=f"c{at}", zone=Zone.FOREFOOT, x=0.5, y=y, full_scale=full_scale, area_mm2=area_mm2)
            for at, y in enumerate(places)
        ),
        unit=unit,
        scale=0.1,
        rate_hz=100.0,
        calibration=Calibration.NONE,
        checksum=0,
    )


_FULL = layout()


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


@pytest.mark.parametrize("count", [0, 1, round(100 * ENOUGH_S) - 1])
def test_too_few_rows_say_nothing(count: int) -> None:
    assert is_worn(rows(500, 0, 0, 0, count=count), _FULL) is None


def test_a_cell_that_is_out_says_nothing_and_others_speak() -> None:
    codes = rows(900, 0, 0, 0)
    assert is_worn(codes, _FULL, not_measured=0b0001) is False
    assert is_worn(codes, _FULL, not_measured=0b1111) is None


def test_somebody_who_stands_still_is_known_by_the_force() -> None:
    standing = rows(100, 60, 60, 81)  # 30.1 N at 0.1 N a code
    assert is_worn(standing, layout(Unit.NEWTON, full_scale=32767)) is True
    assert is_worn(rows(100, 60, 60, 79), layout(Unit.NEWTON, full_scale=32767)) is False
    assert is_worn(standing, layout(Unit.KILOPASCAL, full_scale=32767, area_mm2=1000.0)) is True
    assert is_worn(standing, layout(Unit.KILOPASCAL, full_scale=32767)) is False  # without areas there is no force
    assert is_worn(standing, layout(Unit.RAW, full_scale=32767)) is False


def test_a_slow_insole_is_looked_at_for_as_long_and_no_longer() -> None:
    slow = msgspec.structs.replace(_FULL, rate_hz=25.0)
    assert is_worn(rows(0, 0, 0, 0, count=25), slow) is False
    assert is_worn(rows(0, 0, 0, 0, count=24), slow) is None
