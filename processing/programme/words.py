"""What the person who walks reads of a programme: one sentence for today, and the stop rules before every walk.

Reading age about eleven; no promise, no fright. Stop rules: clinical basis 3.5 (consensus, from memory of the ADA's and
the IWGDF's texts, but for the open sore: JOSPT 2020).
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.wire.entries import ProgrammeId, RedFlag, Skin
from processing.programme.day import DayState, ProgrammeDay
from processing.programme.gates import Hold, HoldKind
from processing.programme.plans import Phase, Programme

STOP_RULES = (
    "Do not walk on an open sore. Call your foot clinic.",
    "A new blister, cut, redness, swelling, warmth, wet spot or change of colour: do not walk, call your foot clinic.",
    "One hot, swollen foot: stop and call your foot clinic today.",
    "Pain in the chest, short of breath, faint or nearly falling: stop and call for help.",
    "New pain in the calf, or pain at rest: stop and call your clinic.",
    "Blood sugar below 100 mg/dL (5.6 mmol/L) if you take insulin or tablets that lower it: do not walk.",
    "Blood sugar above 250 mg/dL (13.9 mmol/L) with ketones, or feeling unwell: do not walk.",
    "Something in the shoe, a wet shoe or a faulty insole: put it right before you walk.",
)
BACKWARD_STOP_RULES = (
    "Backward: on a clear, level floor, in daylight, with a rail or a helper.",
    "Never walk backward alone, above all if you fall, see badly or get dizzy when you stand up.",
)
STOPPED = "Do not walk for exercise until your clinic says so."
RESTING = {
    Skin.OPEN: "Rest today and call your foot clinic: do not walk on an open spot.",
    Skin.BLISTER: "Rest today and call your foot clinic: a foot had a blister.",
    Skin.RED: "Rest today and call your foot clinic: a foot was red.",
}
HOW = {Phase.WALKING: "Walk", Phase.BRISK: "Walk briskly", Phase.BACKWARD: "With your helper, walk backward"}
HELD = "; it does not grow, because "
_WORTH_TELLING = (
    HoldKind.STEP_BACK,
    HoldKind.SKIN,
    HoldKind.SYMPTOMS,
    HoldKind.ALERT,
    HoldKind.NOT_LOOKED,
    HoldKind.CAP,
)


def stop_rules(programme: ProgrammeId) -> tuple[str, ...]:
    """To be shown before every walk."""
    return (*BACKWARD_STOP_RULES, *STOP_RULES) if programme is ProgrammeId.BACKWARD_WALKING else STOP_RULES


def plan_words(
    programme: Programme, day: ProgrammeDay | None, stopped_by: Sequence[RedFlag], resting: Skin | None
) -> str:
    """What to do today, in one sentence."""
    if day is None:
        return ended(programme)
    if stopped_by:
        return STOPPED
    if resting is not None:
        return RESTING[resting]
    if day.state is DayState.REST:
        return rest_day(programme)
    if day.state is DayState.DONE:
        return done(programme)
    return f"{HOW[day.phase]} for {_minutes(day.planned_min)} today{_why(day.held)}."


def ended(programme: Programme) -> str:
    return f"The {programme.walk}s have ended."


def rest_day(programme: Programme) -> str:
    return f"No {programme.walk} today: a day of rest."


def done(programme: Programme) -> str:
    return f"The {programme.walk} is done for today."


def _minutes(minutes: int) -> str:
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _why(held: Sequence[Hold]) -> str:
    told = next((hold.words for kind in _WORTH_TELLING for hold in held if hold.kind is kind), None)
    return "" if told is None else f"{HELD}{told}"
