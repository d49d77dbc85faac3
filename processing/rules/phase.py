"""Enter, hold, clear, re-arm: the state machine that every rule runs through, once for each foot it watches."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"  # over the limit, not yet for long enough
    ACTIVE = "active"
    CLEARING = "clearing"  # active, back below the limit, not yet for long enough
    RESTING = "resting"  # cleared; not raised again before it is re-armed


class Signal(StrEnum):
    """What one second of event time says about a rule."""

    OVER = "over"
    BETWEEN = "between"  # below the limit to enter, above the one to clear
    UNDER = "under"
    UNKNOWN = "unknown"  # cannot be judged


class Timeout(StrEnum):
    HELD = "held"
    CLEARED = "cleared"
    REARMED = "rearmed"
    WALK_ENDED = "walk-ended"
    OVERRULED = "overruled"  # what was seen rested on a cell that is unfit
    WITHDRAWN = "withdrawn"  # told as something else from now on


# A second that cannot be judged moves nothing: it raises nothing, clears nothing, and every timer stands still.
TRANSITIONS: dict[Phase, dict[Signal | Timeout, Phase]] = {
    Phase.INACTIVE: {
        Signal.OVER: Phase.PENDING,
        Signal.BETWEEN: Phase.INACTIVE,
        Signal.UNDER: Phase.INACTIVE,
        Signal.UNKNOWN: Phase.INACTIVE,
        Timeout.WALK_ENDED: Phase.INACTIVE,
        Timeout.OVERRULED: Phase.INACTIVE,
        Timeout.WITHDRAWN: Phase.INACTIVE,
    },
    Phase.PENDING: {
        Signal.OVER: Phase.PENDING,
        Signal.BETWEEN: Phase.INACTIVE,
        Signal.UNDER: Phase.INACTIVE,
        Signal.UNKNOWN: Phase.PENDING,
        Timeout.HELD: Phase.ACTIVE,
        Timeout.WALK_ENDED: Phase.INACTIVE,
        Timeout.OVERRULED: Phase.INACTIVE,
        Timeout.WITHDRAWN: Phase.INACTIVE,
    },
    Phase.ACTIVE: {
        Signal.OVER: Phase.ACTIVE,
        Signal.BETWEEN: Phase.ACTIVE,
        Signal.UNDER: Phase.CLEARING,
        Signal.UNKNOWN: Phase.ACTIVE,
        Timeout.WALK_ENDED: Phase.RESTING,
        Timeout.OVERRULED: Phase.ACTIVE,
        Timeout.WITHDRAWN: Phase.RESTING,
    },
    Phase.CLEARING: {
        Signal.OVER: Phase.ACTIVE,
        Signal.BETWEEN: Phase.ACTIVE,
        Signal.UNDER: Phase.CLEARING,
        Signal.UNKNOWN: Phase.CLEARING,
        Timeout.CLEARED: Phase.RESTING,
        Timeout.WALK_ENDED: Phase.RESTING,
        Timeout.OVERRULED: Phase.CLEARING,
        Timeout.WITHDRAWN: Phase.RESTING,
    },
    Phase.RESTING: {
        Signal.OVER: Phase.RESTING,
        Signal.BETWEEN: Phase.RESTING,
        Signal.UNDER: Phase.RESTING,
        Signal.UNKNOWN: Phase.RESTING,
        Timeout.REARMED: Phase.INACTIVE,
        Timeout.WALK_ENDED: Phase.RESTING,
        Timeout.OVERRULED: Phase.RESTING,
        Timeout.WITHDRAWN: Phase.RESTING,
    },
}


@dataclass(slots=True)
class Hold:
    """How long something has been so, in the time that counts; None: it is not so."""

    ns: int | None = None

    def count(self, so: bool | None, elapsed_ns: int) -> None:
        """One more second: so, not so (begin again), or unknown (None: stand still)."""
        if so is None:
            return
        self.ns = (0 if self.ns is None else self.ns + elapsed_ns) if so else None

    def reached(self, needed_ns: int) -> bool:
        return self.ns is not None and self.ns >= needed_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How long each phase lasts; `hold_steps` counts the steps of both feet."""

    hold_ns: int
    hold_steps: int
    clear_ns: int
    rearm_ns: int


@dataclass(slots=True)
class PhaseMachine:
    """Where one rule stands for one foot. `since_t_ns`: event time at which the phase was entered."""

    needed: Needed
    phase: Phase = Phase.INACTIVE
    since_t_ns: int | None = None
    over: Hold = field(default_factory=Hold)
    under: Hold = field(default_factory=Hold)
    _steps_before: int = 0

    @property
    def held_s(self) -> float:
        """How long the limit has been exceeded without a break, in the time that counts."""
        return (self.over.ns or 0) / 1e9

    def step(self, signal: Signal, t_ns: int, elapsed_ns: int, steps: int) -> Phase:
        """One second; `elapsed_ns` of the time that counts went by. Returns the phase it ends in."""
        if (
            self.phase is Phase.RESTING
            and self.since_t_ns is not None
            and t_ns - self.since_t_ns >= self.needed.rearm_ns
        ):
            self._move(Timeout.REARMED, t_ns)
            self.over, self.under = Hold(), Hold()  # nothing that happened while resting counts
        known = signal is not Signal.UNKNOWN
        self.over.count(signal is Signal.OVER if known else None, elapsed_ns)
        self.under.count(signal is Signal.UNDER if known else None, elapsed_ns)
        if self.phase is Phase.INACTIVE and signal is Signal.OVER:
            self._steps_before = steps
        self._move(signal, t_ns)
        if known and self.phase is Phase.PENDING and self._held(steps):
            self._move(Timeout.HELD, t_ns)
        elif known and self.phase is Phase.CLEARING and self.under.reached(self.needed.clear_ns):
            self._move(Timeout.CLEARED, t_ns)
        return self.phase

    def stay_idle(self) -> None:
        """One judged second below the limit while inactive: what `step` does then, at a fraction of its cost."""
        self.over.ns = self.under.ns = None

    def overrule(self, t_ns: int) -> None:
        """Begin again: nothing seen so far counts."""
        self.over.ns = None
        self._move(Timeout.OVERRULED, t_ns)

    def withdraw(self, t_ns: int) -> None:
        self.over.ns = self.under.ns = None
        self._move(Timeout.WITHDRAWN, t_ns)

    def end_walk(self, t_ns: int) -> None:
        self._move(Timeout.WALK_ENDED, t_ns)

    def _held(self, steps: int) -> bool:
        return self.over.reached(self.needed.hold_ns) and steps - self._steps_before >= self.needed.hold_steps

    def _move(self, event: Signal | Timeout, t_ns: int) -> None:
        after = TRANSITIONS[self.phase][event]
        if after is not self.phase:
            self.phase, self.since_t_ns = after, t_ns
