"""Reaching the broker that the settings name: for `doctor`, for `alerts ack`."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.topics import Address
from processing.subscribe import Subscriber
from underfoot.settings import Settings

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
    faults, found = FaultBook(), dict[str, Alert]()
    there = asyncio.Event()

    async def on_connected(_: str) -> None:
        there.set()

    subscriber = Subscriber(
        broker_address(settings),
        hub=settings.hub,
        person=settings.person,
        carries=(Alert,),
        on_connected=on_connected,
        faults=faults,
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(_HELD_S), subscriber:
            async for arrival in subscriber.messages():
                if isinstance(arrival.message, Alert):
                    found[arrival.message.id] = arrival.message
    if not there.is_set():
        fault = what_stood_in_the_way(faults, str(broker_address(settings)))
        raise UnderfootError(fault.code, fault.detail)
    return sorted(found.values(), key=lambda alert: (alert.raised_t_ns, alert.id))


async def acknowledge(settings: Settings, reply: AlertReply) -> Alert:
    """Send the reply, over the broker; the alert as processing then says it stands.

    :raises UnderfootError: BROKER_UNREACHABLE, BROKER_REFUSED; UNKNOWN_NAME when the broker knows no such alert.
    """
    address = Address(settings.hub, settings.person)
    faults = FaultBook()
    subscriber = Subscriber(
        broker_address(settings), hub=settings.hub, person=settings.person, carries=(Alert,), faults=faults
    )
    known: Alert | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(_ANSWER_S), subscriber:
            async for arrival in subscriber.messages():
                if arrival.topic.alert_id != reply.id:
                    continue
                if isinstance(arrival.message, Alert):
                    first, known = known is None, arrival.message
                    if known.acknowledged_t_ns is not None:
                        return known
                    if first:
                        await subscriber.publish(address.reply(reply.id), reply)
    if known is not None:
        raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "processing does not answer")
    if faults.counts:
        fault = what_stood_in_the_way(faults, str(broker_address(settings)))
        raise UnderfootError(fault.code, fault.detail)
    raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no alert {reply.id} on the broker")


def what_stood_in_the_way(faults: FaultBook, broker: str) -> Fault:
    """Why the broker was not reached, by what was noted on the way."""
    refused, unreachable = faults.latest(FaultCode.BROKER_REFUSED), faults.latest(FaultCode.BROKER_UNREACHABLE)
    return refused or unreachable or Fault(FaultCode.BROKER_UNREACHABLE, broker)
