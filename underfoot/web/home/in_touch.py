"""What the journal knows of contact with a wearer: their days, their figures today, and how long nothing has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ingest.wire.entries import AllRight, Entry
from ingest.wire.person import PersonState
from processing.household import Household
from processing.in_figures import InFigures
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.store.journal import JournalReading
from underfoot.web.site import Site

DAYS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Silence:
    """Whole days without data up to yesterday, and none today either; `since` is the first of them."""

    days: int
    since: date

    @property
    def is_long(self) -> bool:
        return self.days >= 7


@dataclass(frozen=True, slots=True, kw_only=True)
class InTouch:
    """`days`: the newest first. `last_day`: the last one of which anything came; None: nothing ever has."""

    person: PersonState
    days: tuple[DayFacts, ...]
    silence: Silence | None
    last_day: date | None
    all_right: Entry | None


def in_touch(journal: JournalReading, person: str, house: Household, now_ns: int) -> InTouch:
    """As of `now_ns`. :raises UnderfootError: as the journal."""
    figures = InFigures(person, journal, house)
    facts = figures.facts(now_ns)
    said = journal.entries(person, AllRight)
    return InTouch(
        person=figures.state(journal.alerts(person), now_ns),
        days=facts[::-1][:DAYS_SHOWN],
        silence=silence(facts),
        last_day=next((each.day for each in reversed(facts) if each.measured is not DayMeasured.NO_DATA), None),
        all_right=max(said, key=lambda each: each.t_ns, default=None),
    )


def silence(facts: Sequence[DayFacts]) -> Silence | None:
    """Of days in order, the last of them today; a day on which the insoles were met but not worn is no silence."""
    if not facts or facts[-1].measured is not DayMeasured.NO_DATA:
        return None
    silent = 0
    for each in reversed(facts[:-1]):
        if each.measured is not DayMeasured.NO_DATA:
            break
        silent += 1
    return Silence(silent, facts[-1 - silent].day) if silent else None


async def in_touch_of(site: Site, person: str) -> InTouch | None:
    """None: nothing is stored here yet."""
    if not site.places.journal.is_file():
        return None
    return await site.read(lambda journal: in_touch(journal, person, site.house, site.now_ns()))


def while_open(facts: DayFacts, open_day: date) -> DayFacts:
    """What is known of a day rests on walks that are over; of `open_day`, while something comes, there is one more."""
    if facts.day != open_day or facts.measured is not DayMeasured.NO_DATA:
        return facts
    return replace(facts, reason="a walk is under way")
