"""The figures of every second: what they are, what they rest on, and that they do not depend on how seconds come."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_kit import FIRST, SECOND, closed, learned_cells, live, metrics_of, piece, stances_at, steps_of
from walk_kit import gait, layout

from ingest.wire.geometry import Calibration, Side, Unit, Zone
from ingest.wire.messages import CellFault, CellFaultKind, Figure
from processing.metrics.live_foot import LiveFoot
from processing.metrics.rolling import RollingFigures
from processing.metrics.stances import Stances

ZONES = (Zone.REARFOOT, Zone.MIDFOOT, Zone.FOREFOOT, Zone.FOREFOOT)
LEFT, RIGHT = Side.LEFT, Side.RIGHT


def four_cells(side: Side, seconds: int, parts: tuple[float, ...] = (0.35, 0.15, 0.3, 0.2)) -> np.ndarray:
    total = gait(side, seconds).sum(axis=1)
    return np.stack([np.round(part * total) for part in parts], axis=1)


def walking(side: Side, seconds: int, rate: int = 100, **more: object) -> LiveFoot:
    codes = four_cells(side, seconds)[:: 100 // rate]
    return live(layout(side, zones=ZONES), codes, rows_per_second=rate, falls=steps_of(side, seconds), **more)


def masks(seconds: int, mask: int, since: int, until: int | None = None) -> np.ndarray:
    at = np.arange(seconds)
    return np.where((at >= since) & (at < (seconds if until is None else until)), mask, 0)


def uneven_swings(stances: Stances, chance: random.Random) -> Stances:
    more = np.array([chance.randrange(9) for _ in range(stances.swing_median.size)]).reshape(stances.swing_median.shape)
    return replace(stances, swing_median=stances.swing_median + more, swing_squares=stances.swing_squares + 400 * more)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_seconds_closed_one_by_one_or_many_at_once_say_the_same(seed: int) -> None:
    chance = random.Random(seed)
    seconds = 320
    feet = {}
    for side in Side:
        stances = [FIRST * SECOND + round(each * 1.1 * SECOND) for each in range(1, round(seconds / 1.1))]
        gone = [at for at in range(seconds) if chance.random() < 0.1]
        foot = walking(
            side,
            seconds,
            rate=20,
            missing=gone,
            unfit=masks(seconds, chance.choice([0, 0, 1, 4]), chance.randrange(seconds)),
            suspect=masks(seconds, chance.choice([0, 2]), 90, 100),
            learned=learned_cells(layout(side, zones=ZONES), 300.0),
            learned_since=FIRST + chance.randrange(seconds),
            stances=uneven_swings(stances_at(stances, (300, 100, 300, 200), (2, 1, 0, 3)), chance),
            faults=(
                CellFault(side=side, kind=CellFaultKind.DEAD, t_ns=(FIRST + 50) * SECOND + 1, cell=0, area="area0"),
            ),
        )
        lacking = np.where(foot.slab.second == chance.randrange(seconds), chance.choice([0, 8]), 0)
        feet[side] = replace(foot, slab=replace(foot.slab, not_measured=lacking))
    window_s = chance.choice([10, 60, 120])
    whole, said = closed(feet, window_s=window_s, weight_kg=60.0)
    singly, said_singly = closed(feet, range(seconds), window_s, 60.0)
    cut, said_cut = closed(feet, [chance.randrange(seconds) for _ in range(6)], window_s, 60.0)
    assert msgspec.json.encode(said_singly) == msgspec.json.encode(said)
    assert msgspec.json.encode(said_cut) == msgspec.json.encode(said)
    assert whole.activity == singly.activity == cut.activity
    assert whole.silent_s == singly.silent_s == cut.silent_s


def test_forefoot_load_is_the_mean_of_the_forefoot_cells() -> None:
    feet = {side: walking(side, 300) for side in Side}
    _, said = closed(feet)
    last = metrics_of(said)[-1]
    codes = feet[LEFT].slab.codes.astype(np.float64)
    assert last.forefoot_load is not None
    for width_s, told in (
        (1, last.forefoot_load.last_1_s),
        (60, last.forefoot_load.last_60_s),
        (900, last.forefoot_load.last_900_s),
    ):
        assert told.left.value == pytest.approx(codes[-width_s * 100 :, 2:].sum(axis=1).mean())
        assert told.left.coverage_pct == pytest.approx(min(100.0, 100 * 300 / width_s))
    early = metrics_of(said)[100]
    assert early.forefoot_load.last_60_s.left.value is not None
    assert early.forefoot_load.last_900_s.left == Figure(
        value=None, coverage_pct=pytest.approx(100 * 101 / 900),
        reason="only 101 s of the last 900 s measured on the left",
    )  # fmt: skip


def test_forefoot_load_without_newton_is_the_share_of_the_foot() -> None:
    raw = {side: layout(side, zones=ZONES, unit=Unit.RAW, calibration=Calibration.NONE) for side in Side}
    feet = {side: live(raw[side], four_cells(side, 70)) for side in Side}
    last = metrics_of(closed(feet)[1])[-1]
    assert last.unit == "%"
    assert last.forefoot_load.last_60_s.right.value == pytest.approx(50, abs=0.2)
    assert last.forefoot_load.last_60_s.right == last.forefoot_share_pct.right


def test_a_cell_left_out_is_left_out_of_the_whole_window() -> None:
    feet = {side: walking(side, 200) for side in Side}
    feet[LEFT] = replace(feet[LEFT], unfit=masks(200, 0b0100, 100, 101))
    told = metrics_of(closed(feet)[1])
    share = [each.forefoot_share_pct.left for each in told]
    assert share[99].value == pytest.approx(50, abs=0.2)
    assert {(each.value, each.reason) for each in share[100:160]} == {(None, "not measured on the left: area2")}
    assert share[160].value == pytest.approx(50, abs=0.2)
    assert told[100].forefoot_load.last_60_s.left.reason == "not measured on the left: area2"
    assert told[101].forefoot_load.last_1_s.left.value is not None
    assert told[100].load.left.reason == "not measured on the left: area2"
    assert all(each.forefoot_share_pct.right.value is not None for each in told[99:160])


def test_a_range_stands_where_enough_is_left() -> None:
    zones = (Zone.REARFOOT, Zone.MIDFOOT, Zone.FOREFOOT, Zone.FOREFOOT)
    parts = (0.4, 0.1, 0.45, 0.05)
    shares = replace(learned_cells(layout(LEFT, zones=zones), 300), share_pct=(40.0, 10.0, 45.0, 5.0))
    foot = live(
        layout(LEFT, zones=zones), four_cells(LEFT, 70, parts), learned=shares, learned_since=FIRST + 69,
        unfit=masks(70, 0b1000, 0),
    )  # fmt: skip
    told = [each.forefoot_share_pct.left for each in metrics_of(closed({LEFT: foot})[1])]
    assert (told[68].low, told[68].high) == (None, None)
    observed = 100 * 45 / 95
    assert told[69].value is None
    assert (told[69].low, told[69].high) == (pytest.approx(observed, abs=0.2), pytest.approx(observed + 5, abs=0.2))
    assert told[69].coverage_pct == 100


def test_what_is_learned_later_or_anew_counts_from_then_on() -> None:
    known = [
        replace(learned_cells(layout(LEFT, zones=ZONES), 300), share_pct=(49.0, 10.0, 40.0, far)) for far in (1, 2)
    ]
    codes = four_cells(LEFT, 90, (0.49, 0.1, 0.4, 0.01))
    foot = live(layout(LEFT, zones=ZONES), codes, unfit=masks(90, 0b1000, 0))
    figures = RollingFigures("w", 60)
    told = []
    for at, learned in ((0, None), (80, known[0]), (85, known[1])):
        said = figures.close(FIRST + at, FIRST + at + 5, {LEFT: replace(piece(foot, at, at + 5), learned=learned)})
        told.append(metrics_of(said)[-1].forefoot_share_pct.left)
        if not at:
            figures.close(FIRST + 5, FIRST + 80, {LEFT: piece(foot, 5, 80)})
    assert told[0].low is None
    assert [round(each.high - each.low, 6) for each in told[1:]] == [1, 2]


def test_pairs_are_weighed_by_what_is_learned_now() -> None:
    feet = {side: walking(side, 90, unfit=masks(90, 0b1000, 0)) for side in Side}
    figures = RollingFigures("w", 60)
    notes = []
    for first, stop, share in ((0, 80, 1.0), (80, 85, 1.0), (85, 90, 50.0)):
        pieces = {}
        for side, foot in feet.items():
            known = replace(learned_cells(foot.layout, 300), share_pct=(*[(100 - share) / 3] * 3, share))
            pieces[side] = replace(piece(foot, first, stop), learned=known)
        notes.append(metrics_of(figures.close(FIRST + first, FIRST + stop, pieces))[-1].load_si_pct.note)
    assert notes == ["3 of 4 pairs", "3 of 4 pairs", None]


def test_paired_symmetry_is_that_of_its_own_second() -> None:
    """The feet's loads shift, and a cell is left out meanwhile."""
    feet = {}
    for side in Side:
        heavier = np.where(np.arange(20_000) < 9_000, 1.0, 1.5 if side is LEFT else 0.5)[:, None]
        known = replace(learned_cells(layout(side, zones=ZONES), 300), share_pct=(35.0, 15.0, 30.0, 20.0))
        feet[side] = live(
            layout(side, zones=ZONES), four_cells(side, 200) * heavier, falls=steps_of(side, 200), learned=known,
            unfit=masks(200, 0b1000 if side is LEFT else 0, 60),
        )  # fmt: skip
    at_once, singly = closed(feet)[1], closed(feet, range(200))[1]
    assert msgspec.json.encode(at_once) == msgspec.json.encode(singly)
    paired = [each.load_si_pct.value for each in metrics_of(singly) if each.load_si_pct.note]
    assert paired[0] == pytest.approx(0, abs=2)
    assert paired[-1] == pytest.approx(-100, abs=2)


def test_symmetry_goes_on_with_the_mirrored_pairs() -> None:
    parts = {LEFT: (0.4, 0.1, 0.3, 0.2), RIGHT: (0.4, 0.2, 0.3, 0.1)}
    feet = {}
    for side in Side:
        shares = tuple(100 * part for part in parts[side])
        known = replace(learned_cells(layout(side, zones=ZONES), 300), share_pct=shares)
        feet[side] = live(
            layout(side, zones=ZONES), four_cells(side, 100, parts[side]), falls=steps_of(side, 100), learned=known
        )
    plain = metrics_of(closed(feet)[1])[-1]
    assert plain.load_si_pct.value == pytest.approx(0, abs=1.5)
    assert (plain.load_si_pct.note, plain.load_si_margin_points) == (None, 0.0)
    feet[LEFT] = replace(feet[LEFT], unfit=masks(100, 0b1000, 50))
    last = metrics_of(closed(feet)[1])[-1]
    assert last.load_si_pct.value == pytest.approx(100 * (90 - 80) / 85, abs=1.5)
    assert (last.load_si_pct.note, last.load_si_margin_points) == ("3 of 4 pairs", 6.0)
    feet[LEFT] = replace(feet[LEFT], unfit=masks(100, 0b0001, 50))
    gone = metrics_of(closed(feet)[1])[-1]
    assert gone.load_si_pct.value is None
    assert gone.load_si_pct.reason == "not measured on the left: area0"


def test_a_suspect_cell_withholds_what_an_alert_could_rest_on() -> None:
    feet = {side: walking(side, 120) for side in Side}
    feet[RIGHT] = replace(feet[RIGHT], suspect=masks(120, 0b1, 100, 105))
    told = metrics_of(closed(feet)[1])
    reason = "a cell of the right insole is being checked"
    for each in told[100:105]:
        assert (each.load_si_pct.value, each.load_si_pct.reason) == (None, reason)
        assert (each.forefoot_share_pct.right.value, each.forefoot_share_pct.right.reason) == (None, reason)
        assert each.forefoot_share_pct.left.value is not None
        assert each.load.right.value is not None
    for each in (told[99], told[105]):
        assert each.load_si_pct.value is not None
        assert each.forefoot_share_pct.right.value is not None


def test_symmetry_waits_for_a_minute_of_both_feet_and_thirty_stances() -> None:
    feet = {side: walking(side, 90, missing=[20]) for side in Side}
    told = metrics_of(closed(feet)[1])
    assert told[15].load_si_pct.reason == "both feet measured for 16 s of the last 15 min, symmetry needs 60 s"
    assert [each.load_si_pct.value is None for each in told[59:62]] == [True, False, False]
    standing = {side: replace(walking(side, 90), falls=steps_of(side, 32.1)) for side in Side}
    last = metrics_of(closed(standing)[1])[-1]
    assert last.load_si_pct.reason == "29 stances of the right foot in the last 15 min, symmetry needs 30"
    longer = {side: replace(walking(side, 90), falls=steps_of(side, 34)) for side in Side}
    assert metrics_of(closed(longer)[1])[-1].load_si_pct.value is not None


def test_a_short_window_waits_for_so_much_less() -> None:
    feet = {side: walking(side, 30) for side in Side}
    told = metrics_of(closed(feet, window_s=10)[1])
    assert told[8].load_si_pct.reason == "both feet measured for 9 s of the last 15 min, symmetry needs 10 s"
    assert told[9].load_si_pct.value is not None


def test_stances_of_a_quarter_of_an_hour_ago_do_not_count() -> None:
    feet = {side: replace(walking(side, 1000), falls=steps_of(side, 90)) for side in Side}
    told = metrics_of(closed(feet)[1])
    assert told[500].load_si_pct.value is not None
    assert told[990].load_si_pct.reason == "0 stances of the left foot in the last 15 min, symmetry needs 30"


def test_faults_of_cells_are_said_from_when_they_are_known() -> None:
    faults = tuple(
        CellFault(side=LEFT, kind=kind, t_ns=(FIRST + at) * SECOND, cell=cell, area="area0")
        for kind, at, cell in ((CellFaultKind.DEAD, 30, 0), (CellFaultKind.FROZEN, 20, None))
    )
    told = metrics_of(closed({side: walking(side, 40, faults=faults[: side is LEFT and 2]) for side in Side})[1])
    assert [len(each.cell_faults) for each in told[17:32]] == [0, 0] + [1] * 10 + [2] * 3
    assert told[-1].cell_faults == (faults[1], faults[0])


def test_a_foot_that_comes_later_is_absent_until_then() -> None:
    feet = {side: walking(side, 100) for side in Side}
    figures = RollingFigures("w", 60)
    told = metrics_of(figures.close(FIRST, FIRST + 20, {LEFT: piece(feet[LEFT], 0, 20)}))
    assert told[-1].load.right.reason == "no right insole"
    assert told[-1].sustained.right.reason == "no right insole"
    told = metrics_of(figures.close(FIRST + 20, FIRST + 100, {side: piece(feet[side], 20, 100) for side in Side}))
    assert told[0].load.right.value is not None
    assert told[58].load_si_pct.reason == "both feet measured for 59 s of the last 15 min, symmetry needs 60 s"
    assert told[59].load_si_pct.value is not None


def test_after_a_long_silence_nothing_of_before_is_left() -> None:
    feet = {side: walking(side, 100) for side in Side}
    figures, fresh = RollingFigures("w", 60), RollingFigures("w", 60)
    first = {side: piece(feet[side], 0, 50) for side in Side}
    later = {side: piece(feet[side], 50, 100) for side in Side}
    figures.close(FIRST, FIRST + 50, first)
    figures.skip()
    said, said_fresh = (metrics_of(each.close(FIRST + 50, FIRST + 100, later)) for each in (figures, fresh))
    for one, other in zip(said, said_fresh, strict=True):
        assert msgspec.structs.replace(one, steps=other.steps) == other


def test_the_last_second_needs_no_quarter_of_itself() -> None:
    foot = walking(LEFT, 5, rate=10)
    few = (foot.slab.second < 4) | (np.arange(foot.slab.second.size) < 42)
    slab = replace(
        foot.slab, codes=foot.slab.codes[few], second=foot.slab.second[few],
        not_measured=foot.slab.not_measured[few],
    )  # fmt: skip
    last = metrics_of(closed({LEFT: replace(foot, slab=slab)})[1])[-1]
    assert last.load.left.value is not None
    assert last.load.left.coverage_pct == 20
    assert last.forefoot_load.last_1_s.left.value is not None


def test_steps_that_do_not_alternate_or_are_slow_are_no_walking() -> None:
    feet = {side: walking(side, 30) for side in Side}
    assert metrics_of(closed(feet)[1])[-1].walking is True
    slow = {side: replace(feet[side], falls=steps_of(side, 30, stride_ms=2600)) for side in Side}
    assert {each.walking for each in metrics_of(closed(slow)[1])} == {False}
    until = tuple(fall for fall in feet[RIGHT].falls if fall.at.t_ns < (FIRST + 27) * SECOND)
    said = metrics_of(closed({LEFT: feet[LEFT], RIGHT: replace(feet[RIGHT], falls=until)})[1])
    assert [each.walking for each in said[26:30]] == [True, True, False, False]
    feet[RIGHT] = replace(feet[RIGHT], falls=())
    assert metrics_of(closed(feet)[1])[-1].walking is False


def test_silence_is_counted_to_the_last_second() -> None:
    feet = {side: walking(side, 40, missing=range(30 if side is LEFT else 33, 40)) for side in Side}
    assert closed(feet)[0].silent_s == 7
    assert closed(feet, range(40))[0].silent_s == 7
    assert closed(feet, [36])[0].silent_s == 7
