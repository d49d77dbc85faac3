"""bleak's backend over one powered-on Bumble device: bleak speaks to virtual insoles as it does to real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.device import Device, Peer

from ingest.sources.radio.tasks import see_through

_AD = core.AdvertisingData
_MTU_OCTETS = 517  # what BlueZ asks for
_CALL_OFF_S = 1.0


@dataclass(frozen=True, slots=True)
class Backends:
    """Classes for `BleakClient(backend=…)` and `BleakScanner(backend=…)`; bleak wants classes, not objects."""

    client: type[BaseBleakClient]
    scanner: type[BaseBleakScanner]


def backends_for(device: Device) -> Backends:
    """Backend classes bound to `device`."""
    one_at_a_time = asyncio.Lock()

    class Client(BumbleClient):
        hub = device
        connecting = one_at_a_time

    class Scanner(BumbleScanner):
        hub = device

    return Backends(Client, Scanner)


@contextmanager
def _bleak_errors() -> Iterator[None]:
    """Bumble's errors as bleak's."""
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(BleakGATTProtocolErrorCode(error.error_code)) from error
    except asyncio.CancelledError:
        # Bumble cancels the request that is pending when the link goes; our own cancellation has to pass.
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BleakError("disconnected") from None
    except (core.BaseBumbleError, asyncio.InvalidStateError) as error:
        raise BleakError(str(error) or repr(error)) from error


def _uuid(uuid: Any) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-").lower())


class BumbleScanner(BaseBleakScanner):
    """Get bound classes from `backends_for`."""

    hub: Device

    def __init__(self, detection_callback: Any, service_uuids: list[str] | None, scanning_mode: str, **_: Any) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        self.seen_devices = {}
        self.hub.on("advertisement", self._on_advertisement)
        with _bleak_errors():
            await self.hub.start_scanning(active=self._active, filter_duplicates=False)

    async def stop(self) -> None:
        self.hub.remove_listener("advertisement", self._on_advertisement)
        if not self.hub.listeners("advertisement"):
            with _bleak_errors():
                await self.hub.stop_scanning()

    def _on_advertisement(self, heard: Any) -> None:
        address = heard.address.to_string(False)
        advertised = _advertised(heard)
        device = self.create_or_update_device(address, address, advertised.local_name, heard.address, advertised)
        if self.is_allowed_uuid(advertised.service_uuids):
            self.call_detection_callbacks(device, advertised)


def _advertised(heard: Any) -> AdvertisementData:
    def every(*kinds: Any) -> list[Any]:
        return [value for kind in kinds for value in heard.data.get_all(kind)]

    names = every(_AD.COMPLETE_LOCAL_NAME, _AD.SHORTENED_LOCAL_NAME)
    uuids = every(
        _AD.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
        _AD.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
        _AD.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
        _AD.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    )
    service_data = every(_AD.SERVICE_DATA_16_BIT_UUID, _AD.SERVICE_DATA_128_BIT_UUID)
    return AdvertisementData(
        local_name=names[0] if names else None,
        manufacturer_data={company: bytes(data) for company, data in every(_AD.MANUFACTURER_SPECIFIC_DATA)},
        service_data={_uuid(uuid): bytes(data) for uuid, data in service_data},
        service_uuids=sorted({_uuid(uuid) for listed in uuids for uuid in listed}),
        tx_power=None,
        rssi=heard.rssi,
        platform_data=(heard,),
    )


async def _hang_up(connection: Any) -> None:
    with suppress(core.BaseBumbleError, TimeoutError):
        async with asyncio.timeout(_CALL_OFF_S):
            await connection.disconnect()


class BumbleClient(BaseBleakClient):
    """Get bound classes from `backends_for`. Connects to a `BLEDevice` of its scanner, or to an address."""

    hub: Device
    connecting: asyncio.Lock

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        services: set[str] | None = None,
        **_: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        found = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._target = found.details if found else hci.Address(self.address)
        self._name = (found.name if found else None) or self.address.replace(":", "-")
        self._wanted_services = services
        self._peer: Peer | None = None
        self._callbacks: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def mtu_size(self) -> int:
        return int(self._connected().connection.att_mtu)

    @property
    def is_connected(self) -> bool:
        return self._peer is not None

    def _connected(self) -> Peer:
        if self._peer is None:
            raise BleakError("Not connected")
        return self._peer

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        if self._peer is not None:
            raise BleakError("Client is already connected")
        async with asyncio.timeout(kwargs.get("timeout", self._timeout)):
            async with self.connecting:  # a Bumble device has one outgoing attempt at a time
                connection = await self._open_link()
            lost = asyncio.Event()
            connection.on("disconnection", lambda _reason: self._on_link_end(lost))
            try:
                with _bleak_errors():
                    await self._greet(connection, lost, pair=pair)
            except BaseException:
                if not lost.is_set():
                    await see_through(_hang_up(connection))
                self._peer, self.services = None, None
                raise

    async def _open_link(self) -> Any:
        attempt = asyncio.ensure_future(self.hub.connect(self._target, timeout=None))
        try:
            with _bleak_errors():
                return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            await see_through(self._call_off(attempt))
            raise

    async def _call_off(self, attempt: asyncio.Future[Any]) -> None:
        """Without this the attempt would stay pending in the controller and block every later one."""
        with suppress(core.BaseBumbleError, TimeoutError):
            async with asyncio.timeout(_CALL_OFF_S):
                if not attempt.done():
                    with suppress(core.BaseBumbleError):  # refused: too late, the link is being made
                        await self.hub.cancel_connection()
                connection = await attempt
                await connection.disconnect()  # it was made in the very moment it was called off

    async def _greet(self, connection: Any, lost: asyncio.Event, *, pair: bool) -> None:
        self._peer = peer = Peer(connection)
        if pair:
            await self.pair()
        await peer.request_mtu(_MTU_OCTETS)
        self.services = await self._discover(peer)
        if lost.is_set():
            raise BleakError("disconnected during service discovery")

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for theirs in await peer.discover_services():
            if self._wanted_services and _uuid(theirs.uuid) not in self._wanted_services:
                continue
            service = BleakGATTService(theirs, theirs.handle, _uuid(theirs.uuid))
            found.add_service(service)
            for its in await theirs.discover_characteristics():
                flags = list(gatt_char_props_to_strs(int(its.properties)))
                characteristic = BleakGATTCharacteristic(
                    its, its.handle, _uuid(its.uuid), flags, lambda: self.mtu_size - 3, service
                )
                found.add_characteristic(characteristic)
                for one in await its.discover_descriptors():
                    found.add_descriptor(BleakGATTDescriptor(one, one.handle, _uuid(one.type), characteristic))
        return found

    def _on_link_end(self, lost: asyncio.Event) -> None:
        lost.set()
        was_connected = self._peer is not None
        self._peer, self.services = None, None
        self._callbacks.clear()
        if was_connected and self._disconnected_callback is not None:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        if self._peer is not None:
            with _bleak_errors():
                await self._peer.connection.disconnect()

    async def pair(self, *_: Any, **__: Any) -> None:
        connection = self._connected().connection
        with _bleak_errors():
            if self.hub.keystore is not None and await self.hub.keystore.get(str(connection.peer_address)):
                await connection.encrypt()
            else:
                await connection.pair()

    async def unpair(self) -> None:
        if self.hub.keystore is not None:
            with suppress(KeyError):
                await self.hub.keystore.delete(str(self._target))
        await self.disconnect()

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        return await self._read(characteristic.handle)

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        return await self._read(descriptor.handle)

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        await self._write(characteristic.handle, data, response=response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        await self._write(descriptor.handle, data, response=True)

    async def _read(self, handle: int) -> bytearray:
        with _bleak_errors():
            return bytearray(await self._connected().gatt_client.read_value(handle))

    async def _write(self, handle: int, data: SizedBuffer, *, response: bool) -> None:
        with _bleak_errors():
            await self._connected().gatt_client.write_value(handle, bytes(data), with_response=response)

    async def start_notify(self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any) -> None:
        self._connected()

        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        self._callbacks[characteristic.handle] = on_value
        with _bleak_errors():
            await characteristic.obj.subscribe(on_value)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        self._connected()
        with _bleak_errors():
            await characteristic.obj.unsubscribe(self._callbacks.pop(characteristic.handle, None))
