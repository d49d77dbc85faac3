"""A hub that talks to an insole's memory by hand: record access requests over a real GATT link, air or none between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from bumble.core import UUID
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from insole_kit import Hub, WideController

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers.open_insole_records import (
    RACP,
    HeldBoot,
    RacpOp,
    RacpRequest,
    pack_racp_request,
    unpack_held,
    unpack_record,
)
from ingest.drivers.sig import CURRENT_ELAPSED_TIME, ElapsedTime, TimeSource, pack_elapsed_time
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes

ADDRESS = "F0:00:00:00:00:01"


class AirHub(Hub):
    """The plain hub, on an `Air`."""

    def __init__(self, air: Air) -> None:
        controller = air.controller("hub")
        host = Host(controller_source=controller, controller_sink=controller)
        self.device = Device(config=DeviceConfiguration(name="hub", address=Address("C0:00:00:00:00:99")), host=host)


class Asker:
    """One link to one insole. `live` and `kept`: frames with the event loop's time at which they came."""

    def __init__(self, peer: Peer, cells: int) -> None:
        self.peer, self.cells = peer, cells
        self.live: list[tuple[float, wire.RowsFrame]] = []
        self.kept: list[tuple[float, wire.RowsFrame]] = []
        self.kept_before_live: dict[int, int] = {}  # by number of the live frame's first row
        self.octets = 0
        self.helds: list[tuple[HeldBoot, ...]] = []
        self.statuses: list[control.StatusFrame] = []
        self._replies: asyncio.Queue[bytes] = asyncio.Queue()
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def proxy(self, uuid: str) -> Any:
        return self.peer.get_characteristics_by_uuid(UUID(uuid))[0]

    async def listen(self) -> None:
        await self.proxy(wire.DATA).subscribe(self._on_data)
        await self.proxy(wire.CONTROL).subscribe(lambda data: self._replies.put_nowait(bytes(data)))
        await self.proxy(RACP).subscribe(lambda data: self.answers.put_nowait(bytes(data)))
        await self.proxy(wire.HELD).subscribe(lambda data: self.helds.append(unpack_held(bytes(data))))
        await self.proxy(wire.STATUS).subscribe(lambda data: self.statuses.append(control.unpack_status(bytes(data))))

    def _on_data(self, data: bytes) -> None:
        data, now_s = bytes(data), asyncio.get_running_loop().time()
        if data[1] == 1:
            frame = wire.unpack_rows(data, self.cells)
            self.kept_before_live[frame.seq] = len(self.kept)
            self.live.append((now_s, frame))
        else:
            self.octets += len(data)
            self.kept.append((now_s, unpack_record(data, self.cells)))

    async def control(self, op: control.Op) -> control.Reply:
        await self.proxy(wire.CONTROL).write_value(control.pack_request(control.Request(op)), with_response=True)
        return control.unpack_reply(await asyncio.wait_for(self._replies.get(), 5))

    async def set_clock(self, t_ns: int, source: TimeSource = TimeSource.NTP) -> None:
        packed = pack_elapsed_time(ElapsedTime(t_ns, source))
        await self.proxy(CURRENT_ELAPSED_TIME).write_value(packed, with_response=True)

    async def held(self) -> tuple[HeldBoot, ...]:
        return unpack_held(bytes(await self.proxy(wire.HELD).read_value()))

    async def write(self, data: bytes) -> None:
        await self.proxy(RACP).write_value(data, with_response=True)

    async def ask(self, op: RacpOp, boot: int = 0, first: int = 0, last: int = 0, within_s: float = 10.0) -> bytes:
        """The answer. Records that come before it stand in `kept`."""
        await self.write(pack_racp_request(RacpRequest(op, boot, first, last)))
        return await asyncio.wait_for(self.answers.get(), within_s)

    async def fetch(self, boot: HeldBoot, within_s: float = 10.0) -> bytes:
        return await self.ask(RacpOp.REPORT, boot.boot, boot.first_seq, boot.next_seq - 1, within_s)

    async def leave(self) -> None:
        lost = asyncio.Event()
        self.peer.connection.on("disconnection", lambda _reason: lost.set())
        await self.peer.connection.disconnect()
        await lost.wait()

    def codes_kept(self) -> Codes:
        return np.concatenate([frame.codes for _, frame in self.kept])


def seqs(frames: list[tuple[float, wire.RowsFrame]]) -> list[int]:
    return [frame.seq + k for _, frame in frames for k in range(len(frame.codes))]


class Desk:
    """A hub and the insole it talks to."""

    def __init__(self, hub: Hub, insole: VirtualInsole) -> None:
        self.hub, self.insole = hub, insole

    async def connect(self, *, listen: bool = True, start: bool = False) -> Asker:
        asker = Asker(await self.hub.connect(self.insole.address), len(self.insole.walk.description.cells))
        if listen:
            await asker.listen()
        if start:
            assert (await asker.control(control.Op.START)).result is control.Result.OK
        return asker


@asynccontextmanager
async def desk(walk: Walk, air: Air | None = None, **more: Any) -> AsyncIterator[Desk]:
    """`air` None: a link that carries everything at once."""
    link = LocalLink()
    hub = Hub(link) if air is None else AirHub(air)
    controller = WideController("insole", link=link) if air is None else air.controller("insole")
    side = walk.description.side
    flash = more.pop("flash", None) or Flash()
    insole = VirtualInsole(controller, serial="OI-1", side=side, walk=walk, address=ADDRESS, flash=flash, **more)
    async with hub:
        await insole.power_on()
        try:
            yield Desk(hub, insole)
        finally:
            await insole.power_off()


async def until(holds: Any, within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
