"""What the drivers of other makers' insoles have in common: the hand-shake, its failures, its end."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from talk_kit import T0, Talk

from ingest.blocks import BlockBuilder
from ingest.drivers import nilspod, sig, ukaton
from ingest.drivers.base import Drop, Read, Subscribe, Write
from ingest.drivers.brilliant_sole import RX, TX, BrilliantSoleDriver
from ingest.drivers.fff0 import COMMAND, Fff0Driver
from ingest.drivers.nilspod import NilsPodDriver
from ingest.drivers.plain import TRANSITIONS, State
from ingest.drivers.ukaton import UkatonDriver
from ingest.events import BatterySeen, FaultSeen
from ingest.wire.block import Block
from ingest.wire.codec import decode, encode, to_block, to_message
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import Samples

DRIVERS = [UkatonDriver, BrilliantSoleDriver, Fff0Driver, NilsPodDriver]
VITAL = {
    UkatonDriver: Write(ukaton.CONFIGURATION, b""),
    BrilliantSoleDriver: Write(TX, b""),
    Fff0Driver: Write(COMMAND, b""),
    NilsPodDriver: Read(nilspod.RATE),
}
PACKETS = 200  # enough lines for the one that measures its rate


@pytest.fixture(params=DRIVERS)
def talk(request: pytest.FixtureRequest) -> Talk:
    return Talk(request.param("other-1"))


def test_it_streams_when_rows_come_and_not_before(talk: Talk) -> None:
    talk.connect()
    assert talk.driver.state is State.STARTING
    assert not talk.driver.streaming
    talk.packets(PACKETS)
    assert talk.driver.streaming
    assert talk.rows
    assert talk.layout.insole == "other-1"
    assert not talk.dropped
    assert BatterySeen(0x40) in talk.said or BatterySeen(60) in talk.said


def test_every_link_is_a_boot_with_rows_from_0(talk: Talk) -> None:
    for _ in range(3):
        talk.connect()
        talk.packets(PACKETS)
        talk.disconnect()
        assert talk.driver.state is State.IDLE
        talk.now_ns += 1_000_000_000
    first_of = {one.boot: one.seq for one in reversed(talk.rows)}
    assert len(first_of) == 3
    assert set(first_of.values()) == {0}
    asked = [one for one in talk.said if isinstance(one, Write)]
    assert len(asked) % 3 == 0  # what was applied on the first link was on each
    assert (
        len({one.data for one in asked if one.characteristic != nilspod.TIME and one.data[:1] != b"\x09"})
        <= len(asked) // 3
    )


def test_the_end_is_confirmed(talk: Talk) -> None:
    talk.connect()
    talk.packets(PACKETS)
    talk.answers[Fff0_DATA] = b""
    talk.stop()
    assert talk.driver.stopped
    talk.disconnect()
    assert talk.driver.stopped


def test_an_end_that_cannot_be_confirmed_is_believed(talk: Talk) -> None:
    talk.connect()
    talk.packets(PACKETS)
    talk.driver.on_stop(talk.now_ns)
    talk.fail(Subscribe(sig.BATTERY_LEVEL))
    assert not talk.driver.stopped
    talk.fail(VITAL[type(talk.driver)])
    assert talk.driver.stopped
    assert not talk.dropped


def test_a_stop_without_a_link_ends_the_next_hand_shake(talk: Talk) -> None:
    talk.stop()
    talk.answers[Fff0_DATA] = b""
    talk.connect()
    assert talk.driver.stopped
    assert not talk.rows


def test_what_is_vital_and_fails_drops_the_link_and_says_why(talk: Talk) -> None:
    talk.driver.on_connected(T0)
    talk.fail(VITAL[type(talk.driver)])
    assert talk.driver.state is State.REFUSED
    assert talk.faults == [FaultCode.LINK_REFUSED]
    assert isinstance(talk.said[-2], FaultSeen)
    assert talk.said[-1] == Drop()
    before = len(talk.said)
    talk.packets(3)
    talk.fail(VITAL[type(talk.driver)])
    assert len(talk.said) == before
    talk.connect()
    talk.packets(PACKETS)
    assert talk.rows


def test_what_is_not_vital_and_fails_is_done_without(talk: Talk) -> None:
    talk.answers = {sig.MODEL_NUMBER: None, sig.FIRMWARE_REVISION: None, sig.BATTERY_LEVEL: b"\xff"}
    talk.connect()
    talk.fail(Subscribe(sig.BATTERY_LEVEL))
    talk.packets(PACKETS)
    assert talk.rows
    assert not talk.dropped
    assert talk.faults.count(FaultCode.LINK_REFUSED) == 3
    assert FaultCode.FRAME_MALFORMED in talk.faults  # a battery of 255 %
    assert talk.layout.model == talk.driver.model


def test_what_the_hub_was_told_of_the_side_overrules_the_insole() -> None:
    for driver in DRIVERS:
        talk = Talk(driver("other-1", Side.RIGHT))
        talk.connect()
        talk.packets(PACKETS)
        assert talk.layout.side is Side.RIGHT, driver


def test_nothing_is_said_without_a_link(talk: Talk) -> None:
    talk.packets(3)
    talk.fail(Read(sig.MODEL_NUMBER))
    assert talk.driver.on_read(sig.BATTERY_LEVEL, b"\x01", T0) == []
    assert not talk.said


def test_rows_are_even_enough_to_be_few_blocks_that_the_contract_can_carry(talk: Talk) -> None:
    talk.connect()
    talk.packets(3 * PACKETS)
    builder, done = BlockBuilder(), []
    for rows in talk.rows:
        stretches, faults = builder.add(rows, 1_000_000_000)
        assert not faults
        done += stretches
    done += builder.flush()
    seconds = sum(len(one.codes) * one.ns_per_row for one in talk.rows) / 1e9
    assert len(done) < 2 * seconds + 2
    assert sum(len(one.rows.codes) for one in done) == sum(len(one.codes) for one in talk.rows)
    for one in done:
        rows, layout = one.rows, talk.layout
        block = Block(
            insole=layout.insole,
            side=layout.side,
            boot=rows.boot,
            seq=rows.seq,
            ticks=rows.ticks,
            tick_ns=rows.tick_ns,
            t_ns=T0,
            ns_per_row=rows.ns_per_row,
            codes=rows.codes,
            unit=layout.unit,
            scale=layout.scale,
        )
        again = to_block(cast("Samples", decode(encode(to_message(block)), Samples)))
        assert np.array_equal(again.codes, rows.codes)
        assert (again.ticks, again.seq) == (rows.ticks, rows.seq)


def test_every_state_is_left_for_a_new_link() -> None:
    assert set(TRANSITIONS) == set(State)
    for state, onward in TRANSITIONS.items():
        assert state is State.IDLE or State.IDLE in onward


def refused(driver: Any, answers: dict[str, bytes]) -> list[FaultCode]:
    talk = Talk(driver("other-1"))
    talk.answers.update(answers)
    talk.connect()
    assert talk.dropped
    assert talk.driver.state is State.REFUSED
    return talk.faults


@pytest.mark.parametrize(
    ("driver", "answers", "code"),
    [
        (UkatonDriver, {ukaton.TYPE: b"\0"}, FaultCode.FRAME_MALFORMED),  # a motion module
        (UkatonDriver, {ukaton.TYPE: b""}, FaultCode.FRAME_MALFORMED),
        (UkatonDriver, {ukaton.CONFIGURATION: b"\1\3\1\x28\0"}, FaultCode.LINK_REFUSED),  # another rate
        (NilsPodDriver, {nilspod.SENSORS: b"\x03\0\0\x0e"}, FaultCode.FRAME_MALFORMED),  # no force sensors
        (NilsPodDriver, {nilspod.RATE: b"\x03"}, FaultCode.FRAME_MALFORMED),
        (NilsPodDriver, {nilspod.STATE: b"\0\x02\0\0\x10"}, FaultCode.LINK_REFUSED),  # it records
        (NilsPodDriver, {nilspod.SETTINGS: b"\x07"}, FaultCode.SIDE_UNKNOWN),
    ],
)
def test_an_insole_that_cannot_be_read_is_refused(driver: Any, answers: dict[str, bytes], code: FaultCode) -> None:
    assert code in refused(driver, answers)


def test_a_brilliant_sole_that_is_no_insole_is_refused() -> None:
    talk = Talk(BrilliantSoleDriver("other-1"))
    talk.driver.on_connected(T0)
    talk.notify((RX, bytes.fromhex("06 0100 05")))
    assert talk.dropped
    assert talk.faults == [FaultCode.FRAME_MALFORMED]


Fff0_DATA = sig.sig_uuid(0xFFF1)
