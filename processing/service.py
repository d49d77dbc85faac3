"""BROKER -> DECISIONS -> STORE, running: takes what comes, hands it to the person's desk, publishes what it says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage
from ingest.wire.topics import Address
from processing.desk import Desk, Outgoing, Stores
from processing.subscribe import Arrival, Subscriber
from processing.terms import TermsMaker

log = logging.getLogger(__name__)

_BATCH = 200  # arrivals taken in one transaction: bounds the delay of the first of them
_RETRY_S = 5.0  # a full disk is asked again so often; what it refused has no receipt and comes again

Onlooker = Callable[[AnyMessage], None]


class ProcessingService:
    """Holds a desk for each person that it hears of.

    `onlookers` hear every message that came or went (the screen); they must be quick and must not raise.
    `subscriber` is made by `subscribe(on_connected)`, because each of its connections wants our receipts anew.
    """

    def __init__(
        self,
        subscribe: Callable[[Callable[[str], Awaitable[None]]], Subscriber],
        stores: Stores,
        make_terms: TermsMaker,
        onlookers: Sequence[Onlooker] = (),
    ) -> None:
        self.subscriber = subscribe(self._greet)
        self.faults = FaultBook()
        self._stores = stores
        self._make_terms = make_terms
        self._onlookers = onlookers
        self._desks: dict[Address, Desk] = {}
        self._one_at_a_desk = asyncio.Lock()

    async def run(self) -> None:
        """For ever. Whatever is wrong with one message or one write is noted; the rest goes on."""
        async for batch in self._batches():
            by_desk: dict[Address, list[AnyMessage]] = {}
            for arrival in batch:
                message = arrival.message
                if message is None or isinstance(message, str):
                    continue  # an alert that is over, or availability: statuses tell more
                self._show(message)
                by_desk.setdefault(Address(arrival.topic.hub, arrival.topic.person), []).append(message)
            for address, messages in by_desk.items():
                await self._hand_over(address, messages)

    def desk(self, address: Address) -> Desk | None:
        return self._desks.get(address)

    async def _batches(self) -> AsyncIterator[list[Arrival]]:
        """Everything that has arrived while the last batch was being kept."""
        arrived: asyncio.Queue[Arrival] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen(arrived))
            try:
                while True:
                    batch = [await arrived.get()]
                    while len(batch) < _BATCH and not arrived.empty():
                        batch.append(arrived.get_nowait())
                    yield batch
            finally:
                listening.cancel()

    async def _listen(self, arrived: asyncio.Queue[Arrival]) -> None:
        async for arrival in self.subscriber.messages():
            arrived.put_nowait(arrival)

    async def _hand_over(self, address: Address, messages: Sequence[AnyMessage]) -> None:
        try:
            async with self._one_at_a_desk:
                out = [] if address in self._desks else await self._open_desk(address)
                out += await asyncio.to_thread(self._desks[address].take, messages)
        except UnderfootError as error:
            self.faults.note(error.fault)
            log.warning("%s", error.fault)
            self._desks.pop(address, None)  # half-told: the next message makes it anew from the recordings
            await asyncio.sleep(_RETRY_S if error.code is FaultCode.DISK_FULL else 0)
            return
        await self._publish(out)

    async def _greet(self, session: str) -> None:
        """A new connection: whatever came between the last one and this has no receipt and is asked for."""
        for desk in list(self._desks.values()):
            async with self._one_at_a_desk:
                receipts = await asyncio.to_thread(desk.receipts, session)
            await self._publish(receipts)

    async def _open_desk(self, address: Address) -> list[Outgoing]:
        desk = await asyncio.to_thread(Desk, address, self._stores, self._make_terms, self.subscriber.session)
        out = await asyncio.to_thread(desk.resume)
        self._desks[address] = desk
        return out

    async def _publish(self, outgoing: Sequence[Outgoing]) -> None:
        for each in outgoing:
            try:
                if each.message is None:
                    await self.subscriber.forget(each.topic)
                else:
                    self._show(each.message)
                    await self.subscriber.publish(each.topic, each.message)
            except UnderfootError as error:
                self.faults.note(error.fault)

    def _show(self, message: AnyMessage) -> None:
        for onlooker in self._onlookers:
            onlooker(message)
