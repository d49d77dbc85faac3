"""What the person who walks reads: one short sentence and one action, and why an alert ended unseen.

Names the place and what to do; promises nothing and frightens nobody. Reading age about eleven.
"""

from __future__ import annotations

from ingest.wire.geometry import Side, Zone
from processing.rules.load_rule import HotAreaRule, PeakRule, StandingRule, SustainedRule
from processing.rules.reading import Reading
from processing.rules.rule import DeviationRule, FaultRule, SilenceRule, Watched
from processing.rules.ruleset import Rule

STILL_SO_AT_END = "Not seen to end: the walk was over."
TOLD_AS_ANOTHER = "Not seen to end: told as sustained load from then on."
RESTED_ON_A_FAULT = "Withdrawn: it rested on a cell that was found unfit."
NOT_SEEN_TO_END = (STILL_SO_AT_END, TOLD_AS_ANOTHER, RESTED_ON_A_FAULT)

_ZONE_OF = {
    **dict.fromkeys(("T1", "T2-5", "M1", "M2", "M3", "M4", "M5"), Zone.FOREFOOT),
    "MF": Zone.MIDFOOT,
    **dict.fromkeys(("HM", "HL"), Zone.REARFOOT),
}
_ZONE_WORDS = (  # with which a word of an insole's own name for an area begins
    (Zone.REARFOOT, ("heel", "rear")),
    (Zone.MIDFOOT, ("mid", "arch")),
    (Zone.FOREFOOT, ("fore", "ball", "toe", "hallux", "metatars")),
)


def patient_text(rule: Rule, side: Side | None, reading: Reading) -> str:
    """The sentence for the person who walks."""
    if isinstance(rule, FaultRule):
        return _fault_text(side, reading)
    if isinstance(rule, SilenceRule):
        return f"No signal from your {side} insole. We are not measuring this foot."
    if isinstance(rule, DeviationRule):
        if rule.figure is Watched.FOREFOOT_SHARE:
            return f"More of your weight is on the front of your {side} foot than usual. Slow down; check the shoe."
        return leaning(_heavier(reading))
    return _load_text(rule, side, reading)


def _load_text(rule: SustainedRule | StandingRule | PeakRule | HotAreaRule, side: Side | None, reading: Reading) -> str:
    if isinstance(rule, SustainedRule):
        return (
            f"{place(side, reading.areas, begins=True)} has been pressed for 15 minutes. Stop, then sit or walk about "
            "for 2 minutes. If this comes back, take the shoe off and look inside it and at your foot."
        )
    if isinstance(rule, StandingRule):
        return f"You have been standing still for {_minutes(rule.hold_s)}. A short sit or stroll helps."
    if isinstance(rule, PeakRule):
        where = place(side, reading.areas, begins=True)
        return f"{where} is pressed hard, step after step. Stop, then sit for 2 minutes."
    return (
        f"One spot under {place(side, reading.areas)} is pressed much harder than before. "
        "Stop, take off the shoe, shake it out, look at the skin."
    )


def place(side: Side | None, areas: tuple[str, ...], *, begins: bool = False) -> str:
    """Where on the foot, in words that need no chart: "your right forefoot". `begins`: of a sentence."""
    words = {
        Zone.FOREFOOT: f"your {side} forefoot",
        Zone.MIDFOOT: f"the middle of your {side} foot",
        Zone.REARFOOT: f"your {side} heel",
        None: f"your {side} foot",
    }[zone_of(areas)]
    return f"{words[0].upper()}{words[1:]}" if begins else words


def zone_of(areas: tuple[str, ...]) -> Zone | None:
    """The third of the foot in which all of them lie; None: there is none, or it is not known."""
    zones = {_zone(area) for area in areas}
    return zones.pop() if len(zones) == 1 else None


def leaning(side: Side) -> str:
    """What is read of the side that carries more than usual; an alert about both feet says it nowhere else."""
    return f"You are leaning more on your {side} side than usual. Rest if tired or sore."


def repeating(side: Side | None) -> str:
    """What is read of an insole whose readings are frozen."""
    return f"Your {side} insole keeps sending the same reading. We are not measuring this foot."


def _zone(area: str) -> Zone | None:
    known = _ZONE_OF.get(area)
    if known is not None:
        return known
    words = area.lower().replace("_", " ").split()
    return next((zone for zone, begins in _ZONE_WORDS if any(word.startswith(begins) for word in words)), None)


def _fault_text(side: Side | None, reading: Reading) -> str:
    if any(fault.cell is None for fault in reading.faults):
        return repeating(side)
    areas = list(dict.fromkeys(fault.area.replace("_", " ") for fault in reading.faults))
    what = f"The {areas[0]} sensor" if len(reading.faults) == 1 else f"{len(reading.faults)} sensors"
    is_not = "is not" if len(reading.faults) == 1 else "are not"
    return (
        f"{what} in your {side} insole {is_not} working. Load numbers for this foot are incomplete. Timing still works."
    )


def _heavier(reading: Reading) -> Side:
    """The side that carries more than usual; the index is positive when the right one is larger."""
    usual = reading.usual.median if reading.usual is not None else 0.0
    return Side.RIGHT if (reading.figure or 0.0) >= usual else Side.LEFT


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes > 1 else "a minute"
