"""Walk summaries → days and weeks. Pure: the time zone and the days asked for come in.

A walk counts for the day on which it began. A figure of a period is the mean of its walks, weighted by what each rests
on: times of strides by the strides that count, shares of a foot's load by its impulse (by the time measured where a
walk has none), what compares the feet by the time measured. Totals add up over the walks that state them. Coverage is
the share of the time recorded on which a figure rests; a day without a walk is not measured, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum

from ingest.wire.geometry import Calibration, Side
from processing.pooling import FIGURES, TOTALS, Pooled, pooled, total, walks_found, worn_s
from processing.rules.baseline import MIN_COVERAGE_PCT, Summary, number
from processing.times import local_day

_WEAKEST_FIRST = tuple(Calibration)


class Span(StrEnum):
    DAY = "day"
    WEEK = "week"  # Monday to Sunday


class Measured(StrEnum):
    """How much of the time recorded was measured; of the rest of a day nothing is known."""

    NOT = "not measured"
    PARTLY = "partly measured"
    YES = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWalk:
    """A walk's summary and when it began."""

    begun_t_ns: int
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days `first` … `last`, both included. `reason` says why it is not, or only partly, measured.

    `walks`: recordings, `walks_found`: walks found in them. `recorded_s`: from first to last row, added over the
    recordings; `coverage_pct`: the share of it that each foot was measured; `worn_s`: known to be worn. `calibration`:
    the weakest of all insoles worn. `totals` and `figures` by dotted path of the summary.
    """

    first: date
    last: date
    measured: Measured
    reason: str | None
    walks: int
    days_measured: int
    recorded_s: float
    worn_s: Pooled
    walks_found: Pooled
    coverage_pct: Mapping[Side, float]
    calibration: Calibration | None
    totals: Mapping[str, Pooled]
    figures: Mapping[str, Pooled]


def periods(walks: Iterable[TimedWalk], span: Span, first: date, last: date, zone: tzinfo) -> list[Period]:
    """Every day or week from the one that holds `first` to the one that holds `last`, in order, measured or not."""
    on_day: dict[date, list[Summary]] = {}
    for walk in sorted(walks, key=lambda each: each.begun_t_ns):
        on_day.setdefault(local_day(walk.begun_t_ns, zone), []).append(walk.summary)
    made = []
    start, days = _start(first, span), 1 if span is Span.DAY else 7
    while start <= last:
        of_days = [on_day.get(start + timedelta(days=k), []) for k in range(days)]
        made.append(_period(start, start + timedelta(days=days - 1), of_days))
        start += timedelta(days=days)
    return made


def _start(day: date, span: Span) -> date:
    return day if span is Span.DAY else day - timedelta(days=day.weekday())


def _period(first: date, last: date, of_days: Sequence[Sequence[Summary]]) -> Period:
    walks = [summary for day in of_days for summary in day]
    recorded_s = sum(number(walk, "duration_s") or 0.0 for walk in walks)
    covered = {side: _coverage_pct(walks, side, recorded_s) for side in Side}
    days_measured = sum(any(number(walk, "duration_s") for walk in day) for day in of_days)
    measured, reason = _how_measured(recorded_s, covered, days_measured, len(of_days))
    return Period(
        first=first,
        last=last,
        measured=measured,
        reason=reason,
        walks=len(walks),
        days_measured=days_measured,
        recorded_s=recorded_s,
        worn_s=worn_s(walks),
        walks_found=walks_found(walks),
        coverage_pct=covered,
        calibration=weakest(walks),
        totals={path: total(walks, path, feet) for path, feet in TOTALS.items()},
        figures={path: pooled(walks, path, kind) for path, kind in FIGURES.items()},
    )


def weakest(walks: Iterable[Summary]) -> Calibration | None:
    """The weakest calibration of any foot in any walk; None when there is none to name."""
    states = {
        state for walk in walks if isinstance(of_feet := walk.get("calibration"), Mapping) for state in of_feet.values()
    }
    return next((each for each in _WEAKEST_FIRST if each.value in states), None)


def _coverage_pct(walks: Iterable[Summary], side: Side, recorded_s: float) -> float:
    measured_s = sum(
        (number(walk, "duration_s") or 0.0) * (number(walk, f"coverage_pct.{side}") or 0.0) / 100 for walk in walks
    )
    return 100 * measured_s / recorded_s if recorded_s > 0 else 0.0


def _how_measured(
    recorded_s: float, covered: Mapping[Side, float], days_measured: int, days: int
) -> tuple[Measured, str | None]:
    if recorded_s <= 0:
        return Measured.NOT, "no walk was recorded"
    short = [f"{side} foot {pct:.0f} %" for side, pct in covered.items() if pct < MIN_COVERAGE_PCT]
    if short:
        return Measured.PARTLY, f"coverage of the time recorded: {', '.join(short)}"
    if days_measured < days:
        return Measured.PARTLY, f"{days_measured} of {days} days"
    return Measured.YES, None
