"""One person's alerts between the engine, people and the journal: the book first, then the disk, then the broker."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

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

    def raised(self, alert: Alert, *, late: bool = False) -> list[Outgoing]:
        """The engine says this of an alert, perhaps once more. `late`: found in late rows, unless it was known."""
        changed = self._book.on_engine(replace(alert, late=True) if late else alert)
        return self._tell([changed] if changed else [])

    def found_late(self, alerts: Iterable[Alert], late_until_t_ns: int | None = None) -> list[Outgoing]:
        """A walk was computed again and has these. Of one that was told already only its end is still heard.

        :param late_until_t_ns: of a walk that goes on: what rows after that raised, and is still so, is not late.
        """
        told = {alert.id: alert for alert in self._book.alerts}
        news = [
            each for each in alerts if each.id not in told or (each.cleared_t_ns and not told[each.id].cleared_t_ns)
        ]
        return [out for alert in news for out in self.raised(alert, late=not _is_present(alert, late_until_t_ns))]

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

    def all_ended(self, t_ns: int) -> list[Outgoing]:
        """The open walk is over; what is still active is of this walk, under whatever name it was told."""
        walks = sorted({alert.walk for alert in self._book.alerts if alert.cleared_t_ns is None})
        return [out for walk in walks for out in self.walk_ended(walk, t_ns)]

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


def _is_present(alert: Alert, late_until_t_ns: int | None) -> bool:
    """Live rows raised it, however late it is computed, and somebody can still act upon it."""
    return late_until_t_ns is not None and alert.raised_t_ns > late_until_t_ns and alert.cleared_t_ns is None
