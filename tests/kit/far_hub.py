"""A hub as a process of its own on the virtual air of another: it can be killed, and its processor time be read.

`python far_hub.py SOCKET [both|ingest|radio]`, settings from the environment; `radio`: links that stream, and nobody
who reads the frames. The Bluetooth controller of the hub is in the process of the air (`mast`); between them goes HCI,
as between a kernel and an adapter on USB. It ends on SIGTERM, in good order, and then prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bumble import hci
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.transport.common import PacketParser, StreamPacketSink
from bumble.transport.unix import open_unix_client_transport
from worn_kit import ADDRESSES, SERIALS

from ingest.drivers.base import Output
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.drivers.open_insole_wire import DATA
from ingest.events import Source
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.bumble_backend import backends_for
from ingest.sources.radio.health import Recovery
from ingest.sources.radio.link import Limits
from ingest.sources.radio.stack import Stack, VirtualHelm
from ingest.sources.virtual.air import Air, AirController
from underfoot import compose, judging
from underfoot.reach import broker_address
from underfoot.settings import load

DRAIN_S = 60.0
_HUB = hci.Address("C0:00:00:00:00:99")


class _Plugged(asyncio.Protocol):
    """The air's side of one hub: a controller as long as it is connected."""

    def __init__(self, air: Air) -> None:
        self._air = air
        self._controller: AirController | None = None

    def connection_made(self, transport: Any) -> None:
        self._controller = self._air.controller("hub")
        self._controller.host = StreamPacketSink(transport)
        self._parser = PacketParser(self._controller)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._controller is not None:
            self._controller.host = None
            self._air.remove(self._controller)


@asynccontextmanager
async def mast(air: Air, socket: Path) -> AsyncIterator[None]:
    """Hubs can connect to `socket` meanwhile."""
    async with await asyncio.get_running_loop().create_unix_server(lambda: _Plugged(air), str(socket)):
        yield


@asynccontextmanager
async def _far_stack(socket: Path) -> AsyncIterator[Stack]:
    transport = await open_unix_client_transport(str(socket))
    host = Host(controller_source=transport.source, controller_sink=transport.sink)
    device = Device(config=DeviceConfiguration(name="hub", address=_HUB), host=host)
    await device.power_on()
    backends = backends_for(device)
    try:
        yield Stack({"backend": backends.scanner}, {"backend": backends.client}, VirtualHelm(device))
    finally:
        await transport.close()


def far_adapter(socket: Path) -> Adapter:
    return Adapter(lambda _on_change, _held: _far_stack(socket), slots=5, recovery=Recovery())


class Deaf(OpenInsoleDriver):
    """Hears every notification of rows and reads none of them."""

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        return () if self.streaming and characteristic == DATA else super().on_notified(characteristic, data, now_ns)


async def radio_alone(socket: Path) -> None:
    """What bleak and the Bluetooth stack below it take by themselves."""
    with compose.stop_signals() as enough:
        async with far_adapter(socket) as adapter, asyncio.TaskGroup() as tasks:
            for side, address in ADDRESSES.items():
                driver, limits = Deaf(SERIALS[side], side), Limits(silent_s=3600.0)
                source = adapter.source(driver, address, insole=SERIALS[side], limits=limits)
                tasks.create_task(_drain(source))
            print("up", flush=True)
            await enough.wait()
            raise SystemExit(0)


async def _drain(source: Source) -> None:
    async for _ in source.events():
        pass


async def main(socket: Path, halves: str) -> None:
    if halves == "radio":
        await radio_alone(socket)
    settings = load()
    with compose.stop_signals() as enough:
        async with AsyncExitStack() as stack:
            at = broker_address(settings)
            half = None
            if halves == "both":
                half = await stack.enter_async_context(judging.processing(settings, at))
            adapter = await stack.enter_async_context(far_adapter(socket))
            sources = [
                adapter.source(OpenInsoleDriver(SERIALS[side], side), ADDRESSES[side], insole=SERIALS[side])
                for side in ADDRESSES
            ]
            feet = await stack.enter_async_context(compose.ingest(settings, at, sources, DRAIN_S))
            print("up", flush=True)
            await enough.wait()
            drained = await feet.finish(DRAIN_S)
            if half is not None:
                await _until_kept(half, settings.person)
            print(json.dumps(_told(feet, half, drained=drained)), flush=True)


async def _until_kept(half: judging.Processing, person: str) -> None:
    """Every walk has ended and rests on all its rows."""
    end_s = time.monotonic() + DRAIN_S
    while time.monotonic() < end_s:
        if not any(info.late or not info.ended for info in half.stores.recordings.walks(person) if info.time_known):
            return
        await asyncio.sleep(0.2)


def _told(feet: compose.Feet, half: judging.Processing | None, *, drained: bool) -> dict[str, Any]:
    books = [*feet.fault_books(), *(half.fault_books() if half else ())]
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "drained": drained,
        "faults": [book.counts for book in books],
        "cpu_s": used.ru_utime + used.ru_stime,
        "max_mb": _peak_mb(),
    }


def _peak_mb() -> float:
    """Of resident memory, since this program was loaded: `ru_maxrss` is at least that of the process that began it."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "both"))
