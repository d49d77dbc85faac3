"""Answering an alert: over the broker where processing runs, else into the journal of this machine."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.topics import Address
from processing.alerting import Alerting
from processing.store.journal_sqlite import SqliteJournal
from processing.subscribe import Subscriber
from processing.terms import rules_maker
from underfoot.at_home import household
from underfoot.reach import acknowledge, broker_address, what_stood_in_the_way
from underfoot.saying import journal_to_ourselves
from underfoot.settings import Settings

_ANSWER_S = 10.0


def answer(settings: Settings, reply: AlertReply) -> Alert:
    """The alert as it then stands.

    :raises UnderfootError: BROKER_UNREACHABLE, also when processing does not answer; BROKER_REFUSED; UNKNOWN_NAME for
        an alert that nobody raised.
    """
    with journal_to_ourselves(settings) as journal:
        if journal is not None:
            return _answer_here(settings, journal, reply)
    if reply.do == "acknowledge":
        return asyncio.run(acknowledge(settings, reply))
    return asyncio.run(send(settings, reply))


async def send(settings: Settings, reply: AlertReply) -> Alert:
    """Send the reply over the broker and wait until the alert shows it; also of one that is closed.

    :raises UnderfootError: as `answer`.
    """
    address, faults, sent = Address(settings.hub, settings.person), FaultBook(), asyncio.Event()

    async def on_connected(_: str) -> None:
        await subscriber.publish(address.reply(reply.id), reply)
        sent.set()

    subscriber = Subscriber(
        broker_address(settings),
        hub=settings.hub,
        person=settings.person,
        carries=(Alert,),
        on_connected=on_connected,
        faults=faults,
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(_ANSWER_S), subscriber:
            async for arrival in subscriber.messages():
                alert = arrival.message
                if isinstance(alert, Alert) and alert.id == reply.id and _shows(alert, reply):
                    await sent.wait()  # a retained one may show it already
                    return alert
    if sent.is_set():
        detail = f"processing does not answer, or knows no alert {reply.id}"
        raise UnderfootError(FaultCode.BROKER_UNREACHABLE, detail)
    fault = what_stood_in_the_way(faults, str(broker_address(settings)))
    raise UnderfootError(fault.code, fault.detail)


def _shows(alert: Alert, reply: AlertReply) -> bool:
    match reply.do:
        case "escalate":
            return alert.escalated_t_ns is not None
        case "acknowledge":
            return alert.acknowledged_t_ns is not None
        case "useful" | "not-useful":
            return alert.useful is (reply.do == "useful")


def _answer_here(settings: Settings, journal: SqliteJournal, reply: AlertReply) -> Alert:
    rules, faults = rules_maker(settings.rules.preset, journal), FaultBook()
    alerting = Alerting(
        Address(settings.hub, settings.person),
        journal,
        faults,
        lambda t_ns: rules(settings.person, t_ns),
        household(settings),
    )
    alerting.answered(reply)
    unknown = faults.latest(FaultCode.UNKNOWN_NAME)
    found = next((each for each in journal.alerts(settings.person) if each.id == reply.id), None)
    if unknown is not None or found is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, unknown.detail if unknown else f"no alert {reply.id}")
    return found
