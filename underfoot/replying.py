"""Answering an alert: over the broker where processing runs, else into the journal of this machine."""

from __future__ import annotations

import asyncio

from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage
from ingest.wire.topics import Address
from processing.alerts.alerting import Alerting
from processing.rule_changes import rules_maker
from processing.store.journal_sqlite import SqliteJournal
from underfoot.at_home import household
from underfoot.reach import answer_to
from underfoot.saying import journal_to_ourselves
from underfoot.settings import Settings


def answer(settings: Settings, reply: AlertReply) -> Alert:
    """The alert as it then stands.

    :raises UnderfootError: BROKER_UNREACHABLE, also when processing does not answer; BROKER_REFUSED; UNKNOWN_NAME for
        an alert that nobody raised.
    """
    with journal_to_ourselves(settings) as journal:
        if journal is not None:
            return _answer_here(settings, journal, reply)
    return asyncio.run(send(settings, reply))


async def send(settings: Settings, reply: AlertReply) -> Alert:
    """Send the reply over the broker and wait until the alert shows it; also of one that is closed.

    :raises UnderfootError: as `answer`.
    """
    address = Address(settings.hub, settings.person)
    known = False

    def heard(message: AnyMessage) -> Alert | None:
        nonlocal known
        if not isinstance(message, Alert) or message.id != reply.id:
            return None
        known = True
        return message if _shows(message, reply) else None

    alert = await answer_to(settings, address.reply(reply.id), reply, Alert, heard)
    if alert is not None:
        return alert
    if known:
        raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "processing does not answer")
    if reply.do == "acknowledge":  # only what is retained can be
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no alert {reply.id} on the broker")
    raise UnderfootError(FaultCode.BROKER_UNREACHABLE, f"processing does not answer, or knows no alert {reply.id}")


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
