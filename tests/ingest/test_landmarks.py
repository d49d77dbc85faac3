from __future__ import annotations

import pytest

from ingest.landmarks import Landmark, Landmarks
from ingest.wire.faults import FaultCode, UnderfootError

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
T0 = 1_700_000_000 * SECOND
MS = 1_000_000


def mark(device_ns: int, ppm: float = 50, error_ns: int = MS, set_ns: int = 0) -> Landmark:
    return Landmark(device_ns, T0 + device_ns + round(device_ns * ppm * 1e-6) + set_ns, error_ns)


def test_between_two_the_drift_of_both_ends_holds_and_the_error_is_largest_in_the_middle() -> None:
    marks = Landmarks([mark(0), mark(2 * HOUR)])
    middle = marks.place(HOUR, None)
    assert middle.t_ns == T0 + HOUR + round(HOUR * 50e-6)
    assert middle.error_ns == MS + round(HOUR * 3e-6)
    near = marks.place(SECOND, None)
    assert near.error_ns is not None
    assert near.error_ns < middle.error_ns


@pytest.mark.parametrize("at", [-HOUR, 3 * HOUR])
def test_beyond_them_the_known_drift_is_held_and_the_error_grows(at: int) -> None:
    marks = Landmarks([mark(0), mark(2 * HOUR)])
    known, unknown = marks.place(at, 50e-6), marks.place(at, None)
    assert known.t_ns == pytest.approx(T0 + at + at * 50e-6, abs=1000)
    assert known.error_ns == MS + round(HOUR * 10e-6)
    assert unknown.error_ns == MS + round(HOUR * 150e-6)


def test_a_hub_clock_that_was_set_in_between_is_believed_as_it_is_now() -> None:
    marks = Landmarks([mark(0), mark(HOUR, set_ns=-5 * HOUR)])
    placed = marks.place(HOUR // 2, 50e-6)
    assert placed.t_ns == pytest.approx(T0 - 5 * HOUR + HOUR // 2 * (1 + 50e-6), abs=1000)
    assert marks.drift() is None
    assert placed.error_ns is not None
    assert placed.error_ns > 4.9 * HOUR, "which of the two was right nobody knows"


def test_drift_is_told_over_ten_minutes_and_not_before() -> None:
    assert Landmarks([mark(0), mark(300 * SECOND)]).drift() is None
    assert Landmarks([mark(0), mark(300 * SECOND), mark(HOUR)]).drift() == pytest.approx(50e-6, rel=1e-6)


def test_memory_is_constant_and_the_telling_ones_stay() -> None:
    marks = Landmarks(mark(k * 60 * SECOND, ppm=0, set_ns=5 * MS if k == 700 else 0) for k in range(1000))
    assert len(marks) == 96
    assert marks.place(700 * 60 * SECOND, None).t_ns == T0 + 700 * 60 * SECOND + 5 * MS
    assert marks.place(350 * 60 * SECOND, None).t_ns == T0 + 350 * 60 * SECOND


def test_they_are_put_down_and_read_again() -> None:
    marks = Landmarks([mark(0), mark(HOUR)])
    again = Landmarks.load(marks.dump())
    assert again.place(HOUR // 3, None) == marks.place(HOUR // 3, None)
    with pytest.raises(UnderfootError) as damaged:
        Landmarks.load('[["a"]]')
    assert damaged.value.code is FaultCode.STORE_DAMAGED


def test_none_is_no_time() -> None:
    with pytest.raises(ValueError, match="landmark"):
        Landmarks().place(0, None)
