"""bleak's own interface over Bumble, and the air between: what a caller of bleak may rely on."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakCharacteristicNotFoundError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from radio_kit import CONTROL, DATA, INFO, SERVICE, START, KitDriver, KitInsole, insole_on

from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.bumble_backend import Backends, backends_for
from ingest.sources.radio.scanning import SharedScan
from ingest.sources.virtual.air import Air, power_off_hub, power_on_hub
from ingest.wire.geometry import Side


@pytest.fixture
async def air() -> Air:
    return Air(supervision_s=0.3)


@pytest.fixture
async def backends(air: Air) -> AsyncIterator[Backends]:
    hub = await power_on_hub(air.controller("hub"))
    yield backends_for(hub)
    await power_off_hub(hub)


@pytest.fixture
async def insole(air: Air) -> AsyncIterator[KitInsole]:
    async with insole_on(air) as insole:
        yield insole


async def test_a_scan_hears_advertisement_and_scan_response_as_one(air: Air) -> None:
    far = KitInsole(air.controller("far", rssi_dbm=-80), "R")
    await far.power_on()
    async with Adapter.virtual(air) as adapter, insole_on(air, "L"):
        heard = await adapter.scan(0.2, KitDriver.recognise)
    await far.power_off()
    assert [(one.advertisement.name, one.advertisement.rssi_dbm) for one in heard] == [("kit L", -50), ("kit R", -80)]
    assert [one.recognised.side for one in heard if one.recognised] == [Side.LEFT, Side.RIGHT]
    assert all(one.advertisement.service_uuids == (SERVICE,) for one in heard)


async def test_a_scanner_that_went_deaf_is_made_anew(air: Air, insole: KitInsole) -> None:
    hub = await power_on_hub(air.controller("hub"))
    scanner = backends_for(hub).scanner
    scan = SharedScan(lambda callback: BleakScanner(callback, backend=scanner))
    async with scan.listening(lambda _device, _heard: None):
        await scan.find(lambda _heard: True, lambda: 1.0)
        await hub.stop_scanning()  # as if the adapter had been off for a moment
        with pytest.raises(TimeoutError):
            await scan.find(lambda _heard: True, lambda: 0.2)
        await scan.find(lambda _heard: True, lambda: 1.0)
    assert not scan.running
    await power_off_hub(hub)


async def test_connect_by_address_or_by_device(backends: Backends, insole: KitInsole) -> None:
    device = await BleakScanner.find_device_by_address(insole.address, timeout=1, backend=backends.scanner)
    assert device is not None
    for target in (device, insole.address):
        async with BleakClient(target, backend=backends.client, timeout=2) as client:
            assert client.is_connected
            assert client.mtu_size > 200
            assert await client.read_gatt_char(INFO) == b"good"
            characteristic = client.services.get_characteristic(DATA)
            assert characteristic is not None
            assert characteristic.properties == ["notify"]
            assert [one.uuid[4:8] for one in characteristic.descriptors] == ["2902"]
        assert not client.is_connected


async def test_refusals_are_bleak_errors(backends: Backends, insole: KitInsole) -> None:
    client = BleakClient(insole.address, backend=backends.client, timeout=1)
    with pytest.raises(BleakError):
        await client.read_gatt_char(INFO)
    async with client:
        with pytest.raises(BleakCharacteristicNotFoundError):
            await client.read_gatt_char("0000aaaa-0000-1000-8000-00805f9b34fb")
        with pytest.raises(BleakGATTProtocolError) as refused:
            await client.write_gatt_char(CONTROL, b"no", response=True)
        assert refused.value.code is BleakGATTProtocolErrorCode.VALUE_NOT_ALLOWED
        with pytest.raises(BleakError, match="already connected"):
            await client.connect()


async def test_notifications_until_told_otherwise(backends: Backends, insole: KitInsole) -> None:
    seen: list[bytes] = []

    def on_notified(_sender: Any, data: bytearray) -> None:
        seen.append(bytes(data))

    async with BleakClient(insole.address, backend=backends.client, timeout=1) as client:
        await client.start_notify(DATA, on_notified)
        await client.write_gatt_char(CONTROL, START, response=True)
        await asyncio.sleep(0.1)
        await client.stop_notify(DATA)
        count = len(seen)
        await asyncio.sleep(0.1)
    assert count >= 5
    assert len(seen) == count


async def test_a_request_pending_at_the_loss_fails_and_the_callback_comes(
    air: Air, backends: Backends, insole: KitInsole
) -> None:
    insole.info_delay_s = 5.0
    lost = asyncio.Event()
    client = BleakClient(insole.address, lambda _client: lost.set(), backend=backends.client, timeout=1)
    await client.connect()
    reading = asyncio.create_task(client.read_gatt_char(INFO))
    await asyncio.sleep(0.05)
    air.away(insole.controller)
    with pytest.raises(BleakError, match="disconnected"):
        await reading
    assert lost.is_set()
    await client.disconnect()  # of no effect, and no error


async def test_our_own_cancellation_passes(backends: Backends, insole: KitInsole) -> None:
    insole.info_delay_s = 5.0
    async with BleakClient(insole.address, backend=backends.client, timeout=1) as client:
        reading = asyncio.create_task(client.read_gatt_char(INFO))
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_an_attempt_that_timed_out_is_called_off(air: Air, backends: Backends, insole: KitInsole) -> None:
    device = await BleakScanner.find_device_by_address(insole.address, timeout=1, backend=backends.scanner)
    assert device is not None
    air.away(insole.controller)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await BleakClient(device, backend=backends.client).connect(timeout=0.1)
    air.back(insole.controller)
    await asyncio.sleep(0.2)
    assert not insole.made  # nothing was left pending that would connect now
    async with BleakClient(device, backend=backends.client) as client:
        assert client.is_connected


async def test_two_connections_asked_for_at_once_take_turns(air: Air, backends: Backends) -> None:
    async with insole_on(air, "L") as left, insole_on(air, "R") as right:
        clients = [BleakClient(one.address, backend=backends.client, timeout=1) for one in (left, right)]
        await asyncio.gather(*(client.connect() for client in clients))
        assert all(client.is_connected for client in clients)
        await asyncio.gather(*(client.disconnect() for client in clients))


async def test_an_insole_that_could_not_hear_the_hub_hang_up_notices(
    air: Air, backends: Backends, insole: KitInsole
) -> None:
    client = BleakClient(insole.address, backend=backends.client, timeout=1)
    await client.connect()
    air.away(insole.controller)
    await client.disconnect()
    air.back(insole.controller)
    assert insole.connections
    await asyncio.sleep(0.5)
    assert not insole.connections


async def test_what_is_sent_in_a_short_shadow_arrives_after_it(air: Air, backends: Backends, insole: KitInsole) -> None:
    async with BleakClient(insole.address, backend=backends.client, timeout=1) as client:
        air.away(insole.controller)
        reading = asyncio.create_task(client.read_gatt_char(INFO))
        await asyncio.sleep(0.1)
        assert not reading.done()
        air.back(insole.controller)
        async with asyncio.timeout(1):
            assert await reading == b"good"


async def arrivals(air: Air, seconds: float) -> tuple[list[bytes], list[float]]:
    """Notifications that came over `air` in so many seconds, and when."""
    seen: list[bytes] = []
    at_s: list[float] = []

    def on_notified(_sender: Any, data: bytearray) -> None:
        seen.append(bytes(data))
        at_s.append(time.monotonic())

    hub = await power_on_hub(air.controller("hub"))
    client_class = backends_for(hub).client
    async with insole_on(air) as insole, BleakClient(insole.address, backend=client_class, timeout=2) as client:
        await client.start_notify(DATA, on_notified)
        await client.write_gatt_char(CONTROL, START, response=True)
        await asyncio.sleep(seconds)
    await power_off_hub(hub)
    return seen, at_s


async def test_connection_events_come_in_bursts_and_a_failed_one_loses_nothing() -> None:
    seen, at_s = await arrivals(Air(interval_s=0.05, loss_share=0.3, seed=1), 1.0)
    seqs = [int.from_bytes(row[:4], "little") for row in seen]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    pauses = [after - before for before, after in itertools.pairwise(at_s)]
    assert sum(pause < 0.01 for pause in pauses) > len(pauses) / 2  # within a burst
    assert len(seqs) > 20
