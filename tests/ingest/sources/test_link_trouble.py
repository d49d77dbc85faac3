"""What bleak and D-Bus raise, in our words. This machine's own D-Bus is replaced by a path where none listens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)
from bleak_retry_connector import BleakNotFoundError
from radio_kit import QUICK, KitDriver, Reader

from ingest.sources.radio.adapter import Adapter
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
        (BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]), FaultCode.LINK_REFUSED),
        (BleakDeviceNotFoundError("F0:F1", "gone"), FaultCode.INSOLE_NOT_FOUND),
        (BleakNotFoundError("gone"), FaultCode.INSOLE_NOT_FOUND),
        (TimeoutError(), FaultCode.INSOLE_NOT_FOUND),
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
