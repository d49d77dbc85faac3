"""Contacts and strides as they happen."""

from __future__ import annotations

import numpy as np
from walk_kit import gait

from ingest.wire.geometry import Side
from processing.metrics.running import Footfall, RunningContacts

ROW_NS = 10**7


def falls_of(pieces: list[tuple[int, np.ndarray]], newton_per_unit: float | None = 1.0) -> list[Footfall]:
    """Pieces are (first row, loads)."""
    contacts = RunningContacts(newton_per_unit, 30.0)
    for number, (row, load) in enumerate(pieces):
        contacts.feed(load.astype(np.float64), row * ROW_NS, 10**18 + row * ROW_NS, ROW_NS, number == 0)
    return list(contacts.falls)


def total(seconds: float, **how: int) -> np.ndarray:
    return gait(Side.RIGHT, seconds, **how).sum(axis=1)


def test_an_even_walk_gives_its_own_strides() -> None:
    falls = falls_of([(0, total(20.0, stride_rows=110, stance_rows=70))])
    strides = [fall for fall in falls if fall.began is not None and fall.foot_off is not None]
    assert len(falls) == 19
    assert len(strides) == 18
    for fall in strides:
        assert abs((fall.at.own_ns - fall.began.own_ns) / 1e9 - 1.1) < 0.002
        assert abs((fall.foot_off.own_ns - fall.began.own_ns) / 1e9 - 0.7) < 0.03
        assert fall.at.t_ns - fall.at.own_ns == 10**18


def test_any_cut_gives_the_same() -> None:
    load = total(30.0)
    whole = falls_of([(0, load)])
    for size in (1, 7, 20, 100, 333):
        assert falls_of([(row, load[row : row + size]) for row in range(0, load.size, size)]) == whole


def test_no_stride_spans_a_break() -> None:
    load = total(20.0)
    falls = falls_of([(0, load[:505]), (530, load[530:])])
    spans = [(fall.began.own_ns, fall.at.own_ns) for fall in falls if fall.began]
    assert spans
    assert not any(begin < 505 * ROW_NS and end > 530 * ROW_NS for begin, end in spans)


def test_a_flicker_is_neither_a_contact_nor_a_gap() -> None:
    load = np.zeros(300)
    load[50:55] = 500  # 50 ms
    load[100:180] = 500
    load[140:145] = 0  # 50 ms
    assert len(falls_of([(0, load)])) == 1


def test_a_rest_in_swing_does_not_hide_the_steps() -> None:
    """Some insoles read 5–35 N in the air; the threshold rises with it."""
    load = total(30.0) + 30
    assert len(falls_of([(0, load)])) >= 25


def test_standing_is_one_contact() -> None:
    load = np.concatenate([np.zeros(50), np.full(9000, 400.0)])
    assert len(falls_of([(0, load)])) == 1


def test_without_newton_the_foots_own_range_decides() -> None:
    assert len(falls_of([(0, total(20.0))], newton_per_unit=None)) == 19
    assert falls_of([(0, np.tile([0.0, 25.0], 1000))], newton_per_unit=None) == []
