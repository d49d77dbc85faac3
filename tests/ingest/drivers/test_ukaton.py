"""The Ukaton driver's rows: numbered and timed by a stamp that comes round."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from talk_kit import T0, Talk

from ingest.drivers import ukaton
from ingest.drivers.ukaton import UkatonDriver
from ingest.wire.faults import FaultCode

MS = 1_000_000


def packet(stamp_ms: int, first: int = 7) -> bytes:
    return struct.pack("<HBBB16H", stamp_ms & 0xFFFF, 1, 33, 1, *range(first, first + 16))


@pytest.fixture
def talk() -> Talk:
    talk = Talk(UkatonDriver("u-1"))
    talk.connect()
    return talk


def at(talk: Talk, ms: int, stamp_ms: int) -> None:
    """The insole's packet comes in `ms` after the link was made."""
    talk.said += talk.driver.on_notified(ukaton.DATA, packet(stamp_ms), T0 + ms * MS)


def test_it_subscribes_before_it_configures(talk: Talk) -> None:
    said = [type(one).__name__ + getattr(one, "characteristic", "")[4:13] for one in talk.said]
    assert said.index("Subscribeeddf-6002") < said.index("Writeeddf-6001")
    assert talk.wrote == [bytes.fromhex("01 03 01 1400")]


def test_a_stamp_that_comes_round_goes_on(talk: Talk) -> None:
    for row in range(10):
        at(talk, 20 * row, 65_500 + 20 * row)
    assert [one.seq for one in talk.rows] == list(range(10))
    assert set(np.diff([one.ticks for one in talk.rows])) == {20}


def test_rows_that_are_lost_are_missing_numbers(talk: Talk) -> None:
    for row in (0, 1, 2, 5, 6, 60):
        at(talk, 20 * row, 20 * row)
    assert [one.seq for one in talk.rows] == [0, 1, 2, 5, 6, 60]


def test_a_silence_longer_than_the_stamps_range_loses_no_turn(talk: Talk) -> None:
    at(talk, 0, 100)
    at(talk, 20, 120)
    at(talk, 140_020, 140_120)
    assert [one.seq for one in talk.rows] == [0, 1, 7001]


def test_the_same_stamp_twice_is_one_row(talk: Talk) -> None:
    for ms, stamp_ms in ((0, 100), (20, 120), (30, 120), (40, 100), (50, 140)):
        at(talk, ms, stamp_ms)
    assert [one.seq for one in talk.rows] == [0, 1, 2]
    assert talk.faults == [FaultCode.ROWS_REPEATED, FaultCode.TIME_BACKWARDS]


def test_codes_beyond_the_adc_are_no_row(talk: Talk) -> None:
    talk.notify((ukaton.DATA, packet(0, 4080)), (ukaton.DATA, packet(20, 4081)))
    assert [int(one.codes.max()) for one in talk.rows] == [4095]
    assert talk.faults == [FaultCode.FRAME_MALFORMED]
