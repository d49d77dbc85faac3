"""One person's alerts between the engine, people and the journal: the book first, then the disk, then the broker."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.wire.faults import FaultBook, UnderfootError
from ingest.wire.messages import Alert, AlertReply, AlertState
from ingest.wire.topics import Address
from processing.outgoing import Outgoing
from processing.rules.lifecycle import AlertBook
from processing.store.journal import Journal

_BY = "underfoot"


class Alerting:
    """Takes over what the journal holds. Every method may raise what the journal raises."""

    def __init__(self, address: Address, journal: Journal, faults: FaultBook) -> None:
        self._address = address
        self._journal = journal
        self._faults = faults
        self._book = AlertBook()
        self._book.restore(journal.alerts(address.person))

    def knows(self, alert_id: str) -> bool:
        return self._book.knows(alert_id)

    def raised(self, alert: Alert) -> list[Outgoing]:
        """The engine says this of an alert, perhaps once more."""
        changed = self._book.on_engine(alert)
        return self._tell([changed] if changed else [])

    def answered(self, reply: AlertReply) -> list[Outgoing]:
        """Somebody says this of an alert; of one that nobody knows a fault is noted."""
        try:
            changed = self._book.on_reply(reply)
        except UnderfootError as error:
            self._faults.note(error.fault)
            return []
        self._journal.put_reply(self._address.person, reply, changed)
        return self._tell([changed] if changed else [])

    def walk_ended(self, walk: str, t_ns: int) -> list[Outgoing]:
        return self._tell(self._book.end_walk(walk, t_ns))

    def time_passed(self, t_ns: int) -> list[Outgoing]:
        return self._tell(self._book.as_of(t_ns))

    def _tell(self, alerts: Iterable[Alert]) -> list[Outgoing]:
        out: list[Outgoing] = []
        for alert in alerts:
            t_ns = alert.cleared_t_ns or alert.raised_t_ns
            self._journal.put_alert(self._address.person, alert, by=_BY, t_ns=t_ns)
            topic = self._address.alert(alert.id)
            out.append(Outgoing(topic, alert))
            if alert.state is AlertState.CLOSED:
                out.append(Outgoing(topic, None))
        return out
