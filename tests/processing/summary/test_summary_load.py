"""The load of a walk in its summary: the published table of GaCo01_01, and what is withheld without a cell."""

from __future__ import annotations

from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judged_kit import judged, judged_recording, load_figures, section_of
from walk_kit import gait, layout

from ingest.wire.geometry import Calibration, Side, Unit, Zone
from processing.metrics.learned import LearnedCells
from processing.metrics.recipe import RATIO

HEEL, TOE = 0, 7


@cache
def figures(file: Path) -> dict[str, Any]:
    return load_figures(judged_recording(file, RATIO), recipe=RATIO)


def without(file: Path, cell: int, *, learned: bool = True) -> dict[str, Any]:
    """The same walk with a cell of the left foot found unfit."""
    whole = figures(file)
    usual = {
        side: LearnedCells(
            checksum=whole["layout"][side.value],
            peak_codes=(1000.0,) * 8,
            share_pct=tuple(whole["region_share_pct"][side.value].values()),
        )
        for side in Side
    }
    unfit = {Side.LEFT: 1 << cell}
    feet = judged_recording(file, RATIO, unfit)
    return load_figures(feet, unfit=unfit, recipe=RATIO, learned=usual if learned else None)


def at(summary: dict[str, Any], path: str) -> Any:
    return reduce(getitem, path.split("."), summary)


@pytest.mark.parametrize(
    ("path", "value", "tolerance"),
    [
        ("mean_force.left", 520.66, 0.005),
        ("mean_force.right", 563.31, 0.005),
        ("impulse.left", 63098.2, 0.05),
        ("impulse.right", 68268.1, 0.05),
        ("asymmetry.load_si_pct", 7.870892, 5e-7),
        ("peak_force.left.mean", 1100.1, 0.05),
        ("peak_force.left.sd", 30.9, 0.05),
        ("peak_force.right.mean", 1150.9, 0.05),
        ("peak_force.right.sd", 39.9, 0.05),
        ("forefoot_share_pct.left", 42.4702, 5e-5),
        ("forefoot_share_pct.right", 46.6095, 5e-5),
        ("forefoot_rearfoot.left.impulse_ratio", 0.9402, 5e-5),
        ("forefoot_rearfoot.right.impulse_ratio", 1.2249, 5e-5),
        ("evenness.left.pielou", 0.9394, 5e-5),
        ("evenness.right.pielou", 0.9451, 5e-5),
        ("evenness.left.n_eff", 6.43, 0.005),
        ("evenness.right.n_eff", 6.64, 0.005),
        ("evenness.left.gini", 0.2785, 5e-5),
        ("evenness.right.gini", 0.2554, 5e-5),
    ],
)
def test_the_printed_load_figures(gaitpdb: Path, path: str, value: float, tolerance: float) -> None:
    """Clinical basis 3.1, to the digits printed there."""
    found = at(figures(gaitpdb / "GaCo01_01.txt.xz"), path)
    print(f"{path}: {found} (printed {value})")
    assert found == pytest.approx(value, abs=tolerance, rel=0)


# of the areas in the recording's own order: impulse %, share of the time above 5 N
CELLS = {
    "left": (
        (22.68, 13.19, 9.30, 8.39, 3.97, 18.13, 18.03, 6.32),
        (0.62, 0.52, 0.51, 0.54, 0.55, 0.60, 0.61, 0.58),
    ),
    "right": (
        (17.92, 10.92, 9.21, 12.43, 2.90, 18.61, 20.33, 7.67),
        (0.60, 0.56, 0.53, 0.57, 0.55, 0.58, 0.60, 0.59),
    ),
}
ZONES = {"left": (45.17, 12.36, 42.4702), "right": (38.05, 15.34, 46.6095)}


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_printed_figures_of_every_cell(gaitpdb: Path, side: str) -> None:
    found = figures(gaitpdb / "GaCo01_01.txt.xz")
    impulse, loaded = CELLS[side]
    shares = list(found["region_share_pct"][side].values())
    assert shares == pytest.approx(impulse, abs=0.0051)
    times = [area["loaded_pct"] / 100 for area in found["regions"][side].values()]
    print(side, [f"{share:.2f}" for share in shares], [f"{time:.2f}" for time in times])
    assert [round(time, 2) for time in times] == list(loaded)
    of_zones = (sum(shares[:3]), sum(shares[3:5]), sum(shares[5:]))
    assert of_zones == pytest.approx(ZONES[side], abs=0.0051)


def test_pressures_without_areas_are_nowhere_and_the_reason_stands_once(gaitpdb: Path) -> None:
    found = figures(gaitpdb / "GaCo01_01.txt.xz")
    heel = found["regions"]["left"]["heel"]
    assert heel["peak_kpa"] is None
    assert heel["pti_cell_kpa_s"] is None
    assert set(heel["fti_n_s"]) == {"mean", "sd"}
    assert heel["stances"] == 92
    assert found["reasons"] == {
        "regions.left": "forces on cells of unknown size, so no pressures",
        "regions.right": "forces on cells of unknown size, so no pressures",
        "forefoot_rearfoot.left.peak_ratio": "the insole measures no pressures",
        "forefoot_rearfoot.right.peak_ratio": "the insole measures no pressures",
    }


def test_regions_of_an_insole_that_resolves_them(moticon: Path) -> None:
    found = load_figures(judged_recording(moticon / "230927_102137.txt", RATIO), recipe=RATIO)
    left = found["regions"]["left"]
    assert list(left) == ["T1", "T2-5", "M1", "M2", "M3", "M4", "M5", "MF", "HM", "HL"]
    assert left["M4"] is None
    assert found["reasons"]["regions.left.M4"] == "the insole has no cell there"
    assert "regions.left" not in found["reasons"]
    assert sum(area["share_pct"]["mean"] for area in left.values() if area) == pytest.approx(100)
    assert found["forefoot_rearfoot"]["left"]["peak_ratio"] > 1
    assert found["asymmetry"]["load_si_pct"] is None
    assert "symmetry needs 60 s" in found["reasons"]["asymmetry.load_si_pct"]


def exported_impulse(file: Path, side: str) -> float:
    """The maker's own total force, added up over the rows in which the foot was measured."""
    lines = file.read_text().splitlines()
    names = next(line for line in lines if line.startswith("#") and "total force" in line).lstrip("# ").split("\t")
    force = names.index(f"{side} total force[N]")
    first = next(at for at, name in enumerate(names) if name.startswith(f"{side} pressure 1["))
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return sum(float(row[force]) for row in rows if row[first].strip()) / 100


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("walked", ["230927_102114", "230927_102137"])
def test_the_impulse_is_the_makers(moticon: Path, walked: str, side: str) -> None:
    file = moticon / f"{walked}.txt"
    found = load_figures(judged_recording(file, RATIO), recipe=RATIO)["impulse"][side]
    print(walked, side, found, exported_impulse(file, side))
    assert found == pytest.approx(exported_impulse(file, side), rel=1e-4)


@pytest.mark.parametrize(("cell", "index"), [(1, 10.4), (2, 8.0), (3, 3.4), (4, 9.0), (5, 7.3), (6, 5.0), (7, 6.4)])
def test_symmetry_on_the_mirrored_pairs_is_the_printed_one(gaitpdb: Path, cell: int, index: float) -> None:
    """Clinical basis 4.3: without cell L2 … L8 (L1 keeps less than 80 % of the impulse)."""
    found = without(gaitpdb / "GaCo01_01.txt.xz", cell)["asymmetry"]
    assert found["load_si_pct"] == pytest.approx(index, abs=0.051)
    assert found["rests_on"] == "7 of 8 pairs"


def test_without_the_heel_the_loads_of_the_feet_are_not_compared(gaitpdb: Path) -> None:
    found = without(gaitpdb / "GaCo01_01.txt.xz", HEEL)
    assert found["asymmetry"]["load_si_pct"] is None
    assert found["asymmetry"]["impulse"] is None
    assert found["reasons"]["asymmetry.impulse"] == "not measured on the left: heel"
    assert found["asymmetry"]["swing_si_pct"] is not None
    assert found["asymmetry"]["forefoot"]["si_pct"] == pytest.approx(16, abs=0.2)


def test_a_missing_cell_withholds_what_rests_on_it_and_nothing_else(gaitpdb: Path) -> None:
    found = without(gaitpdb / "GaCo01_01.txt.xz", TOE)
    assert found["regions"]["left"]["toe"] is None
    assert found["reasons"]["regions.left.toe"] == "not measured: toe"
    heel = found["regions"]["left"]["heel"]
    assert heel["share_pct"] is None
    assert found["reasons"]["regions.left.heel.share_pct"] == "the foot's whole load is not known: toe"
    assert heel["fti_n_s"]["mean"] == pytest.approx(140, abs=1)
    for key in ("mean_force", "impulse", "forefoot_share_pct"):
        assert found[key]["left"] is None
        assert found[key]["right"] == figures(gaitpdb / "GaCo01_01.txt.xz")[key]["right"]
    assert found["peak_force"]["left"] is None
    assert found["evenness"]["left"]["n_eff"] is None
    assert set(found["region_share_pct"]["left"].values()) == {None}
    assert found["reasons"]["forefoot_share_pct.left"] == (
        "not measured on the left: toe; it lies between 38.6 and 44.9 %"
    )
    assert (
        "between" not in without(gaitpdb / "GaCo01_01.txt.xz", TOE, learned=False)["reasons"]["forefoot_share_pct.left"]
    )


def test_what_is_known_of_another_layout_is_not_used(gaitpdb: Path) -> None:
    file, unfit = gaitpdb / "GaCo01_01.txt.xz", {Side.LEFT: 1 << TOE}
    other = {side: LearnedCells(checksum=1, peak_codes=(1000.0,) * 8, share_pct=(12.5,) * 8) for side in Side}
    found = load_figures(judged_recording(file, RATIO, unfit), unfit=unfit, recipe=RATIO, learned=other)
    assert found["asymmetry"]["load_si_pct"] is None
    assert found["reasons"]["forefoot_share_pct.left"] == "not measured on the left: toe"


def test_a_cell_found_unfit_later_takes_its_figures_of_before(gaitpdb: Path) -> None:
    """The parts of the sections before hold it still: what it did before it was found is not trusted."""
    found = load_figures(judged_recording(gaitpdb / "GaCo01_01.txt.xz", RATIO), unfit={Side.LEFT: 1 << HEEL})
    assert found["regions"]["left"]["heel"] is None
    assert found["peak_force"]["left"] is None
    assert found["reasons"]["peak_force.left"] == "not measured: heel"
    assert found["forefoot_rearfoot"]["left"]["impulse_ratio"] is None
    assert found["reasons"]["forefoot_rearfoot.left.peak_ratio"] == "not measured: heel"
    assert found["regions"]["left"]["toe"]["share_pct"] is None


def even(seconds: float, *, masks: int = 0, masked_rows: int = 0, **made: Any) -> dict[str, Any]:
    """An even walk on both feet; on the left the cells of `masks` lack in the first rows."""
    sections = {}
    for side in Side:
        codes = gait(side, seconds)
        lacking = np.zeros(len(codes), dtype=np.int64)
        if side is Side.LEFT:
            lacking[:masked_rows] = masks
        sections[side] = section_of(layout(side, **made), codes, not_measured=lacking)
    return load_figures(judged(sections, RATIO), recipe=RATIO)


@pytest.mark.parametrize(("seconds", "stated"), [(59.4, False), (59.5, True)])
def test_symmetry_waits_for_a_minute(seconds: float, stated: bool) -> None:
    found = even(seconds)
    assert (found["asymmetry"]["load_si_pct"] is not None) is stated
    assert (found["asymmetry"]["impulse"] is not None) is stated
    assert ("asymmetry.impulse" in found["reasons"]) is not stated


def test_a_foot_alone_has_no_symmetry() -> None:
    foot = judged({Side.LEFT: section_of(layout(Side.LEFT), gait(Side.LEFT, 90))}, RATIO)
    found = load_figures(foot, recipe=RATIO)
    assert set(found["asymmetry"].values()) == {None}
    assert found["reasons"]["asymmetry.load_si_pct"] == "the right foot was not measured"
    assert found["regions"]["right"] == {}
    assert found["regions"]["left"]["area0"]["stances"] > 60


def test_a_few_rows_that_lack_a_cell_are_left_out() -> None:
    found, whole = even(90, masks=1, masked_rows=880), even(90)
    assert found["forefoot_share_pct"]["left"] == pytest.approx(whole["forefoot_share_pct"]["left"], abs=0.05)
    assert found["mean_force"]["left"] == pytest.approx(whole["mean_force"]["left"], rel=0.02)
    assert found["asymmetry"]["rests_on"] == "all cells"


def test_a_cell_that_lacks_half_the_time_is_left_out() -> None:
    found = even(90, masks=1, masked_rows=4500)
    assert found["mean_force"]["left"] is None
    assert found["reasons"]["mean_force.left"] == "not measured throughout: area0"
    assert found["forefoot_share_pct"]["left"] is None


def test_two_calibrations_are_not_compared() -> None:
    left = section_of(layout(Side.LEFT), gait(Side.LEFT, 90))
    right = section_of(layout(Side.RIGHT, calibration=Calibration.NONE), gait(Side.RIGHT, 90))
    found = load_figures(judged({Side.LEFT: left, Side.RIGHT: right}, RATIO), recipe=RATIO)
    assert found["asymmetry"]["load_si_pct"] is None
    assert found["reasons"]["asymmetry.forefoot"] == "the two insoles are not calibrated alike"
    assert found["asymmetry"]["stance_si_pct"] is not None


def test_an_uncalibrated_insole_has_shares_and_times_alone() -> None:
    found = even(90, unit=Unit.RAW, calibration=Calibration.NONE, zones=[Zone.REARFOOT, Zone.FOREFOOT])
    area = found["regions"]["left"]["area0"]
    assert area["share_pct"]["mean"] == pytest.approx(60, abs=0.1)
    assert area["max_force_n"] is None
    assert area["contact_pct"]["mean"] > 50
    assert found["peak_force"]["left"] is None
    assert "only shares" in found["reasons"]["regions.left"]
    assert found["asymmetry"]["impulse"]["si_pct"] == pytest.approx(0, abs=1)
