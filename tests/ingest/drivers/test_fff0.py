"""The FFF0 driver: text without stamp or number, whose rate has to be found out first."""

from __future__ import annotations

import numpy as np
import pytest
from talk_kit import T0, Talk

from ingest.drivers.fff0 import DATA, LINES_MEASURED, LONGEST_LINE, Fff0Driver, Lines
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side

MS = 1_000_000


def line(value: float, foot: str = "R") -> bytes:
    return f"{foot}_[{','.join(['[' + ','.join([f'{value:.1f}'] * 4) + ']'] * 6)}]\n".encode()


@pytest.fixture
def talk() -> Talk:
    talk = Talk(Fff0Driver("f-1"))
    talk.connect()
    return talk


def at(talk: Talk, ms: float, text: bytes) -> None:
    talk.said += talk.driver.on_notified(DATA, text, T0 + round(ms * MS))


def test_the_rate_is_measured_and_the_rows_until_then_are_kept(talk: Talk) -> None:
    rng = np.random.default_rng(3)
    for row in range(LINES_MEASURED):
        at(talk, 70 * row + rng.uniform(0, 30), line(row))
    assert not talk.rows
    for row in range(LINES_MEASURED, LINES_MEASURED + 20):
        at(talk, 70 * row + rng.uniform(0, 30), line(row))
    assert talk.layout.side is Side.RIGHT
    assert talk.layout.rate_hz == pytest.approx(1000 / 70, rel=0.03)
    assert talk.layout.scale == 0.1
    assert [int(one.codes[0, 0]) for one in talk.rows] == [10 * row for row in range(LINES_MEASURED + 20)]
    assert [one.seq for one in talk.rows] == list(range(LINES_MEASURED + 20))
    assert (np.diff([one.ticks for one in talk.rows]) > 0).all()


def test_a_swing_without_lines_is_a_pause_and_no_loss(talk: Talk) -> None:
    ms = 0.0
    for row in range(120):
        ms += 400 if row % 12 == 11 else 50
        at(talk, ms, line(row))
    assert [one.seq for one in talk.rows] == list(range(120))
    assert talk.layout.rate_hz == pytest.approx(20)
    ticks = np.array([one.ticks for one in talk.rows])
    assert ticks[-1] - ticks[0] == pytest.approx(ms - 50, abs=60)


def test_a_line_that_cannot_be_read_is_a_row_that_is_missing(talk: Talk) -> None:
    for row in range(60):
        text = line(row)
        at(talk, 50 * row, text.replace(b"50.0", b"5x.0", 1) if row == 50 else text)
    assert [one.seq for one in talk.rows] == [row for row in range(60) if row != 50]
    assert talk.faults == [FaultCode.FRAME_MALFORMED]


def test_a_line_of_the_other_foot_is_no_row(talk: Talk) -> None:
    for row in range(50):
        at(talk, 50 * row, line(row, "L" if row == 45 else "R"))
    assert len(talk.rows) == 49
    assert talk.faults == [FaultCode.FRAME_MALFORMED]


def test_lines_too_far_apart_to_tell_their_rate_are_refused_in_the_end(talk: Talk) -> None:
    for row in range(1000):
        if talk.dropped:
            break
        at(talk, 300 * row, line(1))
    assert talk.dropped
    assert not talk.rows


def test_noise_fills_no_memory() -> None:
    lines = Lines()
    for _ in range(1000):
        list(lines.add(b"[" * 200))
        assert len(lines._rest) <= LONGEST_LINE


def test_the_rate_is_remembered_over_a_lost_link(talk: Talk) -> None:
    for row in range(60):
        at(talk, 50 * row, line(row))
    talk.disconnect()
    talk.connect()
    before = len(talk.rows)
    at(talk, 10_000, line(1))
    assert len(talk.rows) == before + 1
    assert talk.rows[-1].seq == 0
