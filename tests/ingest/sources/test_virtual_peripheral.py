"""The driver and the virtual insole meet over a real GATT link."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from bumble.att import ATT_Error
from bumble.core import UUID
from bumble.link import LocalLink
from insole_kit import Carrier, Hub, WideController, all_codes, missing

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Advertisement
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import BatterySeen, LayoutSeen, Rows
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.recorded import RecordedWalk
from ingest.sources.virtual.trouble import Trouble
from ingest.sources.virtual.walker import cells, walker
from ingest.sources.virtual.world import World
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Calibration, Side, Unit, checksum
from ingest.wire.messages import Layout

LEFT, RIGHT = "F0:00:00:00:00:01", "F0:00:00:00:00:02"


class Stage:
    """A link with a hub and the insoles put on it."""

    def __init__(self, hub: Hub, link: LocalLink) -> None:
        self.hub, self.link = hub, link
        self.insoles: list[VirtualInsole] = []
        self.carriers: list[Carrier] = []

    async def insole(self, walk: Any, address: str = LEFT, **more: Any) -> VirtualInsole:
        side = more.pop("side", walk.description.side)
        controller = WideController(f"insole {address}", link=self.link)
        insole = VirtualInsole(controller, serial=f"OI-{address[-2:]}", side=side, walk=walk, address=address, **more)
        self.insoles.append(insole)
        await insole.power_on()
        return insole

    def carrier(self, insole: VirtualInsole, side: Side | None = None) -> Carrier:
        self.carriers.append(Carrier(self.hub, OpenInsoleDriver(insole.serial, side), insole.address))
        return self.carriers[-1]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    link = LocalLink()
    async with Hub(link) as hub:
        made = Stage(hub, link)
        try:
            yield made
        finally:
            for carrier in made.carriers:
                await carrier.close()
            for insole in made.insoles:
                await insole.power_off()


def recorded(rows: int = 150, *, break_at: int = 100, side: Side = Side.LEFT) -> RecordedWalk:
    """A made-up recording with a step of 0.0099 s, as real ones have."""
    codes = np.random.default_rng(7).integers(0, 9000, (rows, 8)).astype(np.int16)
    layout = Layout(
        insole="recorded",
        side=side,
        cells=cells()[:8],
        unit=Unit.NEWTON,
        scale=0.11,
        rate_hz=100.0,
        calibration=Calibration.MAKER,
        checksum=0,
    )
    common = {"boot": 1, "tick_ns": 100_000, "ns_per_row": 10_000_000}
    return RecordedWalk(
        layout,
        [
            Rows(seq=0, ticks=500, codes=codes[:break_at], **common),
            Rows(seq=break_at, ticks=500 + 100 * break_at - 1, codes=codes[break_at:], **common),
        ],
    )


async def test_every_row_of_a_recorded_walk_arrives_with_its_number_and_time() -> None:
    walk = recorded()
    async with stage() as here:
        insole = await here.insole(walk)
        carrier = here.carrier(insole)
        await carrier.connect()
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        assert np.array_equal(carrier.codes(), all_codes(walk))
        assert missing(carrier.rows, 0, 150) == 0
        assert (carrier.taken.first_seq, carrier.taken.next_seq) == (0, 150) == (0, insole.taken)
        assert insole.sent == 150
        assert carrier.faults == []
        first = carrier.rows[0]
        for rows in carrier.rows:
            walk_ticks = 100 * rows.seq - (rows.seq >= 100)
            assert rows.ticks - first.ticks == walk_ticks
            assert rows.boot == insole.boot
        assert max(len(rows.codes) for rows in carrier.rows) == wire.rows_that_fit(247, 8) == 14
        assert first.ticks > 0  # since boot, not since the walk began


async def test_the_hand_shake_tells_all_about_the_insole() -> None:
    async with stage() as here:
        insole = await here.insole(recorded(), battery_pct=64)
        carrier = here.carrier(insole)
        before = time.time_ns()
        await carrier.connect()
        await carrier.until(lambda: carrier.driver.streaming)
        await carrier.until(lambda: carrier.every(BatterySeen))
        layout = carrier.layout
        assert layout == Layout(
            insole=insole.serial,
            side=Side.LEFT,
            cells=cells()[:8],
            unit=Unit.NEWTON,
            scale=0.11,
            rate_hz=100.0,
            calibration=Calibration.MAKER,
            checksum=checksum(cells()[:8]),
        )
        assert carrier.every(BatterySeen) == [BatterySeen(64)]
        assert insole.clock_set_to is not None
        assert 0 <= insole.clock_set_to.t_ns - before + 1_000_000 < 5_000_000_000
        await insole.set_battery(12)
        await carrier.until(lambda: len(carrier.every(BatterySeen)) == 2)
        await carrier.until(lambda: FaultCode.BATTERY_LOW in carrier.faults)


async def test_both_feet_begin_together_and_rows_of_one_time_are_taken_at_one_time() -> None:
    world = World()
    feet = walker(seconds=1.0, seed=3)
    async with stage() as here:
        left = await here.insole(feet[Side.LEFT], LEFT, world=world)
        right = await here.insole(feet[Side.RIGHT], RIGHT, world=world)
        carriers = [here.carrier(insole) for insole in (left, right)]
        await carriers[0].connect()
        await carriers[0].until(lambda: carriers[0].driver.streaming)
        await asyncio.sleep(0.1)
        assert not world.begun.is_set()
        assert left.taken == 0
        await carriers[1].connect()
        await asyncio.wait_for(world.ended.wait(), 10)
        for carrier in carriers:
            await carrier.stop()
        for insole, carrier in zip((left, right), carriers, strict=True):
            assert np.array_equal(carrier.codes(), all_codes(insole.walk))
            assert carrier.layout.cells == cells()
        assert insole.taken == 100
        # device time since boot differs by how much earlier the left insole was switched on, no more
        apart_s = (carriers[0].rows[0].ticks - carriers[1].rows[0].ticks) * 1e-4
        booted_apart_ns = right._stream.recorder.booted_ns - left._stream.recorder.booted_ns
        assert apart_s == pytest.approx(booted_apart_ns / 1e9, abs=2e-4)


async def test_the_walk_does_not_begin_while_one_of_them_has_lost_its_hub() -> None:
    world = World()
    feet = walker(seconds=0.5)
    async with stage() as here:
        left = await here.insole(feet[Side.LEFT], LEFT, world=world)
        right = await here.insole(feet[Side.RIGHT], RIGHT, world=world)
        first, second = here.carrier(left), here.carrier(right)
        await first.connect()
        await first.until(lambda: first.driver.streaming)
        assert first.peer is not None
        await first.peer.connection.disconnect()
        await first.lost.wait()
        await second.connect()
        await second.until(lambda: second.driver.streaming)
        await asyncio.sleep(0.1)
        assert not world.begun.is_set()
        await first.connect()
        await asyncio.wait_for(world.ended.wait(), 10)
        for carrier in (first, second):
            await carrier.stop()
            assert missing(carrier.rows, 0, 50) == 0


async def test_loss_shows_as_gaps_in_the_numbers() -> None:
    async with stage() as here:
        insole = await here.insole(walker(seconds=1.5)[Side.LEFT], seed=5)
        insole.trouble = Trouble(loss_share=0.3)
        carrier = here.carrier(insole)
        await carrier.connect()
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        lost = missing(carrier.rows, 0, carrier.taken.next_seq)
        assert insole.taken == carrier.taken.next_seq == 150
        assert 0 < lost == 150 - len(carrier.codes()) == 150 - insole.sent
        assert carrier.faults == []


async def test_jitter_delays_and_keeps_the_order() -> None:
    walk = walker(seconds=1.0)[Side.LEFT]
    async with stage() as here:
        insole = await here.insole(walk, seed=5)
        insole.trouble = Trouble(jitter_s=0.2)
        carrier = here.carrier(insole)
        await carrier.connect()
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        assert np.array_equal(carrier.codes(), all_codes(walk))
        assert carrier.faults == []


async def test_cells_that_are_stuck_dead_or_known_to_be_bad() -> None:
    walk = walker(seconds=0.5)[Side.LEFT]
    async with stage() as here:
        insole = await here.insole(walk)
        insole.trouble = Trouble(stuck={0: 1234}, dead=frozenset({1}), masked=frozenset({9}))
        carrier = here.carrier(insole)
        await carrier.connect()
        await carrier.until(lambda: carrier.driver.streaming)
        await insole.set_battery(50)  # with it goes the status
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        codes = carrier.codes()
        assert FaultCode.DEVICE_FAULT in carrier.faults
        assert (codes[:, 0] == 1234).all()
        assert (codes[:, 1] == 0).all()
        assert {rows.not_measured for rows in carrier.rows} == {1 << 9}
        untouched = [2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15]
        assert np.array_equal(codes[:, untouched], all_codes(walk)[:, untouched])


async def test_a_drifting_clock_stamps_what_it_counts() -> None:
    async with stage() as here:
        insole = await here.insole(walker(seconds=1.0)[Side.LEFT])
        insole.trouble = Trouble(drift_ppm=2000.0)
        carrier = here.carrier(insole)
        await carrier.connect()
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        last, first = carrier.rows[-1], carrier.rows[0]
        counted = last.ticks + 100 * (len(last.codes) - 1) - first.ticks
        assert counted == pytest.approx(9900 * 1.002, abs=2)
        assert missing(carrier.rows, 0, 100) == 0


async def test_rows_taken_while_no_link_is_up_are_gone_and_the_numbers_go_on() -> None:
    async with stage() as here:
        insole = await here.insole(walker(seconds=2.5)[Side.LEFT])
        carrier = here.carrier(insole)
        await carrier.connect()
        await carrier.until(lambda: len(carrier.rows) > 5)
        assert carrier.peer is not None
        await carrier.peer.connection.disconnect()
        await carrier.lost.wait()
        await asyncio.sleep(0.4)
        await carrier.connect()
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        assert (carrier.taken.first_seq, carrier.taken.next_seq) == (0, 250)
        assert 30 <= missing(carrier.rows, 0, 250) < 200
        assert {rows.boot for rows in carrier.rows} == {insole.boot}
        assert len(carrier.every(LayoutSeen)) == 2
        assert carrier.faults == []


async def test_a_reset_in_mid_walk_begins_a_new_boot() -> None:
    async with stage() as here:
        insole = await here.insole(walker(seconds=2.5)[Side.LEFT])
        carrier = here.carrier(insole)
        await carrier.connect()
        await carrier.until(lambda: len(carrier.rows) > 5)
        before = insole.boot
        await insole.reboot(down_s=0.2)
        await carrier.lost.wait()
        await carrier.connect()
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        assert insole.boot != before
        assert list(dict.fromkeys(rows.boot for rows in carrier.rows)) == [before, insole.boot]
        again = [rows for rows in carrier.rows if rows.boot == insole.boot]
        assert again[0].seq == 0
        assert again[0].ticks < 2.5 * 10_000
        assert carrier.taken.boot == insole.boot
        assert carrier.taken.next_seq == insole.taken_by_boot[insole.boot] == sum(len(rows.codes) for rows in again)
        assert insole.taken == sum(insole.taken_by_boot.values()) < 250
        assert carrier.faults == []


async def test_a_stop_without_a_link_is_made_good_with_the_next_one() -> None:
    async with stage() as here:
        insole = await here.insole(walker(seconds=60.0)[Side.LEFT])
        carrier = here.carrier(insole)
        await carrier.connect()
        await carrier.until(lambda: len(carrier.rows) > 2)
        assert carrier.peer is not None
        await carrier.peer.connection.disconnect()
        await carrier.lost.wait()
        assert list(carrier.driver.on_stop(0)) == []
        assert not carrier.driver.stopped
        await carrier.connect()
        await carrier.until(lambda: carrier.driver.stopped)
        assert carrier.taken.next_seq == insole.taken > 0


async def test_a_stream_after_a_stop_counts_from_its_own_first_row() -> None:
    async with stage() as here:
        insole = await here.insole(walker()[Side.LEFT])
        first = here.carrier(insole)
        await first.connect()
        await first.until(lambda: len(first.rows) > 2)
        await first.stop()
        taken = insole.taken
        assert first.taken.next_seq == taken
        await first.close()
        await asyncio.sleep(0.2)
        assert insole.taken == taken
        second = here.carrier(insole)
        await second.connect()
        await second.until(lambda: len(second.rows) > 2)
        await second.stop()
        assert second.taken.first_seq == taken == second.rows[0].seq
        assert second.taken.next_seq == insole.taken


async def test_an_insole_that_does_not_say_its_side_is_refused_unless_the_hub_knows() -> None:
    async with stage() as here:
        insole = await here.insole(walker()[Side.LEFT], side=None)
        carrier = here.carrier(insole)
        await carrier.connect()
        await carrier.until(lambda: carrier.dropped)
        assert carrier.faults == [FaultCode.SIDE_UNKNOWN]
        await carrier.close()
        told = here.carrier(insole, Side.RIGHT)
        await told.connect()
        await told.until(lambda: told.driver.streaming)
        assert told.layout.side is Side.RIGHT


async def test_it_is_found_by_what_it_advertises() -> None:
    async with stage() as here:
        insole = await here.insole(walker()[Side.RIGHT], RIGHT)
        heard: asyncio.Queue[Any] = asyncio.Queue()
        here.hub.device.on("advertisement", heard.put_nowait)
        await here.hub.device.start_scanning()
        one = await asyncio.wait_for(heard.get(), 5)
        await here.hub.device.stop_scanning()
        uuid, data = one.data.get(one.data.Type.SERVICE_DATA_128_BIT_UUID)
        assert len(bytes(one.data)) <= 31
        recognised = OpenInsoleDriver.recognise(
            Advertisement(
                address=RIGHT,
                name=None,
                rssi_dbm=-50,
                service_uuids=(),
                service_data={str(uuid.to_hex_str("-")).lower(): data},
                manufacturer_data={},
            )
        )
        assert recognised is not None
        assert recognised.side is Side.RIGHT
        assert insole.name == insole.serial


async def test_requests_that_make_no_sense_are_answered_with_a_result() -> None:
    async with stage() as here:
        insole = await here.insole(walker()[Side.LEFT])
        peer = await here.hub.connect(insole.address)
        proxy = peer.get_characteristics_by_uuid(UUID(wire.CONTROL))[0]
        with pytest.raises(ATT_Error) as deaf:
            await proxy.write_value(bytes([3]), with_response=True)
        assert deaf.value.error_code == 0xFD
        replies: asyncio.Queue[bytes] = asyncio.Queue()
        await proxy.subscribe(lambda data: replies.put_nowait(bytes(data)))
        asked = {
            bytes([99]): control.Result.UNKNOWN_OP,
            b"": control.Result.UNKNOWN_OP,
            bytes([1, 0]): control.Result.BAD_LENGTH,
            control.pack_request(control.Request(control.Op.START, 5_000_000)): control.Result.RATE_NOT_OFFERED,
            control.pack_request(control.Request(control.Op.STATUS)): control.Result.OK,
            control.pack_request(control.Request(control.Op.IDENTIFY, 7)): control.Result.OK,
            bytes([control.Op.SET_SIDE, 3]): control.Result.FAILED,
            control.pack_request(control.Request(control.Op.SET_SIDE, 2)): control.Result.OK,
        }
        for data, result in asked.items():
            await proxy.write_value(data, with_response=True)
            reply = control.unpack_reply(await asyncio.wait_for(replies.get(), 2))
            assert reply.result is result, data
        assert insole.identified_s == 7
        assert insole.side is Side.RIGHT
        elapsed = peer.get_characteristics_by_uuid(UUID(sig.CURRENT_ELAPSED_TIME))[0]
        with pytest.raises(ATT_Error) as refused:
            await elapsed.write_value(bytes(9), with_response=True)
        assert refused.value.error_code == 0x81
        status = peer.get_characteristics_by_uuid(UUID(wire.STATUS))[0]
        assert control.unpack_status(await status.read_value()).count.next_seq == 0


async def test_an_mtu_too_small_for_one_row_is_not_started() -> None:
    async with stage() as here:
        insole = await here.insole(walker()[Side.LEFT])
        carrier = here.carrier(insole)
        await carrier.connect(mtu=23)
        await carrier.until(lambda: carrier.dropped)
        assert carrier.faults == [FaultCode.LINK_REFUSED]


async def test_a_smaller_mtu_carries_fewer_rows_a_frame() -> None:
    walk = recorded(60, break_at=30)
    async with stage() as here:
        insole = await here.insole(walk)
        carrier = here.carrier(insole)
        await carrier.connect(mtu=100)
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        await carrier.stop()
        assert np.array_equal(carrier.codes(), all_codes(walk))
        assert max(len(rows.codes) for rows in carrier.rows) == wire.rows_that_fit(100, 8) == 5


async def test_a_layout_of_many_parts_is_read_whole() -> None:
    many = tuple(replace_area(index) for index in range(40))
    walk = recorded()
    described = walk.description
    walk._description = replace(described, cells=many)
    async with stage() as here:
        insole = await here.insole(walk)
        carrier = here.carrier(insole)
        await carrier.connect()
        await carrier.until(lambda: carrier.every(LayoutSeen) or carrier.dropped)
        assert len(insole.layout()) > 512
        assert carrier.layout.cells == many


def replace_area(index: int) -> Any:
    import msgspec

    return msgspec.structs.replace(cells()[index % 16], area=f"a cell with quite a long name, {index}")
