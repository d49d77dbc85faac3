"""A hub of the plainest kind: a Bumble central that carries out what a driver intends, and remembers what it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from bumble import core
from bumble.controller import Controller
from bumble.core import UUID
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink

from ingest.drivers.base import Drop, Output, Read, Subscribe, Write
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.events import FaultSeen, LayoutSeen, Rows, SourceEvent, TakenSeen
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes
from ingest.wire.faults import FaultCode


class WideController(Controller):
    """Bumble's 27-octet packets would cut every notification into ten."""

    le_acl_data_packet_length = acl_data_packet_length = 251
    supported_max_tx_octets = supported_max_rx_octets = suggested_max_tx_octets = 251


class Hub:
    """One adapter on a link. `carry` connects a driver to the insole at an address until it is stopped or lost."""

    def __init__(self, link: LocalLink) -> None:
        controller = WideController("hub", link=link)
        host = Host(controller_source=controller, controller_sink=controller)
        self.device = Device(config=DeviceConfiguration(name="hub", address=Address("C0:00:00:00:00:99")), host=host)

    async def __aenter__(self) -> Hub:
        await self.device.power_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in list(self.device.connections.values()):
            await connection.disconnect()
        await self.device.power_off()

    async def connect(self, address: str, mtu: int = 517) -> Peer:
        peer = Peer(await self.device.connect(Address(address)))
        await peer.request_mtu(mtu)
        await peer.discover_services()
        for service in peer.services:
            await service.discover_characteristics()
        return peer


class Carrier:
    """Carries one driver's intents over one link at a time. `seen`: every event in order."""

    def __init__(self, hub: Hub, driver: OpenInsoleDriver, address: str) -> None:
        self.hub, self.driver, self.address = hub, driver, address
        self.seen: list[SourceEvent] = []
        self.dropped = False
        self._intents: asyncio.Queue[Any] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.peer: Peer | None = None
        self.lost = asyncio.Event()

    async def connect(self, mtu: int = 517) -> None:
        self.lost.clear()
        self.dropped = False
        self._intents = asyncio.Queue()
        self.peer = await self.hub.connect(self.address, mtu)
        self.peer.connection.on("disconnection", self._on_lost)
        self._feed(self.driver.on_connected(time.time_ns()))
        self._task = asyncio.create_task(self._carry())

    def _on_lost(self, _reason: int) -> None:
        if self._task is not None:
            self._task.cancel()
        self._feed(self.driver.on_disconnected(time.time_ns()))
        self.lost.set()

    async def stop(self, within_s: float = 5.0) -> None:
        self._feed(self.driver.on_stop(time.time_ns()))
        await self.until(lambda: self.driver.stopped, within_s)

    async def close(self) -> None:
        if self.peer is not None and not self.lost.is_set():
            await self.peer.connection.disconnect()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, holds: Any, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 - a driver has no event to wait for
                await asyncio.sleep(0.01)

    def _feed(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Read | Write | Subscribe | Drop):
                self._intents.put_nowait(output)
            else:
                self.seen.append(output)

    async def _carry(self) -> None:
        while True:
            intent = await self._intents.get()
            if isinstance(intent, Drop):
                self.dropped = True
                continue
            try:
                await self._carry_out(intent)
            except (core.BaseBumbleError, LookupError) as error:
                self._feed(self.driver.on_failed(intent, repr(error), time.time_ns()))

    async def _carry_out(self, intent: Read | Write | Subscribe) -> None:
        assert self.peer is not None
        proxies = self.peer.get_characteristics_by_uuid(UUID(intent.characteristic))
        if not proxies:
            raise LookupError(intent.characteristic)
        proxy, name = proxies[0], intent.characteristic
        if isinstance(intent, Read):
            data = await proxy.read_value()
            self._feed(self.driver.on_read(name, bytes(data), time.time_ns()))
        elif isinstance(intent, Write):
            await proxy.write_value(intent.data, with_response=intent.response)
        else:
            await proxy.subscribe(lambda data: self._feed(self.driver.on_notified(name, bytes(data), time.time_ns())))

    # what was seen

    def every(self, kind: type) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    @property
    def rows(self) -> list[Rows]:
        return self.every(Rows)

    @property
    def layout(self) -> Any:
        return self.every(LayoutSeen)[-1].layout

    @property
    def taken(self) -> TakenSeen:
        return self.every(TakenSeen)[-1]

    @property
    def faults(self) -> list[FaultCode]:
        return [event.fault.code for event in self.every(FaultSeen)]

    def codes(self) -> Codes:
        return np.concatenate([rows.codes for rows in self.rows])


def all_codes(walk: Walk) -> Codes:
    """Every row of a walk that ends."""
    assert walk.duration_ns is not None
    return np.concatenate([piece.codes for piece in walk.rows_between(0, walk.duration_ns)])


def missing(rows: list[Rows], first: int, stop: int) -> int:
    """How many of rows `first … stop - 1` are not there."""
    there = {seq for one in rows for seq in range(one.seq, one.seq + len(one.codes))}
    return len(set(range(first, stop)) - there)
