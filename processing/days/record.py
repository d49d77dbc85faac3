"""What the journal says of a person's days and walks, as rules over days read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import TypeVar

from ingest.wire.alerts import Alert
from processing.days.known import KnownDays
from processing.household import Household
from processing.metrics.recipe import STEADY
from processing.periods import TimedWalk
from processing.pooling import worn_s
from processing.rules.baseline import Baseline, Summary, number
from processing.rules.day_facts import DayFacts
from processing.rules.day_rule import DayRule
from processing.rules.ruleset import RulesAt, RuleSet
from processing.store.journal import BaselineSet, JournalReading
from processing.times import local_day

R = TypeVar("R", bound=DayRule)

_HUB_ALONE = timedelta(days=60)  # before the first walk nothing older is asked for; a hub may have begun in 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWalk(TimedWalk):
    """A walk that is over. `worn_s` 0: nobody wore the insoles, or it is not known."""

    name: str
    ended_t_ns: int
    worn_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All that is known at `t_ns`. `facts`: every day from that of the first walk, or the hub's first, to today."""

    t_ns: int
    zone: tzinfo
    walks: tuple[KeptWalk, ...]
    walks_on: Mapping[date, tuple[KeptWalk, ...]]
    facts: tuple[DayFacts, ...]
    baselines: tuple[BaselineSet, ...]
    known: Mapping[str, Alert]

    @property
    def today(self) -> date:
        return local_day(self.t_ns, self.zone)

    def baseline_at(self, t_ns: int) -> Baseline | None:
        in_force = [each.baseline for each in self.baselines if each.t_ns <= t_ns]
        return in_force[-1] if in_force else None


class DayRecord:
    """Reads the journal anew each time; what it remembers is only how a summary reads, and a day that is as it was."""

    def __init__(self, person: str, journal: JournalReading, house: Household) -> None:
        self._person = person
        self._journal = journal
        self._zone = house.zone
        self._read: dict[str, tuple[bytes, KeptWalk]] = {}
        self._days = KnownDays(house.zone)

    def as_of(self, t_ns: int) -> Past:
        """At least as late as all that the journal tells of. :raises UnderfootError: as the journal."""
        walks = self._walks()
        walks_on = self._on_days(walks)
        known = {alert.id: alert for alert in self._journal.alerts(self._person)}
        raised = (alert.raised_t_ns for alert in known.values() if not alert.walk)
        t_ns = max([t_ns, *(walk.ended_t_ns for walk in walks), *raised])
        touched = self._journal.days_in_touch(self._person)
        today = local_day(t_ns, self._zone)
        hub_days = (date.fromisoformat(each.day) for each in touched)
        first = min([*walks_on, *(day for day in hub_days if today - day <= _HUB_ALONE), today])
        return Past(
            t_ns=t_ns,
            zone=self._zone,
            walks=walks,
            walks_on=walks_on,
            facts=self._days.facts(walks, touched, first, today),
            baselines=self._journal.baselines(self._person),
            known=known,
        )

    def _on_days(self, walks: tuple[KeptWalk, ...]) -> dict[date, tuple[KeptWalk, ...]]:
        found: dict[date, tuple[KeptWalk, ...]] = {}
        for walk in walks:
            day = local_day(walk.begun_t_ns, self._zone)
            found[day] = (*found.get(day, ()), walk)
        return found

    def _walks(self) -> tuple[KeptWalk, ...]:
        found = []
        for each in self._journal.walks(self._person, STEADY.name):
            raw, walk = self._read.get(each.walk, (b"", None))
            if walk is None or raw != each.summary or walk.begun_t_ns != each.begun_t_ns:
                walk = _kept(each.walk, each.begun_t_ns, json.loads(each.summary))
            found.append((each.walk, (each.summary, walk)))
        self._read = dict(found)
        return tuple(walk for _, (_, walk) in found)


def rule_at(rules_at: RulesAt, kind: type[R], t_ns: int) -> tuple[R, RuleSet] | None:
    """The day rule of a kind that was in force, and the set it stood in."""
    rules = rules_at(t_ns)
    return next(((rule, rules) for rule in rules.days if isinstance(rule, kind)), None)


def _kept(name: str, begun_t_ns: int, summary: Summary) -> KeptWalk:
    lasted_ns = round((number(summary, "duration_s") or 0.0) * 1e9)
    return KeptWalk(
        name=name,
        begun_t_ns=begun_t_ns,
        ended_t_ns=begun_t_ns + lasted_ns,
        worn_s=worn_s([summary]).value or 0.0,
        summary=summary,
    )
