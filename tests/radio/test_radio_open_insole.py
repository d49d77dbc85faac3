"""The Open Insole driver and virtual insoles over the radio: from the air to a source's events, both ends real."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from radio_kit import QUICK, Reader

from ingest.drivers import registry
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import Fetch, FetchEnded, HeldSeen, LayoutSeen, Request, Rows, TakenSeen
from ingest.foot import Foot as IngestFoot
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.pairing import choose_pair
from ingest.sources.virtual.air import Air, AirController
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.spool import Spool
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

S = LinkState


@dataclass(frozen=True, slots=True)
class Foot:
    controller: AirController
    insole: VirtualInsole


@dataclass(frozen=True, slots=True)
class Hub:
    air: Air
    adapter: Adapter
    feet: dict[Side, Foot]

    def read(self, side: Side) -> Reader:
        address = self.feet[side].insole.address
        return Reader(self.adapter.source(OpenInsoleDriver(address), address, limits=QUICK))


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    air, world = Air(supervision_s=0.3), World(wait_for_all=False)
    feet: dict[Side, Foot] = {}
    async with AsyncExitStack() as stack:
        for number, side in enumerate(Side):
            controller = air.controller(side)
            insole = VirtualInsole(
                controller,
                serial=f"insole-{side}",
                side=side,
                walk=WalkerFoot(side, Story()),
                address=f"F0:0D:00:00:01:0{number}",
                world=world,
            )
            await insole.power_on()
            stack.push_async_callback(insole.power_off)
            feet[side] = Foot(controller, insole)
        adapter = await stack.enter_async_context(Adapter.virtual(air))
        yield Hub(air, adapter, feet)


def spans(reader: Reader) -> list[tuple[int, int]]:
    """Runs of row numbers without a break, as (first, one past the last)."""
    runs: list[tuple[int, int]] = []
    for event in reader.events:
        if isinstance(event, Rows):
            end = event.seq + len(event.codes)
            if runs and runs[-1][1] == event.seq:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((event.seq, end))
    return runs


async def test_the_pair_is_recognised_from_a_scan(hub: Hub) -> None:
    pair = choose_pair(await hub.adapter.scan(0.4, registry.recognise))
    assert not pair.faults
    for side in Side:
        heard = pair.of(side)
        assert heard is not None
        assert heard.advertisement.address == hub.feet[side].insole.address


async def test_both_feet_for_three_seconds_without_a_row_lost(hub: Hub) -> None:
    async with hub.read(Side.LEFT) as left, hub.read(Side.RIGHT) as right:
        await asyncio.gather(left.until_state(S.STREAMING), right.until_state(S.STREAMING))
        await asyncio.sleep(3.0)
        await asyncio.gather(left.source.stop(), right.source.stop())
        for reader, side in ((left, Side.LEFT), (right, Side.RIGHT)):
            await reader.until_state(S.ENDED)
            assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING, S.ENDED]
            assert not reader.faults
            (layout,) = [event.layout for event in reader.events if isinstance(event, LayoutSeen)]
            assert layout.side is side
            last_word = [event for event in reader.events if isinstance(event, TakenSeen)][-1]
            assert spans(reader) == [(last_word.first_seq, last_word.next_seq)]
            assert last_word.next_seq == hub.feet[side].insole.taken
            assert last_word.next_seq > 280


async def test_a_foot_out_of_range_and_back_while_the_other_goes_on(hub: Hub) -> None:
    async with hub.read(Side.LEFT) as left, hub.read(Side.RIGHT) as right:
        await asyncio.gather(left.until_rows(3), right.until_rows(3))
        hub.air.away(hub.feet[Side.RIGHT].controller)
        await right.until_state(S.LOST, S.SEARCHING)
        hub.air.back(hub.feet[Side.RIGHT].controller)
        await right.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await right.until_rows(5)
        await asyncio.gather(left.source.stop(), right.source.stop())
        await asyncio.gather(left.until_state(S.ENDED), right.until_state(S.ENDED))
        assert len(spans(left)) == 1
        before, after = spans(right)
        assert before[1] < after[0]
        assert after[1] == hub.feet[Side.RIGHT].insole.taken


async def test_a_reset_in_mid_walk(hub: Hub) -> None:
    insole = hub.feet[Side.LEFT].insole
    async with hub.read(Side.LEFT) as left:
        await left.until_rows(3)
        await insole.reboot(0.1)
        await left.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await left.until_rows(3)
        boots = list(dict.fromkeys(event.boot for event in left.events if isinstance(event, Rows)))
        assert boots == list(insole.taken_by_boot)


@pytest.mark.parametrize("out_of_range", [False, True])
async def test_an_insole_that_is_switched_off_in_mid_air_and_on_again(hub: Hub, out_of_range: bool) -> None:
    foot = hub.feet[Side.LEFT]
    async with hub.read(Side.LEFT) as left:
        await left.until_rows(3)
        foot.insole.trouble = Trouble(jitter_s=0.3)  # so that frames are on their way when it goes
        await asyncio.sleep(0.2)
        if out_of_range:
            hub.air.away(foot.controller)
        await foot.insole.power_off()
        await foot.insole.power_off()  # once more does nothing
        assert not foot.insole.connected
        taken = foot.insole.taken
        await left.until_state(S.LOST, S.SEARCHING)
        hub.air.back(foot.controller)
        assert foot.insole.taken == taken
        foot.insole.trouble = NO_TROUBLE
        await foot.insole.power_on()
        await left.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await left.until_rows(3)
        assert len({event.boot for event in left.events if isinstance(event, Rows)}) == 2


def _asks_nothing(_request: Request) -> None:
    """These insoles remember nothing."""


async def test_rows_of_an_earlier_boot_come_out_of_the_flash_after_a_reset() -> None:
    air = Air(supervision_s=0.3)
    insole = VirtualInsole(
        air.controller("left"),
        serial="insole-left",
        side=Side.LEFT,
        walk=WalkerFoot(Side.LEFT, Story()),
        address="F0:0D:00:00:01:00",
        flash=Flash(),
    )
    async with AsyncExitStack() as stack:
        await insole.power_on()
        stack.push_async_callback(insole.power_off)
        adapter = await stack.enter_async_context(Adapter.virtual(air))
        source = adapter.source(OpenInsoleDriver("insole-left"), insole.address, limits=QUICK)
        left = await stack.enter_async_context(Reader(source))
        await left.until_rows(3)
        first_boot = insole.boot
        await insole.reboot(0.1)
        await left.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await left.until_rows(3)
        held = {one.boot: one for one in left.events if isinstance(one, HeldSeen)}
        assert list(held) == [first_boot, insole.boot]
        kept: dict[int, list[int]] = {}
        for boot, one in held.items():
            assert one.booted_t_ns is not None
            left.source.ask(Fetch(boot=boot, first_seq=0, next_seq=one.next_seq))
            await left.until(lambda it, boot=boot: any(isinstance(e, FetchEnded) and e.boot == boot for e in it.events))
            rows = [e for e in left.events if isinstance(e, Rows) and e.kept and e.boot == boot]
            kept[boot] = [each.seq + k for each in rows for k in range(len(each.codes))]
            assert kept[boot] == list(range(one.next_seq))
        assert len(kept[first_boot]) == insole.taken_by_boot[first_boot]
        live_of_second = [e.seq for e in left.events if isinstance(e, Rows) and not e.kept and e.boot == insole.boot]
        assert live_of_second[0] > 0  # taken before the hub was back
        assert not [code for code in left.faults if code is not FaultCode.LINK_LOST]


@pytest.mark.expects_log
async def test_two_insoles_that_both_say_left_are_one_foot_and_one_fault(hub: Hub, tmp_path: Path) -> None:
    other = VirtualInsole(
        hub.air.controller("another left"),
        serial="another",
        side=Side.LEFT,
        walk=WalkerFoot(Side.LEFT, Story()),
        address="F0:0D:00:00:01:09",
        world=hub.feet[Side.LEFT].insole.world,
    )
    addresses = [hub.feet[Side.LEFT].insole.address, other.address]
    claims: dict[Side, IngestFoot] = {}
    async with AsyncExitStack() as stack:
        await other.power_on()
        stack.push_async_callback(other.power_off)
        spool = stack.enter_context(closing(Spool(tmp_path / "spool.db")))
        feet = [IngestFoot(one, spool, claims, time.time_ns, lambda _layout: None, _asks_nothing) for one in addresses]
        sources = [hub.adapter.source(OpenInsoleDriver(one), one, limits=QUICK) for one in addresses]
        readers = [await stack.enter_async_context(Reader(source)) for source in sources]
        for foot, reader in zip(feet, readers, strict=True):
            await reader.until_rows(3)
            for event in list(reader.events):
                await foot.take(event, 200_000_000)
            await foot.flush()
        assert [foot.side for foot in feet] == [Side.LEFT, None]
        assert [foot.faults.counts[FaultCode.SIDE_TAKEN] for foot in feet] == [1, 1]
        assert spool.books(addresses[0]).received > 0 == spool.books(addresses[1]).received
