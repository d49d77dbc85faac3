"""What programmes, reports and records rest on: all that is known of a wearer up to a day, out of the journal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from ingest.wire.alerts import Alert
from ingest.wire.entries import Entry, ProgrammeId
from processing.days.facts import day_facts
from processing.metrics.recipe import STEADY
from processing.periods import TimedWalk
from processing.programme.standing import Standing, standing
from processing.rules.day_facts import DayFacts, usual_steps
from processing.store.journal import JournalReading
from processing.times import local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """All that is known of the wearer up to a day; `usual_steps` None: not known yet."""

    until: date
    zone: tzinfo
    entries: tuple[Entry, ...]
    alerts: tuple[Alert, ...]
    walks: tuple[TimedWalk, ...]
    facts: tuple[DayFacts, ...]
    usual_steps: int | None

    def standings(self) -> dict[ProgrammeId, Standing]:
        """Of the programmes that have been begun."""
        found = standing(self.entries, self.facts, self.alerts, self.until, self.zone, self.usual_steps)
        return {each.programme.id: each for each in found}


def lived(journal: JournalReading, person: str, zone: tzinfo, until: date) -> Lived:
    """:raises UnderfootError: STORE_DAMAGED."""
    walks = tuple(
        TimedWalk(begun_t_ns=walk.begun_t_ns, summary=json.loads(walk.summary))
        for walk in journal.walks(person, STEADY.name)
        if local_day(walk.begun_t_ns, zone) <= until
    )
    touched = journal.days_in_touch(person)
    known = [local_day(walk.begun_t_ns, zone) for walk in walks] + [date.fromisoformat(each.day) for each in touched]
    first = min(known, default=until + timedelta(days=1))
    facts = day_facts(walks, touched, first, until, zone)
    return Lived(
        until=until,
        zone=zone,
        entries=journal.entries(person),
        alerts=journal.alerts(person),
        walks=walks,
        facts=facts,
        usual_steps=usual_steps(facts),
    )
