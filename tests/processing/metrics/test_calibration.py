"""Rows and layouts are corrected in whole numbers, only where they are known, and a version never touches another."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walk_kit import block, layout

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit
from processing.metrics.bench_table import BenchCell, BenchTable
from processing.metrics.calibration import (
    STALE_AFTER_NS,
    CalibrationVersion,
    Correction,
    InsoleCalibration,
    layout_under,
    stale,
)
from processing.metrics.load import LoadScale

L = Side.LEFT
PLAIN = layout(L)
BENCH = BenchTable(
    format="underfoot.bench/1", model="", kpa_per_code=0.1, by="bench",
    cells=(
        BenchCell(codes=(0, 4000), kpa=(0.0, 800.0), area_mm2=200.0),
        BenchCell(codes=(0, 4000), kpa=(0.0, 400.0), area_mm2=100.0),
    ),
)  # fmt: skip


def of(insole_layout=PLAIN, **known: object) -> CalibrationVersion:
    insole = InsoleCalibration(insole=insole_layout.insole, layout_checksum=insole_layout.checksum, **known)
    return CalibrationVersion(version=1, t_ns=0, by="t", what="", insoles=(insole,))


def correction(insole_layout=PLAIN, **known: object) -> Correction:
    found = Correction.of(insole_layout, of(insole_layout, **known))
    assert found is not None
    return found


def test_a_zero_is_taken_from_every_row_and_from_full_scale() -> None:
    zeroed = correction(zero_codes=(35, -2))
    rows = zeroed.corrected(block(L, [[35, 0], [4000, 4000], [0, 10]]))
    assert rows.codes.tolist() == [[0, 2], [3965, 4002], [-35, 12]]
    assert rows.codes.dtype == np.int16
    assert [cell.full_scale for cell in zeroed.layout.cells] == [3965, 4002]
    assert zeroed.layout.checksum == PLAIN.checksum
    assert zeroed.layout.calibration is Calibration.MAKER


@given(code=st.integers(-32768, 32767), zero=st.integers(-32768, 32767))
def test_no_code_ever_wraps_round(code: int, zero: int) -> None:
    rows = correction(zero_codes=(zero, 0)).corrected(block(L, [[code, code]]))
    assert rows.codes.tolist() == [[min(max(code - zero, -32768), 32767), code]]


@pytest.mark.parametrize(
    ("unit", "area_mm2", "calibration", "becomes"),
    [
        (Unit.NEWTON, None, Calibration.MAKER, Unit.NEWTON),
        (Unit.RAW, None, Calibration.NONE, Unit.NEWTON),
        (Unit.KILOPASCAL, None, Calibration.MAKER, Unit.NEWTON),
        (Unit.KILOPASCAL, 150.0, Calibration.ZERO, Unit.KILOPASCAL),
    ],
)
def test_a_gain_scales_the_layout_and_touches_no_code(unit, area_mm2, calibration, becomes) -> None:
    plain = layout(L, unit=unit, area_mm2=area_mm2, calibration=calibration, scale=0.5)
    scaled = correction(plain, gain=1.5)
    assert (scaled.layout.unit, scaled.layout.scale) == (becomes, 0.75)
    assert scaled.layout.calibration is Calibration.WEIGHT
    assert LoadScale.of(scaled.layout).newton_per_unit is not None
    rows = block(L, [[1, 2]], unit=unit, scale=0.5)
    corrected = scaled.corrected(rows)
    assert corrected.codes is rows.codes
    assert (corrected.unit, corrected.scale) == (becomes, 0.75)


def test_a_zero_alone_allows_no_newton() -> None:
    plain = layout(L, unit=Unit.RAW, calibration=Calibration.NONE)
    zeroed = correction(plain, zero_codes=(1, 1)).layout
    assert zeroed.calibration is Calibration.ZERO
    assert LoadScale.of(zeroed).newton_per_unit is None


def test_a_bench_table_gives_kilopascal_areas_and_another_checksum() -> None:
    plain = layout(L, unit=Unit.RAW, calibration=Calibration.NONE)
    benched = correction(plain, bench=BENCH, zero_codes=(10, 0))
    assert (benched.layout.unit, benched.layout.scale) == (Unit.KILOPASCAL, 0.1)
    assert benched.layout.calibration is Calibration.BENCH
    assert benched.layout.checksum != plain.checksum
    assert [cell.full_scale for cell in benched.layout.cells] == [7990, 4000]
    rows = benched.corrected(block(L, [[1000, 1000], [0, 4001]], unit=Unit.RAW))
    assert rows.codes.tolist() == [[1990, 1000], [-10, 4000]], "the zero is taken after the table"
    scale = LoadScale.of(benched.layout)
    assert scale.newton_per_unit is not None
    newton = (rows.codes.astype(int) @ scale.weights) * scale.newton_per_unit
    assert newton[0] == pytest.approx(199.0 * 0.2 + 100.0 * 0.1)


def test_a_gain_never_lies_over_a_bench_table() -> None:
    known = of(bench=BENCH, gain=2.0).insoles[0]
    assert layout_under(PLAIN, known).calibration is Calibration.BENCH
    assert layout_under(PLAIN, known).scale == 0.1


def test_an_unknown_insole_and_other_cells_stay_as_they_are() -> None:
    version = of(zero_codes=(35, 0))
    assert Correction.of(PLAIN, None) is None
    assert Correction.of(layout(Side.RIGHT), version) is None
    assert Correction.of(msgspec.structs.replace(PLAIN, checksum=PLAIN.checksum + 1), version) is None


def test_a_block_that_does_not_fit_its_layout_stays_as_it_is() -> None:
    zeroed = correction(zero_codes=(35, 0))
    for rows in (
        block(L, [[1, 2, 3]]), block(L, [[1, 2]], scale=2.0), block(L, [[1, 2]], unit=Unit.RAW),
        block(Side.RIGHT, [[1, 2]]),
    ):  # fmt: skip
        assert zeroed.corrected(rows) is rows


def test_a_version_that_does_not_fit_the_cells_it_names_is_damage() -> None:
    with pytest.raises(UnderfootError) as caught:
        Correction.of(PLAIN, of(zero_codes=(1, 2, 3)))
    assert caught.value.code is FaultCode.STORE_DAMAGED


def test_a_new_calibration_takes_the_place_of_one_insole_alone() -> None:
    right = layout(Side.RIGHT)
    version = of(gain=2.0).with_insole(InsoleCalibration(insole=right.insole, layout_checksum=right.checksum, gain=3.0))
    again = version.with_insole(InsoleCalibration(insole=PLAIN.insole, layout_checksum=PLAIN.checksum, gain=4.0))
    assert [each.gain for each in version.insoles] == [2.0, 3.0]
    assert {each.insole: each.gain for each in again.insoles} == {PLAIN.insole: 4.0, right.insole: 3.0}


def test_a_version_is_the_same_after_it_was_kept() -> None:
    version = of(bench=BENCH, zero_codes=(1, 2), gain=0.1 + 0.2)
    kept = msgspec.json.encode(version)
    assert msgspec.json.decode(kept, type=CalibrationVersion) == version


def test_a_gain_goes_stale_by_age_and_by_drift() -> None:
    version = CalibrationVersion(version=1, t_ns=0, by="t", what="", scaled_t_ns=0, load_ratio=1.0)
    assert stale(version, STALE_AFTER_NS, 1.079) is None
    assert "15 days" in (stale(version, STALE_AFTER_NS // 14 * 15, 1.0) or "")
    assert "+9 %" in (stale(version, 1, 1.09) or "")
    assert "-9 %" in (stale(version, 1, 0.91) or "")
    assert stale(version, 1, None) is None
    assert stale(of(zero_codes=(1, 2)), STALE_AFTER_NS * 9, 2.0) is None
