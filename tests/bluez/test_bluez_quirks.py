"""What real BlueZ does to a plain use of bleak, and that it does not reach through our adapter."""

from __future__ import annotations

import asyncio
import time

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError
from bluez_air import ADDRESSES, SECRET
from bluez_kit import ROWS_PER_S, AirControl, powered, restarted_with, until, worn

from ingest.drivers import sig
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.sources.radio.adapter import Adapter
from ingest.wire.messages import LinkState

LEFT = ADDRESSES["left"]


async def found(address: str = LEFT) -> BLEDevice:
    device = await BleakScanner.find_device_by_address(address, timeout=10.0)
    assert device is not None
    return device


async def notified(air: AirControl, client: BleakClient, times: int) -> int:
    """How many notifications came of so many that were sent."""
    got: list[bytes] = []
    await client.start_notify(sig.BATTERY_LEVEL, lambda _sender, data: got.append(bytes(data)))
    await air("notify", foot="left", times=times)
    await asyncio.sleep(0.5)
    return len(got)


async def test_after_a_loss_a_client_left_alone_has_every_notification_doubled(air: AirControl) -> None:
    """Why `Adapter.disconnect` is awaited after a loss too; that ours sees none doubled is in the journey."""
    device = await found()
    first = BleakClient(device)
    await first.connect()
    assert await notified(air, first, 10) == 10
    await air("drop", foot="left")
    await until(lambda: not first.is_connected)
    async with BleakClient(device) as left_alone:
        assert await notified(air, left_alone, 10) == 20
    await first.disconnect()
    async with BleakClient(await found()) as after_disconnect:
        assert await notified(air, after_disconnect, 10) == 10


async def test_a_read_that_needs_a_bond_hangs_without_an_agent_and_no_other_foot_suffers(
    air: AirControl, adapter: Adapter
) -> None:
    """Why every operation has a time limit, and a bond is made first."""
    await air("hide", foot="left")
    async with worn(air, adapter, "right") as right:
        await right.more(1)
        client = BleakClient(await found())
        await client.connect()
        began_s = time.monotonic()
        with pytest.raises((TimeoutError, BleakError)) as refused:
            async with asyncio.timeout(2.0):
                await client.read_gatt_char(SECRET)
        print(f"\nread without an agent: {refused.type.__name__} after {time.monotonic() - began_s:.1f} s")
        await right.more(ROWS_PER_S // 2)
        async with asyncio.timeout(10.0):
            await client.disconnect()
        await right.more(ROWS_PER_S // 2)
        assert right.links == 1
        assert right.gaps() == []


async def test_ending_one_link_takes_time_that_the_other_foot_does_not_lose(air: AirControl, adapter: Adapter) -> None:
    async with worn(air, adapter, "right") as right, worn(air, adapter, "left") as left:
        await right.more(1)
        await left.more(1)
        before = right.rows
        began_s = time.monotonic()
        await left.source.stop()
        await until(lambda: left.state is LinkState.ENDED)
        took_s = time.monotonic() - began_s
        print(f"\nending one link took {took_s:.1f} s, {right.rows - before} rows of the other foot meanwhile")
        assert right.rows - before >= ROWS_PER_S * (took_s - 0.5)
        assert right.gaps() == []


async def test_two_scanners_collide_and_two_scans_of_ours_do_not(adapter: Adapter) -> None:
    async with BleakScanner():
        with pytest.raises(BleakError, match="InProgress"):
            await BleakScanner().start()
    heard = await asyncio.gather(*(adapter.scan(1.5, OpenInsoleDriver.recognise) for _ in range(2)))
    assert [sum(one.recognised is not None for one in scan) for scan in heard] == [2, 2]


async def test_a_device_of_an_old_scan_is_gone_and_ours_is_always_fresh(air: AirControl, adapter: Adapter) -> None:
    with restarted_with("[General]\nTemporaryTimeout = 1\n"):  # 30 in BlueZ's own configuration
        await powered()
        device = await found()
        await asyncio.sleep(2.5)
        with pytest.raises(BleakError, match="not found"):
            await BleakClient(device, timeout=5.0).connect()
        async with worn(air, adapter, "left") as left:
            await left.more(1)
    await powered()
