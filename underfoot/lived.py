"""What programmes and reports rest on, out of this machine's journal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import TYPE_CHECKING

from underfoot.cli._people import journal_reader, today, zone

if TYPE_CHECKING:
    from ingest.wire.alerts import Alert
    from ingest.wire.entries import Entry, ProgrammeId
    from processing.periods import TimedWalk
    from processing.programme.standing import Standing
    from processing.rules.day_facts import DayFacts
    from underfoot.settings import Settings


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
        from processing.programme.standing import standing

        found = standing(self.entries, self.facts, self.alerts, self.until, self.zone, self.usual_steps)
        return {each.programme.id: each for each in found}


def lived(settings: Settings, until: date | None = None) -> Lived:
    """Up to today, or to another day.

    :raises UnderfootError: NOTHING_STORED, STORE_DAMAGED.
    """
    from processing.days.facts import day_facts
    from processing.metrics.recipe import STEADY
    from processing.periods import TimedWalk
    from processing.rules.day_facts import usual_steps
    from processing.times import local_day

    journal, where, last = journal_reader(settings), zone(settings), until or today(settings)
    walks = tuple(
        TimedWalk(begun_t_ns=walk.begun_t_ns, summary=json.loads(walk.summary))
        for walk in journal.walks(settings.person, STEADY.name)
        if local_day(walk.begun_t_ns, where) <= last
    )
    touched = journal.days_in_touch(settings.person)
    known = [local_day(walk.begun_t_ns, where) for walk in walks] + [date.fromisoformat(each.day) for each in touched]
    first = min(known, default=last + timedelta(days=1))
    facts = day_facts(walks, touched, first, last, where)
    return Lived(
        until=last,
        zone=where,
        entries=journal.entries(settings.person),
        alerts=journal.alerts(settings.person),
        walks=walks,
        facts=facts,
        usual_steps=usual_steps(facts),
    )
