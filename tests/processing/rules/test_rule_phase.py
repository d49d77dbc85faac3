"""The transition table of a rule is complete, and only a judged second moves it."""

from __future__ import annotations

import pytest

from processing.rules.phase import TRANSITIONS, Needed, Phase, PhaseMachine, Signal, Timeout

ALWAYS = {Timeout.WALK_ENDED, Timeout.OVERRULED, Timeout.WITHDRAWN}
TIMERS = {Phase.PENDING: Timeout.HELD, Phase.CLEARING: Timeout.CLEARED, Phase.RESTING: Timeout.REARMED}


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_knows_every_signal_and_its_own_timer(phase: Phase) -> None:
    own = {TIMERS[phase]} if phase in TIMERS else set()
    assert set(TRANSITIONS[phase]) == {*Signal, *ALWAYS, *own}


@pytest.mark.parametrize("phase", Phase)
def test_what_cannot_be_judged_moves_nothing(phase: Phase) -> None:
    assert TRANSITIONS[phase][Signal.UNKNOWN] is phase


def test_every_phase_is_reached() -> None:
    reached = {after for before, moves in TRANSITIONS.items() for after in moves.values() if after is not before}
    assert reached == set(Phase)


def test_no_rest_is_over_at_the_next_second() -> None:
    machine = PhaseMachine(Needed(hold_ns=0, hold_steps=0, clear_ns=0, rearm_ns=0))
    signals = [Signal.OVER, Signal.UNDER, Signal.OVER, Signal.UNKNOWN, Signal.UNDER]
    phases = [machine.step(signal, t_ns, 1, 0) for t_ns, signal in enumerate(signals)]
    assert phases == [Phase.ACTIVE, Phase.RESTING, Phase.ACTIVE, Phase.ACTIVE, Phase.RESTING]
