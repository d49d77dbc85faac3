"""The Botz driver: hand-shake by service, both feet of one packet, and a left shoe that no longer says anything."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import pytest

from ingest.drivers import botz_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Drop, OfOther, Output, Read, Subscribe, Write
from ingest.drivers.botz import BotzDriver, State
from ingest.drivers.botz_stale import REPEATS
from ingest.events import BatterySeen, FaultSeen, LayoutSeen, LinkChanged, Rows
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import LinkState

BEGIN_NS = 1_800_000_000_000_000_000
RIGHT = (10, 20, 30, 40, 50, 60, 70, 80)
LEFT = (11, 21, 31, 41, 51, 61, 71, 81)


def moved(words: Sequence[int], by: int) -> tuple[int, ...]:
    return tuple(word + by for word in words)


class Talk:
    def __init__(self) -> None:
        self.driver = BotzDriver("shoes")
        self.packets = 0
        self.outputs: list[Output] = list(self.driver.on_connected(BEGIN_NS))
        self.outputs += self.driver.on_read(sig.FIRMWARE_REVISION, b"1.9.3", BEGIN_NS)

    def packet(self, left: Sequence[int], right: Sequence[int] | None = None) -> list[Output]:
        self.packets += 1
        right = moved(RIGHT, self.packets) if right is None else right
        data = wire.pack_samples(wire.Samples(200 * self.packets, wire.Foot(tuple(right)), wire.Foot(tuple(left))))
        outputs = list(self.driver.on_notified(wire.SAMPLES, data, BEGIN_NS + self.packets * 200_000_000))
        self.outputs += outputs
        return outputs


def right(outputs: Iterable[Output]) -> list[Rows]:
    return [each for each in outputs if isinstance(each, Rows)]


def left(outputs: Iterable[Output]) -> list[Rows]:
    return [each.event for each in outputs if isinstance(each, OfOther) and isinstance(each.event, Rows)]


def left_links(outputs: Iterable[Output]) -> list[LinkState]:
    events = [each.event for each in outputs if isinstance(each, OfOther)]
    return [event.state for event in events if isinstance(event, LinkChanged)]


def test_the_hand_shake_names_the_service_of_everything() -> None:
    talk = Talk()
    asked = [each for each in talk.outputs if isinstance(each, Read | Write | Subscribe)]
    assert [(each.characteristic, each.service) for each in asked] == [
        (sig.FIRMWARE_REVISION, sig.DEVICE_INFORMATION_SERVICE),
        (wire.SET_TIME, wire.CONTROL_SERVICE),
        (wire.PROFILE, wire.CONTROL_SERVICE),
        (wire.BATTERIES, wire.INFO_SERVICE),
        (wire.SAMPLES, wire.INFO_SERVICE),
        (wire.START, wire.CONTROL_SERVICE),
    ]
    assert [each.data for each in asked if isinstance(each, Write)] == [bytes.fromhex("6b49d200"), b"\0", b"\x03"]
    own = next(each.layout for each in talk.outputs if isinstance(each, LayoutSeen))
    other = next(each.event.layout for each in talk.outputs if isinstance(each, OfOther))
    assert (own.side, other.side) == (Side.RIGHT, Side.LEFT)
    assert (other.insole, other.unit, other.calibration) == ("shoes-left", Unit.RAW, Calibration.NONE)
    assert own.cells[1].x > 0.5 > other.cells[1].x
    assert own.cells[3].x < 0.5 < other.cells[3].x
    assert [cell.zone for cell in own.cells] == ["forefoot"] * 4 + ["midfoot"] * 2 + ["rearfoot"] * 2


def test_both_feet_of_a_packet_have_one_name_and_one_time() -> None:
    talk = Talk()
    for k in range(5):
        talk.packet(moved(LEFT, k))
    assert talk.driver.streaming
    assert [rows.seq for rows in right(talk.outputs)] == [0, 1, 2, 3, 4]
    assert [rows.seq for rows in left(talk.outputs)] == [1, 2, 3, 4]  # the first one proves nothing yet
    assert [rows.codes.tolist() for rows in left(talk.outputs)] == [[list(moved(LEFT, k))] for k in range(1, 5)]
    assert [rows.ticks for rows in left(talk.outputs)] == [rows.ticks for rows in right(talk.outputs)][1:]
    assert left_links(talk.outputs) == []


def test_a_left_shoe_that_repeats_itself_is_not_measured_and_never_a_row() -> None:
    talk = Talk()
    talk.packet(LEFT)
    talk.packet(moved(LEFT, 1))
    gone = [each for _ in range(REPEATS + 50) for each in talk.packet(moved(LEFT, 1))]
    assert len(right(gone)) == REPEATS + 50
    assert left(gone) == []
    assert left_links(gone) == [LinkState.SILENT]
    (fault,) = (each.event.fault for each in gone if isinstance(each, OfOther) and isinstance(each.event, FaultSeen))
    assert fault.code is FaultCode.LINK_SILENT
    back = talk.packet(moved(LEFT, 2))
    assert [rows.codes.tolist() for rows in left(back)] == [[list(moved(LEFT, 2))]]
    assert left_links(back) == [LinkState.STREAMING]


def test_a_foot_that_stood_still_for_a_moment_has_all_its_rows() -> None:
    talk = Talk()
    talk.packet(LEFT)
    talk.packet(moved(LEFT, 1))
    held = [each for _ in range(REPEATS - 1) for each in talk.packet(moved(LEFT, 1))]
    assert left(held) == []
    proven = left(talk.packet(moved(LEFT, 2)))
    assert [rows.seq for rows in proven] == list(range(2, REPEATS + 2))
    assert all(after.arrived_ns > before.arrived_ns for before, after in itertools.pairwise(proven))


@pytest.mark.parametrize("first", [(0,) * 8, LEFT])
def test_a_left_shoe_that_never_came_is_silent_from_the_start(first: tuple[int, ...]) -> None:
    talk = Talk()
    outputs = [each for _ in range(30) for each in talk.packet(first)]
    assert left(outputs) == []
    assert left_links(outputs) == [LinkState.SILENT]


def test_zeros_after_real_values_are_believed_only_once_it_moves_again() -> None:
    talk = Talk()
    talk.packet(LEFT)
    talk.packet(moved(LEFT, 1))
    assert left(talk.packet((0,) * 8)) == []
    assert [rows.codes.sum() for rows in left(talk.packet(LEFT))] == [0, sum(LEFT)]
    assert left([each for _ in range(40) for each in talk.packet((0,) * 8)]) == []


def test_a_new_link_believes_nothing_of_the_old_one() -> None:
    talk = Talk()
    talk.packet(LEFT)
    talk.packet(moved(LEFT, 1))
    talk.driver.on_disconnected(BEGIN_NS)
    talk.driver.on_connected(BEGIN_NS + 60_000_000_000)
    talk.outputs += talk.driver.on_read(sig.FIRMWARE_REVISION, b"", BEGIN_NS + 60_000_000_000)
    assert left(talk.packet(moved(LEFT, 5))) == []
    assert len({rows.boot for rows in right(talk.outputs)}) == 2


def test_codes_beyond_the_converter_are_not_measured() -> None:
    talk = Talk()
    (rows,) = right(talk.packet(LEFT, right=(1, 65_535, 3, 4, 16_383, 16_384, 7, 8)))
    assert rows.codes.tolist() == [[1, 0, 3, 4, 16_383, 0, 7, 8]]
    assert rows.not_measured == 0b100010


def test_a_packet_that_never_came_is_a_missing_number() -> None:
    talk = Talk()
    talk.packet(LEFT)
    talk.packets += 3
    (rows,) = right(talk.packet(LEFT))
    assert rows.seq == 4


def test_faulty_packets_are_faults() -> None:
    talk = Talk()
    talk.packet(LEFT)
    again = wire.pack_samples(wire.Samples(200, wire.Foot(RIGHT), wire.Foot(LEFT)))
    outputs = [
        each
        for data in (b"", again[:35], again + b"\0", again)
        for each in talk.driver.on_notified(wire.SAMPLES, data, BEGIN_NS + 200_000_000)
    ]
    codes = [each.fault.code for each in outputs if isinstance(each, FaultSeen)]
    assert codes == ["frame-truncated", "frame-truncated", "frame-malformed", "rows-repeated"]
    assert len(outputs) == 4


def test_batteries_of_both_and_zero_is_no_charge() -> None:
    driver = Talk().driver
    assert list(driver.on_read(wire.BATTERIES, bytes([80, 70]), 0)) == [BatterySeen(80), OfOther(BatterySeen(70))]
    assert list(driver.on_read(wire.BATTERIES, bytes([80, 0]), 0)) == [BatterySeen(80)]
    (fault,) = driver.on_read(wire.BATTERIES, bytes([80, 101]), 0)
    assert isinstance(fault, FaultSeen)


def test_a_stop_is_confirmed_by_an_answer_after_it() -> None:
    talk = Talk()
    talk.packet(LEFT)
    orders = list(talk.driver.on_stop(0))
    assert orders == [
        Write(wire.STOP, b"\x03", service=wire.CONTROL_SERVICE),
        Read(wire.STATUS, service=wire.INFO_SERVICE),
    ]
    assert not talk.driver.stopped
    talk.driver.on_read(wire.STATUS, bytes(4), 0)
    assert talk.driver.stopped


def test_no_stream_no_link_but_an_optional_order_may_fail() -> None:
    driver = Talk().driver
    (fault,) = driver.on_failed(Write(wire.PROFILE, b"\0", service=wire.CONTROL_SERVICE), "no", 0)
    assert isinstance(fault, FaultSeen)
    assert [type(each) for each in driver.on_failed(Subscribe(wire.SAMPLES), "no", 0)] == [FaultSeen, Drop]
    assert driver.state is State.REFUSED


def test_it_is_the_right_shoe_that_is_recognised() -> None:
    heard = {"address": "a", "rssi_dbm": -50, "service_data": {}, "manufacturer_data": {}, "service_uuids": ()}
    found = BotzDriver.recognise(Advertisement(**heard, name="BotzRightSh"))
    assert found is not None
    assert found.side is Side.RIGHT
    assert BotzDriver.recognise(Advertisement(**heard, name="BotzLeftSh")) is None
