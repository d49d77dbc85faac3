"""An insole over the radio as a `Source`: search, connect, hold, and again, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from ingest.drivers.base import Advertisement, Bonding, Driver, Drop, OfOther, Read, Subscribe, Write
from ingest.events import FaultSeen, LinkChanged, Request, SourceEvent
from ingest.sources.radio.link import Limits, step
from ingest.sources.radio.links import VanishedError
from ingest.sources.radio.session import Ending, Outbox, Session
from ingest.sources.radio.tasks import CLEANING_UP_S, end_all
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.sources.radio.whereabouts import Whereabouts
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.messages import LinkState

if TYPE_CHECKING:
    from ingest.sources.radio.adapter import Adapter

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_SEARCHES = 2  # a device that BlueZ forgot between its scan and its connection is searched once more

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
        wanted: Callable[[Advertisement], bool],
        ours: Callable[[Advertisement], bool],
        limits: Limits,
        now_ns: Callable[[], int],
        jitter: Callable[[], float],
    ) -> None:
        self._adapter = adapter
        self._driver = driver
        self._insole = insole
        self._wanted = wanted
        self._ours = ours
        self._limits = limits
        self._now_ns = now_ns
        self._jitter = jitter
        self._whereabouts = Whereabouts(limits.nearness)
        self._state = LinkState.IDLE
        self._outbox = Outbox(limits.waiting_events)
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._started = False
        self._session: Session | None = None
        self._told: set[FaultCode] = set()

    @property
    def insole(self) -> str:
        return self._insole

    @property
    def state(self) -> LinkState:
        return self._state

    async def events(self) -> AsyncIterator[SourceEvent]:
        """As `Source.events`; leaving it early ends the link."""
        async with aclosing(self.told()) as told:
            async for event in told:
                if not isinstance(event, OfOther):
                    yield event

    async def told(self) -> AsyncGenerator[SourceEvent | OfOther]:
        """As `events`, with what the insole tells of the other foot's."""
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

    def ask(self, request: Request) -> None:
        """As `Source.ask`."""
        if self._session is not None:
            self._session.ask(request)

    async def _keep_link(self) -> None:
        failures = 0
        stop_listening = self._adapter.listen(self._tell)
        try:
            await self._adapter.close_stale(self._ours, self._limits)
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
            stop_listening()
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
            await self._give_back(reached)
            if self._state is LinkState.CONNECTING:
                self._move(LinkState.SEARCHING)
            self._tell_once(fault_of(error))
            return False
        except asyncio.CancelledError:
            await self._give_back(reached)  # in the very moment it was cancelled
            raise
        if client is None:
            await self._give_back(reached)
            return False
        return await self._hold(client, lost)

    async def _give_back(self, reached: list[BleakClient]) -> None:
        for client in reached:
            await self._adapter.disconnect(client, self._limits)

    async def _reach(self, lost: asyncio.Event, reached: list[BleakClient]) -> BleakClient:
        for _ in range(_SEARCHES):
            device = await self._find()
            if self._state is not LinkState.CONNECTING:
                self._move(LinkState.CONNECTING)
            with suppress(VanishedError):
                reached.append(await self._adapter.connect(device, lost, self._limits, self._insole))
                break
        else:
            raise TimeoutError("it goes as soon as it is found")
        client = reached[0]
        self._whereabouts.linked()
        if isinstance(self._driver, Bonding) and self._driver.wants_bond:
            await self._adapter.bond(client, self._limits)
        return client

    async def _find(self) -> BLEDevice:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()

        def is_it(heard: Advertisement) -> bool:
            if found := self._wanted(heard):
                self._whereabouts.heard(heard.rssi_dbm, loop.time())
            return found

        try:
            return await self._adapter.find(is_it, self._limits.search_s, self._limits.burst_s)
        except TimeoutError:
            others_heard = self._adapter.heard_anything_since(begun_s)
            if self._whereabouts.perhaps_elsewhere(loop.time(), others_heard=others_heard):
                self._tell_once(Fault(FaultCode.INSOLE_ELSEWHERE))
            await self._adapter.close_stale(self._ours, self._limits)
            raise

    async def _hold(self, client: BleakClient, lost: asyncio.Event) -> bool:
        streamed = False

        def on_streaming() -> None:
            nonlocal streamed
            streamed = True
            self._told.clear()
            self._wanted = lambda heard: heard.address == client.address  # from now on this very one
            self._move(LinkState.STREAMING)

        self._move(LinkState.GREETING)
        self._session = session = Session(
            client,
            self._driver,
            self._outbox,
            lost=lost,
            limits=self._limits,
            now_ns=self._now_ns,
            on_streaming=on_streaming,
            bond=lambda: self._adapter.bond(client, self._limits),
        )
        try:
            self._on_ending(await session.run(self._stopping))
        finally:
            self._session = None
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
