"""The driver by itself: bytes in, rows, events and intents out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from open_insole_kit import CELLS, INFO
from open_insole_talk import BOOT_LOW, LAYOUT, NOW, Talk, codes_of, rows_of

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Drop, Intent, Output, Read, Subscribe, Write
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.drivers.open_insole_layout import layout_crc, pack_announced, pack_layout
from ingest.drivers.open_insole_states import TRANSITIONS, State
from ingest.events import Answered, BatterySeen, Identify, LayoutSeen, SetSide, Setting, TakenSeen
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side, checksum

START = Write(wire.CONTROL, control.pack_request(control.Request(control.Op.START)))
STOP = Write(wire.CONTROL, control.pack_request(control.Request(control.Op.STOP)))


def test_the_hand_shake_in_its_order() -> None:
    talk = Talk().connect()
    assert talk.driver.state is State.STARTING
    assert not talk.driver.streaming
    parts = [Write(wire.LAYOUT, bytes([at, 0])) for at in range(0, len(LAYOUT), 20)]
    reads = [one for part in parts for one in (part, Read(wire.LAYOUT))]
    assert talk.intents == [
        Read(wire.INFO),
        *reads,
        Read(sig.MODEL_NUMBER),
        Read(sig.FIRMWARE_REVISION),
        Write(sig.CURRENT_ELAPSED_TIME, sig.pack_elapsed_time(sig.ElapsedTime(NOW))),
        Read(sig.BATTERY_LEVEL),
        Subscribe(sig.BATTERY_LEVEL),
        Subscribe(wire.STATUS),
        Subscribe(wire.CONTROL),
        Subscribe(wire.DATA),
        START,
    ]
    seen = [one for one in talk.events if isinstance(one, LayoutSeen)]
    assert [(one.layout.model, one.layout.firmware, one.layout.scale) for one in seen] == [("Model 8", "1.2", 0.11)]
    assert seen[0].layout.checksum == checksum(CELLS)
    assert seen[0].layout.cells == CELLS
    assert BatterySeen(80) in talk.events
    talk.reply(control.Op.START, next_seq=4)
    assert talk.driver.streaming
    assert talk.events[-1] == TakenSeen(boot=INFO.boot, first_seq=0, next_seq=4)


def test_rows_come_through_as_they_are() -> None:
    talk = Talk().start()
    [rows] = rows_of(talk.rows(7, 5_000, 3, not_measured=1))
    assert (rows.boot, rows.seq, rows.ticks, rows.tick_ns, rows.ns_per_row) == (
        INFO.boot,
        7,
        5_000,
        100_000,
        10_000_000,
    )
    assert rows.arrived_ns == NOW
    assert rows.not_measured == 1
    assert rows.codes.tolist() == [[7, 8], [9, 10], [11, 12]]


def test_a_known_layout_is_not_read_again() -> None:
    talk = Talk().start()
    talk.driver.on_disconnected(NOW)
    talk.said.clear()
    talk.start()
    assert Read(wire.LAYOUT) not in talk.intents
    assert [one.layout.cells for one in talk.events if isinstance(one, LayoutSeen)] == [CELLS]
    assert START in talk.intents


def test_an_unknown_version_is_refused() -> None:
    talk = Talk()
    talk.answers[wire.INFO] = b"\x02" + wire.pack_info(INFO)[1:]
    talk.connect()
    assert talk.faults == [FaultCode.FRAME_VERSION]
    assert talk.intents[-1] == Drop()
    assert talk.driver.state is State.REFUSED
    talk.driver.on_disconnected(NOW)
    talk.answers[wire.INFO] = wire.pack_info(INFO)
    assert talk.start().driver.streaming


@pytest.mark.parametrize("data", [b"", wire.pack_info(INFO)[:20], wire.pack_info(INFO)[:3] + bytes(33)])
def test_an_info_that_cannot_be_read_is_refused(data: bytes) -> None:
    talk = Talk()
    talk.answers[wire.INFO] = data
    talk.connect()
    assert talk.faults[0] in {FaultCode.FRAME_TRUNCATED, FaultCode.FRAME_MALFORMED}
    assert talk.intents[-1] == Drop()


def test_a_layout_that_does_not_match_is_read_twice_and_then_refused() -> None:
    talk = Talk(layout=LAYOUT[:-1] + b"\x09").connect()
    assert talk.faults == [FaultCode.LAYOUT_MISMATCH] * 2
    assert talk.intents.count(Write(wire.LAYOUT, b"\0\0")) == 2
    assert talk.intents[-1] == Drop()


def test_a_layout_that_ends_early_does_not_match() -> None:
    talk = Talk(layout=LAYOUT[:20]).connect()
    assert talk.faults == [FaultCode.LAYOUT_MISMATCH] * 2


def test_a_layout_that_matches_the_second_time_is_taken() -> None:
    talk = Talk(layout=b"\xff" + LAYOUT[1:])
    driver = talk.driver
    heard = list(driver.on_connected(NOW))
    assert heard == [Read(wire.INFO)]
    driver.on_read(wire.INFO, talk.answers[wire.INFO], NOW)
    again = list(driver.on_read(wire.LAYOUT, b"\xff" + LAYOUT[1:], NOW))
    assert codes_of(again) == [FaultCode.LAYOUT_MISMATCH]
    assert list(driver.on_read(wire.LAYOUT, LAYOUT, NOW)) == [Read(sig.MODEL_NUMBER)]


def test_a_layout_with_the_right_checksum_that_makes_no_sense() -> None:
    nonsense = b"\x07" + LAYOUT[1:]
    talk = Talk(info=replace(INFO, layout_crc=layout_crc(nonsense)), layout=nonsense).connect()
    assert talk.faults == [FaultCode.FRAME_VERSION]
    assert talk.intents[-1] == Drop()


def test_the_side() -> None:
    nameless = replace(INFO, side=None)
    refused = Talk(info=nameless).connect()
    assert refused.faults == [FaultCode.SIDE_UNKNOWN]
    assert refused.intents[-1] == Drop()
    for info in (nameless, INFO):
        told = Talk(OpenInsoleDriver("OI-1", Side.LEFT), info).connect()
        assert [one.layout.side for one in told.events if isinstance(one, LayoutSeen)] == [Side.LEFT]


def test_identity_and_time_that_fail_stop_nothing() -> None:
    driver = OpenInsoleDriver("OI-1")
    driver.on_connected(NOW)
    driver.on_read(wire.INFO, wire.pack_info(INFO), NOW)
    driver.on_read(wire.LAYOUT, LAYOUT, NOW)
    said = list(driver.on_failed(Read(sig.MODEL_NUMBER), "not there", NOW))
    assert codes_of(said) == [FaultCode.LINK_REFUSED]
    assert said[-1] == Read(sig.FIRMWARE_REVISION)
    said = list(driver.on_failed(Read(sig.FIRMWARE_REVISION), "not there", NOW))
    assert said[-1] == START
    [layout] = [one.layout for one in said if isinstance(one, LayoutSeen)]
    assert (layout.model, layout.firmware) == ("", "")
    time = Write(sig.CURRENT_ELAPSED_TIME, b"")
    assert codes_of(list(driver.on_failed(time, "no", NOW))) == [FaultCode.LINK_REFUSED]
    assert driver.state is State.STARTING


@pytest.mark.parametrize("intent", [Read(wire.INFO), Subscribe(wire.DATA), Subscribe(wire.CONTROL), START])
def test_what_the_stream_cannot_do_without(intent: Intent) -> None:
    talk = Talk().connect()
    said = talk.hear(talk.driver.on_failed(intent, "no", NOW))
    assert codes_of(said) == [FaultCode.LINK_REFUSED]
    assert said[-1] == Drop()


def test_a_start_that_is_refused() -> None:
    talk = Talk().connect()
    said = talk.reply(control.Op.START, control.Result.RATE_NOT_OFFERED)
    assert codes_of(said) == [FaultCode.LINK_REFUSED]
    assert said[-1] == Drop()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:10], FaultCode.FRAME_TRUNCATED),
        (lambda data: data[:-1], FaultCode.FRAME_TRUNCATED),
        (lambda data: b"", FaultCode.FRAME_TRUNCATED),
        (lambda data: data + b"\0", FaultCode.FRAME_MALFORMED),
        (lambda data: b"\x09" + data[1:], FaultCode.FRAME_VERSION),
        (lambda data: data[:8] + b"\xff\xff" + data[10:], FaultCode.FRAME_MALFORMED),  # of another boot
        (lambda data: data[:10] + b"\xff" * 6 + data[16:], FaultCode.FRAME_MALFORMED),  # thousands of years from now
    ],
)
def test_a_bad_notification_is_a_fault_and_the_rest_goes_on(spoil: Any, code: FaultCode) -> None:
    talk = Talk().start()
    assert rows_of(talk.rows(0, 1_000))
    frame = wire.RowsFrame(boot_low=BOOT_LOW, seq=2, ticks=1_200, codes=np.ones((2, 2), dtype=np.int16))
    said = talk.notify(wire.DATA, spoil(wire.pack_rows(frame)))
    assert codes_of(said) == [code]
    assert rows_of(said) == []
    assert [one.seq for one in rows_of(talk.rows(4, 1_400))] == [4]
    assert talk.driver.streaming


def test_rows_that_come_again_are_left_out() -> None:
    talk = Talk().start()
    talk.rows(0, 1_000, 4)
    said = talk.rows(0, 1_000, 4)
    assert codes_of(said) == [FaultCode.ROWS_REPEATED]
    assert rows_of(said) == []
    said = talk.rows(2, 1_200, 4)  # two known, two new
    assert codes_of(said) == [FaultCode.ROWS_REPEATED]
    [rows] = rows_of(said)
    assert (rows.seq, rows.ticks, rows.codes.tolist()) == (4, 1_400, [[6, 7], [8, 9]])


def test_time_that_runs_backwards_is_left_out() -> None:
    talk = Talk().start()
    talk.rows(0, 1_000, 4)
    for ticks in (900, 1_300):
        said = talk.rows(4, ticks)
        assert codes_of(said) == [FaultCode.TIME_BACKWARDS]
        assert rows_of(said) == []
    assert [one.seq for one in rows_of(talk.rows(6, 1_600))] == [6]


def test_a_clock_that_stays_behind_ends_the_link_and_is_believed_on_the_next() -> None:
    talk = Talk().start()
    talk.rows(0, 1_000_000)
    said = [output for seq in range(2, 18, 2) for output in talk.rows(seq, 100 * seq)]
    assert set(codes_of(said)) == {FaultCode.TIME_BACKWARDS}
    assert said[-1] == Drop()
    talk.driver.on_disconnected(NOW)
    talk.start()
    assert [one.seq for one in rows_of(talk.rows(18, 1_800))] == [18]


def test_a_new_boot_begins_at_row_0_and_the_old_one_goes_on() -> None:
    talk = Talk().start()
    talk.rows(0, 1_000, 4)
    talk.driver.on_disconnected(NOW)
    talk.start()
    assert codes_of(talk.rows(0, 1_000, 4)) == [FaultCode.ROWS_REPEATED]
    talk.driver.on_disconnected(NOW)
    talk.reset(boot=99)
    talk.start()
    [rows] = rows_of(talk.rows(0, 500, boot_low=99))
    assert (rows.boot, rows.seq) == (99, 0)
    assert talk.driver.boot == 99


def test_status_tells_the_count_and_each_fault_once() -> None:
    talk = Talk().start()
    count = control.Count(boot=INFO.boot, first_seq=3, next_seq=9)

    def tell(faults: control.DeviceFault) -> list[Output]:
        return talk.notify(wire.STATUS, control.pack_status(control.StatusFrame(count=count, faults=faults)))

    assert tell(control.DeviceFault.NONE) == [TakenSeen(boot=INFO.boot, first_seq=3, next_seq=9)]
    both = control.DeviceFault.CELL | control.DeviceFault.BATTERY_LOW
    assert codes_of(tell(both)) == [FaultCode.BATTERY_LOW, FaultCode.DEVICE_FAULT]
    assert codes_of(tell(both)) == []
    assert codes_of(tell(control.DeviceFault.NONE)) == []
    assert codes_of(tell(control.DeviceFault.CELL)) == [FaultCode.DEVICE_FAULT]
    assert codes_of(tell(control.DeviceFault(0x8000))) == [FaultCode.DEVICE_FAULT]
    other = control.Count(boot=1, first_seq=0, next_seq=0)
    said = talk.notify(wire.STATUS, control.pack_status(control.StatusFrame(count=other)))
    assert codes_of(said) == [FaultCode.FRAME_MALFORMED]


def test_the_end_of_a_stream() -> None:
    talk = Talk().start()
    assert talk.hear(talk.driver.on_stop(NOW)) == [STOP]
    assert rows_of(talk.rows(0, 1_000))  # what was under way still comes
    assert not talk.driver.stopped
    assert talk.reply(control.Op.STOP, next_seq=2) == [TakenSeen(boot=INFO.boot, first_seq=0, next_seq=2)]
    assert talk.driver.stopped
    assert not talk.driver.streaming
    talk.driver.on_disconnected(NOW)
    assert talk.driver.stopped


def test_a_stop_amid_the_hand_shake_ends_it_with_stop() -> None:
    talk = Talk()
    talk.driver.on_connected(NOW)
    assert list(talk.driver.on_stop(NOW)) == []
    talk.hear(talk.driver.on_read(wire.INFO, talk.answers[wire.INFO], NOW))
    assert talk.intents[-1] == STOP
    assert START not in talk.intents
    talk.reply(control.Op.STOP)
    assert talk.driver.stopped


def test_notifications_before_the_hand_shake_are_not_believed() -> None:
    talk = Talk()
    assert talk.rows(0, 1_000) == []
    talk.driver.on_connected(NOW)
    assert talk.rows(0, 1_000) == []


def test_a_reset_that_keeps_the_boot_id_is_refused_for_its_rows_would_have_names_that_are_taken() -> None:
    talk = Talk().start()
    talk.rows(0, 1_000, 4)
    talk.reset()
    said = talk.connect().reply(control.Op.START)
    assert codes_of(said) == [FaultCode.FRAME_MALFORMED]
    assert said[-1] == Drop()
    talk.reset(boot=7)
    assert talk.start().driver.streaming


def test_rows_that_come_before_the_reply_to_start_do_not_make_it_look_late() -> None:
    talk = Talk().connect()
    assert rows_of(talk.rows(0, 1_000, 4))
    talk.reply(control.Op.START, next_seq=0)
    assert talk.driver.streaming
    assert [one.seq for one in rows_of(talk.rows(4, 1_400))] == [4]


def test_a_reply_of_another_boot_is_refused() -> None:
    talk = Talk().connect()
    assert talk.reply(control.Op.START, boot=1)[-1] == Drop()


def test_a_stop_before_any_stream_is_confirmed_whatever_its_rate() -> None:
    talk = Talk()
    talk.driver.on_stop(NOW)
    talk.connect()
    count = control.Count(boot=INFO.boot, first_seq=0, next_seq=0)
    reply = control.Reply(op=control.Op.STOP, result=control.Result.OK, count=count, ns_per_row=0)
    talk.notify(wire.CONTROL, control.pack_reply(reply))
    assert talk.driver.stopped


def test_a_number_that_runs_ahead_of_the_time_does_not_hide_the_rows_after_it() -> None:
    talk = Talk().start()
    for seq in (2**31, 2**32 - 2):  # the first frame of a boot, too
        assert codes_of(talk.rows(seq, 1_000)) == [FaultCode.FRAME_MALFORMED]
    assert rows_of(talk.rows(0, 1_000))
    assert codes_of(talk.rows(2 + 2**20, 1_200)) == [FaultCode.FRAME_MALFORMED]
    assert [one.seq for one in rows_of(talk.rows(4, 1_400))] == [4]
    assert [one.seq for one in rows_of(talk.rows(1_006, 101_600))] == [1_006]  # ten seconds out of range
    assert talk.driver.streaming


def test_numbers_do_not_come_round() -> None:
    talk = Talk().start()
    last = 2**32 - 2
    assert [one.seq for one in rows_of(talk.rows(last, 100 * last))] == [last]
    frame = wire.RowsFrame(boot_low=BOOT_LOW, seq=last + 1, ticks=100 * last + 200, codes=np.ones((2, 2), np.int16))
    assert codes_of(talk.notify(wire.DATA, wire.pack_rows(frame))) == [FaultCode.FRAME_MALFORMED]


def test_ticks_that_come_round_are_time_that_runs_backwards() -> None:
    talk = Talk(info=replace(INFO, tick_ns=1_000)).start()
    assert rows_of(talk.rows(0, 2**48 - 200))
    assert codes_of(talk.rows(2, 0)) == [FaultCode.TIME_BACKWARDS]


def test_time_goes_on_over_a_link_that_is_made_again() -> None:
    talk = Talk().start()
    talk.rows(0, 1_000)
    talk.driver.on_disconnected(NOW)
    talk.start()
    assert codes_of(talk.rows(2, 900)) == [FaultCode.TIME_BACKWARDS]
    assert rows_of(talk.rows(4, 1_400))


def test_a_layout_that_changes_with_a_reset_is_read_again() -> None:
    talk = Talk().start()
    talk.layout = pack_layout((CELLS[1], CELLS[0]))
    talk.reset(boot=5, layout_crc=layout_crc(talk.layout))
    talk.start()
    assert [one.layout.cells for one in talk.events if isinstance(one, LayoutSeen)][-1] == (CELLS[1], CELLS[0])


@pytest.mark.parametrize(
    "lie",
    [
        {"cells": 0},
        {"cells": 3},
        {"cells": 107},
        {"cells": 255},
        {"tick_ns": 0},
        {"tick_ns": 1},
        {"tick_ns": 300_000},
        {"tick_ns": 2**32 - 1, "ns_per_row": 2**32 - 1},
        {"ns_per_row": 0},
        {"ns_per_row": 1_000, "tick_ns": 1_000},
        {"layout_octets": 0},
        {"layout_crc": 0},
    ],
    ids=str,
)
def test_an_info_that_lies_is_refused(lie: dict[str, int]) -> None:
    talk = Talk(info=replace(INFO, **lie)).connect()
    assert talk.faults
    assert talk.intents[-1] == Drop()
    assert not [one for one in talk.events if isinstance(one, LayoutSeen)]


def test_what_is_subscribed_twice_comes_twice_and_is_kept_once() -> None:
    talk = Talk().connect()
    for _ in range(2):
        talk.reply(control.Op.START)
    for seq in range(0, 20, 2):
        assert [len(rows_of(talk.rows(seq, 1_000 + 100 * seq))) for _ in range(2)] == [1, 0]
    talk.hear(talk.driver.on_stop(NOW))
    for _ in range(2):
        talk.reply(control.Op.STOP)
    assert talk.driver.stopped
    assert set(talk.faults) == {FaultCode.ROWS_REPEATED}


def heard(**more: Any) -> Advertisement:
    nothing: dict[str, Any] = {"service_uuids": (), "service_data": {}, "manufacturer_data": {}}
    return Advertisement(**{"address": "F0:00:00:00:00:01", "name": None, "rssi_dbm": -60} | nothing | more)


def test_what_is_recognised() -> None:
    for side in (None, Side.LEFT, Side.RIGHT):
        one = OpenInsoleDriver.recognise(heard(service_data={wire.SERVICE: pack_announced(side)}))
        assert one is not None
        assert one.side is side
    bare = OpenInsoleDriver.recognise(heard(service_uuids=(wire.SERVICE,)))
    assert bare is not None
    assert bare.side is None
    assert OpenInsoleDriver.recognise(heard()) is None
    assert OpenInsoleDriver.recognise(heard(service_data={wire.SERVICE: b"\x01"})) is None


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(State)
    assert set().union(*TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize(
    ("setting", "request_octets", "op"),
    [(SetSide(Side.RIGHT), "05 02", control.Op.SET_SIDE), (Identify(3), "04 03", control.Op.IDENTIFY)],
)
def test_what_a_person_sets_is_asked_for_and_answered_once(
    setting: Setting, request_octets: str, op: control.Op
) -> None:
    talk = Talk().start()
    assert talk.driver.on_setting(setting, NOW) == [Write(wire.CONTROL, bytes.fromhex(request_octets))]
    assert not any(isinstance(one, Answered) for one in talk.reply(control.Op.STATUS))
    assert Answered(setting) in talk.reply(op)
    talk.driver.on_setting(setting, NOW)
    assert Answered(setting, "it does not offer that") in talk.reply(op, control.Result.UNKNOWN_OP)
    assert talk.driver.streaming
    assert talk.faults == []
