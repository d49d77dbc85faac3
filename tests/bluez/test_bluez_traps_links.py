"""Links over real BlueZ in the states that it leaves behind: stale, half made, forgotten, restarted without a word."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from bluez_kit import ADDRESSES, AirControl, Wearer, powered, start_bluetoothd, stop_bluetoothd, system_bus, until, worn

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.health import Recovery
from ingest.sources.radio.link import Limits
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

LEFT = ADDRESSES["left"]
_CONNECT_AND_WAIT = f"""
import asyncio
from bleak import BleakClient, BleakScanner
async def main():
    device = await BleakScanner.find_device_by_address("{LEFT}", timeout=10)
    async with BleakClient(device):
        print("connected", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.timeout(90)
async def test_a_link_of_a_process_that_was_killed_is_ended(air: AirControl, adapter: Adapter) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _CONNECT_AND_WAIT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"connected\n"
    process.kill()
    await process.wait()
    assert (await air("stats"))["left"]["connected"]
    source = adapter.source(OpenInsoleDriver("left", Side.LEFT), insole="left shoe", side=Side.LEFT)
    async with Wearer(source) as wearer:
        await wearer.more(50)  # while the old link is up the insole does not advertise


def stop_dbus() -> None:
    """The box has no processes but its own."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "comm").read_text().strip() == "dbus-daemon":
                os.kill(int(folder.name), signal.SIGKILL)


def start_dbus() -> None:
    Path("/run/dbus/system_bus_socket").unlink(missing_ok=True)
    subprocess.run(["dbus-daemon", "--system", "--fork", "--nopidfile"], check=True)


@pytest.mark.timeout(120)
async def test_bluetoothd_and_dbus_that_die_without_a_word_are_missed_and_cost_seconds(
    air: AirControl, adapter: Adapter
) -> None:
    patient = Limits(silent_s=60.0)  # so it is not the silence that tells
    async with worn(air, adapter, "left", patient) as left, worn(air, adapter, "right", patient) as right:
        feet = (left, right)
        await asyncio.gather(*(foot.more(1) for foot in feet))
        for what, stop, start in (("bluetoothd", lambda: None, lambda: None), ("D-Bus", stop_dbus, start_dbus)):
            links = left.links
            stop_bluetoothd(signal.SIGKILL)
            stop()
            await until(lambda: all(foot.state is LinkState.SEARCHING for foot in feet), 15.0)
            start()
            start_bluetoothd()
            began_s = time.monotonic()
            await asyncio.gather(*(foot.streams_again(links) for foot in feet))
            print(f"\n{what} killed and begun anew: rows again after {time.monotonic() - began_s:.1f} s")
        assert left.doubled == right.doubled == 0


@pytest.mark.timeout(120)
async def test_a_stop_while_connecting_leaves_nothing_in_progress(air: AirControl, adapter: Adapter) -> None:
    for pause_s in (0.0, 0.05, 0.15):
        async with worn(air, adapter, "left") as left:
            await until(lambda left=left: LinkState.CONNECTING in left.states)
            await asyncio.sleep(pause_s)
            await left.source.stop()
    async with worn(air, adapter, "left") as left:
        began_s = time.monotonic()
        await left.more(1)
        assert not left.faults
        print(f"\nafter three that were called off: {time.monotonic() - began_s:.1f} s to the first row")


@pytest.mark.timeout(120)
async def test_an_insole_that_leaves_while_it_is_connected_does_not_keep_the_other(
    air: AirControl, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = adapter.find

    async def found_but_gone(*args: object) -> object:
        device = await find(*args)
        await air("away", foot="left")
        return device

    limits = Limits(connect_s=4.0)
    monkeypatch.setattr(adapter, "find", found_but_gone)
    async with worn(air, adapter, "left", limits) as left:
        await until(lambda: LinkState.CONNECTING in left.states)
        monkeypatch.undo()
        async with worn(air, adapter, "right") as right:
            await right.more(50)
            await until(lambda: FaultCode.INSOLE_NOT_FOUND in left.faults)
            await air("back", foot="left")
            await left.more(50)
            assert right.gaps() == []
            assert right.links == 1


@pytest.mark.timeout(120)
async def test_services_that_never_resolve_are_given_up_and_asked_for_anew(air: AirControl, adapter: Adapter) -> None:
    await air("mute", foot="left", mute=True)
    async with worn(air, adapter, "left", Limits(connect_s=4.0)) as left:
        await until(lambda: FaultCode.SERVICES_UNRESOLVED in left.faults)
        await air("mute", foot="left", mute=False)
        await left.more(50)


@pytest.mark.timeout(120)
async def test_rows_come_by_acquire_notify_too(air: AirControl, adapter: Adapter) -> None:
    class Acquiring(OpenInsoleDriver):
        use_start_notify = False

    async with worn(air, adapter, "left", driver=Acquiring) as left:
        await left.more(100)
        await left.source.stop()
        await until(lambda: left.state is LinkState.ENDED)
        assert (left.gaps(), left.doubled) == ([], 0)
        assert left.rows == (await air("stats"))["left"]["sent"]


@pytest.mark.timeout(120)
async def test_an_adapter_that_hears_nothing_is_switched_off_and_on(air: AirControl) -> None:
    recovery = Recovery(deaf_s=3.0, look_s=0.5)
    async with Adapter.bluez(recovery=recovery) as adapter:
        await air("deafen")
        async with worn(air, adapter, "left", replace(Limits(), search_s=5.0)) as left:
            await left.more(50)
            assert left.faults[0] is FaultCode.ADAPTER_SILENT
            assert FaultCode.ADAPTER_RECOVERED in left.faults


@pytest.mark.timeout(120)
async def test_an_adapter_that_was_off_at_the_start_is_switched_on(air: AirControl) -> None:
    async with system_bus() as bus:
        await bus.set_powered(False)
    async with Adapter.bluez() as adapter, worn(air, adapter, "left") as left:
        await left.more(1)


@pytest.mark.timeout(120)
async def test_a_hub_that_starts_before_bluetoothd_waits_for_it(air: AirControl) -> None:
    stop_bluetoothd()
    await asyncio.sleep(0.5)
    async with Adapter.bluez() as adapter, worn(air, adapter, "left") as left:
        await until(lambda: bool(left.faults))
        assert left.faults == [FaultCode.RADIO_OFF]
        start_bluetoothd()
        await left.more(1)
    await powered()
