"""Regions cover the sole without a hole; a fault says its code, its case and its advice."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire.faults import ADVICE, Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Cell, Region, Side, Zone, checksum, region_at, zone_of

UNIT = st.floats(0, 1)


@given(UNIT, UNIT)
def test_every_point_of_the_sole_has_a_region(x: float, y: float) -> None:
    assert region_at(x, y) in Region


def test_the_ten_regions_are_all_there_and_in_order() -> None:
    steps = np.linspace(0, 1, 201)
    assert {region_at(x, y) for x in steps for y in steps} == set(Region)
    across = [region_at(x, 0.7) for x in steps]
    assert [one for one, two in pairwise([*across, None]) if one != two] == [
        Region.M1, Region.M2, Region.M3, Region.M4, Region.M5,
    ]  # fmt: skip
    along = [zone_of(region_at(0.2, y)) for y in steps]
    assert [one for one, two in pairwise([*along, None]) if one != two] == [Zone.REARFOOT, Zone.MIDFOOT, Zone.FOREFOOT]


@pytest.mark.parametrize(
    ("x", "y", "region"),
    [
        (0.5, 0.1, Region.HL),
        (0.3, 0.1, Region.HM),
        (0.5, 0.4, Region.MF),
        (0.1, 0.95, Region.T1),
        (0.8, 0.95, Region.T2_5),
        (1.0, 0.6, Region.M5),
    ],
)
def test_known_places(x: float, y: float, region: Region) -> None:
    assert region_at(x, y) is region


def test_two_layouts_have_two_checksums() -> None:
    cell = Cell(area="heel", zone=Zone.REARFOOT, x=0.5, y=0.1)
    moved = msgspec.structs.replace(cell, x=0.51)
    assert checksum((cell,)) == checksum((msgspec.structs.replace(cell),))
    assert checksum((cell,)) == checksum((msgspec.structs.replace(cell, full_scale=int("32767")),))
    assert len({checksum((cell,)), checksum((moved,)), checksum((cell, moved)), checksum((moved, cell))}) == 4


def test_a_foot_has_another() -> None:
    assert [side.other for side in Side] == [Side.RIGHT, Side.LEFT]


def test_a_fault_says_code_case_and_advice() -> None:
    error = UnderfootError(FaultCode.PORT_IN_USE, "127.0.0.1:8099")
    assert str(error) == f"port-in-use (127.0.0.1:8099): {ADVICE[FaultCode.PORT_IN_USE]}"
    assert str(Fault(FaultCode.FILE_EMPTY)).startswith("file-empty: ")


def test_faults_are_counted_by_code_and_the_latest_kept() -> None:
    book = FaultBook()
    book.note(Fault(FaultCode.ROWS_LOST, "first"), times=3)
    book.note(Fault(FaultCode.ROWS_LOST, "second"))
    book.note(Fault(FaultCode.BATTERY_LOW))
    assert book.counts == {"battery-low": 1, "rows-lost": 4}
    latest = book.latest(FaultCode.ROWS_LOST)
    assert latest is not None
    assert latest.detail == "second"
    assert book.latest(FaultCode.DISK_FULL) is None
