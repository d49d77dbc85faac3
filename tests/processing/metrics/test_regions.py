"""Pressures, forces and times of the areas: stances made by hand, and the maker's own totals of a real walk."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from judged_kit import judged_recording, rows_split, section_of, with_stances

from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone, checksum, region_at, zone_of
from ingest.wire.messages import Layout
from processing.metrics.recipe import RATIO, STEADY
from processing.metrics.regions import AreaPart, RegionsPart
from processing.metrics.section import JudgedFoot

CELLS = (
    Cell(area="heel", zone=Zone.REARFOOT, x=0.5, y=0.1, area_mm2=200.0, full_scale=1000),
    Cell(area="ball", zone=Zone.FOREFOOT, x=0.2, y=0.7, area_mm2=100.0, full_scale=1000),
    Cell(area="ball", zone=Zone.FOREFOOT, x=0.8, y=0.7, area_mm2=300.0, full_scale=1000),
)
# one stance of seven rows (and the first row of the next): heel, and two triangles one after the other under the ball
STANCE = np.array([[60] * 7, [0, 100, 200, 100, 0, 0, 0], [0, 0, 0, 40, 200, 100, 0]]).T
PAUSE = np.zeros((3, 3), dtype=int)


def insole(
    unit: Unit = Unit.KILOPASCAL,
    calibration: Calibration = Calibration.BENCH,
    cells: Sequence[Cell] = CELLS,
    scale: float = 0.5,
) -> Layout:
    return Layout(
        insole="test:left", side=Side.LEFT, cells=tuple(cells), unit=unit, scale=scale, rate_hz=100.0,
        calibration=calibration, checksum=checksum(tuple(cells)),
    )  # fmt: skip


def walk(layout: Layout, stances: int = 2, **section: object) -> JudgedFoot:
    """So many equal stances that count, and one more that ends the last stride."""
    codes = np.concatenate([np.concatenate([PAUSE, STANCE])] * (stances + 1) + [PAUSE])
    first = [10 * n + 3 for n in range(stances + 1)]
    return with_stances(section_of(layout, codes, **section), first, [row + 7 for row in first])


def figures(area: AreaPart) -> dict[str, float | None]:
    return {name: moments.value for name, moments in area.moments.items()}


def test_two_triangles_by_hand() -> None:
    part = RegionsPart.of(walk(insole()))
    assert figures(part.areas["ball"]) == pytest.approx(
        {
            "peak_kpa": 100,
            "mean_kpa": (50 + 100 + (50 * 100 + 20 * 300) / 400 + 100 + 50) / 5,  # of the loaded cells
            "max_force_n": 30,  # 100 kPa on 300 mm²
            "fti_n_s": (5 + 10 + 11 + 30 + 15) * 0.01,
            "contact_time_s": 0.05,
            "contact_pct": 100 * 5 / 7,
            "pti_peak_curve_kpa_s": (50 + 100 + 50 + 100 + 50) * 0.01,
            "pti_cell_kpa_s": (50 + 100 + 50) * 0.01,
            "share_pct": 100 * 0.71 / (0.71 + 7 * 6 * 0.01),
        }
    )
    heel = figures(part.areas["heel"])
    assert heel["pti_cell_kpa_s"] == heel["pti_peak_curve_kpa_s"] == pytest.approx(7 * 30 * 0.01)
    assert heel["contact_pct"] == 100
    assert part.peak_force_n.value == pytest.approx(36)
    assert part.peak_ratio.value == pytest.approx(100 / 30)
    assert {name: area.stances for name, area in part.areas.items()} == {"heel": 2, "ball": 2}
    assert part.areas["ball"].loaded_rows == 15  # of 33 rows, the last stance too
    assert part.areas["ball"].rows == 33


PRESSURE, FORCE = {"peak_kpa", "mean_kpa", "pti_peak_curve_kpa_s", "pti_cell_kpa_s"}, {"max_force_n", "fti_n_s"}
SHARES = {"contact_time_s", "contact_pct", "share_pct"}
NO_AREAS = [Cell(area=cell.area, zone=cell.zone, x=cell.x, y=cell.y, full_scale=1000) for cell in CELLS]


@pytest.mark.parametrize(
    ("layout", "states"),
    [
        (insole(Unit.KILOPASCAL, Calibration.BENCH), PRESSURE | FORCE | SHARES),
        (insole(Unit.KILOPASCAL, Calibration.MAKER), PRESSURE | FORCE | SHARES),
        (insole(Unit.KILOPASCAL, Calibration.MAKER, NO_AREAS), SHARES),
        (insole(Unit.KILOPASCAL, Calibration.BENCH, NO_AREAS), PRESSURE | SHARES),
        (insole(Unit.KILOPASCAL, Calibration.WEIGHT), FORCE | SHARES),
        (insole(Unit.NEWTON, Calibration.BENCH), PRESSURE | FORCE | SHARES),
        (insole(Unit.NEWTON, Calibration.WEIGHT), FORCE | SHARES),
        (insole(Unit.NEWTON, Calibration.MAKER, NO_AREAS), FORCE | SHARES),
        (insole(Unit.NEWTON, Calibration.ZERO), SHARES),
        (insole(Unit.RAW, Calibration.NONE, NO_AREAS), SHARES),
    ],
)
def test_only_what_the_calibration_supports_is_there(layout: Layout, states: set[str]) -> None:
    assert set(RegionsPart.of(walk(layout)).areas["ball"].moments) == states


def test_forces_on_known_areas_become_pressures_on_the_bench_only() -> None:
    found = figures(RegionsPart.of(walk(insole(Unit.NEWTON, Calibration.BENCH, scale=0.5))).areas["ball"])
    assert found["peak_kpa"] == pytest.approx(1000 * 100 / 100)  # 200 codes = 100 N on 100 mm²


def test_a_cell_found_unfit_takes_its_area_and_every_share_with_it() -> None:
    part = RegionsPart.of(walk(insole(), unfit=0b100))
    assert set(part.areas) == {"heel"}
    assert part.areas["heel"].moments["share_pct"].n == 0
    assert figures(part.areas["heel"])["peak_kpa"] == 30
    assert part.peak_force_n.n == 0


def test_a_row_that_lacks_a_cell_takes_that_stance_from_its_area() -> None:
    masks = np.zeros(43, dtype=np.int64)
    masks[15] = 0b10  # in the second of three
    part = RegionsPart.of(walk(insole(), 3, not_measured=masks))
    assert {name: area.stances for name, area in part.areas.items()} == {"heel": 3, "ball": 2}
    assert part.areas["heel"].moments["share_pct"].n == 2
    assert part.areas["ball"].rows == 42
    assert part.peak_force_n.n == 2
    assert part.lacking == 0b10
    assert part.stance_sums.without(0)[0] == 2
    assert part.stance_sums.without(0b10)[0] == 3


def test_stances_reach_over_the_borders_of_a_section() -> None:
    """The first begins before the section's own rows, the last that counts ends after them."""
    whole, cut = walk(insole()), walk(insole(), inside=slice(5, 16))
    part = RegionsPart.of(cut)
    assert part.stance_sums == RegionsPart.of(whole).stance_sums
    assert part.areas["ball"].rows == 11
    assert part.areas["ball"].loaded_rows == 6


def test_what_lacked_in_either_section_is_remembered() -> None:
    masks = np.zeros(43, dtype=np.int64)
    masks[35] = 0b100
    before, after = rows_split(walk(insole(), 3, not_measured=masks), 22)
    assert (RegionsPart.of(before) + RegionsPart.of(after)).lacking == 0b100


def test_a_sole_of_a_hundred_cells() -> None:
    cells = [
        Cell(area=f"c{n}", zone=zone_of(region_at(0.5, n / 100)), x=0.5, y=n / 100, area_mm2=90.0) for n in range(100)
    ]
    codes = np.tile(np.concatenate([PAUSE, STANCE])[:, :1], (4, 100))
    masks = np.zeros(40, dtype=np.int64)
    masks[5] = 1
    section = section_of(insole(cells=cells), codes, not_measured=masks)
    holed = replace(section, signal=replace(section.signal, stretches=((0, 25), (25, 40))))
    part = RegionsPart.of(with_stances(holed, [3, 13, 23, 33], [10, 20, 30, 40]))
    assert {name: area.stances for name, area in part.areas.items()} == {"HL": 1, "MF": 2, "M3": 2, "T2-5": 2}
    assert figures(part.areas["MF"])["peak_kpa"] == 30


def test_a_stance_with_a_hole_is_not_summed() -> None:
    foot = walk(insole(), 3)
    holed = replace(foot.section, signal=replace(foot.section.signal, stretches=((0, 15), (15, 43))))
    part = RegionsPart.of(replace(foot, section=holed))
    assert part.areas["heel"].stances == 2
    assert part.stance_sums.without(0)[0] == 2


def test_without_a_stride_only_the_time_under_load_is_known() -> None:
    part = RegionsPart.of(with_stances(section_of(insole(), STANCE), [0], [7]))
    assert part.stance_sums.count == 0
    assert part.areas["heel"].stances == 0
    assert part.areas["heel"].loaded_rows == 7
    assert all(moments.n == 0 for moments in part.areas["heel"].moments.values())


@pytest.mark.parametrize("at", [1, 3000, 7777, 12118])
def test_two_sections_make_the_walk(gaitpdb: Path, at: int) -> None:
    foot = judged_recording(gaitpdb / "GaCo01_01.txt.xz")[Side.LEFT]
    whole = RegionsPart.of(foot)
    before, after = (RegionsPart.of(part) for part in rows_split(foot, at))
    added = before + after
    assert added.stance_sums == whole.stance_sums
    for name, area in whole.areas.items():
        assert (added.areas[name].stances, added.areas[name].loaded_rows) == (area.stances, area.loaded_rows)
        for figure, moments in area.moments.items():
            assert added.areas[name].moments[figure].value == pytest.approx(moments.value, rel=1e-12)
            assert added.areas[name].moments[figure].sd == pytest.approx(moments.sd, rel=1e-9)


def vendor_peaks(file: Path) -> list[float]:
    with file.open() as opened:
        return [max(float(row["first_peak_N"]), float(row["second_peak_N"])) for row in csv.DictReader(opened)]


@pytest.mark.parametrize("walked", ["230927_102114", "230927_102137"])
@pytest.mark.parametrize("side", list(Side))
def test_peaks_of_the_foot_are_the_makers(moticon: Path, walked: str, side: Side) -> None:
    """The maker's table rounds to whole newtons; its steps are those of the walk, ours the ones that count."""
    part = RegionsPart.of(judged_recording(moticon / f"{walked}.txt", RATIO)[side])
    peaks = vendor_peaks(moticon / f"vendor_steps_{walked}_{side[0].upper()}.csv")
    print(walked, side, part.peak_force_n.value, np.mean(peaks))
    assert part.peak_force_n.value == pytest.approx(np.mean(peaks), rel=0.03)


def test_areas_add_up_to_the_foot(moticon: Path) -> None:
    foot = judged_recording(moticon / "230927_102137.txt", RATIO)[Side.RIGHT]
    part = RegionsPart.of(foot)
    stances, sums = part.stance_sums.without(0)
    newton = foot.section.scale.newton_per_unit
    assert newton is not None
    whole = int(sums @ foot.section.scale.weights) * newton * 0.01 / stances
    assert sum(area.moments["fti_n_s"].value or 0 for area in part.areas.values()) == pytest.approx(whole)
    assert sum(area.moments["share_pct"].value or 0 for area in part.areas.values()) == pytest.approx(100)
    for area in part.areas.values():
        curve, cell = area.moments["pti_peak_curve_kpa_s"].value, area.moments["pti_cell_kpa_s"].value
        peak, mean = area.moments["peak_kpa"].value, area.moments["mean_kpa"].value
        assert None not in (curve, cell, peak, mean)
        assert curve >= cell > 0
        assert 20 < peak < 300  # kPa of a walk in a shoe (clinical basis 3.3)
        assert mean < peak


def test_no_stance_lasts_shorter_than_an_area_is_loaded(gaitpdb: Path) -> None:
    for foot in judged_recording(gaitpdb / "SiCo01_01.txt.xz", STEADY).values():
        for area in RegionsPart.of(foot).areas.values():
            assert 0 < (area.moments["contact_pct"].value or 0) <= 100
