"""Takes deliveries to their channels, and notes in the journal what became of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import groupby
from typing import Protocol, TypeVar

from ingest.wire.alerts import Alert
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage
from processing.notify.apprise_door import Door
from processing.notify.delivering import TITLE, due, next_try_t_ns, review, tried
from processing.store.journal import Delivery, DeliveryState

log = logging.getLogger(__name__)

_TROUBLE_S = 30.0  # the journal refused; a full disk is asked again so often
_T = TypeVar("_T")


class DeliveryBook(Protocol):
    """What the courier wants of the journal."""

    def alerts(self, person: str, *, open_only: bool = False) -> tuple[Alert, ...]: ...

    def deliveries(self, person: str, *, open_only: bool = False) -> tuple[Delivery, ...]: ...

    def put_delivery(self, delivery: Delivery) -> bool: ...


class Courier:
    """Of one person. `look` is an onlooker; `run` begins with what an earlier start left.

    :param channels: names and URLs; the names alone are kept and logged.
    :param changed: told when a delivery has come to another state; must be quick.
    """

    def __init__(
        self,
        person: str,
        book: DeliveryBook,
        door: Door,
        channels: Mapping[str, str],
        *,
        now_ns: Callable[[], int],
        faults: FaultBook | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._person = person
        self._book = book
        self._door = door
        self._channels = dict(channels)
        self._now_ns = now_ns
        self._faults = FaultBook() if faults is None else faults
        self._changed = changed
        self._news = asyncio.Event()

    def look(self, person: str, message: AnyMessage) -> None:
        if person == self._person and isinstance(message, Alert):
            self._news.set()

    async def run(self) -> None:
        """For ever. Whatever is wrong with one round is noted; the next one makes up for it."""
        while True:
            try:
                wait_s = await self.make_a_round()
            except UnderfootError as error:
                self._faults.note(error.fault)
                log.warning("%s", error.fault)
                wait_s = _TROUBLE_S
            except Exception as error:
                log.exception("the round of notifications broke off and is made again")
                self._faults.note(Fault(FaultCode.INTERNAL, f"notify: {error!r}"))
                wait_s = _TROUBLE_S
            await self._pause(wait_s)

    async def make_a_round(self) -> float | None:
        """Send what is due; seconds until there is more to do, None: nothing waits."""
        self._news.clear()
        alerts, known = await _aside(lambda: (self._book.alerts(self._person), self._book.deliveries(self._person)))
        now_ns = self._now_ns()
        news = review(self._person, alerts, known, self._channels, now_ns)
        await self._keep(news)
        standing = {each.id: each for each in (*known, *news)}
        by_channel = sorted(due(standing.values(), now_ns), key=lambda each: each.channel)
        bags = [list(bag) for _, bag in groupby(by_channel, key=lambda each: each.channel)]
        for sent in await asyncio.gather(*map(self._deliver, bags)):  # one that hangs holds up none of the others
            standing |= {each.id: each for each in sent}
        following = next_try_t_ns(standing.values())
        return None if following is None else max(following - self._now_ns(), 0) / 1e9

    async def _deliver(self, bag: Iterable[Delivery]) -> list[Delivery]:
        sent = []
        for delivery in bag:
            error = await self._door.send(self._channels[delivery.channel], TITLE, delivery.text)
            after = tried(delivery, error, self._now_ns())
            await self._keep([after])
            sent.append(after)
            if error is not None:
                log.info("%s: not delivered at try %d (%s)", after.channel, after.tries, error)
        return sent

    async def _keep(self, deliveries: Iterable[Delivery]) -> None:
        changed = list(deliveries)
        if not changed:
            return
        await _aside(lambda: [self._book.put_delivery(each) for each in changed])
        for each in changed:
            if each.state is DeliveryState.UNDELIVERED:
                fault = Fault(FaultCode.NOT_DELIVERED, f"{each.channel}: {each.error}")
                self._faults.note(fault)
                log.warning("%s", fault)
        self._changed()

    async def _pause(self, wait_s: float | None) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._news.wait()
        except TimeoutError:
            pass


def _aside(work: Callable[[], _T]) -> Awaitable[_T]:
    """Calls of the journal block: SQLite writes to the disk before it answers."""
    return asyncio.to_thread(work)
