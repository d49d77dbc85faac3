"""What the simulated insoles of other makers have in common: a Bumble device, rows at a steady rate, one listener."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from bumble import core, gatt, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host

from ingest.drivers.sig import BATTERY_LEVEL, BATTERY_SERVICE, FIRMWARE_REVISION, MODEL_NUMBER
from ingest.drivers.sig import DEVICE_INFORMATION_SERVICE as DEVICE_INFORMATION
from ingest.sources.virtual.gatt import hang_up
from ingest.sources.virtual.others.worn import Worn
from ingest.wire.block import Codes

_log = logging.getLogger(__name__)
_P = gatt.Characteristic.Properties
_READABLE, _WRITEABLE = gatt.Characteristic.READABLE, gatt.Characteristic.WRITEABLE
_ADVERTISING_MS = 50


def readable(uuid: str, read: Callable[[], bytes], *, notify: bool = False) -> Any:
    properties = _P.READ | _P.NOTIFY if notify else _P.READ
    return gatt.Characteristic(uuid, properties, _READABLE, gatt.CharacteristicValue(read=lambda _connection: read()))


def notifying(uuid: str) -> Any:
    return gatt.Characteristic(uuid, _P.NOTIFY, gatt.Characteristic.Permissions(0))


def writable(uuid: str, write: Callable[[bytes], None], read: Callable[[], bytes] | None = None) -> Any:
    """Read as well when there is something to read. `write` may raise `att.ATT_Error`."""
    properties, permissions = _P.WRITE, _WRITEABLE
    if read is not None:
        properties, permissions = properties | _P.READ, permissions | _READABLE
    value = gatt.CharacteristicValue(
        read=None if read is None else lambda _connection: read(),
        write=lambda _connection, data: write(bytes(data)),
    )
    return gatt.Characteristic(uuid, properties, permissions, value)


def identity(model: str, firmware: str) -> Any:
    """Device Information with these two."""
    of = {MODEL_NUMBER: model.encode(), FIRMWARE_REVISION: firmware.encode()}
    return gatt.Service(
        DEVICE_INFORMATION,
        [gatt.Characteristic(uuid, _P.READ, _READABLE, value) for uuid, value in of.items()],
    )


def advertised(*structures: tuple[int, bytes]) -> bytes:
    """Flags (general discoverable, no classic Bluetooth), then these."""
    return bytes(AdvertisingData([(AdvertisingData.FLAGS, bytes([0x06])), *structures]))


def service_list(uuid: str) -> tuple[int, bytes]:
    return (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(uuid)))


class OtherInsole(ABC):
    """Takes a row every `row_ns` from `begin` to `halt`; `rows` are those that went to a listener, as they were taken.

    `stamp_error_ms`: what the insole's stamp of row k is off by. `spoil`: what the air does to a packet; b"" loses it.
    """

    def __init__(
        self,
        controller: Any,
        *,
        name: str,
        address: str,
        services: Sequence[Any],
        advertisement: bytes,
        scan_response: bytes | None = None,
        worn: Worn,
        row_ns: int,
        battery_pct: int = 77,
    ) -> None:
        self.address = address
        self.battery_pct = battery_pct
        self.rows: list[Codes] = []
        self.taken = 0
        self.links = 0
        self.muted = False
        self.stamp_error_ms: Callable[[int], int] = lambda _row: 0
        self.spoil: Callable[[bytes], bytes] = lambda packet: packet
        self._worn, self._row_ns = worn, row_ns
        self._taking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        configuration = DeviceConfiguration(
            name=name,
            address=hci.Address(address),
            advertising_interval_min=_ADVERTISING_MS,
            advertising_interval_max=_ADVERTISING_MS,
        )
        self.device: Any = Device(
            config=configuration, host=Host(controller_source=controller, controller_sink=controller)
        )
        battery = gatt.Service(
            BATTERY_SERVICE, [readable(BATTERY_LEVEL, lambda: bytes([self.battery_pct]), notify=True)]
        )
        self.device.add_services([*services, battery])
        self.device.advertising_data = advertisement
        named = bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, name.encode())]))
        self.device.scan_response_data = named if scan_response is None else scan_response
        self.device.on("connection", self._on_connection)

    @abstractmethod
    async def send(self, row: int, codes: Codes) -> None:
        """Tell the listener of a row, with `notify`."""

    def forget(self) -> None:  # noqa: B027 - most have nothing to forget
        """A link has ended: what the insole does not keep over it."""

    async def power_on(self) -> None:
        await self.device.power_on()
        await self.device.start_advertising(auto_restart=True)

    async def power_off(self) -> None:
        self.halt()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await hang_up(self.device)
        await self.device.stop_advertising()
        await self.device.power_off()

    async def drop(self) -> None:
        """End the link from the insole's side."""
        await hang_up(self.device)

    def begin(self) -> None:
        if self._taking is None:
            self._taking = self.spawn(self._take())

    def halt(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    @property
    def listened_to(self) -> bool:
        return bool(self.device.connections)

    async def notify(self, characteristic: Any, packet: bytes) -> None:
        packet = self.spoil(packet)
        if packet and self.listened_to:
            with suppress(core.BaseBumbleError):
                await self.device.notify_subscribers(characteristic, packet)

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        first, begun_s = self.taken, loop.time()
        while True:
            await asyncio.sleep(max(0.0, begun_s + (self.taken - first) * self._row_ns / 1e9 - loop.time()))
            row, self.taken = self.taken, self.taken + 1
            codes = self._worn.row(row)
            if self.listened_to and not self.muted:
                self.rows.append(codes)
                await self.send(row, codes)

    def _on_connection(self, connection: Any) -> None:
        self.links += 1
        connection.on("disconnection", lambda _reason: self._on_disconnection())

    def _on_disconnection(self) -> None:
        self.halt()
        self.forget()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, core.BaseBumbleError | TimeoutError):  # those: the link ended
            _log.error("simulated insole %s", self.address, exc_info=error)
