"""An insole over the radio as a `Source`: search, connect, hold, and again, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from bleak import BleakClient

from ingest.drivers.base import Advertisement, Driver, Drop, Read, Subscribe, Write
from ingest.events import FaultSeen, LinkChanged, SourceEvent
from ingest.sources.radio.link import Limits, step
from ingest.sources.radio.session import Ending, Outbox, Session
from ingest.sources.radio.tasks import CLEANING_UP_S, end_all
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.messages import LinkState

if TYPE_CHECKING:
    from ingest.sources.radio.adapter import Adapter

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_FAULT_AT_END = {
    Ending.LOST: Fault(FaultCode.LINK_LOST),
    Ending.SILENT: Fault(FaultCode.LINK_SILENT, "no rows came"),
    Ending.STUCK: Fault(FaultCode.LINK_SILENT, "the hand-shake came to no end"),
}


class RadioSource:
    """Make it with `Adapter.source`. Its events have one reader at a time; a later one begins with a new search."""

    def __init__(
        self,
        adapter: Adapter,
        driver: Driver,
        insole: str,
        *,
        address: str | None,
        wanted: Callable[[Advertisement], bool],
        limits: Limits,
        now_ns: Callable[[], int],
        jitter: Callable[[], float],
    ) -> None:
        self._adapter = adapter
        self._driver = driver
        self._insole = insole
        self._address = address
        self._wanted = wanted
        self._limits = limits
        self._now_ns = now_ns
        self._jitter = jitter
        self._state = LinkState.IDLE
        self._outbox = Outbox(limits.waiting_events)
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._started = False
        self._told: set[FaultCode] = set()

    @property
    def insole(self) -> str:
        return self._insole

    @property
    def state(self) -> LinkState:
        return self._state

    async def events(self) -> AsyncIterator[SourceEvent]:
        """As `Source.events`; leaving it early ends the link."""
        self._state = LinkState.IDLE
        self._outbox = Outbox(self._limits.waiting_events)
        self._told.clear()
        self._ended.clear()
        self._started = True
        link = asyncio.create_task(self._keep_link())
        try:
            while True:
                event = await self._outbox.get()
                yield event
                if isinstance(event, LinkChanged) and event.state is LinkState.ENDED:
                    return
        finally:
            await end_all([link], again_s=CLEANING_UP_S)
            self._ended.set()  # a task that is cancelled before its first step never gets to its own `finally`

    async def stop(self) -> None:
        """As `Source.stop`; returns when the link has ended, its last events may still be unread."""
        self._stopping.set()
        if self._started:
            await self._ended.wait()

    async def _keep_link(self) -> None:
        failures = 0
        try:
            if self._address is not None:
                await self._adapter.close_stale(self._address, self._limits)
            while not self._stopping.is_set():
                try:
                    streamed = await self._one_link()
                except Exception:  # noqa: BLE001 - the top of the task: a driver from elsewhere must not end the source
                    _log.exception("the link to %s failed in a way nobody foresaw; it is made again", self._insole)
                    self._tell(Fault(FaultCode.INTERNAL, f"link to {self._insole}"))
                    streamed = False
                failures = 0 if streamed else failures + 1
                await self._or_stop(asyncio.sleep(self._limits.back_off.pause_s(failures, self._jitter())))
        finally:
            self._move(LinkState.ENDED)
            self._ended.set()

    async def _one_link(self) -> bool:
        """One round, from the search to the end of the link; whether it came to streaming."""
        if self._state is not LinkState.SEARCHING:
            self._move(LinkState.SEARCHING)
        lost = asyncio.Event()
        reached: list[BleakClient] = []
        try:
            client = await self._or_stop(self._reach(lost, reached))
        except (UnderfootError, *RADIO_ERRORS) as error:
            if self._state is LinkState.CONNECTING:
                self._move(LinkState.SEARCHING)
            self._tell_once(fault_of(error))
            return False
        except asyncio.CancelledError:
            for one in reached:  # in the very moment it was cancelled
                await self._adapter.disconnect(one, self._limits)
            raise
        if client is None:
            return False
        return await self._hold(client, lost)

    async def _reach(self, lost: asyncio.Event, reached: list[BleakClient]) -> BleakClient:
        device = await self._adapter.find(self._wanted, self._limits.search_s)
        self._move(LinkState.CONNECTING)
        reached.append(await self._adapter.connect(device, lost, self._limits))
        return reached[0]

    async def _hold(self, client: BleakClient, lost: asyncio.Event) -> bool:
        streamed = False

        def on_streaming() -> None:
            nonlocal streamed
            streamed = True
            self._told.clear()
            self._wanted = lambda heard: heard.address == client.address  # from now on this very one
            self._move(LinkState.STREAMING)

        self._move(LinkState.GREETING)
        session = Session(
            client,
            self._driver,
            self._outbox,
            lost=lost,
            limits=self._limits,
            now_ns=self._now_ns,
            on_streaming=on_streaming,
        )
        try:
            self._on_ending(await session.run(self._stopping))
        finally:
            await self._adapter.disconnect(client, self._limits)
            if self._state is not LinkState.LOST and not self._stopping.is_set():
                self._move(LinkState.LOST)
        for output in self._driver.on_disconnected(self._now_ns()):
            if not isinstance(output, Read | Write | Subscribe | Drop):  # no link is left to carry them out
                self._outbox.put(output)
        return streamed

    def _on_ending(self, ending: Ending) -> None:
        if not self._stopping.is_set():
            if ending is Ending.LOST:
                self._move(LinkState.LOST)
            elif ending in (Ending.SILENT, Ending.STUCK):
                self._move(LinkState.SILENT)
        if (fault := _FAULT_AT_END.get(ending)) is not None:
            self._tell(fault)

    async def _or_stop(self, work: Coroutine[Any, Any, _T]) -> _T | None:
        """The result of `work`; None when the stop came first."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_all([stop, task], again_s=CLEANING_UP_S)
        return None if task.cancelled() else task.result()

    def _move(self, new: LinkState) -> None:
        self._state = step(self._state, new)
        self._outbox.put(LinkChanged(new, self._now_ns()))

    def _tell(self, fault: Fault) -> None:
        self._outbox.put(FaultSeen(fault))

    def _tell_once(self, fault: Fault) -> None:
        """An insole away for an hour is one fault, not four hundred."""
        if fault.code not in self._told:
            self._told.add(fault.code)
            self._tell(fault)
