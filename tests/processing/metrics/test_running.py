"""Contacts and strides as they happen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walk_kit import gait

from ingest.wire.geometry import Side
from processing.metrics.running import Footfall, RunningContacts, TimedLoad

ROW_NS = 10**7
BEGIN_S = 10**9


def timed(row: int, load: np.ndarray, *, breaks: tuple[int, ...] = ()) -> TimedLoad:
    """Rows from number `row` on at 100 Hz."""
    own_ns = (row + np.arange(load.size, dtype=np.int64)) * ROW_NS
    t_ns = BEGIN_S * 10**9 + own_ns
    return TimedLoad(load.astype(np.int64), own_ns, t_ns, t_ns // 10**9, breaks)


def falls_of(load: np.ndarray, newton_per_unit: float | None = 1.0, *, seconds: int = 1) -> list[Footfall]:
    """`seconds` at once."""
    contacts = RunningContacts(newton_per_unit, 30.0)
    falls = []
    for row in range(0, load.size, 100 * seconds):
        falls += contacts.feed(timed(row, load[row : row + 100 * seconds], breaks=() if row else (0,)))
    return falls


def strides_of(falls: list[Footfall]) -> list[Footfall]:
    return [fall for fall in falls if fall.began is not None and fall.foot_off is not None]


def total(seconds: float, **how: int) -> np.ndarray:
    return gait(Side.RIGHT, seconds, **how).sum(axis=1).astype(np.int64)


def test_an_even_walk_gives_its_own_strides() -> None:
    falls = falls_of(total(20.0, stride_rows=110, stance_rows=70))
    strides = strides_of(falls)
    assert len(falls) == 19
    assert len(strides) == 18
    for fall in strides:
        assert abs((fall.at.own_ns - fall.began.own_ns) / 1e9 - 1.1) < 0.002
        assert abs((fall.foot_off.own_ns - fall.began.own_ns) / 1e9 - 0.7) < 0.03
        assert fall.at.t_ns - fall.at.own_ns == BEGIN_S * 10**9


def test_a_footfall_is_known_once_it_has_lasted() -> None:
    load = total(20.0, stride_rows=110, stance_rows=70)
    for fall in falls_of(load):
        assert 100_000_000 <= fall.known_t_ns - fall.at.t_ns < 100_000_000 + ROW_NS
        assert load[fall.at.row] > 20 >= load[fall.at.row - 1]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(0, 2**31))
def test_however_many_seconds_at_once_the_same_comes_out(sizes: list[int], seed: int) -> None:
    rows = 100 * sum(sizes)
    chance = np.random.default_rng(seed)
    load = np.maximum(total(rows / 100) + chance.integers(-60, 60, rows), 0)
    contacts = RunningContacts(1.0, 30.0)
    falls, at = [], 0
    for size in sizes:
        falls += contacts.feed(timed(at, load[at : at + 100 * size], breaks=() if at else (0,)))
        at += 100 * size
    assert falls == falls_of(load)


def test_no_stride_spans_a_break() -> None:
    load = total(20.0)
    rows = timed(0, load)
    kept = np.r_[0:505, 530:2000]
    holed = TimedLoad(*(each[kept] for each in (rows.load, rows.own_ns, rows.t_ns, rows.second)), breaks=(0, 505))
    spans = [(fall.began.own_ns, fall.at.own_ns) for fall in RunningContacts(1.0, 30.0).feed(holed) if fall.began]
    assert spans
    assert not any(begin < 505 * ROW_NS and end > 530 * ROW_NS for begin, end in spans)


def test_a_flicker_is_neither_a_contact_nor_a_gap() -> None:
    load = np.zeros(300)
    load[50:55] = 500  # 50 ms
    load[100:180] = 500
    load[140:145] = 0  # 50 ms
    assert len(falls_of(load)) == 1


def test_a_rest_in_swing_does_not_hide_the_steps() -> None:
    """Some insoles read 5–35 N in the air; the threshold rises with it."""
    assert len(falls_of(total(30.0) + 30)) >= 25


@pytest.mark.parametrize("newton", [10, 20, 50])
def test_a_cell_that_sticks_in_mid_walk_hides_the_steps_for_a_few_seconds_only(newton: int) -> None:
    load = total(60.0)
    load[3000:] += newton
    blind = [fall for fall in strides_of(falls_of(load)) if fall.at.own_ns > 36 * 10**9]
    assert len(blind) == len([fall for fall in strides_of(falls_of(total(60.0))) if fall.at.own_ns > 36 * 10**9])


def test_standing_is_one_contact() -> None:
    load = np.concatenate([np.zeros(50), np.full(9000, 400.0)])
    assert len(falls_of(load)) == 1


def test_without_newton_the_foots_own_range_decides() -> None:
    assert len(falls_of(total(20.0), newton_per_unit=None)) == 19
    assert falls_of(np.tile([0.0, 25.0], 1000), newton_per_unit=None) == []
