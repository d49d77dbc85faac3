"""Named recipes: how contacts are found and which strides count. The name is stored with every figure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ingest.wire.faults import FaultCode, UnderfootError


class Clock(StrEnum):
    """What one foot's times rest on."""

    ROWS = "rows"  # row numbers at the nominal rate
    TICKS = "ticks"  # the insole's own ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Times in s, shares in percent. A limit of None is not applied."""

    name: str
    clock: Clock
    above_baseline: bool  # the threshold lies above what the foot reads in swing, not above zero
    threshold_n: float
    threshold_pct: float  # of (P95 − baseline), where the insole is not calibrated to newton
    interpolate: bool  # edges between samples, where the line between them crosses the threshold
    close_gaps_first: bool
    shortest_contact_s: float
    shortest_gap_s: float
    least_peak_pct: float | None  # of the foot's P95
    stride_s: tuple[float, float]
    stance_pct: tuple[float, float]
    of_median: tuple[float, float] | None  # of the walk's median stride, both feet
    robust_sd: float | None  # distance of stride, stance and swing from the foot's median
    skip_first_s: float
    skip_last_s: float
    double_support_of: Literal["walk", "strides"]


# clinical.md 1.6 with 20 N: the published table of one recording is reproduced to its last digit
RATIO = Recipe(
    name="ratio",
    clock=Clock.ROWS,
    above_baseline=False,
    threshold_n=20.0,
    threshold_pct=5.0,
    interpolate=False,
    close_gaps_first=False,
    shortest_contact_s=0.10,
    shortest_gap_s=0.10,
    least_peak_pct=None,
    stride_s=(0.5, 2.5),
    stance_pct=(30.0, 90.0),
    of_median=(0.7, 1.3),
    robust_sd=None,
    skip_first_s=0.0,
    skip_last_s=0.0,
    double_support_of="walk",
)

# Turns, starts and stops left out, so that variability is what the literature prints
STEADY = Recipe(
    name="steady",
    clock=Clock.TICKS,
    above_baseline=True,
    threshold_n=20.0,
    threshold_pct=5.0,
    interpolate=True,
    close_gaps_first=True,
    shortest_contact_s=0.20,
    shortest_gap_s=0.10,
    least_peak_pct=35.0,
    stride_s=(0.5, 2.5),
    stance_pct=(40.0, 90.0),
    of_median=None,
    robust_sd=3.0,
    skip_first_s=10.0,
    skip_last_s=5.0,
    double_support_of="strides",
)

RECIPES = {recipe.name: recipe for recipe in (STEADY, RATIO)}


def recipe_named(name: str) -> Recipe:
    """:raises UnderfootError: UNKNOWN_NAME."""
    try:
        return RECIPES[name]
    except KeyError:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"recipe {name!r}; there are {', '.join(RECIPES)}") from None
