"""What bleak, BlueZ and D-Bus raise, as faults of ours."""

from __future__ import annotations

from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakDeviceNotFoundError, BleakError
from bleak_retry_connector import BleakNotFoundError

from ingest.wire.faults import Fault, FaultCode, UnderfootError

# OSError and EOFError: the D-Bus socket is missing or died; a TimeoutError is an OSError.
RADIO_ERRORS = (BleakError, OSError, EOFError)

_DBUS_RADIO_GONE = (
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.Disconnected",
    "org.bluez.Error.NotReady",
    "org.bluez.Error.NotAvailable",
)


def fault_of(error: BaseException) -> Fault:
    """The fault that tells a person what one of `RADIO_ERRORS` means."""
    if isinstance(error, UnderfootError):
        return error.fault
    return Fault(_code_of(error), str(error) or type(error).__name__)


def _code_of(error: BaseException) -> FaultCode:
    if isinstance(error, BleakDBusError):
        return FaultCode.RADIO_OFF if error.dbus_error in _DBUS_RADIO_GONE else FaultCode.LINK_REFUSED
    if isinstance(error, TimeoutError | BleakDeviceNotFoundError | BleakNotFoundError):
        return FaultCode.INSOLE_NOT_FOUND
    if isinstance(error, BleakBluetoothNotAvailableError | OSError | EOFError):
        return FaultCode.RADIO_OFF
    return FaultCode.LINK_REFUSED
