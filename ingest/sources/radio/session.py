"""One link, from its hand-shake to its end: notifications in, the driver's intents out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from enum import StrEnum

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakCharacteristicNotFoundError, BleakError

from ingest.drivers.base import Driver, Drop, Intent, OfOther, Output, Read, Remembering, Subscribe, Write
from ingest.events import FaultSeen, Request, Rows, SourceEvent
from ingest.sources.radio.link import Limits
from ingest.sources.radio.tasks import end_all
from ingest.sources.radio.trouble import RADIO_ERRORS, wants_bond
from ingest.wire.faults import Fault, FaultCode, UnderfootError


class Outbox:
    """Events on their way to the reader. Putting never waits, so none is lost; who makes many waits for room first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._events: asyncio.Queue[SourceEvent | OfOther] = asyncio.Queue()
        self._has_room = asyncio.Event()
        self._has_room.set()

    def put(self, event: SourceEvent | OfOther) -> None:
        self._events.put_nowait(event)
        if self._events.qsize() >= self._size:
            self._has_room.clear()

    async def get(self) -> SourceEvent | OfOther:
        event = await self._events.get()
        if self._events.qsize() < self._size:
            self._has_room.set()
        return event

    async def room(self) -> None:
        await self._has_room.wait()


class Ending(StrEnum):
    """Why a session was over."""

    LOST = "lost"  # the link broke
    DROPPED = "dropped"  # the driver gave it up
    SILENT = "silent"  # streaming, but no rows
    STUCK = "stuck"  # connected, but the hand-shake came to no end
    STOPPED = "stopped"  # on purpose


class Session:
    """`lost` is set by whoever hears of the link's end, `stopping` by whoever wants the stream to end.

    The driver is called from one place at a time and never waits, so its calls follow one another as they came.
    """

    def __init__(
        self,
        client: BleakClient,
        driver: Driver,
        outbox: Outbox,
        *,
        lost: asyncio.Event,
        limits: Limits,
        now_ns: Callable[[], int],
        on_streaming: Callable[[], None],
        bond: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._driver = driver
        self._outbox = outbox
        self._lost = lost
        self._limits = limits
        self._now_ns = now_ns
        self._on_streaming = on_streaming
        self._bond = bond
        self._inbox: asyncio.Queue[tuple[str, bytes, int]] = asyncio.Queue(limits.waiting_notifications)
        self._overflowed = 0
        self._intents: asyncio.Queue[Intent] = asyncio.Queue()
        self._streamed = False
        self._progress_s = asyncio.get_running_loop().time()
        self._stopping = False
        self._stopped = asyncio.Event()

    async def run(self, stopping: asyncio.Event) -> Ending:
        """Hold the link until it ends; what had arrived by then has gone through the driver."""
        parts: list[asyncio.Task[Ending]] = [
            asyncio.create_task(part)
            for part in (
                self._carry_out_intents(),
                self._take_notifications(),
                self._await_loss(),
                self._await_stop(stopping),
                self._watch_data(),
            )
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over = [part for part in parts if part.done()]
            await end_all(parts)
        while not self._inbox.empty():
            self._take(self._inbox.get_nowait())
        return over[0].result()

    def feed(self, outputs: Iterable[Output]) -> None:
        """What follows from one call of the driver."""
        for output in outputs:
            if isinstance(output, Intent):
                self._intend(output)
                continue
            if isinstance(output, Rows) and not output.kept:  # old rows do not show that the stream still runs
                self._progress_s = asyncio.get_running_loop().time()
            self._outbox.put(output)
        if self._driver.streaming and not self._streamed:
            self._streamed = True
            self._progress_s = asyncio.get_running_loop().time()
            self._on_streaming()
        if self._stopping and self._driver.stopped:
            self._stopped.set()

    def ask(self, request: Request) -> None:
        """Pass it to a driver whose insole remembers; to any other it means nothing."""
        if isinstance(self._driver, Remembering):
            self.feed(self._driver.on_request(request, self._now_ns()))

    # notifications

    def _on_notified(self, characteristic: str, data: bytes) -> None:
        """bleak's callback: only stamps and queues."""
        try:
            self._inbox.put_nowait((characteristic, data, self._now_ns()))
        except asyncio.QueueFull:
            self._overflowed += 1

    async def _take_notifications(self) -> Ending:
        while True:
            await self._outbox.room()
            self._take(await self._inbox.get())

    def _take(self, notification: tuple[str, bytes, int]) -> None:
        if self._overflowed:
            detail = f"the hub was too busy and let {self._overflowed} notifications fall"
            self._overflowed = 0
            self._outbox.put(FaultSeen(Fault(FaultCode.ROWS_LOST, detail)))
        self.feed(self._driver.on_notified(*notification))

    # intents

    def _intend(self, intent: Intent) -> None:
        if isinstance(intent, Read) and intent.after_s > 0:
            asyncio.get_running_loop().call_later(intent.after_s, self._intents.put_nowait, intent)
        else:
            self._intents.put_nowait(intent)

    async def _carry_out_intents(self) -> Ending:
        self.feed(self._driver.on_connected(self._now_ns()))
        while True:
            intent = await self._intents.get()
            if isinstance(intent, Drop):
                return Ending.DROPPED
            try:
                answer = await self._answer_to(intent)
            except (UnderfootError, *RADIO_ERRORS) as error:
                if self._lost.is_set():
                    return Ending.LOST
                reason = f"no answer in {self._limits.intent_s:g} s" if isinstance(error, TimeoutError) else str(error)
                self.feed(self._driver.on_failed(intent, reason, self._now_ns()))
            else:
                if isinstance(intent, Read):
                    self.feed(self._driver.on_read(intent.characteristic, answer, self._now_ns()))

    async def _answer_to(self, intent: Read | Write | Subscribe) -> bytes:
        """As `_carry_out`, in time; an insole that wants to be paired first is paired, once a link."""
        try:
            async with asyncio.timeout(self._limits.intent_s):
                return await self._carry_out(intent)
        except BleakError as error:
            if self._bond is None or not wants_bond(error):
                raise
        bond, self._bond = self._bond, None
        await bond()
        self._progress_s = asyncio.get_running_loop().time()
        async with asyncio.timeout(self._limits.intent_s):
            return await self._carry_out(intent)

    async def _carry_out(self, intent: Read | Write | Subscribe) -> bytes:
        """Its answer; empty for all but a read."""
        if isinstance(intent, Read):
            return bytes(await self._client.read_gatt_char(self._place_of(intent)))
        if isinstance(intent, Write):
            await self._client.write_gatt_char(self._place_of(intent), intent.data, response=intent.response)
        else:
            characteristic = intent.characteristic
            await self._client.start_notify(
                self._place_of(intent),
                lambda _sender, data: self._on_notified(characteristic, bytes(data)),
                bluez={"use_start_notify": self._driver.use_start_notify},
            )
        return b""

    def _place_of(self, intent: Read | Write | Subscribe) -> BleakGATTCharacteristic | str:
        """By its service where the driver names one: bleak refuses a UUID that stands twice."""
        if intent.service is None:
            return intent.characteristic
        service = self._client.services.get_service(intent.service)
        found = service and service.get_characteristic(intent.characteristic)
        if not found:
            raise BleakCharacteristicNotFoundError(intent.characteristic)
        return found

    # endings

    async def _await_loss(self) -> Ending:
        await self._lost.wait()
        return Ending.LOST

    async def _await_stop(self, stopping: asyncio.Event) -> Ending:
        await stopping.wait()
        self._stopping = True
        self.feed(self._driver.on_stop(self._now_ns()))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.stop_s):
                await self._stopped.wait()
        if not self._stopped.is_set():
            self._outbox.put(
                FaultSeen(Fault(FaultCode.LINK_REFUSED, "the insole did not confirm the end of the stream"))
            )
        return Ending.STOPPED

    async def _watch_data(self) -> Ending:
        loop = asyncio.get_running_loop()
        while True:
            silent = self._driver.streaming or self._streamed
            limit_s = self._limits.silent_s if silent else self._limits.greeting_s
            idle_s = loop.time() - self._progress_s
            if idle_s >= limit_s and not self._stopping:
                return Ending.SILENT if silent else Ending.STUCK
            await asyncio.sleep(max(0.01, min(limit_s - idle_s, self._limits.silent_s)))
