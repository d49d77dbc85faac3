"""Reaching the broker that the settings name: to see that it is there, to hear what it holds, to be answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import Alert
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.message import Message
from ingest.wire.messages import AnyMessage
from processing.subscribe import Subscriber
from underfoot.settings import Settings

T = TypeVar("T")

_CONNECT_S = 5.0
_ANSWER_S = 10.0
_HELD_S = 1.5  # what a broker holds comes right after the subscription


def broker_address(settings: Settings) -> BrokerAddress:
    """The broker that is configured; without one, where the embedded broker of this machine listens."""
    broker = settings.broker
    if broker.url is None:
        return BrokerAddress(host="127.0.0.1")
    ca_file = str(broker.ca) if broker.ca else None
    return BrokerAddress.parse(broker.url, user=broker.user, password=broker.password, ca_file=ca_file)


async def greet(settings: Settings) -> Fault | None:
    """Connect and leave again; what stood in the way."""
    there = asyncio.Event()

    async def on_connected(_: str) -> None:
        there.set()

    faults = FaultBook()
    subscriber = Subscriber(
        broker_address(settings),
        hub=settings.hub,
        person=settings.person,
        carries=(None,),
        on_connected=on_connected,
        faults=faults,
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(_CONNECT_S), subscriber:
            while not there.is_set() and not faults.counts:  # noqa: ASYNC110 - an outage shows in the counts alone
                await asyncio.sleep(0.02)
    return None if there.is_set() else what_stood_in_the_way(faults, str(broker_address(settings)))


async def standing_alerts(settings: Settings) -> list[Alert]:
    """The alerts that the broker holds: all that are not closed, oldest first.

    :raises UnderfootError: BROKER_UNREACHABLE, BROKER_REFUSED.
    """
    found: dict[str, Alert] = {}

    def heard(message: AnyMessage) -> None:
        if isinstance(message, Alert):
            found[message.id] = message

    await _hear(settings, Alert, heard, _HELD_S)
    return sorted(found.values(), key=lambda alert: (alert.raised_t_ns, alert.id))


async def answer_to(
    settings: Settings, topic: str, said: AnyMessage, carries: type[AnyMessage], heard: Callable[[AnyMessage], T | None]
) -> T | None:
    """Say it, once more after every new connection, and wait for what `heard` makes something of; None: nothing came.

    :raises UnderfootError: BROKER_UNREACHABLE, BROKER_REFUSED.
    """
    return await _hear(settings, carries, heard, _ANSWER_S, lambda subscriber: subscriber.publish(topic, said))


async def _hear(
    settings: Settings,
    carries: type[AnyMessage],
    heard: Callable[[AnyMessage], T | None],
    wait_s: float,
    greet: Callable[[Subscriber], Awaitable[object]] | None = None,
) -> T | None:
    faults, greeted = FaultBook(), asyncio.Event()

    async def on_connected(_: str) -> None:
        if greet is not None:
            await greet(subscriber)
        greeted.set()

    subscriber = Subscriber(
        broker_address(settings),
        hub=settings.hub,
        person=settings.person,
        carries=(carries,),
        on_connected=on_connected,
        faults=faults,
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(wait_s), subscriber:
            async for arrival in subscriber.messages():
                found = heard(arrival.message) if isinstance(arrival.message, Message) else None
                if found is not None:
                    await greeted.wait()  # what is retained may show it already
                    return found
    if greeted.is_set():
        return None
    fault = what_stood_in_the_way(faults, str(broker_address(settings)))
    raise UnderfootError(fault.code, fault.detail)


def what_stood_in_the_way(faults: FaultBook, broker: str) -> Fault:
    """Why the broker was not reached, by what was noted on the way."""
    refused, unreachable = faults.latest(FaultCode.BROKER_REFUSED), faults.latest(FaultCode.BROKER_UNREACHABLE)
    return refused or unreachable or Fault(FaultCode.BROKER_UNREACHABLE, broker)
