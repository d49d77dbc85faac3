"""The zero of a cell is learned in swing alone: no standing load is ever taken away."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from walk_kit import items_of, through

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, Metrics
from processing.metrics.signal import Floats, Ints
from processing.metrics.stances import Stances
from processing.metrics.zero import RunningZero, verified

ONES: Ints = np.ones(2, dtype=np.int64)
STRIDE_S = 1.1
PRESSED_CODES = 300  # of one cell, while the person stands
THRESHOLD_CODES = 20
STANDING_S = 20 * 60


def walked(
    swing: Floats, *, from_s: float = 0.0, stride_s: float = STRIDE_S, rows: int = 70, code: int = 400
) -> Stances:
    """Stances of `code` on both cells; `swing` m × 2: what either cell reads in the air after each."""
    m = len(swing)
    t_ns = ((from_s + stride_s * np.arange(1, m + 1)) * 1e9).astype(np.int64)
    sums = np.full((m, 2), code * rows, dtype=np.int64)
    flat = np.full((m, 2), code, dtype=np.int64)
    swing_median = np.asarray(swing).astype(np.int64)
    return Stances(
        t_ns=t_ns, initial_contact_t_ns=t_ns - int(stride_s * 1e9), rows=np.full(m, rows, dtype=np.int64),
        peak=flat, low=flat, sums=sums, rows_at_peak=flat * 0 + rows, swing_rows=np.full(m, 24, dtype=np.int64),
        swing_median=swing_median, swing_sums=swing_median * 24, swing_squares=swing_median**2 * 24,
        rise=np.full(m, 0.5),
    )  # fmt: skip


def cut(stances: Stances, first: int, stop: int) -> Stances:
    return Stances(**{each.name: getattr(stances, each.name)[first:stop] for each in fields(Stances)})


def in_the_air(m: int, *codes: float) -> Floats:
    return np.tile(np.array(codes, dtype=float), (m, 1))


def test_the_first_swings_set_it_and_the_percentile_is_a_low_one() -> None:
    zero = RunningZero(ONES)
    swings = in_the_air(20, 5, 0)
    swings[::5, 0] = 30  # four of twenty
    zero.feed(cut(walked(swings), 0, 9))
    assert zero.zero_codes.tolist() == [0, 0], "too few swings yet: the insole's own zero counts"
    zero.feed(cut(walked(swings), 9, 20))
    assert zero.zero_codes.tolist() == [5, 0]


def test_of_twenty_swings_the_second_lowest_counts() -> None:
    swings = np.stack([np.arange(20.0, 0, -1), np.full(20, 7.0)], axis=1)
    zero = RunningZero(ONES)
    zero.track(walked(swings, code=4000))  # a load that lets the zero move as far as it wants
    target = zero._percentiles(np.array([[100, 7]]))
    assert target.tolist() == [[2, 7]]


def test_it_moves_no_faster_than_a_fifth_of_a_percent_of_the_load_a_minute() -> None:
    zero = RunningZero(ONES)
    zero.feed(walked(in_the_air(20, 0, 0)))
    minutes = 10
    many = round(minutes * 60 / STRIDE_S)
    zero.feed(walked(in_the_air(many, 50, 0), from_s=20 * STRIDE_S))
    moving_min = (many - 18) * STRIDE_S / 60  # the second lowest of twenty is new after the nineteenth
    assert zero.zero_codes[0] == pytest.approx(0.002 * 800 * moving_min)
    assert zero.zero_codes[1] == 0
    raised = zero.zero_codes[0]
    zero.feed(walked(in_the_air(many // 2, 0, 0), from_s=(20 + many) * STRIDE_S))
    back_min = (many // 2 - 2) * STRIDE_S / 60  # by the first of them it still rises
    assert raised - zero.zero_codes[0] == pytest.approx(0.002 * 800 * back_min)


def test_a_pressure_cell_is_limited_by_what_its_area_weighs() -> None:
    zero = RunningZero(np.array([100, 200]))
    zero.feed(walked(in_the_air(20, 0, 0)))
    zero.feed(walked(in_the_air(100, 30, 30), from_s=20 * STRIDE_S))
    assert zero.zero_codes[0] == pytest.approx(2 * zero.zero_codes[1])
    assert zero.zero_codes[1] > 0


def test_a_pause_earns_no_steps() -> None:
    zero = RunningZero(ONES)
    zero.feed(walked(in_the_air(20, 0, 0)))
    zero.feed(walked(in_the_air(19, 50, 0), from_s=20 * STRIDE_S))
    before = float(zero.zero_codes[0])
    zero.feed(walked(in_the_air(1, 50, 0), from_s=3600))
    assert zero.zero_codes[0] - before <= 0.002 * 800 * 2.5 / 60 + 1e-12


def test_a_lift_that_leaves_load_behind_is_no_swing() -> None:
    swaying = walked(in_the_air(40, PRESSED_CODES, 0))
    assert not verified(swaying, ONES).any()
    zero = RunningZero(ONES)
    zero.feed(swaying)
    assert zero.zero_codes.tolist() == [0, 0]


def test_however_the_stances_are_cut() -> None:
    random = np.random.default_rng(3)
    whole = walked(random.integers(-20, 60, (300, 2)).astype(float))
    together = RunningZero(ONES).track(whole)
    for cuts in ([150], [1, 2, 3, 299], sorted(set(random.integers(0, 300, 40).tolist()))):
        apart = RunningZero(ONES)
        edges = [0, *cuts, 300]
        pieces = [apart.track(cut(whole, first, stop)) for first, stop in pairwise(edges)]
        assert np.concatenate(pieces).tobytes() == together.tobytes()


def sustained_share(zeros: Floats) -> float:
    """Share of the last 900 s in which the pressed cell is over the threshold, above its zero."""
    over = PRESSED_CODES - zeros[-900:] > THRESHOLD_CODES
    return 100 * float(over.mean())


def test_standing_after_walking_moves_nothing_so_the_sustained_load_reaches_all_of_it() -> None:
    zero = RunningZero(ONES)
    zero.feed(walked(in_the_air(60, 4, 0)))
    walked_off = zero.zero_codes.copy()
    zeros = []
    for _ in range(STANDING_S):
        zero.feed(cut(walked(in_the_air(1, 0, 0)), 0, 0))  # a second without a stance
        zeros.append(zero.zero_codes[0])
    assert zero.zero_codes.tobytes() == walked_off.tobytes()
    assert sustained_share(np.array(zeros)) == 100


def standing_after(items: list[Layout | Block], seconds: int) -> list[Block]:
    """Both feet go on with what they read on average, swaying a little."""
    more = []
    for side in Side:
        rows = [each for each in items if isinstance(each, Block) and each.side is side]
        last, n = rows[-1], seconds * 10**9 // rows[-1].ns_per_row
        mean = np.concatenate([each.codes for each in rows]).mean(axis=0)
        sway = np.sin(np.arange(n) / 37)[:, None] * 0.1 * mean + np.arange(n)[:, None] % 3
        more.append(
            replace(
                last, seq=last.end_seq, ticks=last.ticks + last.rows * last.ns_per_row // last.tick_ns,
                t_ns=last.end_t_ns, codes=(mean + sway).astype(np.int16), lost_before=0, lost_reason=None,
            )
        )  # fmt: skip
    return more


def test_a_person_who_stands_after_a_recorded_walk_has_a_sustained_load_of_all_the_time(gaitpdb: Path) -> None:
    items = items_of(open_recording(gaitpdb / "GaCo01_01.txt.xz"))
    _, said = through([*items, *standing_after(items, STANDING_S)])
    last = next(each for each in reversed(said) if isinstance(each, Metrics))
    assert last.sustained is not None
    for foot in (last.sustained.left, last.sustained.right):
        assert foot.coverage_pct > 99
        assert set(foot.areas_pct.values()) == {100.0}


def test_a_tracker_of_slow_minima_would_cancel_the_same_load() -> None:
    codes = np.concatenate([np.tile([400, 0], 60), np.full(STANDING_S, PRESSED_CODES)])
    zeros = np.array([codes[max(0, t - 120) : t + 1].min() for t in range(codes.size)])[-STANDING_S:]
    assert sustained_share(zeros) == 0
