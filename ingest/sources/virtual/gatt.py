"""The GATT database of a virtual insole: Open Insole profile 1 and the SIG's services, over Bumble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from bumble import att, core, gatt, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.profiles.device_information_service import DeviceInformationService

from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import OFFSET, PART_OCTETS, pack_announced
from ingest.drivers.open_insole_records import RACP
from ingest.wire.faults import UnderfootError
from ingest.wire.geometry import Side

_P = gatt.Characteristic.Properties
_READABLE, _WRITEABLE = gatt.Characteristic.READABLE, gatt.Characteristic.WRITEABLE


_BAD_TIME = 0x81  # Elapsed Time Service: incorrect time format
ATT_MTU = 247  # BlueZ asks for 517; 247 is what one packet of the link layer carries
_ADVERTISING_MS = 100
_HANG_UP_S = 1.0
_NAME_OCTETS = 29 - 18  # of a scan response that also names the service


class Body(Protocol):
    """What the database asks of the insole it belongs to."""

    def info(self) -> bytes: ...
    def layout(self) -> bytes: ...
    def status(self) -> bytes: ...
    def battery(self) -> bytes: ...
    def elapsed_time(self) -> bytes: ...
    def set_elapsed_time(self, time: sig.ElapsedTime) -> None: ...
    def on_request(self, connection: Any, data: bytes) -> None: ...
    def held(self) -> bytes: ...
    def on_record_request(self, connection: Any, data: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """What Device Information says."""

    serial: str
    model: str
    firmware: str


class Database:
    """Services and the characteristics that are notified or indicated.

    `flash`: with HELD and the Record Access Control Point. `encrypted`: requests need an encrypted link.
    """

    def __init__(self, body: Body, identity: Identity, *, flash: bool = False, encrypted: bool = False) -> None:
        self._body = body
        asked = gatt.Characteristic.WRITE_REQUIRES_ENCRYPTION | _WRITEABLE if encrypted else _WRITEABLE
        self._offsets: dict[int, int] = {}
        self.data = gatt.Characteristic(wire.DATA, _P.NOTIFY, gatt.Characteristic.Permissions(0))
        self.control = gatt.Characteristic(
            wire.CONTROL, _P.WRITE | _P.INDICATE, asked, gatt.CharacteristicValue(write=self._on_control)
        )
        self.record_access = gatt.Characteristic(
            RACP, _P.WRITE | _P.INDICATE, asked, gatt.CharacteristicValue(write=self._on_record_access)
        )
        self.held = _readable(wire.HELD, body.held, notify=True)
        self.status = _readable(wire.STATUS, body.status, notify=True)
        self.battery = _readable(sig.BATTERY_LEVEL, body.battery, notify=True)
        layout = gatt.Characteristic(
            wire.LAYOUT,
            _P.READ | _P.WRITE,
            _READABLE | _WRITEABLE,
            gatt.CharacteristicValue(read=self._read_layout, write=self._seek_layout),
        )
        elapsed = gatt.Characteristic(
            sig.CURRENT_ELAPSED_TIME,
            _P.READ | _P.WRITE | _P.INDICATE,
            _READABLE | _WRITEABLE,
            gatt.CharacteristicValue(read=lambda _connection: body.elapsed_time(), write=self._on_elapsed_time),
        )
        pressure = [_readable(wire.INFO, body.info), layout, self.data, self.control, self.status]
        self.services = [
            gatt.Service(wire.SERVICE, pressure + [self.held, self.record_access] * flash),
            gatt.Service(sig.BATTERY_SERVICE, [self.battery]),
            gatt.Service(sig.ELAPSED_TIME_SERVICE, [elapsed]),
            DeviceInformationService(
                manufacturer_name="underfoot",
                model_number=identity.model,
                serial_number=identity.serial,
                firmware_revision=identity.firmware,
            ),
        ]

    def forget(self, connection: Any) -> None:
        """A link has ended; the next one begins to read the layout at 0."""
        self._offsets.pop(connection.handle, None)

    def _read_layout(self, connection: Any) -> bytes:
        offset = self._offsets.get(connection.handle, 0)
        return self._body.layout()[offset : offset + PART_OCTETS]

    def _seek_layout(self, connection: Any, data: bytes) -> None:
        if len(data) != OFFSET.size:
            raise att.ATT_Error(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        (offset,) = OFFSET.unpack(data)
        if offset > len(self._body.layout()):
            raise att.ATT_Error(att.ErrorCode.INVALID_OFFSET)
        self._offsets[connection.handle] = offset

    def _on_control(self, connection: Any, data: bytes) -> None:
        if not _has_indications(connection, self.control):
            raise att.ATT_Error(att.ErrorCode.CCCD_IMPROPERLY_CONFIGURED)
        self._body.on_request(connection, bytes(data))

    def _on_record_access(self, connection: Any, data: bytes) -> None:
        if not _has_indications(connection, self.record_access):
            raise att.ATT_Error(att.ErrorCode.CCCD_IMPROPERLY_CONFIGURED)
        if not self._body.on_record_request(connection, bytes(data)):
            raise att.ATT_Error(att.ErrorCode.PROCEDURE_ALREADY_IN_PROGRESS)

    def _on_elapsed_time(self, _connection: Any, data: bytes) -> None:
        try:
            self._body.set_elapsed_time(sig.unpack_elapsed_time(bytes(data)))
        except UnderfootError as error:
            raise att.ATT_Error(_BAD_TIME) from error


def _readable(uuid: str, read: Callable[[], bytes], *, notify: bool = False) -> gatt.Characteristic:
    properties = _P.READ | _P.NOTIFY if notify else _P.READ
    return gatt.Characteristic(uuid, properties, _READABLE, gatt.CharacteristicValue(read=lambda _connection: read()))


def advertisement(side: Side | None) -> bytes:
    """Flags, and which foot the insole is for as data of its service."""
    service_data = bytes(UUID(wire.SERVICE)) + pack_announced(side)
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, bytes([0x06])),  # general discoverable, no classic Bluetooth
                (AdvertisingData.SERVICE_DATA_128_BIT_UUID, service_data),
            ]
        )
    )


async def announce(device: Device, side: Side | None) -> None:
    """Have a device that advertises already say another side."""
    device.advertising_data = advertisement(side)
    if device.legacy_advertising_set is not None:
        await device.legacy_advertising_set.set_advertising_data(device.advertising_data)


def scan_response(name: str) -> bytes:
    """The service, and as much of the name as there is room for."""
    short = name.encode()[:_NAME_OCTETS]
    whole = len(short) == len(name.encode())
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(wire.SERVICE))),
                (AdvertisingData.COMPLETE_LOCAL_NAME if whole else AdvertisingData.SHORTENED_LOCAL_NAME, short),
            ]
        )
    )


def assemble(controller: Any, database: Database, *, name: str, address: str) -> Device:
    """A Bumble device on `controller` that serves `database`; not powered on yet."""
    host = Host(controller_source=controller, controller_sink=controller)
    configuration = DeviceConfiguration(
        name=name,
        address=hci.Address(address),
        advertising_interval_min=_ADVERTISING_MS,
        advertising_interval_max=_ADVERTISING_MS,
    )
    device = Device(config=configuration, host=host)
    device.add_services(database.services)
    device.gatt_server.max_mtu = ATT_MTU
    device.scan_response_data = scan_response(name)
    return device


async def hang_up(device: Any) -> None:
    """End every link of a device."""
    for connection in list(device.connections.values()):
        with suppress(core.BaseBumbleError, TimeoutError):
            async with asyncio.timeout(_HANG_UP_S):
                await connection.disconnect()


def _has_indications(connection: Any, characteristic: Any) -> bool:
    return bool(connection.device.gatt_server.read_cccd(connection, characteristic)[0] & 0x02)
