"""Rules over rolling figures, faults and silence, as values. The bounds of every number stand in its type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ingest.wire.alerts import AlertLevel, Audience
from ingest.wire.geometry import Side
from processing.rules.baseline import Baseline, Usual

Points = Annotated[float, Meta(ge=1, le=60)]
Spreads = Annotated[float, Meta(ge=0, le=10)]
HoldS = Annotated[float, Meta(ge=1, le=1800)]
RearmS = Annotated[float, Meta(ge=0, le=14_400)]
Strides = Annotated[int, Meta(ge=0, le=1000)]
RuleId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]{1,16}$")]

LEVELS = tuple(AlertLevel)  # in rising order


class Watched(StrEnum):
    """The rolling figure that a deviation rule watches; named as in `Metrics` and in `Baseline`."""

    FOREFOOT_SHARE = "forefoot_share_pct"
    LOAD_SI = "load_si_pct"


class Direction(StrEnum):
    ABOVE = "above"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stronger:
    """A larger and longer deviation lifts the level of an alert that is already active."""

    points: Points
    hold_s: HoldS  # of walking
    level: AlertLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationRule:
    """Raised when a figure stays away from the person's own baseline (A3, A4)."""

    id: RuleId
    figure: Watched
    direction: Direction
    level: AlertLevel
    audience: Audience
    enter_points: Points
    enter_spreads: Spreads
    clear_points: Points
    hold_s: HoldS  # of walking
    hold_strides: Strides
    clear_s: HoldS  # of walking
    rearm_s: RearmS  # of event time, from the clearing on
    stronger: Stronger | None = None

    def __post_init__(self) -> None:
        if not self.clear_points < self.enter_points:
            raise ValueError("clear_points must be below enter_points")
        if self.stronger is None:
            return
        if not self.stronger.points > self.enter_points or not self.stronger.hold_s > self.hold_s:
            raise ValueError("stronger must ask for more points and a longer hold than the rule")
        if LEVELS.index(self.stronger.level) <= LEVELS.index(self.level):
            raise ValueError("stronger must have a higher level than the rule")

    @property
    def sides(self) -> tuple[Side | None, ...]:
        """One watch for each foot, or one (None) for what compares the feet."""
        return tuple(Side) if self.figure is Watched.FOREFOOT_SHARE else (None,)

    def usual(self, baseline: Baseline, side: Side | None) -> Usual:
        return baseline.load_si_pct if side is None else baseline.forefoot_share_pct.of(side)

    def limit_points(self, usual: Usual) -> float:
        """Distance from the baseline at which the rule enters."""
        return max(self.enter_points, self.enter_spreads * usual.spread)

    def deviation(self, figure: float, usual: Usual) -> float:
        distance = figure - usual.median
        return abs(distance) if self.direction is Direction.EITHER else distance


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRule:
    """Raised when a foot sends no data while the walk is on (T2)."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    absent_s: HoldS
    clear_s: HoldS
    rearm_s: RearmS

    @property
    def sides(self) -> tuple[Side | None, ...]:
        return tuple(Side)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Raised when a cell of a foot is found unfit (T1): one alert for a foot, which lasts as long as the walk."""

    id: RuleId
    level: AlertLevel
    audience: Audience

    @property
    def sides(self) -> tuple[Side | None, ...]:
        return tuple(Side)
