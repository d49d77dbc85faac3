"""One person's alerts between the engine, people and the journal: the book first, then the disk, then the broker.

Every change goes one way: what follows from it (outcome, handover) is worked out, kept, and only then told. All of it
rests on what the journal holds and on event time, so a restart repeats nothing and forgets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertReply, AlertState, Audience, Press
from ingest.wire.entries import Mute
from ingest.wire.faults import FaultBook, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.topics import Address
from processing.alerts.handing_over import HandingOver
from processing.alerts.latecomers import Latecomers
from processing.alerts.news import news
from processing.alerts.sounding import Sounding
from processing.household import Household
from processing.outgoing import Outgoing
from processing.rules import peace
from processing.rules.lifecycle import UNANSWERED_FOR_NS, AlertBook
from processing.rules.open_alerts import OpenAlerts
from processing.rules.outcome import LOADS, outcome
from processing.rules.peace import holds
from processing.rules.preset import load_preset
from processing.rules.ruleset import RulesAt, RuleSet
from processing.store.journal import Journal

_BY = "underfoot"
_NEVER_NS = 1 << 62
_STANDS_FOR_NS = 2 * UNANSWERED_FOR_NS


class Alerting:
    """Takes over what the journal holds. Every method may raise what the journal raises.

    :param rules_at: the rules in force for this person at an event time.
    """

    def __init__(
        self,
        address: Address,
        journal: Journal,
        faults: FaultBook,
        rules_at: RulesAt | None = None,
        house: Household | None = None,
    ) -> None:
        self._address = address
        self._journal = journal
        self._faults = faults
        rules_at = rules_at if rules_at is not None else _always(load_preset("clinical"))
        house = house if house is not None else Household()
        self._book = AlertBook()
        self._book.restore(journal.alerts(address.person))
        self._measured: dict[Side, int] = {}
        self._sounding = Sounding(
            self._book,
            rules_at,
            house.zone,
            self._measured_until,
            muting=lambda: journal.entries(address.person, Mute),
        )
        self._handing_over = HandingOver(address.person, journal, self._book, rules_at, house.zone)
        self._latecomers = Latecomers(rules_at, self._measured_until)
        self._unsettled = OpenAlerts(self._book, self._is_unsettled)

    def standing(self) -> list[Outgoing]:
        """What is retained, to be told again at a start: a crash may have kept a change that nobody was told.

        Closed ones count as long as an unanswered one may have stood there.
        """
        alerts = self._book.alerts
        since_t_ns = alerts[-1].raised_t_ns - _STANDS_FOR_NS if alerts else 0
        gone = [alert.id for alert in alerts if alert.state is AlertState.CLOSED and alert.raised_t_ns >= since_t_ns]
        return [
            *(Outgoing(self._address.alert(name), None) for name in gone),
            *(Outgoing(self._address.alert(alert.id), alert) for alert in self._book.open),
        ]

    def measured(self, side: Side, t_ns: int) -> None:
        """Live rows of this foot have been fed up to `t_ns`. Where nobody ever says so, a foot counts as measured."""
        self._measured[side] = max(self._measured.get(side, 0), t_ns)

    def raised(self, alert: Alert, *, late: bool = False) -> list[Outgoing]:
        """The engine says this of an alert, perhaps once more. `late`: found in late rows, unless it was known."""
        return self._hear(alert, late=late, at_once=True)

    def found_late(
        self,
        alerts: Iterable[Alert],
        late_until_t_ns: int | None = None,
        *,
        span: tuple[int, int] | None = None,
    ) -> list[Outgoing]:
        """A walk was computed again and has these. Of one that was told already only its end is still heard.

        :param late_until_t_ns: of a walk that goes on: what rows after that raised, and is still so, is not late.
        :param span: first and last UTC ns of the walk; silence that was told of it and is not found again is withdrawn.
        """
        found = list(alerts)
        told = {alert.id: alert for alert in self._book.alerts}
        fresh = [
            each for each in found if each.id not in told or (each.cleared_t_ns and not told[each.id].cleared_t_ns)
        ]
        out: list[Outgoing] = []
        for alert in fresh:
            out += self._hear(alert, late=not _is_present(alert, late_until_t_ns), at_once=False)
        self._latecomers.came(late_until_t_ns)
        if span is not None:
            names = frozenset(each.id for each in found)
            for before, after in self._latecomers.withdrawn(self._book.alerts, names, span):
                out += self._settle(before, after, span[1])
        return out

    def answered(self, reply: AlertReply) -> list[Outgoing]:
        """Somebody says this of an alert; of one that nobody knows a fault is noted. A repeat changes nothing."""
        person = self._address.person
        before = self._book.get(reply.id)
        if before is not None and reply in self._journal.replies(person, reply.id):
            return []
        try:
            changed = self._book.on_reply(reply)
        except UnderfootError as error:
            self._faults.note(error.fault)
            return []
        if reply.do == "escalate" and before is not None:
            self._handing_over.ask(before, reply)
        self._journal.put_reply(person, reply, changed)
        return [] if changed is None else self._tell(before, changed, reply.t_ns)

    def pressed(self, press: Press, t_ns: int) -> list[Outgoing]:
        """A button at home: acknowledges whatever is open and was told to the patient.

        What has yet to sound was not told: an answer to another one must not silence it.
        """
        asked = [
            alert
            for alert in self._book.open
            if alert.acknowledged_t_ns is None
            and alert.audience is not Audience.CLINICIAN
            and not (alert.late or peace.waits(alert))
        ]
        replies = [
            AlertReply(id=alert.id, do=press.do, by=press.by, t_ns=max(t_ns, alert.raised_t_ns)) for alert in asked
        ]
        return [out for reply in replies for out in self.answered(reply)]

    def walk_ended(self, walk: str, t_ns: int) -> list[Outgoing]:
        known = {alert.id: alert for alert in self._book.open}
        return [out for alert in self._book.end_walk(walk, t_ns) for out in self._settle(known[alert.id], alert, t_ns)]

    def all_ended(self, t_ns: int) -> list[Outgoing]:
        """The open walk is over; what is still active is of this walk, under whatever name it was told."""
        walks = sorted({alert.walk for alert in self._book.open if alert.cleared_t_ns is None and alert.walk})
        return [out for walk in walks for out in self.walk_ended(walk, t_ns)]

    def time_passed(self, t_ns: int) -> list[Outgoing]:
        """The hub's clock says `t_ns`: outcomes become known, what waited may sound, what is over is closed."""
        opened = self._book.open
        done = self._book.as_of(t_ns)
        known = {alert.id: alert for alert in opened} if done else {}
        out = [each for alert in done for each in self._settle(known[alert.id], alert, t_ns)]
        for alert in self._book.open if self._unsettled.all() else ():
            if self._is_unsettled(alert):
                aged = self._latecomers.present(alert, t_ns)
                out += self._settle(alert, aged, t_ns)
        for before, after in self._sounding.passed(t_ns):
            out += self._settle(before, after, t_ns)
        return out

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert, oldest first."""
        return self._book.alerts

    def _hear(self, alert: Alert, *, late: bool, at_once: bool) -> list[Outgoing]:
        before = self._book.get(alert.id)
        changed = self._book.on_engine(replace(alert, late=True) if late else alert)
        if changed is None:
            return []
        if before is None:
            changed = self._sounding.first(changed, at_once=at_once)
            if changed.late and changed.cleared_t_ns is None:
                self._latecomers.appeared()
        return self._settle(before, changed, changed.cleared_t_ns or changed.raised_t_ns)

    def _settle(self, before: Alert | None, alert: Alert, t_ns: int) -> list[Outgoing]:
        """Work out what follows from the change at `t_ns`, keep it and tell it."""
        alert = replace(alert, outcome=outcome(alert, min(t_ns, self._measured_until(alert))))
        self._book.keep(alert)
        alert = self._handing_over.follow(before, alert)
        self._book.keep(alert)
        return [] if alert == before else self._tell(before, alert, t_ns)

    def _tell(self, before: Alert | None, alert: Alert, t_ns: int) -> list[Outgoing]:
        self._journal.put_alert(self._address.person, alert, by=_BY, t_ns=t_ns)
        topic = self._address.alert(alert.id)
        out = [Outgoing(topic, alert)]
        out += [Outgoing(self._address.alert_event, each) for each in news(before, alert, t_ns)]
        if alert.state is AlertState.CLOSED:
            out.append(Outgoing(topic, None))
        return out

    def _is_unsettled(self, alert: Alert) -> bool:
        """Whether time alone can still change it, but for its sound and its end."""
        is_late = alert.late and holds(alert)
        is_outcome_open = alert.outcome is None and alert.rule in LOADS
        return is_late or is_outcome_open or self._handing_over.is_due(alert)

    def _measured_until(self, alert: Alert) -> int:
        """The end of the last row of the feet that the alert is about; without end where nobody says."""
        if not alert.walk:
            return _NEVER_NS
        sides = [alert.side] if alert.side is not None else list(Side)
        return min((self._measured[side] for side in sides if side in self._measured), default=_NEVER_NS)


def _is_present(alert: Alert, late_until_t_ns: int | None) -> bool:
    """Live rows raised it, however late it is computed, and somebody can still act upon it."""
    return late_until_t_ns is not None and alert.raised_t_ns > late_until_t_ns and alert.cleared_t_ns is None


def _always(rules: RuleSet) -> RulesAt:
    return lambda _t_ns: rules
