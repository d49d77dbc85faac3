"""A9: an area that is warmer than the same one of the other foot, day after day. Pure. Clinical basis 2.2 and 5.2.

Of each minute in which both feet state an area, its mean; of each foot the median of these over the person's day;
difference = left − right. A day with fewer than 15 such minutes is not judged: less than the shortest walk of a
programme. Days that are not judged break a run before it is raised, since it asks for days running. A reading below 5
or above 50 °C is no skin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ingest.wire.geometry import Side
from ingest.wire.messages import Temperature
from processing.rules.daily import CannotJudge, Judged, Quiet, Raised
from processing.rules.day_rule import TemperatureRule

LOWEST_C, HIGHEST_C = 5.0, 50.0
MINUTES_NEEDED = 15

Minutes = Mapping[int, float]  # UTC ns of a minute → its mean in °C


@dataclass(frozen=True, slots=True)
class DayDifference:
    """Left − right of one area over one day. `difference_c` None: too few minutes of both feet."""

    difference_c: float | None
    minutes: int


def plausible(message: Temperature) -> dict[str, float]:
    """The areas whose reading can be that of a foot."""
    return {area: value for area, value in message.areas_c.items() if LOWEST_C <= value <= HIGHEST_C}


def day_difference(left: Minutes, right: Minutes) -> DayDifference:
    both = sorted(left.keys() & right.keys())
    if len(both) < MINUTES_NEEDED:
        return DayDifference(None, len(both))
    medians = [median(foot[minute] for minute in both) for foot in (left, right)]
    return DayDifference(medians[0] - medians[1], len(both))


def judge_warmth(rule: TemperatureRule, day: DayDifference, side: Side) -> Judged:
    """Whether this foot was the warmer one on a day."""
    if day.difference_c is None:
        return CannotJudge(f"{day.minutes} of {MINUTES_NEEDED} min in which both feet were measured")
    warmer_c = day.difference_c if side is Side.LEFT else -day.difference_c
    if warmer_c < rule.difference_c:
        return Quiet(f"{warmer_c:+.1f} °C")
    return Raised(f"{warmer_c:+.1f} °C over {day.minutes} min of both feet")


def found_warm(rule: TemperatureRule, area: str, side: Side, days: Sequence[Judged]) -> str:
    """For the clinician; `days` up to the one with which the rule was met."""
    last = [day.found for day in days if isinstance(day, Raised)][-rule.days :]
    return (
        f"{area}: {side} − {side.other}, daily medians {', then '.join(last)} (limit {rule.difference_c:g} °C, "
        f"{rule.days} days running). Most such flags come to nothing (57 % at 2.2 °C, Frykberg 2017)."
    )
