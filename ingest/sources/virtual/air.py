"""The air between virtual controllers: Bumble's link with what a radio has and it lacks.

Range and supervision time-out (0x08), connection events with an interval, bursts and failures, scan responses and
signal strength of their own, 251-byte buffers, and a connection attempt that can be called off.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from contextlib import suppress
from typing import Any, NamedTuple

from bumble import core, hci, ll
from bumble.controller import Controller
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.link import LocalLink

_TIMED_OUT = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
_HANG_UP_S = 1.0
_LE_DATA_OCTETS = 251
_LE_DATA_TIME_US = 2120


class AirController(Controller):  # type: ignore[misc]  # Bumble is read as untyped
    """One Bluetooth controller on an `Air`; make it with `Air.controller`."""

    # Bumble's 27 octets would cut every notification into ten packets.
    acl_data_packet_length = le_acl_data_packet_length = _LE_DATA_OCTETS
    supported_max_tx_octets = supported_max_rx_octets = suggested_max_tx_octets = _LE_DATA_OCTETS
    supported_max_tx_time = supported_max_rx_time = suggested_max_tx_time = _LE_DATA_TIME_US

    le_scan_enable: bool
    pending_le_connection: Any

    def __init__(self, name: str, air: Air, rssi_dbm: int) -> None:
        super().__init__(name, link=air)
        self.rssi_dbm = rssi_dbm
        self._uncompleted: dict[int, int] = {}  # by connection handle

    def hear(self, packet: Any, scan_response: bytes, rssi_dbm: int) -> None:
        """An advertising-channel packet reached this controller."""
        scanning = self.le_scan_enable
        if scanning and isinstance(packet, ll.AdvInd | ll.AdvExtInd):
            report_type = hci.HCI_LE_Advertising_Report_Event.EventType
            for event_type, data in ((report_type.ADV_IND, packet.data), (report_type.SCAN_RSP, scan_response)):
                self._report(packet.advertiser_address, event_type, data, rssi_dbm)
        # Bumble would report the advertisement once more, as its own scan response.
        self.le_scan_enable = False
        try:
            self.on_ll_advertising_pdu(packet)
        finally:
            self.le_scan_enable = scanning

    def _report(self, advertiser: Any, event_type: int, data: bytes, rssi_dbm: int) -> None:
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=event_type,
            address_type=advertiser.address_type,
            address=advertiser,
            data=data,
            rssi=rssi_dbm,
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))

    def on_hci_le_create_connection_cancel_command(self, _command: Any) -> Any:
        """Call the attempt off and say so; Bumble leaves it pending, and every later one is then refused."""
        attempt, self.pending_le_connection = self.pending_le_connection, None
        if attempt is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        over = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=attempt.peer_address.address_type,
            peer_address=attempt.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, over)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_acl_data_packet(self, packet: Any) -> None:
        """A packet is completed when it has been delivered; Bumble says so at once, and no host ever waits."""
        if (connection := self.find_connection_by_handle(packet.connection_handle)) is not None:
            self._uncompleted[connection.handle] = self._uncompleted.get(connection.handle, 0) + 1
            connection.assembler.feed_packet(packet)

    def packets_of_this_pdu(self, connection: Any) -> int:
        """How many packets of the host made up what is being sent."""
        return self._uncompleted.pop(connection.handle, 0)

    def completed(self, connection: Any, packets: int) -> None:
        if packets and self.find_connection_by_handle(connection.handle) is connection:
            self.send_hci_packet(
                hci.HCI_Number_Of_Completed_Packets_Event(
                    connection_handles=[connection.handle], num_completed_packets=[packets]
                )
            )

    def on_le_disconnected(self, connection: Any, reason: int) -> None:
        if self.le_connections.get(connection.peer_address) is connection:
            self._uncompleted.pop(connection.handle, None)
            super().on_le_disconnected(connection, reason)

    def on_ll_control_pdu(self, sender_address: Any, packet: Any) -> None:
        if sender_address in self.le_connections:  # else: late, its link has just ended
            super().on_ll_control_pdu(sender_address, packet)


_Way = tuple[AirController, AirController]  # from, to


class _Pdu(NamedTuple):
    """What waits for a connection event: both ends of its link, and how many packets of the host it is."""

    near_end: Any
    far_end: Any
    data: bytes
    packets: int


class Air(LocalLink):  # type: ignore[misc]  # as above
    """What carries packets between controllers.

    `interval_s` None delivers at once; else data waits for the link's next connection event, of which `loss_share`
    fail (the data is sent again at the next one) and each carries `pdus_per_event` packets at most.
    """

    def __init__(
        self,
        *,
        interval_s: float | None = None,
        loss_share: float = 0.0,
        pdus_per_event: int = 6,  # what most phones and dongles give within 15 ms
        supervision_s: float = 2.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.interval_s = interval_s
        self.loss_share = loss_share
        self.pdus_per_event = pdus_per_event
        self.supervision_s = supervision_s
        self._random = random.Random(seed)  # noqa: S311 - no secret hangs on it
        self._away: dict[AirController, asyncio.TimerHandle] = {}
        self._waiting: dict[_Way, deque[_Pdu]] = {}
        self._due: set[_Way] = set()
        self._anchors_s: dict[frozenset[AirController], float] = {}

    # who is there

    def controller(self, name: str, *, rssi_dbm: int = -50) -> AirController:
        """A new controller in range. Others hear it at `rssi_dbm`."""
        return AirController(name, self, rssi_dbm)

    def away(self, controller: AirController) -> None:
        """Out of range: nothing goes in or out, and after the supervision time-out its links end."""
        if controller not in self._away:
            loop = asyncio.get_running_loop()
            self._away[controller] = loop.call_later(self.supervision_s, self._lose_links_of, controller)

    def back(self, controller: AirController) -> None:
        """In range again. Links that are still up go on without a loss, as on a real link layer."""
        if (timer := self._away.pop(controller, None)) is not None:
            timer.cancel()
            for key in [key for key, waiting in self._waiting.items() if waiting and controller in key]:
                self._schedule(key)

    def remove(self, controller: AirController) -> None:
        """Take a controller away for good; its peers notice by their supervision time-out."""
        self.away(controller)
        self._away.pop(controller).cancel()
        self._lose_links_of(controller)
        self.controllers.discard(controller)
        for key in [key for key in self._waiting if controller in key]:
            del self._waiting[key]

    def _in_range(self, *controllers: AirController) -> bool:
        return not any(controller in self._away for controller in controllers)

    def _lose_links_of(self, controller: AirController) -> None:
        for end in list(self.controllers):
            for connection in list(end.le_connections.values()):
                if end is controller or self.find_le_controller(connection.peer_address) is controller:
                    end.on_le_disconnected(connection, _TIMED_OUT)

    # Bumble's LocalLink

    def send_advertising_pdu(self, sender_controller: AirController, packet: Any) -> None:
        response = _scan_response(sender_controller, packet)
        loop = asyncio.get_running_loop()
        for controller in self.controllers:
            if controller is not sender_controller and self._in_range(controller, sender_controller):
                loop.call_soon(controller.hear, packet, response, sender_controller.rssi_dbm)

    def send_ll_control_pdu(self, sender_address: Any, receiver_address: Any, packet: Any) -> None:
        sender = self.find_le_controller(sender_address)
        receiver = self.find_le_controller(receiver_address)
        if sender is None or receiver is None:
            return
        loop = asyncio.get_running_loop()
        if self._in_range(sender, receiver):
            loop.call_soon(receiver.on_ll_control_pdu, sender_address, packet)
        elif isinstance(packet, ll.TerminateInd) and (orphan := receiver.le_connections.get(sender_address)):
            loop.call_later(self.supervision_s, receiver.on_le_disconnected, orphan, _TIMED_OUT)

    def send_acl_data(self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if transport != core.PhysicalTransport.LE or connection is None or receiver is None:
            return
        if (far_end := receiver.le_connections.get(connection.self_address)) is not None:
            key = (sender_controller, receiver)
            packets = sender_controller.packets_of_this_pdu(connection)
            self._waiting.setdefault(key, deque()).append(_Pdu(connection, far_end, data, packets))
            self._schedule(key)

    # connection events

    def _schedule(self, key: _Way) -> None:
        if key in self._due:
            return
        self._due.add(key)
        loop = asyncio.get_running_loop()
        if self.interval_s is None:
            loop.call_soon(self._connection_event, key)
            return
        anchor_s = self._anchors_s.setdefault(frozenset(key), self._random.random() * self.interval_s)
        now_s = loop.time()
        loop.call_at(now_s + self.interval_s - (now_s - anchor_s) % self.interval_s, self._connection_event, key)

    def _connection_event(self, key: _Way) -> None:
        self._due.discard(key)
        waiting = self._waiting.get(key)
        if not waiting or not self._in_range(*key):
            return  # `back` takes it up again
        if self.interval_s is None or self._random.random() >= self.loss_share:
            room = len(waiting) if self.interval_s is None else min(len(waiting), self.pdus_per_event)
            for _ in range(room):
                self._deliver(*key, waiting.popleft())
        if waiting:
            self._schedule(key)

    @staticmethod
    def _deliver(sender: AirController, receiver: AirController, pdu: _Pdu) -> None:
        sender.completed(pdu.near_end, pdu.packets)
        if receiver.le_connections.get(pdu.far_end.peer_address) is pdu.far_end:  # else: the link has ended meanwhile
            receiver.on_link_acl_data(pdu.far_end.peer_address, core.PhysicalTransport.LE, pdu.data)


def _scan_response(advertiser: AirController, packet: Any) -> bytes:
    if not isinstance(packet, ll.AdvInd | ll.AdvExtInd):
        return b""
    sets = (*advertiser.advertising_sets.values(), advertiser.le_legacy_advertiser)
    mine = (bytes(one.scan_response_data) for one in sets if one.enabled and one.address == packet.advertiser_address)
    return next(mine, b"")


async def power_on_hub(controller: AirController, address: str = "C0:00:00:00:00:99") -> Device:
    """A Bumble device that is the hub's adapter, on a controller of an `Air`."""
    host = Host(controller_source=controller, controller_sink=controller)
    device = Device(config=DeviceConfiguration(name="hub", address=hci.Address(address)), host=host)
    await device.power_on()
    return device


async def power_off_hub(device: Device) -> None:
    """End its links, then switch it off."""
    for connection in list(device.connections.values()):
        with suppress(core.BaseBumbleError, TimeoutError):
            async with asyncio.timeout(_HANG_UP_S):
                await connection.disconnect()
    await device.power_off()
