"""A stored walk is measured, a version made of it, and a walk judged under that version reads what it should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from walk_kit import block, even_walk, gait, items_of, layout

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import CellFault, CellFaultKind, Layout, Metrics
from processing.calibrating import (
    WalkEvidence,
    evidence_of,
    next_version,
    unscaled,
    with_bench,
    with_gain,
    with_weight,
    with_zeros,
)
from processing.metrics.bench_table import BenchCell, BenchTable
from processing.metrics.calibration import CalibrationVersion, Correction, InsoleCalibration
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.walk import Item, Terms, Walk, run

RULES = load_preset("clinical")
NONE = CalibrationVersion(version=1, t_ns=5, by="somebody", what="")


def terms(calibration: CalibrationVersion | None = None) -> Terms:
    weight_kg = None if calibration is None else calibration.weight_kg
    return Terms(walk="w", recipe=STEADY, rules=RULES, baseline=None, weight_kg=weight_kg, calibration=calibration)


def measured(items: list[Item], calibration: CalibrationVersion | None = None) -> WalkEvidence:
    return evidence_of(terms(calibration), items)


def recorded(gaitpdb: Path, name: str) -> list[Item]:
    return list(items_of(open_recording(gaitpdb / f"{name}.txt.xz")))


def refusal(call, *args: object) -> str:
    with pytest.raises(UnderfootError) as caught:
        call(*args)
    assert caught.value.code is FaultCode.CALIBRATION_REFUSED
    return caught.value.fault.detail


def test_the_published_recording_reads_a_third_too_much_and_is_set_right(gaitpdb: Path) -> None:
    items = recorded(gaitpdb, "GaCo01_01")
    evidence = measured(items)
    assert evidence.load_ratio(83) == pytest.approx(1.332, abs=0.01)
    version = with_gain(NONE, 83, evidence)
    gains = {each.insole: each.gain for each in version.insoles}
    assert len(gains) == 2
    assert len(set(gains.values())) == 1, "a gain for each foot would erase a real asymmetry"
    assert measured(items, version).load_ratio(83) == pytest.approx(1, abs=5e-3)
    plain, scaled = run(terms(), items).summary(), run(terms(version), items).summary()
    gain = next(iter(gains.values()))
    for side in ("left", "right"):
        assert scaled["mean_force"][side] == pytest.approx(plain["mean_force"][side] * gain)
        assert scaled["forefoot_share_pct"][side] == pytest.approx(plain["forefoot_share_pct"][side])
    assert scaled["asymmetry"]["load_si_pct"] == pytest.approx(plain["asymmetry"]["load_si_pct"])
    assert scaled["calibration"] == {"left": "weight-scaled", "right": "weight-scaled"}
    assert (plain["calibration_version"], scaled["calibration_version"]) == (None, 1)


def test_what_is_left_in_swing_is_taken_away(gaitpdb: Path) -> None:
    items = recorded(gaitpdb, "JuPt26_03")
    version = with_zeros(NONE, measured(items))
    zeros = {each.insole.rpartition(":")[2]: each.zero_codes for each in version.insoles}
    assert [sum(zero or ()) for zero in zeros.values()] == [188, 124]  # × 0.11 N: 20.7 and 13.6 N
    again = with_zeros(NONE, measured(items, version))
    assert all(not any(each.zero_codes or ()) for each in again.insoles)


def test_a_gain_waits_for_the_zero_of_what_is_left_in_swing(gaitpdb: Path) -> None:
    items = recorded(gaitpdb, "JuPt26_03")
    assert "the zero of this walk may put it right" in refusal(with_gain, NONE, 80.0, measured(items))
    zeroed = with_zeros(NONE, measured(items))
    assert not measured(items, zeroed).faults
    gains = [each.gain for each in with_gain(zeroed, 80.0, measured(items, zeroed)).insoles]
    assert gains == pytest.approx([0.792, 0.792], abs=1e-3)


def test_a_zero_from_a_walk_of_an_insole_at_rest_is_nothing(gaitpdb: Path) -> None:
    version = with_zeros(NONE, measured(recorded(gaitpdb, "GaCo01_01")))
    assert [each.zero_codes for each in version.insoles] == [(0,) * 8, (0,) * 8]


def test_a_short_walk_bears_nothing(moticon: Path) -> None:
    evidence = measured(list(items_of(open_recording(moticon / "230927_102114.txt"))))
    assert "30 are needed" in refusal(with_zeros, NONE, evidence)
    assert "30 are needed" in refusal(with_gain, NONE, 80.0, evidence)


def test_one_foot_bears_nothing() -> None:
    items = [each for each in even_walk(60) if each.side is Side.LEFT]
    assert "right foot" in refusal(measured, items)


def test_standing_bears_nothing() -> None:
    items: list[Item] = [layout(side) for side in Side]
    items += [block(side, np.tile([300, 200], (6000, 1))) for side in Side]
    evidence = measured(items)
    assert evidence.load_ratio(80) is None
    assert "even strides" in refusal(with_zeros, NONE, evidence)
    assert "even strides" in refusal(with_gain, NONE, 80.0, evidence)


def test_the_wrong_weight_is_refused() -> None:
    evidence = measured(list(even_walk(60)))
    assert "check the weight" in refusal(with_gain, NONE, 25.0, evidence)


def test_rows_with_a_cell_not_measured_bear_nothing() -> None:
    items = [replace(each, not_measured=2) if isinstance(each, Block) else each for each in even_walk(60)]
    assert "even strides" in refusal(with_zeros, NONE, measured(items))


def test_an_unfit_cell_is_refused_but_an_offset_may_be_zeroed() -> None:
    evidence = measured(list(even_walk(60)))
    for kind, zero_too in ((CellFaultKind.DEAD, False), (CellFaultKind.STUCK, True)):
        fault = CellFault(side=Side.LEFT, kind=kind, t_ns=1, cell=0, area="heel")
        unfit = WalkEvidence(evidence.walk, evidence.feet, (fault,))
        assert f"left heel {kind}" in refusal(with_gain, NONE, 45.0, unfit)
        if zero_too:
            assert with_zeros(NONE, unfit).insoles
        else:
            assert "left heel dead" in refusal(with_zeros, NONE, unfit)


def test_a_new_weight_ends_the_gain_and_the_same_one_does_not() -> None:
    scaled = with_gain(NONE, 45.0, measured(list(even_walk(60))))
    assert (scaled.weight_kg, scaled.scaled_t_ns) == (45.0, 5)
    assert with_weight(scaled, 45.0).insoles == scaled.insoles
    heavier = with_weight(scaled, 50.0)
    assert {each.gain for each in heavier.insoles} == {None}
    assert heavier.scaled_t_ns is None
    assert "body weight" in refusal(with_weight, NONE, float("nan"))


def test_versions_follow_one_another() -> None:
    first = with_weight(next_version(None, by="a", t_ns=1), 80.0)
    second = next_version(first, by="b", t_ns=2)
    assert (first.version, first.what, second.version, second.weight_kg) == (1, "weight 80 kg", 2, 80.0)


def test_a_measurement_is_made_without_what_it_is_to_find() -> None:
    version = with_zeros(with_gain(NONE, 45.0, measured(list(even_walk(60)))), measured(list(even_walk(60))))
    zeroed, bare = unscaled(version, zeroed=True), unscaled(version, zeroed=False)
    assert zeroed is not None
    assert bare is not None
    assert [(each.gain, each.zero_codes) for each in zeroed.insoles] == [(None, (0, 0)), (None, (0, 0))]
    assert [(each.gain, each.zero_codes) for each in bare.insoles] == [(None, None)] * 2
    assert unscaled(None, zeroed=True) is None


def pressed(model: str = "", cells: int = 2) -> BenchTable:
    cell = BenchCell(codes=(0, 4000), kpa=(0.0, 800.0), area_mm2=1000.0)
    return BenchTable(format="f", model=model, kpa_per_code=0.2, by="bench", cells=(cell,) * cells)


def test_a_bench_table_is_for_its_model_and_its_number_of_cells() -> None:
    assert "worn were insoles without a model" in refusal(with_bench, NONE, pressed("Press"), [layout(Side.LEFT)])
    assert "3 cells" in refusal(with_bench, NONE, pressed(cells=3), [layout(Side.LEFT)])
    scaled = with_gain(NONE, 45.0, measured(list(even_walk(60))))
    benched = with_bench(scaled, pressed(), [layout(side) for side in Side])
    assert {(each.gain, each.zero_codes, each.bench) for each in benched.insoles} == {(None, None, pressed())}
    evidence = measured(list(even_walk(60)), benched)
    assert "bench table" in refusal(with_gain, benched, 45.0, evidence)


def test_a_bench_table_gives_pressures_and_stress(gaitpdb: Path) -> None:
    items = recorded(gaitpdb, "GaCo01_01")
    cell = BenchCell(codes=(0, 20_000), kpa=(0.0, 2200.0), area_mm2=1000.0)  # 0.11 N a code, as the insole has it
    table = BenchTable(format="f", model="Ultraflex (gaitpdb)", kpa_per_code=0.11, by="bench", cells=(cell,) * 8)
    version = with_bench(NONE, table, [each for each in items if isinstance(each, Layout)])
    plain, benched = run(terms(), items).summary(), run(terms(version), items).summary()
    assert benched["calibration"] == {"left": "bench", "right": "bench"}
    assert benched["mean_force"]["left"] == pytest.approx(plain["mean_force"]["left"])
    heel, as_force = (each["regions"]["left"]["heel"] for each in (benched, plain))
    assert heel["peak_kpa"]["mean"] == pytest.approx(as_force["max_force_n"]["mean"])  # on 1000 mm²
    assert as_force["peak_kpa"] is None
    assert benched["dose"]["left"]["cpts_mpa_s"] is not None


def as_other_unit(items: list[Item], unit: Unit, calibration: Calibration) -> list[Item]:
    return [
        msgspec.structs.replace(each, unit=unit, calibration=calibration)
        if isinstance(each, Layout)
        else replace(each, unit=unit)
        for each in items
    ]


def test_raw_insoles_gain_newton_from_body_weight() -> None:
    items = as_other_unit(list(even_walk(60)), Unit.RAW, Calibration.NONE)
    assert run(terms(), items).summary()["mean_force"] == {"left": None, "right": None}
    evidence = measured(items)
    assert evidence.load_ratio(45.0) is None
    version = with_gain(NONE, 45.0, evidence)
    summary = run(terms(version), items).summary()
    assert sum(summary["mean_force"].values()) == pytest.approx(45 * 9.80665, rel=0.02)


# correcting


def test_without_a_version_of_these_insoles_every_byte_is_the_same() -> None:
    stranger = NONE.with_insole(InsoleCalibration(insole="other", layout_checksum=1, gain=2.0))
    items = list(even_walk(40))
    plain, under = Walk(terms()), Walk(terms(stranger))
    said = [[walk.feed(item) for item in items] + [walk.close()] for walk in (plain, under)]
    assert said[0] == said[1]
    assert {**plain.summary(), "calibration_version": 1, "reasons": 0} == {**under.summary(), "reasons": 0}


def test_rows_that_come_before_their_layout_are_corrected_as_if_they_had_been_sent_so() -> None:
    version = with_gain(NONE, 45.0, measured(list(even_walk(60))))
    version = replace(version, insoles=tuple(replace(each, zero_codes=(20, 3)) for each in version.insoles))
    items = list(even_walk(40))
    corrections = {each.side: Correction.of(each, version) for each in items if isinstance(each, Layout)}
    sent = [known.corrected(each) if isinstance(each, Block) else known.layout
            for each in items if (known := corrections[each.side])]  # fmt: skip
    heard = []
    for walk, fed in ((Walk(terms(version), faults := FaultBook()), items), (Walk(terms()), sent)):
        out_of_order = [*fed[2:42], *fed[:2], *fed[42:]]
        heard.append([each for item in out_of_order for each in walk.feed(item)] + walk.close())
    assert heard[0] == heard[1]
    assert faults.counts["layout-missing"] == 40


def test_a_layout_said_again_changes_nothing() -> None:
    version = with_gain(NONE, 45.0, measured(list(even_walk(60))))
    items = list(even_walk(40))
    once, again = Walk(terms(version)), Walk(terms(version), faults := FaultBook())
    said = [[each for item in fed for each in walk.feed(item)] for walk, fed in (
        (once, items), (again, [*items[:100], *items[:2], *items[100:]]),
    )]  # fmt: skip
    assert said[0] == said[1]
    assert not faults.counts


def test_a_version_that_does_not_fit_is_a_fault_and_the_walk_goes_on() -> None:
    bad = NONE.with_insole(
        InsoleCalibration(insole="test:left", layout_checksum=layout(Side.LEFT).checksum, zero_codes=(1,))
    )
    faults = FaultBook()
    walk = Walk(terms(bad), faults)
    said = [each for item in even_walk(10) for each in walk.feed(item)] + walk.close()
    assert faults.counts == {"store-damaged": 1}
    assert any(isinstance(each, Metrics) for each in said)


def test_the_walk_is_the_same_under_a_calibration_however_it_is_cut() -> None:
    version = with_gain(NONE, 45.0, measured(list(even_walk(60))))
    version = replace(version, insoles=tuple(replace(each, zero_codes=(20, 3)) for each in version.insoles))
    whole: list[Item] = [layout(side) for side in Side]
    whole += [block(side, gait(side, 40)) for side in Side]
    assert run(terms(version), whole).summary() == run(terms(version), list(even_walk(40))).summary()
