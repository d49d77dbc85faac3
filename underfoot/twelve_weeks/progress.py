"""What the journal says of the person by a day: the days as they were measured, and where each programme stands."""

from __future__ import annotations

from datetime import date

from processing.days.known import KnownDays
from processing.days.walks import KnownWalks
from processing.periods import TimedWalk
from processing.programme.standing import Standing, standing
from processing.rules.day_facts import DayFacts, usual_steps
from processing.store.journal import JournalReading
from underfoot.twelve_weeks.person import FIRST_DAY, ZONE


class Progress:
    """Every method may raise what the journal raises."""

    def __init__(self, person: str, journal: JournalReading) -> None:
        self._person = person
        self._journal = journal
        self._walks, self._days = KnownWalks(person, journal), KnownDays(ZONE)

    def walks(self) -> tuple[TimedWalk, ...]:
        """Earliest first."""
        self._walks.changed()
        return self._walks.all()

    def facts(self, until: date) -> tuple[DayFacts, ...]:
        """From the first day of the story on."""
        return self._days.facts(self.walks(), self._journal.days_in_touch(self._person), FIRST_DAY, until)

    def standings(self, today: date) -> tuple[Standing, ...]:
        facts = self.facts(today)
        entries, alerts = self._journal.entries(self._person), self._journal.alerts(self._person)
        return standing(entries, facts, alerts, today, ZONE, usual_steps(facts))
