"""What the tests inside the BlueZ box stand on: control of the air, the host's Bluetooth service, a source's reader."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from bleak.backends.bluezdbus.utils import get_dbus_authenticator
from bluez_air import ADDRESSES
from dbus_fast import BusType, Message, Variant
from dbus_fast.aio import MessageBus
from tree import ROOT

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import FaultSeen, LinkChanged, Rows, SourceEvent
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.link import Limits
from ingest.sources.radio.source import RadioSource
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

FEET = ("left", "right")
ROWS_PER_S = 100
_PID = Path("/run/bluetoothd.pid")
_SOON_S = 30.0


async def until(holds: Callable[[], Any], within_s: float = _SOON_S) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - a kernel and a service have no event to wait for
            await asyncio.sleep(0.02)


# -- the air ----------------------------------------------------------------------------------------------------------


class AirControl:
    """Requests to `bluez_air.py`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, do: str, **how: Any) -> Any:
        async with self._one_at_a_time, asyncio.timeout(_SOON_S):
            self._writer.write(json.dumps({"do": do, **how}).encode() + b"\n")
            return json.loads(await self._reader.readline())


@contextmanager
def air_process(folder: Path) -> Iterator[str]:
    """The process of the air, for any number of `bluez_air`, one after the other; the address of its socket."""
    address = str(folder / "air")
    program = Path(__file__).with_name("bluez_air.py")
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    with subprocess.Popen([sys.executable, program, address], stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield address
        finally:
            process.kill()


@asynccontextmanager
async def bluez_air(address: str) -> AsyncIterator[AirControl]:
    """New insoles on the air and a new adapter, that BlueZ has and that is powered."""
    async with asyncio.timeout(_SOON_S):
        reader, writer = await asyncio.open_unix_connection(address)
        assert await reader.readline() == b"up\n"
    try:
        await powered()
        async with system_bus() as bus:
            await bus.forget_devices()
        yield AirControl(reader, writer)
    finally:
        writer.write_eof()
        async with asyncio.timeout(_SOON_S):
            await reader.read()  # until everything is off the air
        writer.close()


# -- BlueZ ------------------------------------------------------------------------------------------------------------


class Bus:
    """Calls on the system bus."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Any:
        """The answer's body.

        :raises LookupError: an error came back.
        """
        message = Message(
            destination="org.bluez",
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        answer = await self._bus.call(message)
        if answer is None or answer.error_name:
            raise LookupError(None if answer is None else (answer.error_name, answer.body))
        return answer.body

    async def set_powered(self, on: bool, adapter: str = "hci0") -> None:
        value = Variant("b", on)
        path = f"/org/bluez/{adapter}"
        await self.call(path, "org.freedesktop.DBus.Properties", "Set", "ssv", "org.bluez.Adapter1", "Powered", value)

    async def adapters(self) -> dict[str, bool]:
        """Whether each adapter is powered, by its name."""
        adapters = await self._objects("org.bluez.Adapter1")
        return {path.rpartition("/")[2]: properties["Powered"].value for path, properties in adapters.items()}

    async def devices(self) -> set[str]:
        """Addresses of all that BlueZ knows at the moment."""
        return {device["Address"].value for device in (await self._objects("org.bluez.Device1")).values()}

    async def forget_devices(self) -> None:
        """BlueZ keeps a device that was connected once, over its own restarts too."""
        for path in await self._objects("org.bluez.Device1"):
            await self.call(path.rpartition("/")[0], "org.bluez.Adapter1", "RemoveDevice", "o", path)

    async def _objects(self, interface: str) -> dict[str, dict[str, Any]]:
        (objects,) = await self.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        return {path: interfaces[interface] for path, interfaces in objects.items() if interface in interfaces}


@asynccontextmanager
async def system_bus() -> AsyncIterator[Bus]:
    bus = await MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator()).connect()
    try:
        yield Bus(bus)
    finally:
        bus.disconnect()


async def powered(within_s: float = _SOON_S) -> str:
    """The name of the first adapter, once BlueZ has it and it is on."""
    async with system_bus() as bus, asyncio.timeout(within_s):
        while True:
            try:
                adapters = await bus.adapters()
                for name, on in adapters.items():
                    if on:
                        return name
                    await bus.set_powered(True, name)
            except LookupError:
                pass  # BlueZ is starting, or busy with the adapter
            await asyncio.sleep(0.05)


def _bluetoothd() -> int:
    return int(_PID.read_text())


def stop_bluetoothd(how: signal.Signals = signal.SIGTERM) -> None:
    os.kill(_bluetoothd(), how)


def start_bluetoothd() -> None:
    with (Path(os.environ["BLUEZ_BOX"]) / "bluetoothd.log").open("ab") as log:
        started = subprocess.Popen([os.environ["BLUETOOTHD"], "-n"], stdout=log, stderr=log, start_new_session=True)
    _PID.write_text(str(started.pid))
    _started.append(started)


@contextmanager
def restarted_with(configuration: str) -> Iterator[None]:
    """bluetoothd with this main.conf; with its own one afterwards."""
    file = Path("/etc/bluetooth/main.conf")
    before = file.read_text()
    try:
        file.write_text(configuration)
        restart_bluetoothd()
        yield
    finally:
        file.write_text(before)
        restart_bluetoothd()


def restart_bluetoothd() -> None:
    stop_bluetoothd()
    time.sleep(0.5)
    start_bluetoothd()


_started: list[subprocess.Popen[bytes]] = []  # kept, or Python complains of a child that nobody waited for


# -- a source ---------------------------------------------------------------------------------------------------------


class Wearer:
    """Reads one foot's source in the background. `seen`: how often each row came, by (boot, seq)."""

    def __init__(self, source: RadioSource) -> None:
        self.source = source
        self.seen: Counter[tuple[int, int]] = Counter()
        self.states: list[LinkState] = []
        self.faults: list[FaultCode] = []
        self.told: list[str] = []  # the same in words
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Wearer:
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
                self._on_event(event)
        finally:
            await stream.aclose()

    def _on_event(self, event: SourceEvent) -> None:
        if isinstance(event, Rows):
            self.seen.update((event.boot, event.seq + row) for row in range(len(event.codes)))
        elif isinstance(event, LinkChanged):
            self.states.append(event.state)
        elif isinstance(event, FaultSeen):
            self.faults.append(event.fault.code)
            self.told.append(f"{self.state}: {event.fault.code} {event.fault.detail}")

    @property
    def rows(self) -> int:
        return len(self.seen)

    @property
    def doubled(self) -> int:
        return self.seen.total() - len(self.seen)

    @property
    def state(self) -> LinkState | None:
        return self.states[-1] if self.states else None

    def gaps(self) -> list[tuple[int, int, int]]:
        """Stretches of rows that never came between two that did: (boot, first, next)."""
        found = []
        for boot in {boot for boot, _ in self.seen}:
            seqs = sorted(seq for one, seq in self.seen if one == boot)
            found += [(boot, one + 1, later) for one, later in pairwise(seqs) if later > one + 1]
        return found

    async def more(self, rows: int, within_s: float = _SOON_S) -> None:
        wanted = self.rows + rows
        await until(lambda: self.rows >= wanted, within_s)

    async def streams_again(self, links: int, within_s: float = _SOON_S) -> None:
        """A link after the first `links` ones streams, and rows come."""
        await until(lambda: self.states.count(LinkState.STREAMING) > links, within_s)
        await self.more(ROWS_PER_S // 2, within_s)

    @property
    def links(self) -> int:
        return self.states.count(LinkState.STREAMING)


@asynccontextmanager
async def worn(
    air: AirControl,
    adapter: Adapter,
    foot: str,
    limits: Limits | None = None,
    driver: type[OpenInsoleDriver] = OpenInsoleDriver,
) -> AsyncIterator[Wearer]:
    """Our own way of reading one foot: its driver, over our adapter."""
    side = Side.LEFT if foot == "locked" else Side(foot)
    async with Wearer(adapter.source(driver(foot, side), ADDRESSES[foot], limits=limits)) as wearer:
        yield wearer
        await air("drop", foot=foot)  # BlueZ would take two seconds to end the link
