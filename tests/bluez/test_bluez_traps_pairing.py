"""Bonds over real BlueZ: with our agent they are made in time, kept, and made anew after bluetoothd began anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bleak import BleakClient
from bleak.exc import BleakError
from bluez_air import SECRET
from bluez_kit import ADDRESSES, AirControl, powered, start_bluetoothd, stop_bluetoothd, until, worn

from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.agent import AGENT_PATH
from ingest.sources.radio.bluez import AGENTS, BlueZ
from ingest.sources.radio.link import Limits
from ingest.sources.radio.tasks import end_all
from ingest.wire.faults import FaultCode
from underfoot import checks
from underfoot.checks import State
from underfoot.settings import Settings

_ALLOWED = ("bluez version", "bluez", "pairing agent", "adapter restart")
LEFT = ADDRESSES["left"]
LIMITS = Limits()


@asynccontextmanager
async def linked(air: AirControl, adapter: Adapter) -> AsyncIterator[BleakClient]:
    device = await adapter.find(lambda heard: heard.address == LEFT, 15.0)
    client = await adapter.connect(device, asyncio.Event(), LIMITS)
    try:
        yield client
        await air("drop", foot="left")  # BlueZ would take two seconds to end the link
    finally:
        await adapter.disconnect(client, LIMITS)


async def read_secret(client: BleakClient, within_s: float = 10.0) -> bytes:
    async with asyncio.timeout(within_s):
        return bytes(await client.read_gatt_char(SECRET))


@pytest.mark.timeout(120)
async def test_a_bond_is_made_kept_and_given_up(air: AirControl, adapter: Adapter) -> None:
    await air("hide", foot="left")
    began_s = time.monotonic()
    async with linked(air, adapter) as client:
        await adapter.bond(client, LIMITS)
        print(f"\nconnected and bonded in {time.monotonic() - began_s:.1f} s")
        assert await read_secret(client) == b"secret"
        await adapter.bond(client, LIMITS)  # at once
    async with linked(air, adapter) as client:
        assert await read_secret(client) == b"secret"
    assert not await adapter.forget_cache(LEFT)  # that would cost the bond
    await adapter.forget_bond(LEFT)
    async with linked(air, adapter) as client:
        await adapter.bond(client, LIMITS)
        assert await read_secret(client) == b"secret"


@pytest.mark.timeout(120)
async def test_a_read_that_wants_a_bond_gets_it_by_our_agent(air: AirControl, adapter: Adapter) -> None:
    await air("conditions", interval_s=0.015)
    await air("hide", foot="left")
    async with linked(air, adapter) as client:
        assert await read_secret(client) == b"secret"


@pytest.mark.timeout(120)
async def test_the_agent_is_registered_again_when_bluetoothd_is_back(air: AirControl) -> None:
    bluez = BlueZ(None, lambda _change: None, tuple)
    line = asyncio.create_task(bluez.run())

    async def unregistered() -> bool:
        try:
            await bluez.call(*AGENTS, "UnregisterAgent", "o", AGENT_PATH)
        except (OSError, BleakError):
            return False
        return True

    for restarts in range(2):
        if restarts:
            stop_bluetoothd()
            await asyncio.sleep(0.5)
            start_bluetoothd()
        async with asyncio.timeout(10.0):
            while not await unregistered():  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.1)
    await end_all([line])
    await powered()


async def test_the_doctor_looks_at_bluez_and_changes_nothing(air: AirControl, adapter: Adapter) -> None:
    async with linked(air, adapter) as client:
        told = await asyncio.to_thread(list, checks.bluez(Settings()))
        assert [(check.name, check.state) for check in told] == [(name, State.OK) for name in _ALLOWED]
        assert told[1].found == "hci0 is on, 1 devices connected"
        assert client.is_connected


@pytest.mark.timeout(120)
async def test_an_insole_that_nobody_chose_may_not_pair(air: AirControl, adapter: Adapter) -> None:
    """Another program of this machine connects it: our agent is the default one and is asked."""
    await air("conditions", interval_s=0.015)
    await air("hide", foot="left")
    async with BleakClient(await adapter.find(lambda heard: heard.address == LEFT, 15.0)) as client:
        with pytest.raises((BleakError, TimeoutError)):
            await read_secret(client, 1.5)


@pytest.mark.timeout(120)
async def test_an_insole_that_wants_a_bond_streams_is_paired_once_and_again_after_its_reset(
    air: AirControl, adapter: Adapter
) -> None:
    await air("conditions", interval_s=0.015)
    await air("on", foot="locked")
    async with worn(air, adapter, "locked") as locked:
        began_s = time.monotonic()
        await locked.more(50)
        print(f"\nfound, paired and streaming in {time.monotonic() - began_s:.1f} s")
        assert not locked.faults
        assert await adapter.bonded() == {ADDRESSES["locked"]}
        await air("drop", foot="locked")
        await locked.streams_again(1)
        await air("forget_bonds", foot="locked")
        await air("drop", foot="locked")
        await until(lambda: FaultCode.BOND_REFUSED in locked.faults)
        await adapter.forget_bond(ADDRESSES["locked"])
        await locked.streams_again(2)
