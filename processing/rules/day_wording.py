"""What people read of rules over days and of upkeep: one sentence or two and one action, and nothing that frightens."""

from __future__ import annotations

from ingest.wire.geometry import Side
from processing.household import Household
from processing.rules.day_rule import (
    DayRule,
    DoseRule,
    GaitChangeRule,
    LongSilenceRule,
    TemperatureRule,
    UpkeepRule,
    WearRule,
)
from processing.rules.upkeep import Upkeep

CAME_LATER = "No longer so: rows came later and the figures were computed again."
_PLACES = {
    "T1": "at the big toe",
    "T2-5": "at the small toes",
    "M1": "on the ball, behind the big toe",
    "M2": "on the ball, near the big toe",
    "M3": "in the middle of the ball",
    "M4": "on the ball, near the small toe",
    "M5": "on the ball, behind the small toe",
    "MF": "in the middle of the foot",
    "HM": "on the inside of the heel",
    "HL": "on the outside of the heel",
}


def patient_text(
    rule: DayRule, house: Household, *, side: Side | None = None, area: str = "", upkeep: Upkeep | None = None
) -> str:
    """The sentence for the person who walks."""
    if isinstance(rule, DoseRule):
        return "That is more walking than your usual day. Look at both feet tonight."
    if isinstance(rule, GaitChangeRule):
        return "On your last walks you have walked in another way than usual. Take your time on the next one."
    if isinstance(rule, TemperatureRule):
        return _warm_text(rule, house, side, area)
    if isinstance(rule, WearRule):
        return "You have worn the insoles less than planned. Put them on for your walks."
    if isinstance(rule, LongSilenceRule):
        return f"No signal from your insoles for {rule.absent_h:g} hours. We are not measuring: charge and wear them."
    return _upkeep_text(rule, side, upkeep)


def _warm_text(rule: TemperatureRule, house: Household, side: Side | None, area: str) -> str:
    place = _PLACES.get(area, f"at the {area.replace('_', ' ')}")
    phone = f": {house.clinic_phone}" if house.clinic_phone else ""
    days = "today" if rule.days == 1 else f"for {rule.days} days"
    return (
        f"Your {side} foot has been warmer than the other one {days}, {place}. "
        f"Walk less and call your foot clinic today{phone}."
    )


def _upkeep_text(rule: UpkeepRule, side: Side | None, upkeep: Upkeep | None) -> str:
    if upkeep is Upkeep.BATTERY:
        return f"The battery of your {side} insole is low. Charge it tonight."
    if upkeep is Upkeep.CLOCK:
        return f"The clock of your {side} insole does not keep time. Restart the insole near the hub."
    if upkeep is Upkeep.BACKLOG:
        return f"Some of what your {side} insole measured has not arrived. Leave it near the hub for a while."
    return f"Your insoles were last calibrated more than {rule.calibration_days} days ago. Ask for it to be done again."
