"""A controller of the air for a real Bluetooth host: the Linux kernel through /dev/vhci.

Such a host expects what Bumble's own does without: the enhanced form of Connection Complete (the kernel waits 4 s for
it), duplicate reports held back, links that end with a reset, each end's own reason of a hang-up, a public address.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bumble import hci, ll

from ingest.sources.virtual.air import Air, AirController

HUB_ADDRESS = "00:1B:DC:F2:1C:01"
_ENHANCED_COMPLETE_ASKED = 1 << 9  # LE event mask, Vol 4 Part E 7.8.1
_REPORTED_AGAIN_S = 1.0
_SHARED_FIELDS = (
    "status",
    "connection_handle",
    "role",
    "peer_address_type",
    "peer_address",
    "connection_interval",
    "peripheral_latency",
    "supervision_timeout",
    "central_clock_accuracy",
)
_ErrorCode = hci.HCI_ErrorCode
_VENDOR_PACKET = 0xFF
_LARGEST_PACKET = 4096


class _Vhci:
    """/dev/vhci: an adapter of this machine, from its making to `close`. One packet a read, one packet a write."""

    def __init__(self, on_packet: Callable[[bytes], None]) -> None:
        self._on_packet = on_packet
        self._device = os.open("/dev/vhci", os.O_RDWR | os.O_NONBLOCK)
        os.write(self._device, bytes([_VENDOR_PACKET, 0]))
        asyncio.get_running_loop().add_reader(self._device, self._read)

    def _read(self) -> None:
        with suppress(BlockingIOError):
            packet = os.read(self._device, _LARGEST_PACKET)
            if packet and packet[0] != _VENDOR_PACKET:
                self._on_packet(packet)

    def on_packet(self, packet: bytes) -> None:
        with suppress(OSError):  # ENXIO: the host has switched its adapter off, and what comes late falls on the floor
            os.write(self._device, packet)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._device)
        os.close(self._device)


class HostController(AirController):
    """This machine's adapter on the air, from its making to `unplug`. `deaf`: hears no advertisement until a reset."""

    filter_duplicates: bool
    host: Any
    le_event_mask: int

    def __init__(self, air: Air, address: str = HUB_ADDRESS) -> None:
        super().__init__("host", air, rssi_dbm=-50)
        self.deaf = False
        self._air = air
        self._reported_s: dict[tuple[str, bytes], float] = {}
        self._public_address = hci.Address(address, hci.Address.PUBLIC_DEVICE_ADDRESS)
        self.host = self._vhci = _Vhci(self.on_packet)

    def unplug(self) -> None:
        """Its links are gone at once, for the host and for the insoles."""
        self.host = None
        self._air.remove(self)
        self._vhci.close()

    def send_hci_packet(self, packet: Any) -> None:
        if isinstance(packet, hci.HCI_LE_Connection_Complete_Event) and self.le_event_mask & _ENHANCED_COMPLETE_ASKED:
            packet = hci.HCI_LE_Enhanced_Connection_Complete_Event(
                **{name: getattr(packet, name) for name in _SHARED_FIELDS},
                local_resolvable_private_address=hci.Address.ANY,
                peer_resolvable_private_address=hci.Address.ANY,
            )
        super().send_hci_packet(packet)

    # scanning

    def hear(self, packet: Any, scan_response: bytes, rssi_dbm: int) -> None:
        """As `AirController.hear`; with the duplicate filter on, each payload once a second at most."""
        if self.deaf:
            return
        scanning = self.le_scan_enable
        if scanning and self.filter_duplicates and isinstance(packet, ll.AdvInd | ll.AdvExtInd):
            self.le_scan_enable = not self._reported_lately(packet)
        try:
            super().hear(packet, scan_response, rssi_dbm)
        finally:
            self.le_scan_enable = scanning

    def _reported_lately(self, packet: Any) -> bool:
        key, now_s = (str(packet.advertiser_address), bytes(packet.data)), asyncio.get_running_loop().time()
        lately = now_s - self._reported_s.get(key, -_REPORTED_AGAIN_S) < _REPORTED_AGAIN_S
        if not lately:
            self._reported_s[key] = now_s
        return lately

    def on_hci_le_set_scan_enable_command(self, command: Any) -> Any:
        self._reported_s.clear()
        return super().on_hci_le_set_scan_enable_command(command)

    # the end of links

    def on_hci_reset_command(self, command: Any) -> Any:
        """A host that resets its controller has no links any more; Bumble keeps them."""
        for connection in list(self.le_connections.values()):
            connection.send_ll_control_pdu(ll.TerminateInd(_ErrorCode.CONNECTION_TIMEOUT_ERROR))
        self.le_connections.clear()
        self.pending_le_connection = None
        self.deaf = False
        self.le_scan_enable = False
        return super().on_hci_reset_command(command)

    def on_hci_disconnect_command(self, command: Any) -> Any:
        """The far end hears the reason given, this end that it hung up itself."""
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is None:
            return super().on_hci_disconnect_command(command)
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        connection.send_ll_control_pdu(ll.TerminateInd(command.reason))
        self.on_le_disconnected(connection, _ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)
        return None
