"""One programme, day after day: begun, stopped, ended by what is said; its minutes by what was done and what holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from ingest.wire.entries import Entry, FootCheck, ProgrammeChange, RedFlag, Role, Skin, Symptoms
from processing.programme.day import Became, DayState
from processing.programme.gates import (
    ENDED_BY_A_CLEAR_LOOK,
    OF_THE_BODY,
    STEP_BACK_SHARE,
    AlertDays,
    Diary,
    Feet,
    Hold,
    HoldKind,
)
from processing.programme.known import StepCap
from processing.programme.plans import CAP_STEPS, STEP_MIN, Programme, Stage, why_refused
from processing.rules.baseline import MIN_COVERAGE_PCT

LEAST_SHARED_MIN = 5  # Reasoned: what another programme leaves of the day's steps and is less is no walk


class RunState(StrEnum):
    NOT_BEGUN = "not-begun"
    RUNNING = "running"
    STOPPED = "stopped"  # by a red flag
    ENDED = "ended"


class RunEvent(StrEnum):
    BEGIN = "begin"
    STOP = "stop"
    LIFT = "lift"
    END = "end"


TRANSITIONS: Mapping[RunState, Mapping[RunEvent, RunState]] = {
    RunState.NOT_BEGUN: {RunEvent.BEGIN: RunState.RUNNING},
    RunState.RUNNING: {RunEvent.STOP: RunState.STOPPED, RunEvent.END: RunState.ENDED},
    RunState.STOPPED: {
        RunEvent.BEGIN: RunState.RUNNING,
        RunEvent.LIFT: RunState.RUNNING,
        RunEvent.END: RunState.ENDED,
    },
    RunState.ENDED: {RunEvent.BEGIN: RunState.RUNNING},
}


class Run:
    """For each day: `hear` what counts from it on, `plan` it, then `over` with what became of it."""

    def __init__(self, programme: Programme, alerts: AlertDays, cap: StepCap) -> None:
        self.programme = programme
        self.state = RunState.NOT_BEGUN
        self.begun: date | None = None
        self.ended: date | None = None
        self.flags: dict[RedFlag, date] = {}  # those that stop it
        self.step_min = STEP_MIN
        self.cap_steps: int | None = CAP_STEPS
        self.feet = Feet()
        self._diary = Diary()
        self._alerts = alerts
        self._cap = cap
        self._stage = 0
        self._level_min = 0
        self._last_asked_min: int | None = None
        self._last: Became | None = None
        self._last_coverage_pct: float | None = None
        self._gap = 0
        self._is_back = False  # the last plan was taken back: the next one is what it was, and no more
        self._rested: Skin | None = None  # what a foot was last seen like when the day began

    @property
    def stage(self) -> Stage:
        return self.programme.stages[self._stage]

    @property
    def resting(self) -> Skin | None:
        """What a foot was seen like that rests today."""
        return self.feet.rests() or self._rested

    @property
    def is_on(self) -> bool:
        return self.state in (RunState.RUNNING, RunState.STOPPED)

    def hear(self, day: date, entries: Iterable[Entry]) -> None:
        """What counts from this day on, in the order in which it was said."""
        self._rested = self.feet.rests()
        self._perhaps_lifted()
        for entry in entries:
            said = entry.said
            if isinstance(said, FootCheck):
                self.feet.looked(said, entry.t_ns, entry.id)
            elif isinstance(said, Symptoms):
                self._diary.said(said)
                self._flagged(day, said.red_flags)
            elif isinstance(said, ProgrammeChange) and self._takes(said, entry.role):
                self._changed(day, said, entry.role)
        if self.begun is not None and self.is_on and self.programme.is_over(day, self.begun):
            self._end(day)

    def plan(self, day: date, taken_min: int) -> tuple[int, tuple[Hold, ...], str | None]:
        """Minutes, why not more, and why it is a day of rest. `taken_min`: another programme asks for these."""
        resting = self._why_rest(day)
        if resting is not None:
            return 0, (), resting
        holds = self._holds(day)
        grows = self._last is not None and not holds and not self._is_back
        self._is_back = any(hold.kind is HoldKind.STEP_BACK for hold in holds)
        stage, level = self._next() if grows else (self._stage, self._level_min)
        if grows and (stage, level) == (self._stage, self._level_min):
            holds.append(Hold(HoldKind.GOAL, "this is the goal"))
        asked = level
        if self._is_back:
            asked = int(STEP_BACK_SHARE * asked)
        if self._last_asked_min is not None and any(hold.kind in OF_THE_BODY for hold in holds):
            asked = min(asked, self._last_asked_min)
        most, hold = self._most_min(day, stage, taken_min)
        if hold is not None and most < asked:
            holds.append(hold)
            level, asked = max(min(level, most), self._level_min) if stage == self._stage else level, most
        self._stage, self._level_min = stage, level
        if asked <= 0 or (taken_min and asked < LEAST_SHARED_MIN):
            return 0, tuple(holds), "the day's steps are used up" if hold else None
        return asked, tuple(holds), None

    def over(self, day: date, asked_min: int, became: Became, coverage_pct: float | None) -> None:
        if self.begun is None or not self.programme.asks_on(day, self.begun):
            return
        self._last, self._last_coverage_pct = became, coverage_pct
        if asked_min > 0:
            self._last_asked_min = asked_min
        walked = became.state in (DayState.DONE, DayState.PARTIAL)
        if walked:
            self._gap = 0
        elif became.state is not DayState.NOT_MEASURED:
            self._fell_behind()

    def _takes(self, change: ProgrammeChange, role: Role) -> bool:
        return change.programme is self.programme.id and why_refused(change, role) is None

    def _fell_behind(self) -> None:
        self._gap += 1
        back = self._gap if self._gap == self.programme.gap_days else 1 if self._gap > self.programme.gap_days else 0
        self._level_min = self.stage.lowered(self._level_min, back * self.step_min)

    def _flagged(self, day: date, flags: Iterable[RedFlag]) -> None:
        for flag in flags:
            self.flags[flag] = day
        if self.flags and self.state is RunState.RUNNING:
            self.state = TRANSITIONS[self.state][RunEvent.STOP]

    def _perhaps_lifted(self) -> None:
        """Reasoned: after a stop it goes on with the first minutes of its stage."""
        if self.state is not RunState.STOPPED:
            return
        for flag, since in list(self.flags.items()):
            if flag in ENDED_BY_A_CLEAR_LOOK and self.feet.clear_after(since):
                del self.flags[flag]
        if not self.flags:
            self.state = TRANSITIONS[self.state][RunEvent.LIFT]
            self._level_min = self.stage.start_min

    def _changed(self, day: date, change: ProgrammeChange, role: Role) -> None:
        if change.do == "end":
            if self.is_on:
                self._end(day)
        elif change.do == "cap":
            self.cap_steps = change.cap_steps
        else:
            self._begun_by(day, change, role)

    def _begun_by(self, day: date, change: ProgrammeChange, role: Role) -> None:
        """A red flag outlives anybody's beginning but a clinician's."""
        self.step_min = change.step_min or self.step_min
        self.cap_steps = self.cap_steps if change.cap_steps is None else change.cap_steps
        if role is Role.CLINICIAN:
            self.flags.clear()
        elif self.state is RunState.STOPPED:
            return
        if RunEvent.BEGIN in TRANSITIONS[self.state]:
            self._begin(day)
        if self.flags and self.state is RunState.RUNNING:
            self.state = TRANSITIONS[self.state][RunEvent.STOP]

    def _begin(self, day: date) -> None:
        self.state = TRANSITIONS[self.state][RunEvent.BEGIN]
        self.begun, self.ended = day, None
        self._stage, self._level_min = 0, self.programme.stages[0].start_min
        self._last = self._last_asked_min = self._last_coverage_pct = None
        self._is_back = False
        self._gap = 0

    def _end(self, day: date) -> None:
        self.state, self.ended = TRANSITIONS[self.state][RunEvent.END], day

    def _why_rest(self, day: date) -> str | None:
        if self.state is RunState.STOPPED:
            return "walking is stopped: " + ", ".join(flag.replace("-", " ") for flag in sorted(self.flags))
        if self.resting is not None:
            return f"a foot was seen {self.resting}"
        if self.begun is None or not self.programme.asks_on(day, self.begun):
            return "not a day of this programme"
        return None

    def _holds(self, day: date) -> list[Hold]:
        found = [self._diary.hold(day), *self._alerts.holds(day)]
        if self._last is not None:
            found += [self.feet.hold(day), _not_done(self._last, self._last_coverage_pct)]
        return [hold for hold in found if hold is not None]

    def _next(self) -> tuple[int, int]:
        if self._level_min < self.stage.goal_min or self._stage + 1 == len(self.programme.stages):
            return self._stage, self.stage.raised(self._level_min, self.step_min)
        return self._stage + 1, self.programme.stages[self._stage + 1].start_min

    def _most_min(self, day: date, stage: int, taken_min: int) -> tuple[int, Hold | None]:
        """The most that the cap allows; None beside it where nothing bounds the day."""
        if self.cap_steps is None:
            return 0, None
        most = self._cap.minutes(day, self.cap_steps)
        if most is None:
            return self.programme.stages[stage].start_min, Hold(
                HoldKind.USUAL_UNKNOWN, "your usual steps are not known yet"
            )
        words = f"it is held at your usual {self._cap.usual_steps(day)} steps + {self.cap_steps}"
        return max(0, most - taken_min), Hold(HoldKind.CAP, words)


def _not_done(last: Became, coverage_pct: float | None) -> Hold | None:
    """What the last day that was asked for lacks for a step."""
    if last.state is DayState.NOT_MEASURED:
        return Hold(HoldKind.COVERAGE, "your last walk was not measured")
    if last.state is DayState.REST:
        return Hold(HoldKind.NOT_DONE, "you rested the last time")
    if last.state is not DayState.DONE:
        return Hold(HoldKind.NOT_DONE, "your last walk was shorter than planned")
    if coverage_pct is None or coverage_pct < MIN_COVERAGE_PCT:
        return Hold(HoldKind.COVERAGE, "too little of your last walk was measured")
    return None
