"""Rules over what presses on one place of a foot, and over standing still. Bounds stand in the types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from ingest.wire.alerts import AlertLevel, Audience
from ingest.wire.geometry import Side
from processing.rules.rule import HoldS, RearmS, RuleId

SharePct = Annotated[float, Meta(ge=50, le=99)]  # no quarter of an hour has all of anything
Stances = Annotated[int, Meta(ge=10, le=600)]
Factor = Annotated[float, Meta(ge=1.01, le=5)]
Site = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_ -]{0,24}$", description="the name of an area such as M1")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SustainedRule:
    """A1: an area was pressed for `enter_pct` of the last 15 min; ends when all areas told are below `clear_pct`.

    The 120 s without load of the clinical basis need no number of their own: 782 s of 900 s are 86.9 %.
    """

    id: RuleId
    level: AlertLevel
    audience: Audience
    enter_pct: SharePct
    clear_pct: SharePct
    measured_pct: SharePct  # of the 15 min: less is not the whole of them
    rearm_s: RearmS

    def __post_init__(self) -> None:
        if not self.clear_pct < self.enter_pct:
            raise ValueError("clear_pct must be below enter_pct")

    @property
    def sides(self) -> tuple[Side | None, ...]:
        return tuple(Side)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRule:
    """A2: standing still without a break; ends after `clear_s` of walking, sitting or not wearing.

    It is not raised while `folds_into` is active, and ends when that is raised: they have one cause.
    """

    id: RuleId
    level: AlertLevel
    audience: Audience
    folds_into: RuleId
    hold_s: HoldS
    clear_s: HoldS
    rearm_s: RearmS

    @property
    def sides(self) -> tuple[Side | None, ...]:
        return (None,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakRule:
    """A5: at `site` of one foot, `enter_stances` of the last `of_stances` peaked above `limit_kpa`; ends below
    `clear_stances`. Off until a clinician has named the place."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    enabled: bool
    site: Site = ""  # an area of the insole, such as M2
    side: Side | None = None
    limit_kpa: Annotated[float, Meta(ge=50, le=600)]
    enter_stances: Stances
    of_stances: Stances
    clear_stances: Stances
    rearm_s: RearmS

    def __post_init__(self) -> None:
        if not self.clear_stances <= self.enter_stances <= self.of_stances:
            raise ValueError("clear_stances, enter_stances and of_stances must rise in this order")
        if self.enabled and (not self.site or self.side is None):
            raise ValueError("site and side must be given before it is enabled")

    @property
    def sides(self) -> tuple[Side | None, ...]:
        """None at all while it is off."""
        return (self.side,) if self.enabled else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HotAreaRule:
    """A6: the stance impulse of one area is `enter_factor` × its median over the walk's earlier stances for
    `hold_stances`, and of all others within `others_factor`; ends below `clear_factor`.

    A rise of less than `least_rise_pct` of the foot's impulse is none: areas that hardly touch the ground vary a lot.
    """

    id: RuleId
    level: AlertLevel
    audience: Audience
    enter_factor: Factor
    clear_factor: Factor
    others_factor: Factor
    least_rise_pct: Annotated[float, Meta(ge=0, le=50)]
    hold_stances: Stances
    earlier_stances: Stances  # so many at least, before those of the hold
    rearm_s: RearmS

    def __post_init__(self) -> None:
        if not self.others_factor < self.clear_factor < self.enter_factor:
            raise ValueError("others_factor, clear_factor and enter_factor must rise in this order")

    @property
    def sides(self) -> tuple[Side | None, ...]:
        return tuple(Side)
