"""How codes become loads."""

from __future__ import annotations

import msgspec
import pytest
from walk_kit import layout

from ingest.wire.geometry import Calibration, Cell, Region, Side, Unit, Zone, checksum, region_at, zone_of
from ingest.wire.messages import Layout
from processing.metrics.load import LoadScale, area_of_cells, in_regions, per_name, share_pct, shares_pct


def test_nothing_has_no_shares() -> None:
    assert share_pct(0, 0) is None
    assert shares_pct({"a": 0, "b": 0}) is None


def test_cells_of_one_area_are_added() -> None:
    assert per_name(["M1", "HM", "M1"], [1, 2, 4]) == {"M1": 5, "HM": 2}


def test_pressure_counts_with_its_area() -> None:
    scale = LoadScale.of(layout(Side.LEFT, unit=Unit.KILOPASCAL, scale=2.5, area_mm2=1236.8))
    assert scale.newton_per_unit is not None
    # 100 kPa on 1236.8 mm² are 123.68 N
    assert 40 * scale.weights[0] * scale.newton_per_unit == pytest.approx(123.68)


@pytest.mark.parametrize(
    "uncalibrated",
    [
        layout(Side.LEFT, unit=Unit.RAW),
        layout(Side.LEFT, unit=Unit.NEWTON, calibration=Calibration.NONE),
        layout(Side.LEFT, unit=Unit.KILOPASCAL, area_mm2=None),
    ],
)
def test_without_calibration_there_is_no_newton(uncalibrated) -> None:
    assert LoadScale.of(uncalibrated).newton_per_unit is None


def test_the_toes_count_as_forefoot() -> None:
    scale = LoadScale.of(layout(Side.LEFT, zones=[Zone.REARFOOT, Zone.MIDFOOT, Zone.FOREFOOT]))
    assert scale.forefoot_weights.tolist() == [0, 0, 1]


def spread_out(count: int, **made: object) -> Layout:
    """So many cells from heel to toe, four side by side."""
    places = [((n % 4 + 0.5) / 4, (n // 4 + 0.5) / (-(-count // 4))) for n in range(count)]
    cells = tuple(Cell(area=f"c{n}", zone=zone_of(region_at(*at)), x=at[0], y=at[1]) for n, at in enumerate(places))
    return msgspec.structs.replace(layout(Side.LEFT), cells=cells, checksum=checksum(cells), **made)


@pytest.mark.parametrize("count", [10, 16, 60, 99])
def test_cells_without_a_region_are_placed_by_the_mask(count: int) -> None:
    dense = spread_out(count)
    assert in_regions(dense)
    assert area_of_cells(dense) == [region_at(cell.x, cell.y).value for cell in dense.cells]
    assert set(area_of_cells(dense)) <= {region.value for region in Region}


@pytest.mark.parametrize("count", [1, 2, 8, 9])
def test_fewer_cells_than_regions_keep_their_own_areas(count: int) -> None:
    sparse = spread_out(count)
    assert not in_regions(sparse)
    assert area_of_cells(sparse) == [cell.area for cell in sparse.cells]


def test_what_the_insole_says_of_a_cell_stands() -> None:
    told = msgspec.structs.replace(spread_out(16).cells[0], region=Region.T1)
    dense = msgspec.structs.replace(spread_out(16), cells=(told, *spread_out(16).cells[1:]))
    assert area_of_cells(dense)[0] == "T1"
    assert area_of_cells(dense)[1] == "HM"
