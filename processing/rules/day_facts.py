"""What is known of one of a person's days, as rules, programmes and reports read it, and what is usual of many.

Made in `processing.days.facts`. A usual day's steps are the median of the first seven days measured whole (clinical
basis 5.2: the baseline); its load is the median of the last days measured whole, at least seven of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median

DAYS_NEEDED = 7


class DayMeasured(StrEnum):
    """How much of a day was seen. Only `NOT_WORN` says that nothing was walked in the insoles."""

    MEASURED = "measured"
    PARTLY = "partly"
    NOT_WORN = "not-worn"  # the hub was in touch with insoles, and nobody wore them
    NO_DATA = "no-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """Sums over the walks of a day; None: not known, which is not 0. `reason`: why it is not wholly measured.

    `walks`: recordings. `coverage_pct`: share of the time recorded that the worse foot was measured. `load_bw_s`: of
    both feet. `in_touch`: whether the hub met an insole; None: it did not run. `heard_s`: how long it ran.
    """

    day: date
    measured: DayMeasured
    reason: str | None = None
    walks: int = 0
    steps: int | None = None
    walked_min: float | None = None
    forward_min: float | None = None
    backward_min: float | None = None
    unclear_min: float | None = None
    worn_min: float | None = None
    coverage_pct: float | None = None
    load_bw_s: float | None = None
    in_touch: bool | None = None
    heard_s: float | None = None


def usual_steps(facts: Iterable[DayFacts]) -> int | None:
    """Median steps of the first seven days measured whole; None while there are fewer."""
    steps = [each.steps for each in facts if each.measured is DayMeasured.MEASURED and each.steps is not None]
    return round(median(steps[:DAYS_NEEDED])) if len(steps) >= DAYS_NEEDED else None


def usual_load_bw_s(facts: Sequence[DayFacts], days: int) -> float | None:
    """Median load of the last `days` days measured whole; None while there are fewer than seven, or than `days`."""
    loads = [each.load_bw_s for each in facts if each.measured is DayMeasured.MEASURED and each.load_bw_s is not None]
    return median(loads[-days:]) if len(loads) >= min(days, DAYS_NEEDED) else None
