"""A person in a few figures, put together from the journal: what lists, home hubs and the top of a page show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ingest.wire.alerts import Alert
from ingest.wire.entries import AllRight
from ingest.wire.person import PersonState
from processing.days.known import KnownDays
from processing.days.walks import KnownWalks
from processing.household import Household
from processing.notify.person_state import person_state
from processing.programme.standing import Standing, standing
from processing.rules.day_facts import DayFacts, usual_steps
from processing.store.journal import Delivery, JournalReading
from processing.times import local_day


class InFigures:
    """Of one person. :raises UnderfootError: as the journal."""

    def __init__(self, person: str, journal: JournalReading, house: Household) -> None:
        self._person = person
        self._journal = journal
        self._zone = house.zone
        self.walks = KnownWalks(person, journal)
        self._days = KnownDays(house.zone)
        self._stood: tuple[object, tuple[Standing, ...]] = (None, ())

    def state(self, alerts: tuple[Alert, ...], t_ns: int) -> PersonState:
        """As of `t_ns`."""
        walks = self.walks.all()
        facts = self.facts(t_ns)
        said = self._journal.entries(self._person, AllRight)
        return person_state(
            t_ns=t_ns,
            zone=self._zone,
            alerts=alerts,
            facts=facts,
            tasks=self._journal.tasks(self._person, open_only=True),
            plans=[each.plan for each in self.standings(alerts, facts, t_ns)],
            deliveries=self._deliveries(),
            latest_walk=walks[-1].summary if walks else None,
            all_right_t_ns=max((each.t_ns for each in said), default=None),
        )

    def facts(self, t_ns: int) -> tuple[DayFacts, ...]:
        """Every day since the first that anything is known of."""
        walks = self.walks.all()
        touched = self._journal.days_in_touch(self._person)
        today = self.day(t_ns)
        first = min(
            [today, *(local_day(each.begun_t_ns, self._zone) for each in walks[:1])]
            + [date.fromisoformat(each.day) for each in touched[:1]]
        )
        return self._days.facts(walks, touched, first, today)

    def standings(self, alerts: tuple[Alert, ...], facts: tuple[DayFacts, ...], t_ns: int) -> tuple[Standing, ...]:
        """Folded anew only when something has changed; the hours of today's hub, which always do, change no plan."""
        entries, today = self._journal.entries(self._person), self.day(t_ns)
        known = (*facts[:-1], replace(facts[-1], heard_s=None)) if facts else ()
        rests_on = (today, known, alerts, entries)
        if self._stood[0] != rests_on:
            self._stood = rests_on, standing(entries, facts, alerts, today, self._zone, usual_steps(facts))
        return self._stood[1]

    def _deliveries(self) -> tuple[Delivery, ...]:
        """All of them where one is not delivered: a channel that has delivered since then works again."""
        is_any_open = bool(self._journal.deliveries(self._person, open_only=True))
        return self._journal.deliveries(self._person) if is_any_open else ()

    def day(self, t_ns: int) -> date:
        return local_day(t_ns, self._zone)
