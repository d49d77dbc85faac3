"""What the plan of a day may rest on: what people had said, and what had been measured, by that day.

An entry counts from the day on which it was said, or from the later day that it is about; so it never changes the
minutes of a day before. Only "there was no walk" counts for its own day whenever it is said: it changes what became of
the day, not what the day had asked for, and the plan hears of it until the next day.

Steps on a day = planned minutes × the person's own steps per minute walked, the median of the days before (days with 5
min or more of walking), 120 (the fast end of what is expected, from memory of the literature) while there is none. They
stay within the usual day's steps + the cap: with 1000, clinical basis 2.2 and 3.5 (IWGDF 2023).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from statistics import median

from ingest.wire.entries import Entry, FootCheck, NoWalk, ProgrammeChange, Symptoms
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.times import local_day

STEPS_PER_MIN = 120.0
_LEAST_WALKED_MIN = 5.0
_USUAL_DAYS = 7


def day_of(entry: Entry) -> date | None:
    """The day an entry is about; None where it is about none, or about one that no calendar has."""
    if not isinstance(entry.said, Symptoms | FootCheck | NoWalk | ProgrammeChange):
        return None
    try:
        return date.fromisoformat(entry.said.day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Heard:
    """Entries by the day from which they count, in order of the time they were said at."""

    by_day: Mapping[date, Sequence[Entry]]
    no_walk: Mapping[date, date]  # day without a walk → day on which that was first said

    @classmethod
    def of(cls, entries: Iterable[Entry], zone: tzinfo) -> Heard:
        by_day: dict[date, list[Entry]] = {}
        no_walk: dict[date, date] = {}
        for entry in sorted(entries, key=lambda each: (each.t_ns, each.id)):
            said_on, about = local_day(entry.t_ns, zone), day_of(entry)
            if about is None:
                continue
            if isinstance(entry.said, NoWalk):
                no_walk.setdefault(about, said_on)
            else:
                by_day.setdefault(max(said_on, about), []).append(entry)
        return cls(by_day, no_walk)

    def said_none(self, day: date, by: date) -> bool:
        return day in self.no_walk and self.no_walk[day] <= by


class StepCap:
    """How many steps a day may have above the person's usual one, and what that is in minutes of walking.

    `usual_steps` counts from the day after the seventh day measured whole, which is when it became known.
    """

    def __init__(self, facts: Sequence[DayFacts], usual_steps: int | None) -> None:
        self._usual = usual_steps
        whole = [each.day for each in facts if each.measured is DayMeasured.MEASURED and each.steps is not None]
        self._known_after = whole[_USUAL_DAYS - 1] if len(whole) >= _USUAL_DAYS else None
        self._rates = _rates(facts)

    def usual_steps(self, day: date) -> int | None:
        return self._usual if self._known_after is None or day > self._known_after else None

    def steps_per_min(self, day: date) -> float:
        """Of the walking of the days before."""
        place = bisect_left(self._rates, day, key=lambda each: each[0])
        return self._rates[place - 1][1] if place else STEPS_PER_MIN

    def minutes(self, day: date, cap_steps: int) -> int | None:
        """Whole minutes a day may have; None: the usual day is not known."""
        usual = self.usual_steps(day)
        return None if usual is None else int((usual + cap_steps) / self.steps_per_min(day))


def _rates(facts: Sequence[DayFacts]) -> list[tuple[date, float]]:
    """Days on which somebody walked, each with the median up to it."""
    rates: list[tuple[date, float]] = []
    walked: list[float] = []
    for fact in facts:
        if fact.steps and fact.walked_min is not None and fact.walked_min >= _LEAST_WALKED_MIN:
            insort(walked, fact.steps / fact.walked_min)
            rates.append((fact.day, median(walked)))
    return rates
