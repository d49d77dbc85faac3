"""A person's record put together from the journal: everything that the page and the printed report show."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import cache

from ingest.wire.entries import Entry, ProgrammeId, RuleChange
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration
from processing.periods import Span, TimedWalk, periods, weakest
from processing.programme.report import Days, Report, before_after, days_of_programmes
from processing.programme.standing import Standing
from processing.rule_changes import changes_at, rules_maker
from processing.rules.ruleset import RulesAt, RuleSet
from processing.store.journal import JournalReading, Task
from processing.times import day_bounds_ns, each_day, local_day
from underfoot.lived import Lived, lived
from underfoot.web.record.asked import Asked
from underfoot.web.record.days import Strip, strip
from underfoot.web.record.events import Event, events
from underfoot.web.record.limits import limits_of_days
from underfoot.web.record.trend import Chart, charts


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A walk that is not over, so no figure rests on it yet."""

    walk: str
    begun_t_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`walks`: those of these weeks, the first one first. `rules`, `changes`: as they stood at the end.

    `on_both`: days that count for neither of two programmes, because both were on. `under_way`: within these weeks.
    """

    asked: Asked
    strip: Strip
    charts: tuple[Chart, ...]
    events: tuple[Event, ...]
    walks: tuple[TimedWalk, ...]
    calibration: Calibration | None
    compared: Report
    on_both: int
    begun: tuple[ProgrammeId, ...]
    tasks: tuple[Task, ...]
    rules: RuleSet
    changes: Mapping[str, Entry]
    under_way: UnderWay | None = None


def read_record(
    journal: JournalReading, person: str, zone: tzinfo, preset: str, asked: Asked, under_way: UnderWay | None = None
) -> Record:
    """:raises UnderfootError: as the journal; REQUEST_MALFORMED for a programme that was never begun."""
    life = lived(journal, person, zone, asked.until)
    standings = life.standings()
    days = tuple(each_day(asked.first, asked.until))
    end_t_ns = day_bounds_ns(asked.until, zone)[1] - 1
    begin_t_ns = day_bounds_ns(asked.first, zone)[0]
    rules = _rules_then(journal, person, preset)
    walks = tuple(walk for walk in life.walks if walk.begun_t_ns >= begin_t_ns)
    if under_way is not None and local_day(under_way.begun_t_ns, zone) != asked.until:
        under_way = None
    seen = strip(
        life.facts,
        standings,
        _walks_by_day(walks, under_way, zone),
        asked.first,
        asked.until,
        asked.until if under_way else None,
    )
    limits = limits_of_days(days, zone, journal.baselines(person), rules, life.facts)
    return Record(
        asked=asked,
        strip=seen,
        charts=charts(seen, periods(walks, Span.DAY, asked.first, asked.until, zone), limits, standings),
        events=events(life.alerts, life.entries, asked.first, asked.until, zone),
        walks=walks,
        calibration=weakest(walk.summary for walk in walks),
        compared=_compared(life, standings, asked),
        on_both=_on_both(standings, asked.programmes),
        begun=tuple(standings),
        tasks=tuple(each for each in journal.tasks(person) if begin_t_ns <= each.opened_t_ns <= end_t_ns),
        rules=rules(end_t_ns),
        changes=changes_at(journal, person, end_t_ns),
        under_way=under_way,
    )


def _rules_then(journal: JournalReading, person: str, preset: str) -> RulesAt:
    """Read once for each time that a limit was changed, not once for each day."""
    rules = rules_maker(preset, journal)
    changed = sorted(entry.t_ns for entry in journal.entries(person, RuleChange))

    @cache
    def since(changes: int) -> RuleSet:
        return rules(person, changed[changes - 1] if changes else 0)

    return lambda t_ns: since(bisect_right(changed, t_ns))


def _walks_by_day(walks: Sequence[TimedWalk], under_way: UnderWay | None, zone: tzinfo) -> dict[date, list[str]]:
    found: dict[date, list[str]] = {}
    begun = [(walk.begun_t_ns, str(walk.summary.get("walk"))) for walk in walks]
    for t_ns, name in [*begun, *([(under_way.begun_t_ns, under_way.walk)] if under_way else [])]:
        found.setdefault(local_day(t_ns, zone), []).append(name)
    return found


def _compared(life: Lived, standings: Mapping[ProgrammeId, Standing], asked: Asked) -> Report:
    sets = Days.between(*asked.before), Days.between(*asked.after)
    if asked.programmes:
        missing = [each for each in asked.programmes if each not in standings]
        if missing:
            raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"{', '.join(missing)} was never begun")
        one, other = asked.programmes
        sets = days_of_programmes(standings[one], standings[other])
    return before_after(*sets, life.walks, life.facts, life.entries, life.zone, programmes=asked.programmes)


def _on_both(standings: Mapping[ProgrammeId, Standing], programmes: Sequence[ProgrammeId]) -> int:
    days = [{day.day for day in standings[each].days} for each in programmes if each in standings]
    return len(days[0] & days[1]) if len(days) == 2 else 0
