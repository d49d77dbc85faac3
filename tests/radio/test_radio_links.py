"""Links between bleak and Bumble peripherals over virtual air: both ends are real stacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from radio_kit import INFO, QUICK, START, STOP, KitDriver, KitInsole, Reader, insole_on

from ingest.drivers.base import Read
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

S = LinkState


@pytest.fixture
async def air() -> Air:
    return Air(supervision_s=0.3)


@pytest.fixture
async def adapter(air: Air) -> AsyncIterator[Adapter]:
    async with Adapter.virtual(air) as adapter:
        yield adapter


@pytest.fixture
async def insole(air: Air) -> AsyncIterator[KitInsole]:
    async with insole_on(air) as insole:
        yield insole


@pytest.fixture
async def reader(adapter: Adapter, insole: KitInsole) -> AsyncIterator[Reader]:
    async with Reader(adapter.source(KitDriver(), insole.address, limits=QUICK)) as reader:
        yield reader


async def test_both_feet_stream_and_lose_nothing(air: Air, adapter: Adapter) -> None:
    async with AsyncExitStack() as stack:
        feet = [await stack.enter_async_context(insole_on(air, side)) for side in "LR"]
        readers = [
            await stack.enter_async_context(Reader(adapter.source(KitDriver(), foot.address, limits=QUICK)))
            for foot in feet
        ]
        await asyncio.gather(*(reader.until_rows(1) for reader in readers))
        await asyncio.sleep(2.5)
        await asyncio.gather(*(reader.source.stop() for reader in readers))
        for reader in readers:
            await reader.until_state(S.ENDED)
            assert len(reader.rows) > 200
            assert reader.rows == list(range(reader.rows[0], reader.rows[0] + len(reader.rows)))
            assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING, S.ENDED]
            assert not reader.faults


async def test_the_scan_ends_when_everyone_is_connected(adapter: Adapter, reader: Reader) -> None:
    await reader.until_state(S.SEARCHING)
    async with asyncio.timeout(1):
        while not adapter.scanning:  # noqa: ASYNC110 - nothing tells that a scan began
            await asyncio.sleep(0)
    await reader.until_rows(1)
    assert not adapter.scanning


async def test_a_broken_link_is_made_again_and_nothing_comes_twice(reader: Reader, insole: KitInsole) -> None:
    for _ in range(3):
        await reader.until_rows(5)
        await insole.drop()
        await reader.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
    await reader.until_rows(20)
    assert len(set(reader.rows)) == len(reader.rows)
    assert reader.faults == [FaultCode.LINK_LOST] * 3
    assert insole.made == 4


async def test_out_of_range_and_back(air: Air, reader: Reader, insole: KitInsole) -> None:
    await reader.until_rows(5)
    air.away(insole.controller)
    await reader.until_state(S.LOST, S.SEARCHING)
    await asyncio.sleep(0.3)
    air.back(insole.controller)
    await reader.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
    await reader.until_rows(5)
    assert reader.faults == [FaultCode.LINK_LOST]


async def test_a_short_shadow_costs_nothing(air: Air, reader: Reader, insole: KitInsole) -> None:
    await reader.until_rows(5)
    air.away(insole.controller)
    await asyncio.sleep(0.1)
    air.back(insole.controller)
    await reader.until_rows(50)  # longer than the supervision time-out
    assert reader.states[-1] is S.STREAMING
    assert reader.rows == list(range(reader.rows[0], reader.rows[-1] + 1))


async def test_a_silent_insole_is_connected_anew(reader: Reader, insole: KitInsole) -> None:
    await reader.until_rows(5)
    insole.muted = True
    await reader.until_state(S.SILENT, S.LOST)
    insole.muted = False
    await reader.until_state(S.SILENT, S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
    await reader.until_rows(5)
    assert reader.faults == [FaultCode.LINK_SILENT]
    assert insole.made == 2


async def test_an_insole_that_is_not_there_is_told_once_and_found_later(air: Air, adapter: Adapter) -> None:
    limits = replace(QUICK, search_s=0.15)
    async with insole_on(air) as insole:
        air.away(insole.controller)
        async with Reader(adapter.source(KitDriver(), insole.address, limits=limits)) as reader:
            await asyncio.sleep(0.8)
            assert reader.states == [S.SEARCHING]
            assert reader.faults == [FaultCode.INSOLE_NOT_FOUND]
            air.back(insole.controller)
            await reader.until_rows(1)


async def test_a_connection_that_times_out_does_not_block_the_next(
    air: Air, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with insole_on(air, "L") as left, insole_on(air, "R") as right:
        found = adapter.find

        async def found_but_gone(*args: object) -> object:
            device = await found(*args)
            air.away(left.controller)
            return device

        monkeypatch.setattr(adapter, "find", found_but_gone)
        async with Reader(adapter.source(KitDriver(), left.address, limits=QUICK)) as reader:
            await reader.until_state(S.CONNECTING, S.SEARCHING)
            monkeypatch.undo()
            async with Reader(adapter.source(KitDriver(), right.address, limits=QUICK)) as other:
                await other.until_rows(5)
            air.back(left.controller)
            await reader.until_rows(5)
            assert FaultCode.INSOLE_NOT_FOUND in reader.faults


async def test_an_intent_without_an_answer_fails_in_time(adapter: Adapter, insole: KitInsole) -> None:
    insole.info_delay_s = 5.0
    driver = KitDriver()
    async with Reader(adapter.source(driver, insole.address, limits=QUICK)) as reader:
        await reader.until_state(S.GREETING, S.LOST, S.SEARCHING)
        assert driver.failures[0] == (Read(INFO), "no answer in 0.4 s")
        assert reader.faults[0] is FaultCode.LINK_REFUSED
        insole.info_delay_s = 0.0
        await reader.until_rows(5)


async def test_a_driver_that_gives_up_drops_the_link(adapter: Adapter, insole: KitInsole) -> None:
    insole.info = b"bad"
    async with Reader(adapter.source(KitDriver(), insole.address, limits=QUICK)) as reader:
        await reader.until_state(S.GREETING, S.LOST, S.SEARCHING)
        assert reader.faults == [FaultCode.FRAME_VERSION]
        assert not insole.connections
        insole.info = b"good"
        await reader.until_rows(5)


async def test_a_hand_shake_without_an_end_is_given_up(adapter: Adapter, insole: KitInsole) -> None:
    class Dreamer(KitDriver):
        def on_read(self, characteristic: str, data: bytes, now_ns: int) -> list[object]:
            return []

    async with Reader(adapter.source(Dreamer(), insole.address, limits=QUICK)) as reader:
        await reader.until_state(S.GREETING, S.SILENT, S.LOST)
        assert reader.faults == [FaultCode.LINK_SILENT]


@pytest.mark.expects_log
async def test_a_driver_that_raises_ends_its_link_only(adapter: Adapter, insole: KitInsole) -> None:
    class Clumsy(KitDriver):
        def on_notified(self, characteristic: str, data: bytes, now_ns: int):
            if len(self.calls) < 3:
                raise ZeroDivisionError
            return super().on_notified(characteristic, data, now_ns)

    async with Reader(adapter.source(Clumsy(), insole.address, limits=QUICK)) as reader:
        await reader.until_state(S.STREAMING, S.LOST)
        assert reader.faults == [FaultCode.INTERNAL]
        await reader.until_rows(5)


async def test_stop_in_good_order(adapter: Adapter, insole: KitInsole) -> None:
    driver = KitDriver()
    async with Reader(adapter.source(driver, insole.address, limits=QUICK)) as reader:
        await reader.until_rows(5)
        await reader.source.stop()
        await reader.until_state(S.ENDED)
        assert insole.written == [START, STOP]
        assert driver.calls == ["connected", "read", "stop", "disconnected"]
        assert reader.states[-2:] == [S.STREAMING, S.ENDED]
        assert not reader.faults
        assert not insole.connections


async def test_stop_does_not_wait_for_ever(adapter: Adapter, insole: KitInsole, reader: Reader) -> None:
    insole.deaf_to_stop = True
    await reader.until_rows(5)
    await reader.source.stop()
    await reader.until_state(S.ENDED)
    assert reader.faults == [FaultCode.LINK_REFUSED]


@pytest.mark.parametrize("where", [S.SEARCHING, S.CONNECTING])
async def test_stop_before_there_is_a_link(air: Air, adapter: Adapter, where: LinkState) -> None:
    async with insole_on(air) as insole:
        if where is S.SEARCHING:
            air.away(insole.controller)
        async with Reader(adapter.source(KitDriver(), insole.address, limits=QUICK)) as reader:
            await reader.until_state(where)
            await reader.source.stop()
            await reader.until_state(S.ENDED)
            assert not adapter.scanning
            assert not insole.connections


async def test_a_reader_that_leaves_ends_the_link(adapter: Adapter, insole: KitInsole) -> None:
    async with Reader(adapter.source(KitDriver(), insole.address, limits=QUICK)) as reader:
        await reader.until_rows(1)
        assert insole.connections
    await asyncio.sleep(0.05)
    assert not insole.connections
    await reader.source.stop()


async def test_without_an_address_the_side_decides(air: Air, adapter: Adapter) -> None:
    async with insole_on(air, "L"), insole_on(air, "R") as right:
        source = adapter.source(KitDriver(), insole="right shoe", side=Side.RIGHT, limits=QUICK)
        assert source.insole == "right shoe"
        async with Reader(source) as reader:
            await reader.until_rows(1)
            assert right.connections


async def test_the_insole_that_was_found_is_kept_even_if_another_for_the_same_foot_comes(
    air: Air, adapter: Adapter, insole: KitInsole
) -> None:
    source = adapter.source(KitDriver(), insole="left shoe", side=Side.LEFT, limits=QUICK)
    async with Reader(source) as reader, insole_on(air, "L", address="F0:F1:F2:F3:F4:09") as other:
        await reader.until_rows(1)
        kept, passed_over = (insole, other) if insole.connections else (other, insole)
        air.away(kept.controller)
        await reader.until_state(S.LOST, S.SEARCHING)
        await asyncio.sleep(0.3)
        assert not passed_over.made
        air.back(kept.controller)
        await reader.until_rows(1)


async def test_no_slot_left_is_a_fault_and_not_a_wait(air: Air) -> None:
    async with (
        Adapter.virtual(air, slots=1) as adapter,
        insole_on(air, "L") as left,
        insole_on(air, "R") as right,
        Reader(adapter.source(KitDriver(), left.address, limits=QUICK)) as first,
    ):
        await first.until_rows(1)
        async with Reader(adapter.source(KitDriver(), right.address, limits=QUICK)) as second:
            await second.until(lambda reader: FaultCode.ADAPTER_FULL in reader.faults)
            await first.source.stop()
            await second.until_rows(1)


async def test_a_hub_that_is_too_busy_counts_what_it_lets_fall(adapter: Adapter, insole: KitInsole) -> None:
    limits = replace(QUICK, waiting_notifications=3, waiting_events=3, silent_s=2.0)
    source = adapter.source(KitDriver(), insole.address, limits=limits)
    stream = source.events()
    seen = [await anext(stream) for _ in range(4)]  # up to STREAMING
    await asyncio.sleep(0.3)  # nobody reads
    async with asyncio.timeout(2):
        while not any("let" in str(event) for event in seen):
            seen.append(await anext(stream))
    await stream.aclose()


async def test_a_source_can_be_read_again_after_its_reader_left(adapter: Adapter, insole: KitInsole) -> None:
    source = adapter.source(KitDriver(), insole.address, limits=QUICK)
    for _ in range(2):
        async with Reader(source) as reader:
            await reader.until_rows(3)
            assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING]
    assert not insole.connections


async def test_the_name_that_it_tells_is_as_good_as_an_address(adapter: Adapter, insole: KitInsole) -> None:
    async with Reader(adapter.source(KitDriver(), "kit L", limits=QUICK)) as reader:
        await reader.until_rows(1)


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.3])
@pytest.mark.parametrize("kindly", [True, False])
async def test_whenever_it_is_ended_nothing_is_left_behind(
    adapter: Adapter, insole: KitInsole, after_s: float, kindly: bool
) -> None:
    before = asyncio.all_tasks()
    source = adapter.source(KitDriver(), insole.address, limits=QUICK)
    async with Reader(source) as reader:
        await asyncio.sleep(after_s)
        if kindly:
            async with asyncio.timeout(2):
                await source.stop()
            await reader.until_state(S.ENDED)
    await asyncio.sleep(0.05)
    left = {task for task in asyncio.all_tasks() - before if "keep" in repr(task) or "radio" in repr(task)}
    assert not left
    assert not adapter.scanning
    assert not insole.connections
    async with Reader(adapter.source(KitDriver(), insole.address, limits=QUICK)) as another:
        await another.until_rows(1)  # the adapter is as good as new


async def test_an_adapter_that_vanishes_is_waited_for(air: Air, adapter: Adapter, insole: KitInsole) -> None:
    hub = next(one for one in air.controllers if one.name == "hub")
    async with Reader(adapter.source(KitDriver(), insole.address, limits=QUICK)) as reader:
        await reader.until_rows(1)
        air.away(hub)
        await reader.until_state(S.LOST, S.SEARCHING)
        await asyncio.sleep(0.3)
        air.back(hub)
        await reader.until_rows(3)
