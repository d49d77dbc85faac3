"""The NilsPod driver: samples by their counter, and the list of sessions before the stream."""

from __future__ import annotations

import struct

import pytest
from talk_kit import Talk

from ingest.drivers import nilspod
from ingest.drivers.nilspod import STATE, STREAM, NilsPodDriver
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Zone


def samples(*counters: int) -> bytes:
    return b"".join(bytes(12) + struct.pack("<4H", counter % 100, 7, 8, counter & 0xFFFF) for counter in counters)


@pytest.fixture
def talk() -> Talk:
    talk = Talk(NilsPodDriver("n-1"))
    talk.connect()
    return talk


def test_the_sessions_are_listed_and_then_it_streams(talk: Talk) -> None:
    assert talk.wrote[1:] == [nilspod.LIST_SESSIONS, nilspod.START_STREAM]
    assert len(talk.driver.sessions) == 2
    assert talk.driver.sessions[1] == nilspod.Session(0, 0, 0, 0, 0, 0)


def test_an_end_of_the_list_that_does_not_come_is_not_waited_for_for_ever() -> None:
    talk = Talk(NilsPodDriver("n-1"))
    talk.answers[STATE] = b"\0\0\0\0\x10"
    talk.driver.on_connected(talk.now_ns)
    for characteristic in (STATE, nilspod.SENSORS, nilspod.RATE, nilspod.SETTINGS):
        talk.driver.on_read(characteristic, talk.talker.read(characteristic), talk.now_ns)
    talk.answers[STATE] = b"\0\x04\0\0\x10"
    for name in ("00002a24", "00002a26"):
        talk._hear(talk.driver.on_read(f"{name}-0000-1000-8000-00805f9b34fb", b"", talk.now_ns))
    assert talk.wrote[-1] == nilspod.START_STREAM


def test_the_clock_is_set_in_whole_seconds_with_the_highest_octet_first(talk: Talk) -> None:
    assert talk.wrote[0] == (1_760_000_000).to_bytes(4, "big")


def test_the_counter_numbers_the_rows_and_shows_what_is_missing(talk: Talk) -> None:
    talk.notify((STREAM, samples(65_534, 65_535, 0)), (STREAM, samples(1, 4, 5)), (STREAM, samples(1)))
    assert [(one.seq, len(one.codes)) for one in talk.rows] == [(0, 3), (3, 1), (6, 2)]
    assert [one.codes[0].tolist() for one in talk.rows] == [[34, 7, 8], [1, 7, 8], [4, 7, 8]]
    assert talk.faults == [FaultCode.TIME_BACKWARDS]
    assert talk.rows[0].ns_per_row == 19_531_250


def test_what_streams_for_a_listener_that_is_gone_is_stopped_first() -> None:
    talk = Talk(NilsPodDriver("n-1"))
    talk.answers[STATE] = b"\0\x01\0\0\x10"
    talk.connect()
    assert talk.wrote[1:] == [nilspod.STOP_STREAM, nilspod.LIST_SESSIONS, nilspod.START_STREAM]


def test_places_are_assumed_and_say_so(talk: Talk) -> None:
    assert [cell.zone for cell in talk.layout.cells] == [Zone.FOREFOOT, Zone.FOREFOOT, Zone.REARFOOT]
    assert all(cell.area.endswith("(assumed)") for cell in talk.layout.cells)
