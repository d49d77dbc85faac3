"""Sustained load: standing still fills a quarter of an hour, walking never does, and nothing is judged that was not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from live_kit import FIRST, SECOND, closed, learned_cells, live, metrics_of, piece, stances_at
from walk_kit import layout

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Calibration, Cell, Region, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout, Sustained
from processing.metrics.live_foot import LiveFoot
from processing.metrics.rolling import RollingFigures

LEFT = Side.LEFT
RATE = 10  # rows a second
QUARTER_S = 900


def bench(cells: int = 1) -> Layout:
    made = layout(LEFT, zones=(Zone.FOREFOOT,) * cells, unit=Unit.KILOPASCAL, scale=0.1, calibration=Calibration.BENCH)
    return replace_cells(made, tuple(made.cells))


def replace_cells(made: Layout, cells: tuple[Cell, ...]) -> Layout:
    return Layout(**{**{name: getattr(made, name) for name in made.__struct_fields__ if name not in ("v",)},
                     "cells": cells, "checksum": checksum(cells)})  # fmt: skip


def pressed(seconds: list[tuple[int, int]], of: Layout | None = None, **more: object) -> LiveFoot:
    """(how long, code) of one cell, after one another."""
    codes = np.concatenate([np.full((s * RATE, 1), code) for s, code in seconds])
    return live(of or bench(), codes, rows_per_second=RATE, **more)


def told(foot: LiveFoot, cuts: range = range(0, 4000, 60)) -> list[Sustained]:
    return [each.sustained.left for each in metrics_of(closed({LEFT: foot}, cuts)[1])]


def test_standing_for_a_quarter_of_an_hour_is_all_of_it() -> None:
    said = told(pressed([(900, 60)]))
    assert said[-1] == Sustained(areas_pct={"area0": 100.0}, coverage_pct=100.0, limit_kpa=4.67)
    assert said[854].coverage_pct == 95.0


def test_forty_six_seconds_off_are_under_95_percent() -> None:
    said = told(pressed([(500, 60), (46, 0), (354, 60)]))
    assert said[-1].areas_pct["area0"] == pytest.approx(94.9, abs=0.05)
    assert told(pressed([(500, 60), (45, 0), (355, 60)]))[-1].areas_pct["area0"] == 95.0


def test_two_minutes_off_clear_it() -> None:
    said = told(pressed([(900, 60), (118, 0)]))
    assert said[-1].areas_pct["area0"] == pytest.approx(86.9, abs=0.05)
    assert said[-2].areas_pct["area0"] == 87.0


def test_bench_pressure_is_held_against_35_mmhg() -> None:
    assert told(pressed([(300, 47)]))[-1].areas_pct == {"area0": 100.0}
    assert told(pressed([(300, 46)]))[-1].areas_pct == {"area0": 0.0}


def test_before_a_quarter_of_the_window_nothing_is_said() -> None:
    said = told(pressed([(300, 60)]))
    assert said[223].areas_pct == {"area0": None}
    assert said[223].reason == "only 224 s of the last 900 s judged on the left"
    assert said[224].areas_pct == {"area0": 100.0}


def test_time_without_data_is_not_time_off() -> None:
    foot = pressed([(900, 60)], missing=range(300, 400))
    assert told(foot)[-1] == Sustained(
        areas_pct={"area0": 100.0}, coverage_pct=pytest.approx(100 * 800 / 900), limit_kpa=4.67
    )


def test_without_newton_a_cell_is_held_against_what_it_usually_reads() -> None:
    raw = layout(LEFT, zones=(Zone.FOREFOOT,))
    before = told(pressed([(400, 41)], raw))
    assert before[-1].areas_pct == {"area0": None}
    assert before[-1].reason == "what the cells usually read is not learned yet"
    known = {"learned": learned_cells(raw, 800), "learned_since": FIRST}
    assert told(pressed([(400, 41)], raw, **known))[-1].areas_pct == {"area0": 100.0}
    assert told(pressed([(400, 40)], raw, **known))[-1].areas_pct == {"area0": 0.0}


def test_what_is_learned_later_judges_nothing_of_before() -> None:
    raw = layout(LEFT, zones=(Zone.FOREFOOT,))
    foot = pressed([(900, 41)], raw, learned=learned_cells(raw, 800), learned_since=FIRST + 100)
    assert told(foot)[-1].coverage_pct == pytest.approx(100 * (900 - 110) / 900)  # from the next half minute of UTC on
    assert told(foot) == told(foot, range(900))


def test_noise_lifts_the_limit() -> None:
    raw = layout(LEFT, zones=(Zone.FOREFOOT,))
    t_ns = [FIRST * SECOND + n * SECOND for n in range(20)]
    noisy = {
        "learned": learned_cells(raw, 800),
        "stances": stances_at(t_ns, (800,), (0,), spread=19),  # SD 19.5: five of them are 97.5
    }
    assert told(pressed([(30, 0), (370, 97)], raw, **noisy))[-1].areas_pct == {"area0": 0.0}
    assert told(pressed([(30, 0), (370, 98)], raw, **noisy))[-1].areas_pct == {"area0": pytest.approx(92.5)}


def test_what_the_cell_reads_in_the_air_is_no_load() -> None:
    raw = layout(LEFT, zones=(Zone.FOREFOOT,))
    t_ns = [FIRST * SECOND + n * SECOND for n in range(20)]
    offset = {"learned": learned_cells(raw, 800), "stances": stances_at(t_ns, (800,), (25,))}
    assert told(pressed([(30, 25), (370, 65)], raw, **offset))[-1].areas_pct == {"area0": 0.0}
    assert told(pressed([(30, 25), (370, 66)], raw, **offset))[-1].areas_pct == {"area0": pytest.approx(92.5)}


def test_standing_after_a_walk_is_not_taken_for_zero() -> None:
    raw = layout(LEFT, zones=(Zone.FOREFOOT,))
    t_ns = [FIRST * SECOND + n * SECOND for n in range(60)]
    walked = {"learned": learned_cells(raw, 800), "stances": stances_at(t_ns, (800,), (0,))}
    said = told(pressed([(60, 0), (1500, 120)], raw, **walked), range(0, 4000, 7))
    assert said[-1] == Sustained(areas_pct={"area0": 100.0}, coverage_pct=100.0)


def test_a_long_silence_empties_the_quarter_of_an_hour() -> None:
    foot = pressed([(600, 60)])
    figures = RollingFigures("w", 60)
    figures.close(FIRST, FIRST + 300, {LEFT: piece(foot, 0, 300)})
    figures.skip()
    said = metrics_of(figures.close(FIRST + 300, FIRST + 600, {LEFT: piece(foot, 300, 600)}))
    assert said[-1].sustained.left.coverage_pct == pytest.approx(100 * 300 / 900)


def test_an_area_of_several_cells_is_pressed_by_any_of_them() -> None:
    regions = (Region.M1, Region.HM, Region.M1)
    cells = tuple(
        Cell(area=f"area{n}", zone=Zone.FOREFOOT if region is Region.M1 else Zone.REARFOOT, x=0.3, y=0.6, region=region)
        for n, region in enumerate(regions)
    )
    codes = np.zeros((900 * RATE, 3))
    codes[: 300 * RATE, 0] = 60
    codes[200 * RATE : 600 * RATE, 2] = 60
    codes[: 90 * RATE, 1] = 60
    foot = live(replace_cells(bench(), cells), codes, rows_per_second=RATE)
    assert told(foot)[-1].areas_pct == {"M1": pytest.approx(100 * 600 / 900), "HM": 10.0}
    foot = replace(foot, unfit=np.where(np.arange(900) >= 400, 0b100, 0))
    last = told(foot)[-1]
    assert last.areas_pct == {"M1": None, "HM": 10.0}
    assert last.coverage_pct == 100.0
    assert last.reason == "not measured on the left: area2"


def flickering(foot: LiveFoot, mask: int, seconds: range) -> LiveFoot:
    slab = foot.slab
    masks = np.where(np.isin(slab.second, seconds), mask, slab.not_measured)
    return replace(foot, slab=replace(slab, not_measured=masks))


def test_a_cell_that_flickers_costs_only_the_seconds_that_it_lasts() -> None:
    codes = np.concatenate([np.full((300 * RATE, 2), 60), np.zeros((700 * RATE, 2))])
    foot = flickering(live(bench(2), codes, rows_per_second=RATE), 0b10, range(400, 410))
    said = told(foot)
    assert said[-1].areas_pct == {"area0": pytest.approx(100 * 200 / 900), "area1": pytest.approx(100 * 200 / 890)}
    assert said[-1].coverage_pct == pytest.approx(100 * 890 / 900)
    assert said[-1].reason is None
    assert said == told(foot, range(1000))
    assert said == told(foot, range(0, 1000, 405))
    figures, _ = closed({LEFT: foot})
    assert figures.activity.sustained_highest_pct == {
        LEFT: {"area0": pytest.approx(100 * 300 / 855), "area1": pytest.approx(100 * 300 / 855)}
    }


def test_what_is_pressed_while_its_cell_flickers_is_not_pressed_time() -> None:
    foot = flickering(pressed([(100, 60), (800, 0)]), 1, range(100))
    assert told(foot)[-1].areas_pct == {"area0": 0.0}


def test_an_area_that_lacks_for_a_fifth_of_the_time_is_not_measured() -> None:
    foot = live(bench(2), np.full((900 * RATE, 2), 60), rows_per_second=RATE)
    last = told(flickering(foot, 0b10, range(500, 680)))[-1]
    assert last.areas_pct == {"area0": 100.0, "area1": 100.0}
    assert last.coverage_pct == 80.0
    last = told(flickering(foot, 0b10, range(500, 681)))[-1]
    assert last.areas_pct == {"area0": 100.0, "area1": None}
    assert (last.coverage_pct, last.reason) == (100.0, "not measured on the left: area1")
    later = live(bench(2), np.full((1500 * RATE, 2), 60), rows_per_second=RATE)
    assert told(flickering(later, 0b10, range(400, 600)))[-1] == told(foot)[-1]


def test_a_cell_that_is_being_checked_is_not_judged() -> None:
    foot = pressed([(400, 60)], suspect=np.where(np.arange(400) == 399, 1, 0))
    assert [each.areas_pct["area0"] for each in told(foot)[-2:]] == [100.0, None]


def test_the_highest_share_of_any_full_window_is_kept() -> None:
    figures, _ = closed({LEFT: pressed([(600, 60), (300, 0), (450, 60), (200, 0)])})
    assert figures.activity.sustained_highest_pct == {LEFT: {"area0": pytest.approx(100 * 600 / 855)}}
    short, _ = closed({LEFT: pressed([(854, 60)])})
    assert short.activity.sustained_highest_pct == {LEFT: {"area0": None}}
    checked, _ = closed({LEFT: pressed([(1000, 60)], suspect=np.where(np.arange(1000) < 850, 0, 1))})
    assert checked.activity.sustained_highest_pct == {LEFT: {"area0": None}}
    lost, _ = closed({LEFT: pressed([(1000, 60)], unfit=np.full(1000, 1))})
    assert lost.activity.sustained_highest_pct == {LEFT: {"area0": None}}


def test_walking_never_fills_the_quarter_of_an_hour(gaitpdb: Path) -> None:
    recording = open_recording(gaitpdb / "GaCo01_01.txt.xz")
    feet = {}
    for side in Side:
        walk = np.concatenate([each.codes for each in recording.blocks() if each.side is side])
        peaks = np.sort(walk, axis=0)[len(walk) * 95 // 100]
        known = replace(learned_cells(recording.layouts[side], 0), peak_codes=tuple(peaks.tolist()))
        feet[side] = live(recording.layouts[side], np.tile(walk, (10, 1))[: 1000 * 100], learned=known)
    figures, said = closed(feet, range(0, 1000, 60))
    last = metrics_of(said)[-1]
    for foot in (last.sustained.left, last.sustained.right):
        assert foot.coverage_pct == 100
        assert all(40 < share < 70 for share in foot.areas_pct.values())
    assert all(share < 70 for areas in figures.activity.sustained_highest_pct.values() for share in areas.values())
