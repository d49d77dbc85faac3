"""What the commands that show live rows share: they ask for them, take what comes, and stop when time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ingest.wire.faults import UnderfootError
from ingest.wire.messages import AnyMessage, LiveRequest
from ingest.wire.topics import Address
from processing.subscribe import Arrival, Subscriber
from underfoot.reach import broker_address
from underfoot.settings import Settings

_ASK_EVERY_S = 5.0
_TRY_EVERY_S = 0.1


async def listen(
    settings: Settings,
    carries: tuple[type[AnyMessage], ...],
    take: Callable[[Arrival], None],
    seconds: float | None,
    show: Callable[[Subscriber], Awaitable[None]] | None = None,
) -> None:
    """Until `show` is over or time is up; without `show`, until time is up. What cannot be read is counted."""
    address = Address(settings.hub, settings.person)
    subscriber = Subscriber(broker_address(settings), hub=address.hub, person=address.person, carries=carries)
    async with subscriber:
        tasks = [asyncio.create_task(_take_all(subscriber, take)), asyncio.create_task(_ask(subscriber, address))]
        try:
            async with asyncio.timeout(seconds):
                await (show(subscriber) if show is not None else asyncio.gather(*tasks))
        except TimeoutError:
            pass
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _take_all(subscriber: Subscriber, take: Callable[[Arrival], None]) -> None:
    async for arrival in subscriber.messages():
        try:
            take(arrival)
        except UnderfootError as error:
            subscriber.faults.note(error.fault)


async def _ask(subscriber: Subscriber, address: Address) -> None:
    """Ask for samples at the pace of a picture for as long as somebody looks or records."""
    while True:
        asked = await subscriber.publish(address.live, LiveRequest(seconds=3 * _ASK_EVERY_S))
        await asyncio.sleep(_ASK_EVERY_S if asked else _TRY_EVERY_S)
