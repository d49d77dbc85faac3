"""Walk summaries and the hub's own hours → one value for each of the person's days. Pure.

A walk counts for the day on which it began. Numbers are sums over the walks of a day that state them:

- steps = left + right initial contacts, of walks that state both
- walked = Σ walking; worn = Σ seated + standing + walking; forward, backward, unclear = Σ of `metrics.direction`
- load = Σ (left + right force-time integral) / body weight in BW s, of walks that state both (clinical basis 1.2)
- coverage = share of the time recorded that the worse foot was measured; under 80 % a day is measured partly
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, tzinfo

from ingest.wire.geometry import Side
from processing.periods import TimedWalk
from processing.pooling import total, worn_s
from processing.rules.baseline import MIN_COVERAGE_PCT, Summary, number
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.store.journal import DayInTouch
from processing.times import each_day, local_day

MET_S = 60.0  # in touch for less is an insole that passed by
_BOTH = tuple(Side)


def day_facts(
    walks: Iterable[TimedWalk], touched: Iterable[DayInTouch], first: date, last: date, zone: tzinfo
) -> tuple[DayFacts, ...]:
    """Every day from `first` to `last`, both included, in order, measured or not."""
    on_day: dict[date, list[Summary]] = {}
    for walk in sorted(walks, key=lambda each: each.begun_t_ns):
        on_day.setdefault(local_day(walk.begun_t_ns, zone), []).append(walk.summary)
    hub = {each.day: each for each in touched}
    return tuple(_facts(day, on_day.get(day, []), hub.get(day.isoformat())) for day in each_day(first, last))


def _facts(day: date, walks: Sequence[Summary], hub: DayInTouch | None) -> DayFacts:
    in_touch = None if hub is None else hub.in_touch_s >= MET_S
    heard_s = None if hub is None else hub.heard_s
    recorded_s = sum(number(walk, "duration_s") or 0.0 for walk in walks)
    if recorded_s <= 0:
        measured, why = _nothing_recorded(len(walks), in_touch)
        return DayFacts(day=day, measured=measured, reason=why, walks=len(walks), in_touch=in_touch, heard_s=heard_s)
    coverage_pct = min(_measured_s(walks, side) for side in Side) / recorded_s * 100
    worn = worn_s(walks).value
    measured, reason = _how_measured(walks, coverage_pct, worn, recorded_s)
    return DayFacts(
        day=day,
        measured=measured,
        reason=reason,
        walks=len(walks),
        steps=_whole(_both_feet(walks, "steps.{side}")),
        walked_min=_minutes(total(walks, "activity.walking_s", _BOTH).value),
        forward_min=total(walks, "direction_min.forward", _BOTH).value,
        backward_min=total(walks, "direction_min.backward", _BOTH).value,
        unclear_min=total(walks, "direction_min.unclear", _BOTH).value,
        worn_min=_minutes(worn),
        coverage_pct=coverage_pct,
        load_bw_s=_both_feet(walks, "dose.{side}.impulse_bw_s"),
        in_touch=in_touch,
        heard_s=heard_s,
    )


def _nothing_recorded(walks: int, in_touch: bool | None) -> tuple[DayMeasured, str]:
    if walks:
        return DayMeasured.NO_DATA, "no row was measured"
    if in_touch is None:
        return DayMeasured.NO_DATA, "the hub did not run"
    return (DayMeasured.NOT_WORN, "no insole was worn") if in_touch else (DayMeasured.NO_DATA, "the hub met no insole")


def _how_measured(
    walks: Sequence[Summary], coverage_pct: float, worn: float | None, recorded_s: float
) -> tuple[DayMeasured, str | None]:
    if coverage_pct < MIN_COVERAGE_PCT:
        return DayMeasured.PARTLY, f"{coverage_pct:.0f} % of the time recorded was measured"
    unworn_s = total(walks, "activity.unworn_s", _BOTH).value or 0.0
    if worn == 0 and unworn_s >= MIN_COVERAGE_PCT / 100 * recorded_s:
        return DayMeasured.NOT_WORN, "the insoles sent, and nobody wore them"
    return DayMeasured.MEASURED, None


def _measured_s(walks: Sequence[Summary], side: Side) -> float:
    return sum(
        (number(walk, "duration_s") or 0.0) * (number(walk, f"coverage_pct.{side}") or 0.0) / 100 for walk in walks
    )


def _both_feet(walks: Sequence[Summary], path: str) -> float | None:
    """Sum over the feet of the walks that state both."""
    feet = [[number(walk, path.format(side=side)) for side in Side] for walk in walks]
    stated = [sum(each for each in both if each is not None) for both in feet if None not in both]
    return sum(stated) if stated else None


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
