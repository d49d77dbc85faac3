"""Named recipes: how contacts are found and which strides count. The name is stored with every figure.

Figures:
recipe [name]: how contacts were found and which strides count; figures of two recipes are not compared
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    on_n: float  # an initial contact: the load rises over it
    off_n: float  # a foot off: the load falls below it
    on_pct: float  # both of (P95 − baseline), where the insole is not calibrated to newton
    off_pct: float
    interpolate: bool  # edges between samples, where the line between them crosses the threshold
    bridge_rows: int  # so many rows may lack in the middle of a contact or a stride
    grounded_pct: float | None  # a foot whose baseline is no lighter than this share of its P95 never left the ground
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
    on_n=20.0,
    off_n=20.0,
    on_pct=5.0,
    off_pct=5.0,
    interpolate=False,
    bridge_rows=0,
    grounded_pct=None,
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
    on_n=20.0,
    off_n=20.0,
    on_pct=5.0,
    off_pct=5.0,
    interpolate=True,
    bridge_rows=2,
    grounded_pct=25.0,
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

# A maker's step table (Moticon OpenGo): contact at 50 N, lift-off already at 100 N; nothing is skipped at the ends
VENDOR = replace(
    STEADY, name="vendor", on_n=50.0, off_n=100.0, on_pct=5.0, off_pct=10.0, skip_first_s=0.0, skip_last_s=0.0
)

RECIPES = {recipe.name: recipe for recipe in (STEADY, RATIO, VENDOR)}


def recipe_named(name: str) -> Recipe:
    """:raises UnderfootError: UNKNOWN_NAME."""
    try:
        return RECIPES[name]
    except KeyError:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"recipe {name!r}; there are {', '.join(RECIPES)}") from None
