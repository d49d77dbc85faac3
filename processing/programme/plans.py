"""The programmes as values: how many minutes, how they grow, on which days, for how long.

Daily walking (clinical basis 3.5): m(n) = min(goal, start + k (n − 1)) with k of 2 … 5 min; 15 → 60 min, then brisk
5 → 45 min, where the source says 45 to 60: Reasoned, the lower end. n counts the steps that were granted, not days.
Brisk is asked for, not measured: a day's minutes count whatever their pace, and the pace is shown beside them as steps
per minute walked (100 or more is the field's usual mark for brisk, from memory of the literature).

Backward walking (Zhang 2014; clinical basis 3.4, 3.5): 20 to 40 min, three times a week, twelve weeks; begun with 5
min. One study of 60 people. The three days are the first, third and fifth of each week from the beginning on.

Reasoned: a gap of a week (7 days, or 3 sessions, not walked one after another) takes back one step for each of them,
down to the stage's first minutes; a day that was not measured neither lengthens nor ends a gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ingest.wire.entries import ProgrammeChange, ProgrammeId, Role

STEP_MIN = 2
CAP_STEPS = 1000  # above the usual day; "likely safe", IWGDF 2023 in clinical basis 2.2


class Phase(StrEnum):
    WALKING = "walking"
    BRISK = "brisk"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Minutes a day from `start_min` to `goal_min`."""

    phase: Phase
    start_min: int
    goal_min: int

    def minutes(self, n: int, step_min: int) -> int:
        """On the n-th step, n ≥ 1."""
        return min(self.goal_min, self.start_min + step_min * (n - 1))

    def raised(self, level_min: int, step_min: int) -> int:
        return min(self.goal_min, level_min + step_min)

    def lowered(self, level_min: int, minutes: int) -> int:
        return max(self.start_min, level_min - minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """`on_days`: of each week, counted from the day of its beginning; `weeks` None: until somebody ends it."""

    id: ProgrammeId
    title: str
    walk: str  # one walk of it, in a sentence
    stages: tuple[Stage, ...]
    on_days: tuple[int, ...]
    weeks: int | None
    gap_days: int
    needs_support: bool

    def asks_on(self, day: date, begun: date) -> bool:
        return (day - begun).days % 7 in self.on_days

    def is_over(self, day: date, begun: date) -> bool:
        return self.weeks is not None and (day - begun).days >= 7 * self.weeks


DAILY_WALKING = Programme(
    id=ProgrammeId.DAILY_WALKING,
    title="Daily walking",
    walk="daily walk",
    stages=(
        Stage(phase=Phase.WALKING, start_min=15, goal_min=60),
        Stage(phase=Phase.BRISK, start_min=5, goal_min=45),
    ),
    on_days=tuple(range(7)),
    weeks=None,
    gap_days=7,
    needs_support=False,
)
BACKWARD_WALKING = Programme(
    id=ProgrammeId.BACKWARD_WALKING,
    title="Backward walking",
    walk="backward walk",
    stages=(Stage(phase=Phase.BACKWARD, start_min=5, goal_min=40),),
    on_days=(0, 2, 4),
    weeks=12,
    gap_days=3,
    needs_support=True,
)
PROGRAMMES: Mapping[ProgrammeId, Programme] = {each.id: each for each in (DAILY_WALKING, BACKWARD_WALKING)}


def why_refused(change: ProgrammeChange, role: Role) -> str | None:
    """Why a change does not count; None when it does. Anybody may end a programme, or begin the daily walk as it is."""
    if change.do == "end" or role is Role.CLINICIAN:
        unsupported = change.do == "begin" and PROGRAMMES[change.programme].needs_support and not change.support_present
        return "begun only where somebody is there to support (support_present)" if unsupported else None
    if change.do == "cap" or PROGRAMMES[change.programme].needs_support:
        return "a clinician settles this"
    return "a clinician settles the pace" if (change.step_min, change.cap_steps) != (None, None) else None
