"""Dose and cumulative stress: by hand, stepping and standing apart, added over parts, with what was measured."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_kit import judged_recording, section_of, with_stances
from msgspec.structs import replace as changed
from rolling_foot_kit import CELLS, rolling_layout, walk_rows

from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import Layout
from processing.judged import Reasons, WalkFacts
from processing.metrics.dose import DosePart
from processing.metrics.load import LoadScale
from processing.metrics.section import FootSection, JudgedFoot
from processing.summary.dose import dose


def said(part: DosePart, layout: Layout, weight_kg: float | None = None) -> tuple[dict, dict[str, str]]:
    """The left foot of the summary's `dose`, and the reasons."""
    why = Reasons()
    facts = WalkFacts(
        layouts={Side.LEFT: layout},
        newton_per_unit={Side.LEFT: LoadScale.of(layout).newton_per_unit},
        weight_kg=weight_kg,
    )
    return dose({Side.LEFT: part}, facts, why)["dose"]["left"], why.said


def steps_and_standing() -> tuple[np.ndarray, list[int], list[int]]:
    """Two steps of 0.5 s at 100 on the heel, then 10 s of standing at 40 on heel and toe."""
    codes = np.zeros((1300, CELLS), dtype=np.int16)
    for first in (10, 110):
        codes[first : first + 50, 0] = 100
    codes[250:1250, 0] = codes[250:1250, 7] = 40
    return codes, [10, 110, 250], [60, 160, 1250]


def test_newton_seconds_by_hand() -> None:
    codes, first, stop = steps_and_standing()
    section = section_of(rolling_layout(scale=2.0), codes)
    made, _ = said(DosePart.of(with_stances(section, first, stop)), section.layout, weight_kg=80.0)
    assert made["stepping_n_s"] == pytest.approx(2 * 0.5 * 200)
    assert made["standing_n_s"] == pytest.approx(10 * 160)
    assert made["impulse_n_s"] == pytest.approx(1800)
    assert made["impulse_bw_s"] == pytest.approx(1800 / (80 * 9.80665))
    assert made["stepping_pct"] == pytest.approx(100 * 200 / 1800)
    assert (made["stances"], made["measured_s"], made["coverage_pct"]) == (2, 13.0, 100.0)


def test_sixty_kilopascal_seconds_times_three_thousand_strides() -> None:
    layout = rolling_layout(unit=Unit.KILOPASCAL, calibration=Calibration.BENCH, scale=0.5, area_mm2=200.0)
    codes = np.zeros((300_000, CELLS), dtype=np.int16)
    first = np.arange(3000) * 100 + 20
    for row in range(60):
        codes[first + row, 7] = 200  # 100 kPa for 0.6 s: 60 kPa s
    section = section_of(layout, codes)
    made, reasons = said(DosePart.of(with_stances(section, first.tolist(), (first + 60).tolist())), layout)
    assert made["cpts_mpa_s"]["toe"]["stepping"] == pytest.approx(180.0)
    assert made["cpts_mpa_s"]["toe"]["whole"] == pytest.approx(180.0)
    assert made["cpts_mpa_s"]["heel"]["whole"] == 0
    assert "dose.left.cpts_mpa_s" not in reasons


def test_standing_stresses_an_area_too() -> None:
    layout = rolling_layout(unit=Unit.KILOPASCAL, calibration=Calibration.MAKER, area_mm2=200.0)
    codes, first, stop = steps_and_standing()
    made, _ = said(DosePart.of(with_stances(section_of(layout, codes), first, stop)), layout)
    assert made["cpts_mpa_s"]["heel"]["stepping"] == pytest.approx((2 * 0.5 * 100) / 1000)
    assert made["cpts_mpa_s"]["heel"]["whole"] == pytest.approx((2 * 0.5 * 100 + 10 * 40) / 1000)


def test_cells_of_one_area_give_their_highest_pressure() -> None:
    layout = rolling_layout(unit=Unit.KILOPASCAL, calibration=Calibration.BENCH)
    cells = (layout.cells[0], *(changed(cell, area="sole") for cell in layout.cells[1:]))
    codes = np.zeros((100, CELLS), dtype=np.int16)
    codes[:, 2], codes[:50, 5] = 10, 30
    layout = changed(layout, cells=cells)
    made, _ = said(DosePart.of(with_stances(section_of(layout, codes), [0], [100])), layout)
    assert made["cpts_mpa_s"]["sole"]["whole"] == pytest.approx((0.5 * 30 + 0.5 * 10) / 1000)


@pytest.mark.parametrize("calibration", [Calibration.MAKER, Calibration.WEIGHT])
def test_no_stress_without_kilopascal(calibration: Calibration) -> None:
    layout = rolling_layout(calibration=calibration)
    codes, first, stop = steps_and_standing()
    made, reasons = said(DosePart.of(with_stances(section_of(layout, codes), first, stop)), layout)
    assert made["cpts_mpa_s"] is None
    assert "kPa" in reasons["dose.left.cpts_mpa_s"]
    assert made["impulse_n_s"] > 0
    assert reasons["dose.left.impulse_bw_s"] == "the wearer's weight is not known"


@pytest.mark.parametrize("calibration", [Calibration.ZERO, Calibration.MAKER])
def test_kilopascal_that_nobody_vouches_for_are_none(calibration: Calibration) -> None:
    layout = rolling_layout(unit=Unit.KILOPASCAL, calibration=calibration)  # the maker's word needs the areas
    codes, first, stop = steps_and_standing()
    assert DosePart.of(with_stances(section_of(layout, codes), first, stop)).areas == {}


def test_uncalibrated_there_is_only_a_share() -> None:
    layout = rolling_layout(calibration=Calibration.ZERO)
    codes, first, stop = steps_and_standing()
    made, reasons = said(DosePart.of(with_stances(section_of(layout, codes), first, stop)), layout, weight_kg=80.0)
    assert made["impulse_n_s"] is made["impulse_bw_s"] is made["cpts_mpa_s"] is None
    assert made["stepping_pct"] == pytest.approx(100 * 100 / 900)
    assert "not calibrated" in reasons["dose.left.impulse_n_s"]
    assert "not calibrated" in reasons["dose.left.impulse_bw_s"]


def test_rows_that_lack_a_cell_are_no_zero() -> None:
    layout = rolling_layout(unit=Unit.KILOPASCAL, calibration=Calibration.BENCH, area_mm2=100.0)
    codes, first, stop = steps_and_standing()
    masks = np.zeros(len(codes), dtype=np.int64)
    masks[750:] = 1 << 7  # the toe, from the middle of the standing on
    section = section_of(layout, codes, not_measured=masks)
    made, _ = said(DosePart.of(with_stances(section, first, stop)), layout)
    assert made["measured_s"] == pytest.approx(7.5)
    assert made["coverage_pct"] == pytest.approx(100 * 750 / 1300)
    assert made["cpts_mpa_s"]["heel"]["measured_s"] == pytest.approx(13.0)
    assert made["cpts_mpa_s"]["toe"]["measured_s"] == pytest.approx(7.5)
    assert made["cpts_mpa_s"]["toe"]["whole"] == pytest.approx(5 * 40 / 1000)
    assert made["standing_n_s"] == pytest.approx(5 * 80 * 0.1)  # 1 kPa on 100 mm² is 0.1 N


def test_an_unfit_cell_withholds_the_foot_and_its_area_alone() -> None:
    layout = rolling_layout(unit=Unit.KILOPASCAL, calibration=Calibration.BENCH, area_mm2=100.0)
    codes, first, stop = steps_and_standing()
    section = section_of(layout, codes, unfit=1 << 7)
    made, reasons = said(DosePart.of(with_stances(section, first, stop)), layout)
    assert made["impulse_n_s"] is made["stepping_pct"] is None
    assert reasons["dose.left.impulse_n_s"] == "not measured throughout: toe"
    assert made["cpts_mpa_s"]["toe"] is None
    assert made["cpts_mpa_s"]["heel"]["whole"] > 0


def test_a_foot_that_is_not_there() -> None:
    why = Reasons()
    made = dose({}, WalkFacts(layouts={}, newton_per_unit={}), why)["dose"]
    assert made["left"]["impulse_n_s"] is None
    assert why.said["dose.right.impulse_n_s"] == "the right foot was not measured"


@given(st.lists(st.integers(0, 1540), max_size=4))
def test_parts_add_up_exactly(cuts: list[int]) -> None:
    rows = walk_rows(Side.LEFT, 12)
    rows[1300:1500, 3] = 55
    layout = rolling_layout(unit=Unit.KILOPASCAL, calibration=Calibration.BENCH, scale=0.37, area_mm2=100.0)
    section = section_of(layout, rows)
    first = [10 + 110 * number for number in range(12)]
    whole = DosePart.of(with_stances(section, first, [row + 70 for row in first]))
    added = DosePart()
    edges = [0, *sorted(cuts), len(rows)]
    for begin, end in pairwise(edges):
        mine = [row for row in first if begin <= row < end]
        inside = replace(section, inside=slice(begin, end))
        foot = with_stances(inside, mine, [row + 70 for row in mine]) if mine else without_stances(inside)
        added = added + DosePart.of(foot)
    assert added.load == whole.load
    assert (added.stances, added.present_ns) == (whole.stances, whole.present_ns)
    for area, of_whole in whole.areas.items():
        assert added.areas[area].whole == pytest.approx(of_whole.whole, rel=1e-12)
        assert added.areas[area].stepping == pytest.approx(of_whole.stepping, rel=1e-12)
        assert added.areas[area].measured_ns == of_whole.measured_ns


def without_stances(section: FootSection) -> JudgedFoot:
    foot = with_stances(section, [0], [1])
    none = np.zeros(0, dtype=np.int64)
    empty = dict.fromkeys(("first", "stop", "stretch"), none)
    times = {name: np.zeros(0) for name in ("initial_contact_s", "foot_off_s", "on_lead_s", "off_lead_s")}
    known = {name: np.zeros(0, dtype=np.bool_) for name in ("begins_known", "ends_known")}
    return replace(foot, contacts=replace(foot.contacts, **empty, **times, **known))


def test_the_published_record(gaitpdb: Path) -> None:
    feet = judged_recording(gaitpdb / "GaCo01_01.txt.xz")
    impulses = {}
    for side, foot in feet.items():
        part = DosePart.of(foot)
        impulses[side] = part.load.whole * foot.section.scale.newton_per_unit / 1e9
        assert 0.9 < part.load.stepping / part.load.whole < 1.0  # a walk with three stops
    assert impulses[Side.LEFT] == pytest.approx(63098.2, abs=0.1)
    assert impulses[Side.RIGHT] == pytest.approx(68268.1, abs=0.1)


def test_pressures_of_a_real_insole(moticon: Path) -> None:
    for foot in judged_recording(moticon / "230927_102114.txt").values():
        part, layout = DosePart.of(foot), foot.section.layout
        made, reasons = said(part, layout) if layout.side is Side.LEFT else ({}, {})
        if made:
            assert made["cpts_mpa_s"]["M4"] is None
            assert reasons["dose.left.cpts_mpa_s.M4"] == "the insole has no cell there"
        kpa_s = {area: dose.whole / 1e9 for area, dose in part.areas.items()}
        print(layout.side, {area: round(value) for area, value in kpa_s.items()})
        assert min(kpa_s.values()) > 0
        rows = foot.section.not_measured == 0
        by_hand = (foot.section.codes[rows].max(axis=1) * layout.scale).sum() * 0.01
        assert max(kpa_s.values()) <= by_hand
