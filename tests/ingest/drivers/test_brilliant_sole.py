"""The BrilliantSole driver: answers by message, in whatever order, and rows among other data."""

from __future__ import annotations

import struct

import pytest
from talk_kit import T0, Talk

from ingest.drivers.brilliant_sole import RX, BrilliantSoleDriver, pack_message
from ingest.drivers.plain import State
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side, Zone

TYPE, TIME = pack_message(6, b"\0"), pack_message(8, bytes(8))
RATES = pack_message(10, bytes.fromhex("00 0000 01 2800 04 0000"))
PLACES = pack_message(12, bytes([80, 40] * 5 + [90, 220] * 3))


def data(stamp_ms: int, first: int = 0) -> bytes:
    return pack_message(14, struct.pack("<HBB8H", stamp_ms, 0, 16, *range(first, first + 8)))


@pytest.fixture
def talk() -> Talk:
    talk = Talk(BrilliantSoleDriver("b-1"))
    talk.said += talk.driver.on_connected(T0)
    talk.driver.on_read("00002a24-0000-1000-8000-00805f9b34fb", b"Sole 3", T0)
    talk.driver.on_read("00002a26-0000-1000-8000-00805f9b34fb", b"2.1", T0)
    return talk


def test_answers_may_come_in_any_order_and_together(talk: Talk) -> None:
    talk.notify((RX, PLACES + TIME))
    assert talk.driver.state is State.GREETING
    talk.notify((RX, RATES), (RX, data(0)), (RX, TYPE))
    assert talk.driver.state is State.STARTING
    assert not talk.rows  # what came before the layout is of an earlier listener
    assert (talk.layout.side, talk.layout.model, talk.layout.firmware) == (Side.LEFT, "Sole 3", "2.1")
    assert [cell.zone for cell in talk.layout.cells] == [Zone.FOREFOOT] * 5 + [Zone.REARFOOT] * 3
    assert talk.wrote[-1] == bytes.fromhex("0B 0600  00 1400  01 0000")  # acceleration was left on by somebody


def test_two_rows_in_one_notification_and_the_first_of_a_cut_one(talk: Talk) -> None:
    talk.notify((RX, TYPE + TIME + RATES + PLACES))
    talk.notify((RX, data(100) + data(120, 8)), (RX, data(140) + data(160)[:-1]))
    assert [one.seq for one in talk.rows] == [0, 1, 2]
    assert talk.rows[1].codes.tolist() == [list(range(8, 16))]
    assert talk.faults == [FaultCode.FRAME_TRUNCATED]


def test_an_unknown_message_is_passed_over(talk: Talk) -> None:
    talk.notify((RX, TYPE + TIME + RATES + pack_message(200, b"??") + PLACES + pack_message(0, b"\1")))
    assert talk.driver.state is State.STARTING


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (pack_message(10, bytes.fromhex("01 2800")) + PLACES, FaultCode.FRAME_MALFORMED),  # it has no pressure sensor
        (RATES + pack_message(12, bytes([80, 220] * 5 + [90, 20] * 3)), FaultCode.LAYOUT_MISMATCH),
        (RATES + pack_message(12), FaultCode.FRAME_MALFORMED),
    ],
)
def test_an_insole_that_cannot_be_placed_is_refused(talk: Talk, answers: bytes, code: FaultCode) -> None:
    talk.notify((RX, TYPE + TIME + answers))
    assert talk.dropped
    assert talk.faults == [code]


def test_the_end_is_when_the_insole_says_that_pressure_is_off(talk: Talk) -> None:
    talk.notify((RX, TYPE + TIME + RATES + PLACES), (RX, data(0)))
    talk.said += talk.driver.on_stop(T0)
    talk.notify((RX, pack_message(10, bytes.fromhex("00 1400"))))
    assert not talk.driver.stopped
    talk.notify((RX, pack_message(11, bytes.fromhex("00 0000"))))
    assert talk.driver.stopped
