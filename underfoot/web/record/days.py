"""The strip of days: how much of each was seen, what its programmes came to, and stretches without data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from ingest.wire.entries import ProgrammeId
from processing.programme.day import DayState
from processing.programme.standing import Standing
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.times import each_day

DAYS_A_WEEK = 7
_BEFORE_THE_RECORD = "before anything was recorded"
_UNDER_WAY = "a walk is under way"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripDay:
    """`programmes`: what the day came to in each that was on. `walks`: names of its recordings, the first one first."""

    facts: DayFacts
    programmes: Mapping[ProgrammeId, DayState]
    walks: tuple[str, ...]

    @property
    def day(self) -> date:
        return self.facts.day


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days in a row of which nothing is known."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """`began`: the first day of which anything is known; None: no day is. `open_day`: a walk of it is under way."""

    days: tuple[StripDay, ...]
    began: date | None
    open_day: date | None = None

    @property
    def weeks(self) -> tuple[tuple[StripDay, ...], ...]:
        return tuple(self.days[k : k + DAYS_A_WEEK] for k in range(0, len(self.days), DAYS_A_WEEK))

    @property
    def weeks_since_began(self) -> tuple[tuple[StripDay, ...], ...]:
        """The last one at least."""
        first = self.began or self.days[-1].day
        return tuple(week for week in self.weeks if week[-1].day >= first) or self.weeks[-1:]

    @property
    def days_since_began(self) -> tuple[StripDay, ...]:
        began = self.began
        return () if began is None else tuple(each for each in self.days if each.day >= began)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Since the record began: what was before it was never to be seen. A day that is still open is none."""
        known = [each for each in self.days_since_began if each.day != self.open_day]
        runs = groupby(known, key=lambda each: each.facts.measured is DayMeasured.NO_DATA)
        lost = (list(run) for is_lost, run in runs if is_lost)
        return tuple(Gap(first=run[0].day, last=run[-1].day) for run in lost)

    def count(self, measured: DayMeasured) -> int:
        return sum(each.facts.measured is measured for each in self.days)


def strip(
    facts: Iterable[DayFacts],
    standings: Mapping[ProgrammeId, Standing],
    walks_of: Mapping[date, Sequence[str]],
    first: date,
    last: date,
    open_day: date | None = None,
) -> Strip:
    """Every day from `first` to `last`; of one that `facts` does not have nothing is known."""
    known = {each.day: each for each in facts}
    if open_day is not None and known.get(open_day, _unknown(open_day)).measured is DayMeasured.NO_DATA:
        known[open_day] = DayFacts(day=open_day, measured=DayMeasured.NO_DATA, reason=_UNDER_WAY)
    became = {id_: {day.day: day.state for day in each.days} for id_, each in standings.items()}
    return Strip(
        days=tuple(
            StripDay(
                facts=known.get(day) or _unknown(day),
                programmes={id_: states[day] for id_, states in became.items() if day in states},
                walks=tuple(walks_of.get(day, ())),
            )
            for day in each_day(first, last)
        ),
        began=min(known, default=None),
        open_day=open_day,
    )


def first_day(until: date, weeks: int) -> date:
    return until - timedelta(days=DAYS_A_WEEK * weeks - 1)


def _unknown(day: date) -> DayFacts:
    return DayFacts(day=day, measured=DayMeasured.NO_DATA, reason=_BEFORE_THE_RECORD)
