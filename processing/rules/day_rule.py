"""Rules over days and walks, not over seconds; and what keeps alerts bearable. Bounds stand in the types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from ingest.wire.alerts import AlertLevel, Audience
from processing.rules.rule import RuleId

Factor = Annotated[float, Meta(ge=1, le=5)]
Days = Annotated[int, Meta(ge=1, le=60)]
Hours = Annotated[float, Meta(ge=1, le=720)]
_MINUTES_A_DAY = 24 * 60
_MOST_QUIET_MIN = 12 * 60  # Reasoned: nobody sleeps longer, and what is quiet all day is switched off
ClockTime = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="a time of day such as 22:00")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRule:
    """A7: the day's load is above `load_factor` × the median of the last `load_days` days that were measured, or its
    steps are more than `steps_over` above the baseline. Ends with the day."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    load_factor: Factor
    load_days: Days
    steps_over: Annotated[int, Meta(ge=100, le=20_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GaitChangeRule:
    """A8: in `walks` walks running the stride CV is above max(`cv_floor_pct`, baseline + `cv_spreads` · s), or the
    cadence `cadence_drop_pct` below the baseline. Ends after as many usual walks."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    cv_floor_pct: Annotated[float, Meta(ge=1, le=30)]
    cv_spreads: Annotated[float, Meta(ge=0, le=10)]
    cadence_drop_pct: Annotated[float, Meta(ge=5, le=60)]
    walks: Annotated[int, Meta(ge=1, le=10)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureRule:
    """A9: the day's median temperature of an area is `difference_c` above that of the other foot on `days` days
    running. Ends after as many days below it."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    difference_c: Annotated[float, Meta(ge=0.5, le=10)]
    days: Annotated[int, Meta(ge=1, le=7)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WearRule:
    """A10: worn for less than `least_h_per_day` on the mean of `days` days, or not at all for `none_h`. Ends with one
    day of enough."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    least_h_per_day: Annotated[float, Meta(ge=0.1, le=16)]
    days: Annotated[int, Meta(ge=1, le=14)]
    none_h: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class LongSilenceRule:
    """T2 for the clinician: no data at all for `absent_h`. Ends with the next rows."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    absent_h: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepRule:
    """T3: the battery at or below `battery_pct`, a clock's error above `clock_error_ms`, the oldest waiting row older
    than `backlog_s`, a calibration older than `calibration_days`. One alert for each; ends when it is mended."""

    id: RuleId
    level: AlertLevel
    audience: Audience
    battery_pct: Annotated[int, Meta(ge=1, le=50)]
    clock_error_ms: Annotated[float, Meta(ge=5, le=1000)]
    backlog_s: Annotated[float, Meta(ge=60, le=86_400)]
    calibration_days: Annotated[int, Meta(ge=1, le=365)]


DayRule = DoseRule | GaitChangeRule | TemperatureRule | WearRule | LongSilenceRule | UpkeepRule


@dataclass(frozen=True, slots=True, kw_only=True)
class PeaceRule:
    """One sound in `gap_s` and `per_day` in a day at most; the last `kept_for_medium` of these only for medium ones. No
    sound from `quiet_from` to `quiet_to` (the person's own clock; equal: no quiet hours)."""

    gap_s: Annotated[float, Meta(ge=60, le=7200)]
    per_day: Annotated[int, Meta(ge=1, le=24)]
    kept_for_medium: Annotated[int, Meta(ge=0, le=8)]
    quiet_from: ClockTime
    quiet_to: ClockTime

    def __post_init__(self) -> None:
        if not self.kept_for_medium < self.per_day:
            raise ValueError("kept_for_medium must be below per_day")
        if (_minute(self.quiet_to) - _minute(self.quiet_from)) % _MINUTES_A_DAY > _MOST_QUIET_MIN:
            raise ValueError("quiet hours may last 12 h at most")


def _minute(clock: str) -> int:
    """Of the day. A text that is no time is refused by its type, and is none here."""
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes) if hours.isdecimal() and minutes.isdecimal() else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRule:
    """A medium alert of `repeated` sounds once more after `unanswered_s`. The clinician gets a task after `same_area`
    unresolved A1 of one area within `days` days, and for every A9."""

    repeated: tuple[RuleId, ...]
    unanswered_s: Annotated[float, Meta(ge=60, le=86_400)]
    same_area: Annotated[int, Meta(ge=1, le=20)]
    days: Annotated[int, Meta(ge=1, le=30)]
