"""What became of one day of a programme: measured against what it asked for, never ticked.

Done: at least 90 % of the minutes asked for were measured. Below that the measured minutes speak only when 80 % of the
time recorded was measured (as for every rule): else a day that looks short is not measured, which is neither missed nor
a step. Missed: the insoles were in touch and nobody walked in them, or somebody said so. A day on which a foot is found
red or open, or a red flag is answered, is a day of rest, whatever was walked before: its minutes stand, and count for
no step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from processing.programme.gates import Hold
from processing.programme.plans import Phase
from processing.rules.baseline import MIN_COVERAGE_PCT
from processing.rules.day_facts import DayFacts, DayMeasured

DONE_SHARE = 0.9
_WALKED_AT_ALL_MIN = 1.0


class DayState(StrEnum):
    DONE = "done"
    PARTIAL = "partial"
    MISSED = "missed"
    NOT_MEASURED = "not-measured"
    REST = "rest"  # not a day of the plan, or walking is stopped
    TODAY = "today"  # not done yet, and not over


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeDay:
    """`done_min` counts for the programme; forward and backward minutes stand apart. None: not measured.

    `held`: why it does not ask for more; `reason`: why it is a day of rest, or was not measured.
    """

    day: date
    phase: Phase
    state: DayState
    planned_min: int
    done_min: float | None
    forward_min: float | None
    backward_min: float | None
    steps_per_min: float | None  # of walking, whatever its direction
    coverage_pct: float | None
    held: tuple[Hold, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Became:
    state: DayState
    reason: str | None = None


def done_min(fact: DayFacts | None, phase: Phase) -> float | None:
    """Minutes that count: those walked backward, or else all others."""
    if fact is None:
        return None
    if phase is Phase.BACKWARD:
        return fact.backward_min
    return None if fact.walked_min is None else max(0.0, fact.walked_min - (fact.backward_min or 0.0))


def became(planned_min: int, fact: DayFacts | None, phase: Phase, *, said_none: bool) -> Became:
    """Of a day that is over. `said_none`: somebody said that it had no walk."""
    done = done_min(fact, phase)
    enough = DONE_SHARE * planned_min
    if done is not None and done >= enough:
        return Became(DayState.DONE)
    if said_none and not done:
        return Became(DayState.MISSED, "somebody said that there was no walk")
    if fact is None or fact.measured is DayMeasured.NO_DATA:
        return Became(DayState.NOT_MEASURED, (fact and fact.reason) or "no data of this day")
    if fact.measured is DayMeasured.NOT_WORN:
        return Became(DayState.MISSED, "the insoles were not worn")
    unsure = _unsure(fact, done, enough, phase)
    if unsure is not None or done is None:
        return Became(DayState.NOT_MEASURED, unsure)
    return Became(DayState.PARTIAL if done >= _WALKED_AT_ALL_MIN else DayState.MISSED)


def _unsure(fact: DayFacts, done: float | None, enough: float, phase: Phase) -> str | None:
    """Why minutes below what was asked for do not say that they were not walked."""
    if done is None:
        return fact.reason or "walking was not measured"
    if fact.walks and (fact.coverage_pct is None or fact.coverage_pct < MIN_COVERAGE_PCT):
        return f"coverage {fact.coverage_pct or 0.0:.0f} % of the time recorded: too little to tell"
    if phase is Phase.BACKWARD and done + (fact.unclear_min or 0.0) >= enough:
        return "forward or backward was not clear"
    return None
