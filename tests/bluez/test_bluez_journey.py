"""Two feet at 100 Hz over real BlueZ: found, connected, streaming, lost and back, service and adapter gone and back."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from bluez_kit import (
    FEET,
    ROWS_PER_S,
    AirControl,
    Wearer,
    powered,
    start_bluetoothd,
    stop_bluetoothd,
    system_bus,
    until,
    worn,
)

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.sources.radio.adapter import Adapter
from ingest.wire.faults import FaultCode
from ingest.wire.messages import LinkState

STREAM_S = float(os.environ.get("STREAM_S", "60"))
COMES_BACK_S = 40.0
_AF_BLUETOOTH, _BTPROTO_HCI, _HCIDEVRESET = 31, 1, 0x400448CB  # not every Python is built with them


@asynccontextmanager
async def both_feet(air: AirControl, adapter: Adapter) -> AsyncIterator[dict[str, Wearer]]:
    async with AsyncExitStack() as stack:
        feet = {foot: await stack.enter_async_context(worn(air, adapter, foot)) for foot in FEET}
        for wearer in feet.values():
            await wearer.more(1)
        yield feet


# seen once, on another machine, without its words: why is not known. All rows were there over a single link, so one of
# a foot is let pass, and told with its reason
ASKED_AGAIN = {FaultCode.LINK_REFUSED, FaultCode.LINK_ABORTED}


@pytest.mark.timeout(200)
async def test_found_by_a_scan_a_minute_of_both_feet_loses_no_row(air: AirControl, adapter: Adapter) -> None:
    await air("conditions", interval_s=0.015, loss_share=0.02)
    heard = await adapter.scan(1.5, OpenInsoleDriver.recognise)
    assert sorted(one.recognised.side for one in heard if one.recognised is not None) == list(FEET)
    began_s = time.monotonic()
    async with both_feet(air, adapter) as feet:
        streaming_s = time.monotonic() - began_s
        assert [one for one in await adapter.scan(1.5, OpenInsoleDriver.recognise) if one.recognised] == []
        cpu_s = time.process_time()
        await asyncio.sleep(STREAM_S)
        cpu_s = time.process_time() - cpu_s
        await asyncio.gather(*(foot.source.stop() for foot in feet.values()))
        await until(lambda: all(foot.state is LinkState.ENDED for foot in feet.values()))
        told = await air("stats")
    print()
    for foot, wearer in feet.items():
        print(f"{foot}: {wearer.rows} rows of {told[foot]['sent']} sent, {wearer.doubled} doubled")
        assert wearer.rows == told[foot]["sent"] == sum(told[foot]["taken"].values())
        assert wearer.doubled == 0
        assert wearer.links == 1
        print("\n".join(f"{foot}: {each}" for each in wearer.told))
        assert set(wearer.faults) <= ASKED_AGAIN
        assert len(wearer.faults) <= 1
        assert wearer.rows >= ROWS_PER_S * STREAM_S * 0.98
    print(f"both feet streamed {streaming_s:.1f} s after the start, for {STREAM_S:g} s, 15 ms events, 2 % lost")
    print(f"the hub's process took {100 * cpu_s / STREAM_S:.1f} % of the box's core (the air is another process)")


async def comes_back(what: str, trouble: Awaitable[object], *hit: Wearer) -> None:
    links = [wearer.links for wearer in hit]
    began_s = time.monotonic()
    await trouble
    await asyncio.gather(*(wearer.streams_again(n, COMES_BACK_S) for wearer, n in zip(hit, links, strict=True)))
    print(f"{what}: rows again after {time.monotonic() - began_s:.1f} s")


async def bluetoothd_restarted() -> None:
    stop_bluetoothd()
    await asyncio.sleep(1.0)
    start_bluetoothd()
    await powered()


async def adapter_pulled(air: AirControl) -> None:
    await air("unplug")
    await asyncio.sleep(1.0)
    await air("plug")
    await powered()


async def adapter_switched_off() -> None:
    async with system_bus() as bus:
        await bus.set_powered(False)
        await asyncio.sleep(1.0)
        await bus.set_powered(True)


async def adapter_reset() -> None:
    """As by a firmware that crashed: the kernel drops the links, and bluetoothd goes on believing in them."""

    def reset() -> None:
        with socket.socket(_AF_BLUETOOTH, socket.SOCK_RAW, _BTPROTO_HCI) as hci:
            fcntl.ioctl(hci, _HCIDEVRESET, 0)

    await asyncio.to_thread(reset)


async def out_of_range(air: AirControl, foot: str) -> None:
    await air("away", foot=foot)
    await asyncio.sleep(2.0)
    await air("back", foot=foot)


@pytest.mark.timeout(300)
async def test_what_is_lost_comes_back_without_doubles(air: AirControl, adapter: Adapter) -> None:
    print()
    async with both_feet(air, adapter) as feet:
        left, right = feet["left"], feet["right"]
        await comes_back("the insole hung up", air("drop", foot="left"), left)
        await comes_back("out of range and back", out_of_range(air, "left"), left)
        assert (right.links, right.gaps()) == (1, [])
        await comes_back("the insole began anew", air("reboot", foot="right"), right)
        assert left.links == 3
        await comes_back("the adapter was pulled and put in", adapter_pulled(air), left, right)
        await comes_back("the adapter was switched off and on", adapter_switched_off(), left, right)
        await comes_back("bluetoothd ended and began anew", bluetoothd_restarted(), left, right)
        await comes_back("the adapter was reset below bluetoothd", adapter_reset(), left, right)
        await asyncio.gather(*(foot.source.stop() for foot in feet.values()))
    for foot, wearer in feet.items():
        gaps = [later - first for _, first, later in wearer.gaps()]
        faults = {str(code): times for code, times in Counter(wearer.faults).items()}
        print(f"{foot}: {wearer.rows} rows over {wearer.links} links, away for {gaps} rows, faults {faults}")
        assert wearer.doubled == 0
        assert FaultCode.ROWS_REPEATED not in wearer.faults  # the driver lets no row through twice, and tells of it
        assert FaultCode.ADAPTER_RECOVERED in wearer.faults
        assert len(wearer.gaps()) <= wearer.links - 1
