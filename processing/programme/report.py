"""Before and after: a person's walks, minutes and symptoms in two sets of days, with what each figure rests on.

Regions, evenness, asymmetry, cadence: mean ± SD over the walks (`metrics.change`). Minutes and steps a day: mean ± SD
over the days measured whole. Symptoms: median and spread (1.4826 · median |x − median|) over the days that have an
answer; of a day answered twice the higher grade. Two programmes are compared by the days on which one was on and the
other was not. One person's walks are no study; nothing here says that one thing caused another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np

from ingest.wire.entries import Entry, ProgrammeId, Symptoms
from ingest.wire.geometry import Calibration
from processing.metrics.change import Change, Comparison, compare
from processing.metrics.moments import Moments
from processing.periods import TimedWalk, weakest
from processing.programme.gates import GRADES, Diary
from processing.programme.known import day_of
from processing.programme.standing import Standing
from processing.rules.baseline import WALKS_NEEDED, usual
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.times import each_day, local_day

OF_DAYS = ("walked_min", "forward_min", "backward_min", "unclear_min", "steps")
NOTES = (
    "Load follows speed: read it beside the cadence. Less load is not by itself better.",
    "The walks of one person are no study: what else changed between the two times is not known.",
)
OF_BACKWARD = "Backward walking: one 60-person study; forefoot pressure fell; not shown to prevent ulcers."


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days that belong together, and what they are called."""

    label: str
    days: frozenset[date]

    @classmethod
    def between(cls, first: date, last: date) -> Days:
        days = frozenset(each_day(first, last))
        return cls(label=f"{first} … {last}", days=days)


def days_of_programmes(before: Standing, after: Standing) -> tuple[Days, Days]:
    """Days on which one was on and the other was not, rest days among them."""
    of_before, of_after = ({day.day for day in each.days} for each in (before, after))
    return (
        Days(label=before.programme.title, days=frozenset(of_before - of_after)),
        Days(label=after.programme.title, days=frozenset(of_after - of_before)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestsOn:
    """What the figures of one set of days rest on."""

    label: str
    first: date | None
    last: date | None
    days: int
    days_measured: int  # whole
    walks: int
    symptom_days: int
    calibration: Calibration | None  # the weakest


@dataclass(frozen=True, slots=True)
class Graded:
    """Median and spread of a symptom's grades, 0 … 10; None without an answer."""

    days: int
    median: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class GradeChange:
    before: Graded
    after: Graded

    @property
    def change(self) -> float | None:
        before, after = self.before.median, self.after.median
        return None if before is None or after is None else after - before


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`of_days` by the names of `DayFacts`, each a day; `symptoms` by name; `notes` for who reads it."""

    before: RestsOn
    after: RestsOn
    figures: Comparison
    of_days: Mapping[str, Change]
    symptoms: Mapping[str, GradeChange]
    notes: tuple[str, ...]


def before_after(
    before: Days,
    after: Days,
    walks: Iterable[TimedWalk],
    facts: Iterable[DayFacts],
    entries: Iterable[Entry],
    zone: tzinfo,
    *,
    programmes: Sequence[ProgrammeId] = (),
) -> Report:
    """Whatever lacks is told as not measured. `programmes`: those that are compared, for the notes."""
    walked = [(local_day(walk.begun_t_ns, zone), walk) for walk in sorted(walks, key=lambda each: each.begun_t_ns)]
    known, diary = tuple(facts), Diary()
    for entry in entries:
        if isinstance(entry.said, Symptoms) and day_of(entry) is not None:
            diary.said(entry.said)
    sets = [[walk.summary for day, walk in walked if day in each.days] for each in (before, after)]
    whole = [_whole(known, each) for each in (before, after)]
    rests = [
        RestsOn(
            label=each.label,
            first=min(each.days, default=None),
            last=max(each.days, default=None),
            days=len(each.days),
            days_measured=len(measured),
            walks=len(summaries),
            symptom_days=max(len(diary.grades(name, each.days)) for name in GRADES),
            calibration=weakest(summaries),
        )
        for each, summaries, measured in zip((before, after), sets, whole, strict=True)
    ]
    return Report(
        before=rests[0],
        after=rests[1],
        figures=compare(sets[0], sets[1]),
        of_days={name: _of_days(whole[0], whole[1], name) for name in OF_DAYS},
        symptoms={
            name: GradeChange(*(_graded(diary.grades(name, each.days)) for each in (before, after))) for name in GRADES
        },
        notes=_notes(rests, programmes),
    )


def _whole(facts: Iterable[DayFacts], of: Days) -> list[DayFacts]:
    return [fact for fact in facts if fact.day in of.days and fact.measured is DayMeasured.MEASURED]


def _of_days(before: Sequence[DayFacts], after: Sequence[DayFacts], name: str) -> Change:
    sets = [[float(value) for fact in facts if (value := getattr(fact, name)) is not None] for facts in (before, after)]
    lacking = next(
        (f"no day {when} states it" for when, each in zip(("before", "after"), sets, strict=True) if not each), None
    )
    of_sets = [Moments.of(np.array(each, dtype=np.float64)) for each in sets]
    return Change(of_sets[0], of_sets[1], lacking)


def _graded(grades: Sequence[int]) -> Graded:
    if not grades:
        return Graded(0)
    found = usual([float(grade) for grade in grades])
    return Graded(len(grades), found.median, found.spread)


def _notes(rests: Sequence[RestsOn], programmes: Sequence[ProgrammeId]) -> tuple[str, ...]:
    few = [f"Only {each.walks} walks in {each.label}." for each in rests if each.walks < WALKS_NEEDED]
    of_backward = (OF_BACKWARD,) if ProgrammeId.BACKWARD_WALKING in programmes else ()
    return (*few, *NOTES, *of_backward)
