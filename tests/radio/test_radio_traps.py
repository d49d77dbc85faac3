"""The traps of Bluetooth on Linux, provoked on virtual air: what the link does about each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from bumble.hci import Address
from radio_kit import QUICK, KitDriver, KitInsole, Reader, insole_on
from stack_kit import ABORTED, FORGOTTEN, IN_PROGRESS, Trouble, grab, hub_of, mute_services, troubled

from ingest.events import FaultSeen
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.stack import Change
from ingest.sources.radio.whereabouts import Nearness
from ingest.sources.virtual.air import Air, power_off_hub
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

S = LinkState


@pytest.fixture
async def air() -> Air:
    return Air(supervision_s=0.3)


@pytest.fixture
async def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
async def adapter(air: Air, trouble: Trouble) -> AsyncIterator[Adapter]:
    async with troubled(air, trouble) as adapter:
        yield adapter


@pytest.fixture
async def left(air: Air) -> AsyncIterator[KitInsole]:
    async with insole_on(air, "L") as insole:
        yield insole


@pytest.fixture
async def right(air: Air) -> AsyncIterator[KitInsole]:
    async with insole_on(air, "R") as insole:
        yield insole


def reader_of(adapter: Adapter, insole: KitInsole, **limits: object) -> Reader:
    return Reader(adapter.source(KitDriver(), insole.address, limits=replace(QUICK, **limits)))


async def comes_true(holds: Callable[[], bool], seconds: float = 2.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


def without_gaps(rows: list[int]) -> bool:
    return rows == list(range(rows[0], rows[0] + len(rows)))


# the scan


async def test_nobody_scans_while_both_feet_stream(
    air: Air, adapter: Adapter, left: KitInsole, right: KitInsole
) -> None:
    async with reader_of(adapter, left) as one, reader_of(adapter, right) as other:
        await asyncio.gather(one.until_rows(1), other.until_rows(1))
        await comes_true(lambda: not adapter.scanning)
        for _ in range(50):
            assert not adapter.scanning
            assert not hub_of(air).le_scan_enable
            await asyncio.sleep(0.01)


async def test_beside_a_stream_a_search_is_short(air: Air, adapter: Adapter, left: KitInsole, right: KitInsole) -> None:
    air.away(right.controller)
    async with (
        reader_of(adapter, right, search_s=30.0, burst_s=0.3) as other,
        reader_of(adapter, left) as one,
    ):
        await one.until_rows(1)
        await comes_true(lambda: not adapter.scanning)
        await other.until(lambda seen: bool(seen.faults))
        air.back(right.controller)
        await other.until_rows(1)


async def test_a_device_that_the_stack_forgot_is_searched_again(
    adapter: Adapter, trouble: Trouble, left: KitInsole
) -> None:
    trouble.on_connect = [FORGOTTEN]
    async with reader_of(adapter, left) as reader:
        await reader.until_rows(1)
        assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING]
        assert not reader.faults


async def test_who_waited_long_for_the_other_foot_to_connect_searches_again(
    adapter: Adapter, left: KitInsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = adapter.find
    searches = 0

    async def counted(*args: object) -> object:
        nonlocal searches
        searches += 1
        return await found(*args)

    monkeypatch.setattr(adapter, "find", counted)
    async with reader_of(adapter, left, fresh_s=0.2) as reader:
        async with adapter._links.none_being_made():
            await reader.until_state(S.CONNECTING)
            await asyncio.sleep(0.3)
        await reader.until_rows(1)
        assert searches == 2
        assert not reader.faults


# the connection


async def test_what_was_broken_off_by_interference_is_tried_at_once_again(
    adapter: Adapter, trouble: Trouble, left: KitInsole
) -> None:
    trouble.on_connect = [ABORTED]
    async with reader_of(adapter, left) as reader:
        await reader.until_rows(1)
        assert not reader.faults


async def test_interference_that_lasts_is_told_with_advice_and_tried_on(
    adapter: Adapter, trouble: Trouble, left: KitInsole
) -> None:
    trouble.on_connect = [ABORTED] * 6
    async with reader_of(adapter, left) as reader:
        await reader.until_rows(1)
        assert reader.faults == [FaultCode.LINK_ABORTED]


async def test_a_link_that_came_up_at_the_second_attempt_is_not_taken_for_lost(
    adapter: Adapter, trouble: Trouble, left: KitInsole
) -> None:
    trouble.half_way = 1
    async with reader_of(adapter, left) as reader:
        await reader.until_rows(20)
        assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING]
        assert not reader.faults


async def test_an_attempt_that_was_left_behind_is_called_off(
    adapter: Adapter, trouble: Trouble, left: KitInsole
) -> None:
    trouble.on_connect = [IN_PROGRESS]
    async with reader_of(adapter, left) as reader:
        await reader.until_rows(1)
        assert trouble.called_off == [left.address]
        assert reader.faults == [FaultCode.LINK_REFUSED]


async def test_services_that_never_come_are_asked_for_anew(adapter: Adapter, trouble: Trouble, left: KitInsole) -> None:
    heal = mute_services(left)
    async with reader_of(adapter, left) as reader:
        await reader.until(lambda seen: bool(seen.faults))
        assert reader.faults == [FaultCode.SERVICES_UNRESOLVED]
        assert trouble.forgotten == [left.address]
        assert not left.connections
        heal()
        await reader.until_rows(1)


async def test_a_link_that_an_earlier_process_left_open_is_ended(
    adapter: Adapter, trouble: Trouble, left: KitInsole
) -> None:
    assert trouble.hub is not None
    await trouble.hub.connect(Address(left.address))  # and now it does not advertise
    source = adapter.source(KitDriver(), insole="left shoe", side=Side.LEFT, limits=QUICK)
    async with Reader(source) as reader:
        await reader.until_rows(1)
        assert not reader.faults


async def test_closing_stale_links_leaves_the_other_foot_alone(
    adapter: Adapter, left: KitInsole, right: KitInsole
) -> None:
    async with reader_of(adapter, left) as one:
        await one.until_rows(1)
        async with reader_of(adapter, right) as other:
            await other.until_rows(20)
        assert S.LOST not in one.states
        assert without_gaps(one.rows)


async def test_a_full_adapter_says_how_many_links_it_holds_and_whose(
    air: Air, left: KitInsole, right: KitInsole
) -> None:
    async with troubled(air, Trouble(), slots=1) as adapter, reader_of(adapter, left) as one:
        await one.until_rows(1)
        async with reader_of(adapter, right) as other:
            await other.until(lambda seen: bool(seen.faults))
            told = [event.fault for event in other.events if isinstance(event, FaultSeen)]
            assert [fault.code for fault in told] == [FaultCode.ADAPTER_FULL]
            assert told[0].detail == f"1 of 1: {left.address}"


async def test_two_sources_do_not_fight_for_one_insole(adapter: Adapter, left: KitInsole) -> None:
    async with reader_of(adapter, left) as one:
        await one.until_rows(1)
        await adapter.close_stale(lambda _heard: True, QUICK)
        await one.until_rows(10)
        assert one.states[-1] is S.STREAMING


# beside each other


async def test_a_slow_disconnect_of_one_foot_does_not_delay_the_other(
    adapter: Adapter, trouble: Trouble, left: KitInsole, right: KitInsole
) -> None:
    trouble.disconnect_s = 0.4
    async with reader_of(adapter, left) as one:
        await one.until_rows(1)
        ending = asyncio.create_task(one.source.stop())
        await comes_true(lambda: trouble.hang_ups == 1)
        async with reader_of(adapter, right) as other:
            await other.until_rows(3)
            assert not ending.done()  # still hanging up
            await ending
            await other.until_rows(10)
            assert without_gaps(other.rows)


async def test_a_foot_that_nobody_reads_does_not_stop_the_other(
    adapter: Adapter, left: KitInsole, right: KitInsole
) -> None:
    unread = adapter.source(KitDriver(), left.address, limits=replace(QUICK, waiting_events=3)).events()
    for _ in range(4):
        await anext(unread)
    async with reader_of(adapter, right) as other:
        await other.until_rows(50)
        assert without_gaps(other.rows)
    await unread.aclose()


@pytest.mark.parametrize("start_notify", [True, False])
async def test_how_to_be_notified_is_the_drivers_choice(
    adapter: Adapter, trouble: Trouble, left: KitInsole, start_notify: bool
) -> None:
    class Choosing(KitDriver):
        use_start_notify = start_notify

    async with Reader(adapter.source(Choosing(), left.address, limits=QUICK)) as reader:
        await reader.until_rows(1)
    assert trouble.notify_modes == [{"use_start_notify": start_notify}]


async def test_links_end_with_their_adapter_even_if_nobody_says_so(
    adapter: Adapter, trouble: Trouble, left: KitInsole
) -> None:
    assert trouble.change is not None
    async with reader_of(adapter, left, silent_s=30.0) as reader:
        await reader.until_rows(1)
        trouble.change(Change.GONE)
        await reader.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await reader.until_rows(1)
        assert reader.faults == [FaultCode.LINK_LOST]


# where it may be


NEAR = Nearness(quiet_s=0.3)


async def test_an_insole_that_a_phone_took_is_told_as_what_it_may_be(
    air: Air, adapter: Adapter, left: KitInsole, right: KitInsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = adapter.find
    phones = []

    async def found_but_taken(*args: object) -> object:
        device = await find(*args)
        if not phones:
            phones.append(await grab(air, left))
        return device

    monkeypatch.setattr(adapter, "find", found_but_taken)
    async with reader_of(adapter, left, search_s=0.4, nearness=NEAR) as reader:
        await reader.until(lambda seen: FaultCode.INSOLE_ELSEWHERE in seen.faults, 6.0)
        assert reader.faults.count(FaultCode.INSOLE_ELSEWHERE) == 1
        await power_off_hub(phones[0])
        await reader.until_rows(1)


async def test_an_insole_that_walked_away_is_not_suspected(
    air: Air, adapter: Adapter, left: KitInsole, right: KitInsole
) -> None:
    async with reader_of(adapter, left, search_s=0.2, nearness=NEAR) as reader:
        await reader.until_rows(1)
        air.away(left.controller)
        await asyncio.sleep(1.5)
        assert reader.faults == [FaultCode.LINK_LOST, FaultCode.INSOLE_NOT_FOUND]
