"""The pairing agent: BlueZ asks it whether a device may be paired. Without one no pairing ends well; bleak has none.

It has neither keys nor a screen (NoInputNoOutput: *Just Works*), so it says yes only to a device that this process has
chosen to connect. Linux only; the rights are those of the group `bluetooth`.
"""

# No `from __future__ import annotations`: dbus-fast reads the D-Bus types off the annotations.

from collections.abc import Callable
from typing import Any

from dbus_fast import DBusError
from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt16, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

AGENT_PATH = "/underfoot/agent"
CAPABILITY = "NoInputNoOutput"
_REJECTED = "org.bluez.Error.Rejected"


def address_of(device_path: str) -> str:
    """`/org/bluez/hci0/dev_F0_F1_…` → `F0:F1:…`."""
    return device_path.rpartition("/dev_")[2].replace("_", ":").upper()


class PairingAgent(ServiceInterface):
    """Export it at `AGENT_PATH`. `admits`: whether the device at an address may pair."""

    def __init__(self, admits: Callable[[str], bool]) -> None:
        super().__init__("org.bluez.Agent1")
        self._admits = admits

    def _admit(self, device_path: str) -> None:
        if not self._admits(address_of(device_path)):
            raise DBusError(_REJECTED, "it is not connected on purpose")

    def _no_keys(self) -> Any:
        raise DBusError(_REJECTED, "neither keys nor a screen here")

    @dbus_method()
    def Release(self) -> None:  # noqa: N802 - these are BlueZ's names
        return

    @dbus_method()
    def RequestPinCode(self, _device: DBusObjectPath) -> DBusStr:  # noqa: N802
        return str(self._no_keys())

    @dbus_method()
    def RequestPasskey(self, _device: DBusObjectPath) -> DBusUInt32:  # noqa: N802
        return int(self._no_keys())

    @dbus_method()
    def DisplayPasskey(self, _device: DBusObjectPath, _passkey: DBusUInt32, _entered: DBusUInt16) -> None:  # noqa: N802
        self._no_keys()

    @dbus_method()
    def RequestConfirmation(self, device: DBusObjectPath, _passkey: DBusUInt32) -> None:  # noqa: N802
        self._admit(device)

    @dbus_method()
    def RequestAuthorization(self, device: DBusObjectPath) -> None:  # noqa: N802
        self._admit(device)

    @dbus_method()
    def AuthorizeService(self, device: DBusObjectPath, _uuid: DBusStr) -> None:  # noqa: N802
        self._admit(device)

    @dbus_method()
    def Cancel(self) -> None:  # noqa: N802
        return
