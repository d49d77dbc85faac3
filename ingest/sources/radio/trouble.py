"""What bleak, BlueZ and D-Bus raise, as faults of ours."""

from __future__ import annotations

import re
import sys

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from ingest.wire.faults import Fault, FaultCode, UnderfootError

_DBUS_ERRORS: tuple[type[Exception], ...] = ()
if sys.platform == "linux":
    from dbus_fast.errors import DBusFastError  # no BleakError: the bus refuses this user, its address makes no sense

    _DBUS_ERRORS = (DBusFastError,)

# OSError and EOFError: the D-Bus socket is missing or died; a TimeoutError is an OSError. The last three are how
# bleak stumbles over a bus or an object that BlueZ took away in the middle of a call.
RADIO_ERRORS = (BleakError, OSError, EOFError, *_DBUS_ERRORS, AttributeError, AssertionError, KeyError)

_DBUS_RADIO_GONE = (
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.Disconnected",
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.bluez.Error.NotReady",
    "org.bluez.Error.NotAvailable",
)
_GONE = "UnknownObject"
_NOT_PAIRED = "Not paired"
_HUNG_UP = "failed to discover services, device disconnected"
_ABORTED = "le-connection-abort-by-local"
_NEEDS_BOND = (
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
)
_NO_ADAPTER = re.compile(r"adapter '.*' not found")  # bleak has no class for it


def fault_of(error: BaseException) -> Fault:
    """The fault that tells a person what one of `RADIO_ERRORS` means."""
    if isinstance(error, UnderfootError):
        return error.fault
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):  # its words name a socket and an error number
        return Fault(FaultCode.RADIO_OFF, "the system's D-Bus does not answer")
    return Fault(_code_of(error), str(error) or type(error).__name__)


def is_in_progress(error: BaseException) -> bool:
    """BlueZ is still at another connection, perhaps one that nobody waits for any more."""
    return isinstance(error, BleakDBusError) and error.dbus_error == "org.bluez.Error.InProgress"


def is_aborted(error: BaseException) -> bool:
    """Broken off on this side, mostly by interference: the next attempt often succeeds."""
    return _ABORTED in str(error)


def is_vanished(error: BaseException) -> bool:
    """BlueZ has forgotten the device since the scan; another scan finds it again."""
    return isinstance(error, BleakDeviceNotFoundError) or (isinstance(error, BleakError) and _GONE in str(error))


def is_hung_up(error: BaseException) -> bool:
    """The device ended the connection before its services were known."""
    return isinstance(error, BleakError) and _HUNG_UP in str(error)


def wants_bond(error: BaseException) -> bool:
    """The characteristic is for paired hubs only."""
    if isinstance(error, BleakGATTProtocolError):
        return error.code in _NEEDS_BOND
    return isinstance(error, BleakDBusError) and _NOT_PAIRED in str(error)


def _code_of(error: BaseException) -> FaultCode:
    if is_aborted(error):
        return FaultCode.LINK_ABORTED
    if isinstance(error, BleakDBusError):
        return FaultCode.RADIO_OFF if error.dbus_error in _DBUS_RADIO_GONE else FaultCode.LINK_REFUSED
    if isinstance(error, TimeoutError | BleakDeviceNotFoundError):
        return FaultCode.INSOLE_NOT_FOUND
    if isinstance(error, (BleakBluetoothNotAvailableError, OSError, EOFError, *_DBUS_ERRORS)):
        return FaultCode.RADIO_OFF
    return FaultCode.RADIO_OFF if _NO_ADAPTER.search(str(error)) else FaultCode.LINK_REFUSED
