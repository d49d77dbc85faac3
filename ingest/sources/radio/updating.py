"""An insole over the radio, as an update needs it: one link that carries the driver's stream and SMP side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import numpy as np
from bleak import BleakClient

from ingest.drivers.base import Advertisement, Driver
from ingest.events import BatterySeen, FaultSeen, HeldSeen, LayoutSeen, Rows, TakenSeen
from ingest.firmware.images import Images
from ingest.firmware.wear import is_worn
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.link import Limits
from ingest.sources.radio.reaching import reach
from ingest.sources.radio.session import Ending, Outbox, Session
from ingest.sources.radio.smp_pipe import SmpPipe
from ingest.sources.radio.tasks import end_all
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.messages import Layout

_LOOKED_BACK_NS = 3_000_000_000
_MOST_FRAMES = 2000
_WAIT_S = 0.1
_NOT_OF_FIRMWARE = frozenset({"cell", "overrun", "storage"})  # of wear, of the air, of a walk that nobody has fetched


class Sight:
    """What the insole said of itself over the present link, and its latest rows.

    `told_of_boots`: its faults, by boot: a driver tells of a fault once, however many links there are until a restart.
    """

    def __init__(self, told_of_boots: dict[int, Fault]) -> None:
        self.battery_pct: int | None = None
        self.firmware = ""
        self._told_of_boots = told_of_boots
        self._boot: int | None = None
        self._held: dict[int, int] = {}
        self._layout: Layout | None = None
        self._rows: deque[Rows] = deque(maxlen=_MOST_FRAMES)
        self._seen_ns = 0

    def heed(self, event: object) -> None:
        match event:
            case Rows() if not event.kept:
                self._rows.append(event)
                self._seen_ns += len(event.codes) * event.ns_per_row
                self._forget(event)
            case TakenSeen():
                self._boot = event.boot
            case HeldSeen():
                self._held[event.boot] = event.next_seq - event.first_seq
            case LayoutSeen():
                self.firmware = event.layout.firmware
                self._layout = event.layout
            case BatterySeen():
                self.battery_pct = event.pct
            case FaultSeen() if event.fault.code is FaultCode.DEVICE_FAULT and self._boot is not None:
                if set(event.fault.detail.split(", ")) - _NOT_OF_FIRMWARE:
                    self._told_of_boots[self._boot] = event.fault
            case _:
                pass

    @property
    def device_fault(self) -> Fault | None:
        return None if self._boot is None else self._told_of_boots.get(self._boot)

    @property
    def kept_s(self) -> float:
        return 0.0 if self._layout is None else sum(self._held.values()) / self._layout.rate_hz

    def _forget(self, newest: Rows) -> None:
        newest_ns = newest.ticks * newest.tick_ns
        while newest_ns - self._rows[0].ticks * self._rows[0].tick_ns > _LOOKED_BACK_NS:
            self._rows.popleft()

    def begin(self) -> None:
        """From here on look afresh."""
        self._rows.clear()
        self._seen_ns = 0

    @property
    def seconds(self) -> float:
        """Of rows that it has seen since it began, those that it has forgotten included."""
        return self._seen_ns / 1e9

    def worn(self) -> bool | None:
        if not self._rows or self._layout is None:
            return None
        not_measured = 0
        for rows in self._rows:
            not_measured |= rows.not_measured
        return is_worn(np.concatenate([rows.codes for rows in self._rows]), self._layout, not_measured)


class OpenLink:
    """As `updater.Linked`."""

    def __init__(self, sight: Sight, images: Images, session: asyncio.Task[Ending]) -> None:
        self.images = images
        self._sight = sight
        self._session = session

    @property
    def battery_pct(self) -> int | None:
        return self._sight.battery_pct

    @property
    def firmware(self) -> str:
        return self._sight.firmware

    @property
    def device_fault(self) -> Fault | None:
        return self._sight.device_fault

    @property
    def kept_s(self) -> float:
        return self._sight.kept_s

    def worn(self) -> bool | None:
        return self._sight.worn()

    async def looked(self, seconds: float) -> bool | None:
        self._sight.begin()
        while self._sight.seconds < seconds:
            if self._session.done():
                silent = self._session.result() in (Ending.SILENT, Ending.STUCK)
                raise UnderfootError(FaultCode.LINK_SILENT if silent else FaultCode.LINK_LOST, "while it was looked at")
            await asyncio.wait({self._session}, timeout=_WAIT_S)
        return self._sight.worn()


class OverTheRadio:
    """As `updater.Insole`. `driver` is asked anew on every link; `wanted` says which device it is."""

    def __init__(
        self,
        adapter: Adapter,
        driver: Driver,
        wanted: Callable[[Advertisement], bool],
        now_ns: Callable[[], int],
        limits: Limits | None = None,
    ) -> None:
        self._adapter = adapter
        self._driver = driver
        self._wanted = wanted
        self._now_ns = now_ns
        self._limits = limits or Limits()
        self._told_of_boots: dict[int, Fault] = {}

    @asynccontextmanager
    async def link(self, within_s: float) -> AsyncIterator[OpenLink]:
        """As `updater.Insole.link`; the driver streams before it is handed out."""
        lost = asyncio.Event()
        client = await reach(self._adapter, self._wanted, lost, self._limits, within_s)
        try:
            async with self._streamed(client, lost) as link:
                yield link
        except RADIO_ERRORS as error:
            raise UnderfootError(FaultCode.LINK_LOST, fault_of(error).detail) from error
        finally:
            await self._adapter.disconnect(client, self._limits)
            with suppress(*RADIO_ERRORS):  # of an insole that BlueZ has forgotten by itself
                await self._adapter.forget_cache(client.address, self._limits)  # new firmware may have other services
            self._driver.on_disconnected(self._now_ns())

    @asynccontextmanager
    async def _streamed(self, client: BleakClient, lost: asyncio.Event) -> AsyncIterator[OpenLink]:
        sight, outbox, stopping = Sight(self._told_of_boots), Outbox(self._limits.waiting_events), asyncio.Event()
        session = Session(
            client,
            self._driver,
            outbox,
            lost=lost,
            limits=self._limits,
            now_ns=self._now_ns,
            on_streaming=lambda: None,
            bond=lambda: self._adapter.bond(client, self._limits),
        )

        async def read() -> None:
            while True:
                sight.heed(await outbox.get())

        running, reading = asyncio.create_task(session.run(stopping)), asyncio.create_task(read())
        pipe = SmpPipe(client, lost)
        try:
            yield OpenLink(sight, await Images.over(pipe), running)
        finally:
            pipe.close()
            await end_all([running, reading])
