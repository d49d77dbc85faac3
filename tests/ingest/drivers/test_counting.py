"""Rows that an insole does not number get names and even times, and what is missing shows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.drivers.counting import ArrivalGrid, Placed, RowCounter, RowGrid, Unwrap, boot_of
from ingest.wire.faults import Fault, FaultCode

MS = 1_000_000
S = 1_000_000_000
T0 = 1_760_000_000 * S
ROW = 20 * MS


def placed(answer: Placed | Fault) -> Placed:
    assert isinstance(answer, Placed), answer
    return answer


def test_connections_have_boots_of_their_own() -> None:
    boots = [boot_of(T0 + k * 40 * MS) for k in range(10_000)]
    assert len(set(boots)) == len(boots)
    assert all(0 <= boot < 2**32 for boot in boots)
    grid = RowGrid(ROW)
    grid.begin(T0)
    first = grid.boot
    grid.begin(T0)
    assert grid.boot != first


@given(st.lists(st.integers(1, 32_000), min_size=1, max_size=30), st.integers(0, 65_535))
def test_a_counter_that_comes_round_only_grows(steps: list[int], first: int) -> None:
    unwrap, truth = Unwrap(16, MS), first
    begins = unwrap.at(first, T0)
    for step in steps:
        truth += step
        assert unwrap.at(truth % 65_536, T0 + (truth - first) * MS) - begins == truth - first


@pytest.mark.parametrize("silent_s", [33, 64, 66, 131, 300])
def test_a_long_silence_is_settled_by_the_hubs_time(silent_s: int) -> None:
    unwrap = Unwrap(16, MS)
    begins = unwrap.at(1000, T0)
    late_ms = 900  # the radio held it back, or the clocks differ
    assert unwrap.at((1000 + silent_s * 1000) % 65_536, T0 + silent_s * S + late_ms * MS) - begins == silent_s * 1000


def test_a_count_from_before_stays_before() -> None:
    unwrap = Unwrap(16, MS)
    begins = unwrap.at(10, T0)
    assert unwrap.at(65_530, T0 + MS) - begins == -16
    assert unwrap.at(30, T0 + 2 * MS) - begins == 20


def test_a_clock_of_the_hub_that_is_set_does_not_move_the_count() -> None:
    unwrap = Unwrap(16, MS)
    begins = unwrap.at(10, T0)
    assert unwrap.at(30, T0 - 3600 * S) - begins == 20


@given(
    st.lists(st.booleans(), min_size=5, max_size=80),
    st.lists(st.integers(-7, 7), min_size=80, max_size=80),
)
def test_rows_that_are_lost_are_missing_numbers_in_spite_of_jitter(arrives: list[bool], jitter_ms: list[int]) -> None:
    grid = RowGrid(ROW)
    grid.begin(T0)
    got: list[tuple[int, int]] = []
    first = None
    for row, there in enumerate(arrives):
        if there:
            first = row if first is None else first
            # the first stamp is what all later ones are seen from, so its own jitter adds to theirs
            stamp_ns = S + row * ROW + (jitter_ms[row] * MS if row != first else 0)
            where = placed(grid.place(stamp_ns, 1, T0 + row * ROW))
            assert where.seq == row - first
            got.append((row, where.ticks))
    for (row, ticks), (later, later_ticks) in pairwise(got):
        assert later_ticks > ticks
        assert abs((later_ticks - ticks) - 20 * (later - row)) <= 10


def test_the_grid_is_even_where_the_stamps_jitter() -> None:
    grid = RowGrid(ROW)
    grid.begin(T0)
    rng = np.random.default_rng(5)
    ticks = [
        placed(grid.place(S + k * ROW + int(rng.integers(-4, 5)) * MS, 1, T0 + k * ROW)).ticks for k in range(2000)
    ]
    assert set(np.diff(ticks)) == {20}


@pytest.mark.parametrize("ppm", [-10_000, -200, 200, 10_000])
def test_the_grid_follows_a_clock_that_drifts_without_losing_rows(ppm: int) -> None:
    grid = RowGrid(ROW)
    grid.begin(T0)
    for k in range(20_000):
        true_ns = S + k * (ROW + ROW * ppm // 1_000_000)
        where = placed(grid.place(true_ns, 1, T0 + k * ROW))
        assert where.seq == k
        assert abs(where.ticks * MS - true_ns) <= ROW // 4 + 3 * MS


def test_packets_of_several_rows() -> None:
    grid = RowGrid(ROW)
    grid.begin(T0)
    wheres = [placed(grid.place(k * 4 * ROW, 4, T0 + k * 4 * ROW)) for k in (0, 1, 3)]
    assert [(where.seq, where.ticks) for where in wheres] == [(0, 0), (4, 80), (12, 240)]


def test_what_comes_again_or_from_before_is_refused_until_it_insists() -> None:
    grid = RowGrid(ROW)
    grid.begin(T0)
    boot = placed(grid.place(10 * S, 1, T0)).boot
    again = grid.place(10 * S, 1, T0)
    assert isinstance(again, Fault)
    assert again.code is FaultCode.ROWS_REPEATED
    answers = [grid.place(5 * S + k * ROW, 1, T0 + k * ROW) for k in range(12)]
    assert [getattr(one, "code", None) for one in answers[:7]] == [FaultCode.TIME_BACKWARDS] * 7
    believed = [placed(one) for one in answers[7:]]
    assert {one.boot for one in believed} != {boot}
    assert [one.seq for one in believed] == [0, 1, 2, 3, 4]


def test_a_stamp_that_leaps_ahead_of_the_hubs_time_is_refused_and_true_ones_go_on() -> None:
    grid, unwrap = RowGrid(ROW), Unwrap(16, MS)
    grid.begin(T0)
    answers = []
    for k in range(40):
        stamp = 1000 + 20 * k + (30_000 if k in (10, 25) else 0)
        now_ns = T0 + k * ROW
        answers.append(grid.place(unwrap.at(stamp % 65_536, now_ns) * MS, 1, now_ns))
    faults = [k for k, one in enumerate(answers) if isinstance(one, Fault)]
    assert faults == [10, 25]
    assert [placed(one).seq for one in answers if isinstance(one, Placed)] == [k for k in range(40) if k not in faults]


@given(st.lists(st.tuples(st.integers(-(2**40), 2**62), st.integers(1, 8), st.integers(0, 2**62)), max_size=60))
def test_whatever_is_stamped_names_are_unique_and_time_goes_on(stamps: list[tuple[int, int, int]]) -> None:
    grid, counter = RowGrid(ROW), RowCounter(16, ROW)
    for one in (grid, counter):
        one.begin(T0)
        next_seq: dict[int, int] = {}
        newest: dict[int, int] = {}
        for stamp_ns, rows, now_ns in stamps:
            where = one.place(stamp_ns, rows, now_ns)
            if isinstance(where, Placed):
                assert where.seq >= next_seq.get(where.boot, 0)
                assert where.ticks > newest.get(where.boot, -1)
                assert where.seq + rows <= 2**32
                next_seq[where.boot] = where.seq + rows
                newest[where.boot] = where.ticks + (rows - 1) * one.ns_per_row // one.tick_ns


def test_a_counter_names_the_rows() -> None:
    counter = RowCounter(16, 9_765_625)
    counter.begin(T0)
    now_ns = T0
    answers = []
    for count, rows in ((65_530, 4), (65_534, 4), (6, 4), (2, 4), (10, 4)):
        now_ns += 40 * MS
        answers.append(counter.place(count % 65_536, rows, now_ns))
    assert [one.seq for one in answers if isinstance(one, Placed)] == [0, 4, 12, 16]
    assert isinstance(answers[3], Fault)
    assert all(one.ticks == one.seq for one in answers if isinstance(one, Placed))


def test_a_counter_that_begins_again_is_believed_after_eight_times() -> None:
    counter = RowCounter(16, 10 * MS)
    counter.begin(T0)
    boot, now_ns = counter.boot, T0
    for count in range(0, 300_000, 20_000):  # it has come round a few times
        now_ns += 200 * S
        placed(counter.place(count % 65_536, 1, now_ns))
    answers = [counter.place((280_000 - 20_000 + k) % 65_536, 1, now_ns + k * 10 * MS) for k in range(12)]
    assert all(isinstance(one, Fault) for one in answers[:7])
    assert [placed(one).seq for one in answers[7:]] == [0, 1, 2, 3, 4]
    assert placed(answers[8]).boot != boot


def test_rows_without_any_clock_are_counted_and_a_pause_moves_their_time_only() -> None:
    grid = ArrivalGrid(50 * MS)
    grid.begin(T0)
    arrivals_ms = [0, 60, 95, 155, 200, 1300, 1350, 1400]
    wheres = [grid.place(1, T0 + ms * MS) for ms in arrivals_ms]
    assert [where.seq for where in wheres] == list(range(8))
    ticks = [where.ticks for where in wheres]
    assert list(np.diff(ticks)) == [50, 50, 50, 50, 1100, 50, 50]
    grid.skip(2)
    assert grid.place(1, T0 + 1550 * MS) == Placed(grid.boot, 10, 1550)


def test_times_without_any_clock_stay_close_to_the_earliest_arrivals() -> None:
    grid = ArrivalGrid(50 * MS)
    grid.begin(T0)
    rng = np.random.default_rng(7)
    off_ms = []
    for k in range(4000):
        true_ms = k * 51.0  # two percent slower than was measured
        late_ms = rng.exponential(20.0) % 200
        off_ms.append(grid.place(1, T0 + round((true_ms + late_ms) * MS)).ticks - true_ms)
    assert max(abs(off) for off in off_ms[50:]) < 40


@pytest.mark.parametrize("make", [RowGrid, ArrivalGrid])
def test_a_period_is_a_whole_number_of_ticks(make: type[RowGrid] | type[ArrivalGrid]) -> None:
    with pytest.raises(ValueError, match="whole number of ticks"):
        make(9_765_625)
