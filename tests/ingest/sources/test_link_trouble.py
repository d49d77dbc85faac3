"""What bleak and D-Bus raise, in our words. This machine's own D-Bus is replaced by a path where none listens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest
from bleak import BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)
from dbus_fast.errors import AuthError
from radio_kit import QUICK, KitDriver, Reader

from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.scanning import SharedScan
from ingest.sources.radio.tasks import end_all, see_through
from ingest.sources.radio.trouble import fault_of
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import LinkState


@pytest.fixture
def no_dbus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError(2, "no socket"), FaultCode.RADIO_OFF),
        (EOFError(), FaultCode.RADIO_OFF),
        (BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF), FaultCode.RADIO_OFF),
        (BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]), FaultCode.RADIO_OFF),
        (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["no bluetoothd"]), FaultCode.RADIO_OFF),
        (BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]), FaultCode.LINK_ABORTED),
        (BleakDeviceNotFoundError("F0:F1", "gone"), FaultCode.INSOLE_NOT_FOUND),
        (TimeoutError(), FaultCode.INSOLE_NOT_FOUND),
        (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["not in the group"]), FaultCode.RADIO_OFF),
        (AuthError("refused"), FaultCode.RADIO_OFF),
        (BleakError("adapter 'hci1' not found"), FaultCode.RADIO_OFF),
        (BleakError("device 'dev_F0' not found"), FaultCode.LINK_REFUSED),
        (AttributeError("'NoneType' object has no attribute 'call'"), FaultCode.LINK_REFUSED),
        (AssertionError(), FaultCode.LINK_REFUSED),
        (KeyError("org.bluez.GattService1"), FaultCode.LINK_REFUSED),
        (BleakError("disconnected"), FaultCode.LINK_REFUSED),
        (UnderfootError(FaultCode.SIDE_TAKEN), FaultCode.SIDE_TAKEN),
    ],
)
def test_every_error_has_its_fault(error: BaseException, code: FaultCode) -> None:
    assert fault_of(error).code is code


@pytest.mark.usefixtures("no_dbus")
async def test_a_scan_without_a_radio_says_so() -> None:
    async with Adapter.bluez("hci0") as adapter:
        with pytest.raises(UnderfootError, match="No Bluetooth adapter answers") as raised:
            await adapter.scan(0.1, KitDriver.recognise)
        assert raised.value.code is FaultCode.RADIO_OFF
        assert not adapter.scanning


@pytest.mark.usefixtures("no_dbus")
async def test_a_source_without_a_radio_says_so_once_and_keeps_trying() -> None:
    source = Adapter.bluez().source(KitDriver(), "F0:F1:F2:F3:F4:00", limits=QUICK)
    async with Reader(source) as reader:
        await reader.until(lambda seen: bool(seen.faults))
        await asyncio.sleep(0.3)
        assert reader.faults == [FaultCode.RADIO_OFF]
        await reader.source.stop()
        await reader.until_state(LinkState.ENDED)
        assert reader.states == [LinkState.SEARCHING, LinkState.ENDED]


async def test_a_source_needs_a_name() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        Adapter.bluez().source(KitDriver())


class Radio:
    """A scanner in bleak's place that raises, or never answers."""

    def __init__(self, start: BaseException | None = None, *, hangs: bool = False) -> None:
        self._start = start
        self._hangs = hangs
        self.stopped = False

    async def start(self) -> None:
        if self._start is not None:
            raise self._start
        if self._hangs:
            await asyncio.Event().wait()

    async def stop(self) -> None:
        await asyncio.sleep(0.05)  # as BlueZ does
        self.stopped = True


@pytest.mark.parametrize(
    "radio",
    [
        Radio(BleakError("adapter 'hci7' not found")),
        Radio(BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])),
        Radio(AuthError("authentication failed")),
        Radio(AttributeError("'NoneType' object has no attribute 'call'")),
        Radio(hangs=True),
    ],
    ids=lambda radio: repr(radio._start),
)
async def test_a_scanner_that_does_not_start_is_the_radio_and_not_an_insole(radio: Radio) -> None:
    scan = SharedScan(lambda _callback: cast("BleakScanner", radio), answer_s=0.05)
    with pytest.raises(UnderfootError) as raised:
        await scan.find(lambda _heard: True, lambda: 0.2)
    assert raised.value.code is FaultCode.RADIO_OFF
    assert not scan.running


async def test_a_listener_that_is_cancelled_twice_still_stops_the_scanner() -> None:
    radio = Radio()
    scan = SharedScan(lambda _callback: cast("BleakScanner", radio))
    task = asyncio.create_task(scan.find(lambda _heard: True, lambda: 5.0))
    await asyncio.sleep(0.01)
    assert scan.running
    task.cancel()
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert radio.stopped
    assert not scan.running


async def test_work_that_must_not_be_cut_off_is_seen_through() -> None:
    done: list[str] = []

    async def hang_up() -> None:
        await asyncio.sleep(0.05)
        done.append("hung up")

    async def link() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await see_through(hang_up())

    task = asyncio.create_task(link())
    await asyncio.sleep(0)
    await end_all([task], again_s=0.01)
    assert done == ["hung up"]
    assert task.cancelled()


async def test_ending_tasks_is_not_left_half_done_when_it_is_cancelled_itself() -> None:
    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0)
    ending = asyncio.create_task(end_all([task], again_s=1.0))
    await asyncio.sleep(0.01)
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    assert ending.cancelled()
    assert task.done()
