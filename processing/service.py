"""BROKER -> DECISIONS -> STORE, running: takes what comes, hands it to the person's desk, publishes what it says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from ingest.wire.block import Block
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage
from ingest.wire.topics import Address, parse
from processing.desk import Desk
from processing.household import Household
from processing.outgoing import Outgoing, Stores, Taken
from processing.pauses import stretches
from processing.rules.ruleset import RulesFor
from processing.store.recordings import Portion
from processing.subscribe import Arrival, Subscriber
from processing.terms import TermsMaker

log = logging.getLogger(__name__)

_BATCH = 200  # arrivals taken in one transaction: bounds the delay of the first of them
_AT_ONCE = 50  # messages on their way to the broker: aiomqtt counts all of them for each that it sends
_RETRY_S = 5.0  # a full disk is asked again so often; what it refused has no receipt and comes again

_Told = TypeVar("_Told")
_Refused = dict[Address, UnderfootError]
Onlooker = Callable[[str, AnyMessage], None]  # the person, and what came or went


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
        rules_for: RulesFor,
        onlookers: Sequence[Onlooker] = (),
        faults: FaultBook | None = None,
        house: Household | None = None,
    ) -> None:
        self.subscriber = subscribe(self._greet)
        self.faults = FaultBook() if faults is None else faults
        self._stores = stores
        self._make_terms = make_terms
        self._rules_for = rules_for
        self._house = house
        self._onlookers = onlookers
        self._desks: dict[Address, Desk] = {}
        # glibc gives each thread a heap of its own, and each would keep what the largest step at a desk took
        self._desk_thread = ThreadPoolExecutor(1, "desks")

    async def run(self) -> None:
        """For ever. Whatever is wrong with one message or one write is noted; the rest goes on."""
        arrived: asyncio.Queue[Arrival] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(arrived))
            while True:
                by_desk: dict[Address, list[AnyMessage]] = {}
                busy = any(desk.busy for desk in self._desks.values())
                for arrival in await _batch_of(arrived, wait=not busy):
                    message = arrival.message
                    if message is None or isinstance(message, str):
                        continue  # an alert that is over, or availability: statuses tell more
                    by_desk.setdefault(Address(arrival.topic.hub, arrival.topic.person), []).append(message)
                await self._hand_over(by_desk)
                await self._work()

    async def _at_the_desks(self, work: Callable[[], _Told]) -> _Told:
        """One after the other, in the order asked."""
        return await asyncio.get_running_loop().run_in_executor(self._desk_thread, work)

    async def _work(self) -> None:
        """A slice of what late rows have left to compute, one person after the other."""
        busy = next((address for address, desk in self._desks.items() if desk.busy), None)
        if busy is not None:
            out, refused = await self._at_the_desks(partial(self._work_at, busy))
            await self._tell(out, refused)

    def _work_at(self, address: Address) -> tuple[list[Outgoing], _Refused]:
        refused: _Refused = {}
        out: list[Outgoing] = []
        with _noting(refused, address):
            out = self._desks[address].work()
        return out, refused

    def desk(self, address: Address) -> Desk | None:
        return self._desks.get(address)

    async def _listen(self, arrived: asyncio.Queue[Arrival]) -> None:
        async for arrival in self.subscriber.messages():
            if arrival.message is not None and not isinstance(arrival.message, str):
                self._show(arrival.topic.person, arrival.message)  # at once: a screen need not wait for the desks
            arrived.put_nowait(arrival)

    async def _hand_over(self, by_desk: Mapping[Address, Sequence[AnyMessage]]) -> None:
        out, refused = await self._at_the_desks(partial(self.deal_with, by_desk))
        await self._tell(out, refused)

    async def _tell(self, out: Sequence[Outgoing], refused: _Refused) -> None:
        for address, error in refused.items():
            self.faults.note(error.fault)
            log.warning("%s", error.fault)
            self._desks.pop(address, None)  # half-told: the next message makes it anew from the recordings
        await self._publish(out)
        if any(error.code is FaultCode.DISK_FULL for error in refused.values()):
            await asyncio.sleep(_RETRY_S)

    def deal_with(self, by_desk: Mapping[Address, Sequence[AnyMessage]]) -> tuple[list[Outgoing], _Refused]:
        """All desks at once, because what a transaction costs hardly depends on how many people are in it.

        Blocking. What is to be published, and who was refused: their desks are half-told and have no receipt.
        """
        out: list[Outgoing] = []
        refused: _Refused = {}
        parts = {address: stretches(messages) for address, messages in by_desk.items()}
        for turn in range(max(map(len, parts.values()), default=0)):
            part = {address: cut[turn] for address, cut in parts.items() if turn < len(cut) and address not in refused}
            out += self._deal_with_stretch(part, refused)
        return out, refused

    def _deal_with_stretch(self, by_desk: Mapping[Address, Sequence[AnyMessage]], refused: _Refused) -> list[Outgoing]:
        taken: dict[Address, Taken] = {}
        told: dict[Address, list[Outgoing]] = {}
        for address, messages in by_desk.items():
            with _noting(refused, address):
                told[address] = [] if address in self._desks else self._open_desk(address)
                taken[address] = self._desks[address].receive(messages)
        new = self._keep({address: each.portions for address, each in taken.items() if each.portions}, refused)
        for address, each in taken.items():
            if address not in refused:
                with _noting(refused, address):
                    told[address] += self._desks[address].settle(each, new.get(address, []))
        self._write_points([address for address in taken if address not in refused], refused)
        return [each for address, out in told.items() if address not in refused for each in out]

    def _keep(self, portions: Mapping[Address, Sequence[Portion]], refused: _Refused) -> dict[Address, list[Block]]:
        """One transaction; when it is refused, one for each, so that nobody goes short because of another."""
        if not portions:
            return {}
        new: dict[Address, list[Block]] = {}
        try:
            kept = iter(self._stores.recordings.append_all([*chain(*portions.values())]))
            return {address: [*chain(*islice(kept, len(those)))] for address, those in portions.items()}
        except UnderfootError:
            for address, those in portions.items():
                with _noting(refused, address):
                    new[address] = [*chain(*self._stores.recordings.append_all(those))]
        return new

    def _write_points(self, addresses: Sequence[Address], refused: _Refused) -> None:
        desks = [self._desks[address] for address in addresses]
        points = [point for desk in desks for point in desk.points]
        try:
            if points:
                self._stores.series.write(points)
        except UnderfootError as error:
            refused |= dict.fromkeys(addresses, error)
        for desk in desks:
            desk.points = []

    async def _greet(self, session: str) -> None:
        """A new connection: whatever came between the last one and this has no receipt and is asked for."""
        for desk in list(self._desks.values()):
            await self._publish(await self._at_the_desks(partial(desk.receipts, session)))

    def _open_desk(self, address: Address) -> list[Outgoing]:
        session = self.subscriber.session
        desk = Desk(address, self._stores, self._make_terms, self._rules_for, session, self.faults, self._house)
        out = desk.resume()
        self._desks[address] = desk
        return out

    async def _publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Sent in this order, many at once: waiting for each acknowledgement would cost most of the time there is."""
        for first in range(0, len(outgoing), _AT_ONCE):
            await asyncio.gather(*map(self._send, outgoing[first : first + _AT_ONCE]))

    async def _send(self, outgoing: Outgoing) -> None:
        try:
            if outgoing.message is None:
                await self.subscriber.forget(outgoing.topic)
            else:
                self._show(_person_of(outgoing.topic), outgoing.message)
                await self.subscriber.publish(outgoing.topic, outgoing.message)
        except UnderfootError as error:
            self.faults.note(error.fault)

    def _show(self, person: str, message: AnyMessage) -> None:
        for onlooker in self._onlookers:
            onlooker(person, message)


def _person_of(topic: str) -> str:
    parsed = parse(topic)
    return "" if parsed is None else parsed.person


async def _batch_of(arrived: asyncio.Queue[Arrival], *, wait: bool) -> list[Arrival]:
    """Everything that has arrived while the last batch was being kept; at least one, for which this may `wait`."""
    batch = [await arrived.get()] if wait else []
    while len(batch) < _BATCH and not arrived.empty():
        batch.append(arrived.get_nowait())
    return batch


@contextmanager
def _noting(refused: _Refused, address: Address) -> Iterator[None]:
    """What is wrong at one desk does not stop the others."""
    try:
        yield
    except UnderfootError as error:
        refused[address] = error
