"""The smallest insole that the radio can be tried on: a driver and the Bumble peripheral that it speaks to."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar

import numpy as np
from bumble import att, data_types
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.host import Host

from ingest.drivers.base import Advertisement, Drop, Intent, Output, Read, Recognised, Subscribe, Write
from ingest.events import FaultSeen, LinkChanged, Rows, SourceEvent
from ingest.sources.radio.link import BackOff, Limits
from ingest.sources.radio.source import RadioSource
from ingest.sources.virtual.air import Air, AirController
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

SERVICE = "5e1f0001-0000-4000-8000-000000000000"
INFO = "5e1f0002-0000-4000-8000-000000000000"
DATA = "5e1f0003-0000-4000-8000-000000000000"
CONTROL = "5e1f0004-0000-4000-8000-000000000000"
START, STOP = b"\x01", b"\x02"
STOPPED = b"\xff"
NS_PER_ROW = 10_000_000

QUICK = Limits(
    search_s=1.0,
    connect_s=0.6,
    greeting_s=0.8,
    intent_s=0.4,
    silent_s=0.5,
    stop_s=0.5,
    disconnect_s=0.5,
    back_off=BackOff(first_s=0.05, cap_s=0.1),
)


class KitDriver:
    """Reads INFO, subscribes, starts; a notification is its row number and one cell."""

    name: ClassVar[str] = "kit"
    use_start_notify: ClassVar[bool] = True

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures: list[tuple[Intent, str]] = []
        self.streaming = False
        self.stopped = False

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        if SERVICE not in heard.service_uuids:
            return None
        sides = {"kit L": Side.LEFT, "kit R": Side.RIGHT}
        return Recognised(driver="kit", model="kit", side=sides.get(heard.name or ""))

    def on_connected(self, now_ns: int) -> Iterable[Output]:
        self.calls.append("connected")
        self.streaming = self.stopped = False
        return [Read(INFO)]

    def on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        self.calls.append("read")
        if data == b"bad":
            return [FaultSeen(Fault(FaultCode.FRAME_VERSION)), Drop()]
        self.streaming = True
        return [Subscribe(DATA), Write(CONTROL, START)]

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        if data == STOPPED:
            self.stopped = True
            return []
        (seq, code) = struct.unpack("<Ih", data)
        codes = np.array([[code]], dtype=np.int16)
        return [Rows(boot=1, seq=seq, ticks=seq, tick_ns=1, ns_per_row=NS_PER_ROW, codes=codes, arrived_ns=now_ns)]

    def on_failed(self, intent: Intent, reason: str, now_ns: int) -> Iterable[Output]:
        self.calls.append("failed")
        self.failures.append((intent, reason))
        return [FaultSeen(Fault(FaultCode.LINK_REFUSED, reason)), Drop()]

    def on_disconnected(self, now_ns: int) -> Iterable[Output]:
        self.calls.append("disconnected")
        self.streaming = False
        return []

    def on_stop(self, now_ns: int) -> Iterable[Output]:
        self.calls.append("stop")
        return [Write(CONTROL, STOP)]


class KitInsole:
    """Takes a row every `period_s` from power-on and notifies it while it has been started. Knobs are attributes."""

    def __init__(
        self, controller: AirController, side: str = "L", *, period_s: float = 0.01, address: str | None = None
    ) -> None:
        self.controller = controller
        self.address = address or f"F0:F1:F2:F3:F4:0{'LR'.index(side)}"
        self.period_s = period_s
        self.seq = 0
        self.muted = self.deaf_to_stop = False
        self.info = b"good"
        self.info_delay_s = 0.0
        self.written: list[bytes] = []
        self.connections: list[Any] = []
        self.made = 0
        self._started = False
        permissions = Characteristic.Permissions
        properties = Characteristic.Properties
        self._data = Characteristic(DATA, properties.NOTIFY, permissions(0))
        info = Characteristic(INFO, properties.READ, permissions.READABLE, CharacteristicValue(read=self._on_read))
        control = Characteristic(
            CONTROL, properties.WRITE, permissions.WRITEABLE, CharacteristicValue(write=self._on_write)
        )
        config = DeviceConfiguration(
            name=f"kit {side}",
            address=Address(self.address),
            advertising_interval_min=30,
            advertising_interval_max=30,
        )
        self.device = Device(config=config, host=Host(controller_source=controller, controller_sink=controller))
        self.device.add_services([Service(SERVICE, [info, self._data, control])])
        self.device.advertising_data = bytes(
            AdvertisingData([data_types.IncompleteListOf128BitServiceUUIDs([UUID(SERVICE)])])
        )
        self.device.scan_response_data = bytes(AdvertisingData([data_types.CompleteLocalName(f"kit {side}")]))
        self.device.on("connection", self._on_connection)

    async def power_on(self) -> None:
        await self.device.power_on()
        await self.device.start_advertising(auto_restart=True)
        self._walking = asyncio.create_task(self._walk())

    async def power_off(self) -> None:
        self._walking.cancel()
        await asyncio.gather(self._walking, return_exceptions=True)
        await self.drop()
        await self.device.stop_advertising()
        await self.device.power_off()

    async def drop(self) -> None:
        """End the link from the insole's side."""
        for connection in list(self.connections):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await connection.disconnect()

    async def _walk(self) -> None:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        while True:
            if self._started and self.connections and not self.muted:
                row = struct.pack("<Ih", self.seq, self.seq % 1000)
                await self.device.notify_subscribers(self._data, row)
            self.seq += 1
            await asyncio.sleep(max(0.0, begun_s + self.seq * self.period_s - loop.time()))

    async def _on_read(self, _connection: Any) -> bytes:
        await asyncio.sleep(self.info_delay_s)
        return self.info

    async def _on_write(self, _connection: Any, value: bytes) -> None:
        self.written.append(bytes(value))
        if value == START:
            self._started = True
        elif value == STOP and not self.deaf_to_stop:
            self._started = False
            await self.device.notify_subscribers(self._data, STOPPED)
        elif value not in (START, STOP):
            raise att.ATT_Error(att.ErrorCode.VALUE_NOT_ALLOWED)

    def _on_connection(self, connection: Any) -> None:
        self.made += 1
        self.connections.append(connection)
        connection.on("disconnection", lambda _reason: self._on_disconnection(connection))

    def _on_disconnection(self, connection: Any) -> None:
        self.connections.remove(connection)
        self._started = False


@asynccontextmanager
async def insole_on(air: Air, side: str = "L", **knobs: Any) -> AsyncIterator[KitInsole]:
    insole = KitInsole(air.controller(f"kit {side}"), side, **knobs)
    await insole.power_on()
    try:
        yield insole
    finally:
        await insole.power_off()


class Reader:
    """Reads a source in the background and lets a test wait for what it has said."""

    def __init__(self, source: RadioSource) -> None:
        self.source = source
        self.events: list[SourceEvent] = []
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Reader:
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        stream = self.source.events()
        try:
            async for event in stream:
                self.events.append(event)
                self._news.set()
        finally:
            await stream.aclose()

    async def until(self, enough: Callable[[Reader], bool], seconds: float = 4.0) -> None:
        async with asyncio.timeout(seconds):
            while not enough(self):
                self._news.clear()
                await self._news.wait()

    async def until_state(self, *states: LinkState) -> None:
        """Until the states so far end in `states`."""
        await self.until(lambda reader: tuple(reader.states[-len(states) :]) == states)

    async def until_rows(self, more: int) -> None:
        wanted = len(self.rows) + more
        await self.until(lambda reader: len(reader.rows) >= wanted)

    @property
    def states(self) -> list[LinkState]:
        return [event.state for event in self.events if isinstance(event, LinkChanged)]

    @property
    def rows(self) -> list[int]:
        return [event.seq for event in self.events if isinstance(event, Rows)]

    @property
    def faults(self) -> list[FaultCode]:
        return [event.fault.code for event in self.events if isinstance(event, FaultSeen)]
