"""Twelve weeks as charts: one value a day, what it rests on, and the limits that held then. Pure; None stays None.

A day's figure is the mean of its walks, weighted by what each rests on (`processing.periods`); minutes, steps and worn
time are the sums of `processing.days.facts`. One that rests on less than 80 % of the time recorded is marked `few`.

- load of a day = Σ force-time integral of both feet [kN s] where a weight or a bench stands behind it or the maker
  states N, [BW s] where the body weight is known (clinical basis 1.2); with no such calibration there is none
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.entries import ProgrammeId
from ingest.wire.geometry import Side
from processing.periods import Period
from processing.pooling import Pooled
from processing.programme.standing import Standing
from processing.rules.baseline import MIN_COVERAGE_PCT
from processing.rules.day_facts import DayFacts
from underfoot.web.record.days import Strip
from underfoot.web.record.limits import Limits, Values

_BW_S, _N_S = "dose.{side}.impulse_bw_s", "dose.{side}.impulse_n_s"
_N_A_KN = 1000.0
_TONES = {Side.LEFT: "left", Side.RIGHT: "right"}


class ChartId(StrEnum):
    FOREFOOT = "forefoot"
    ASYMMETRY = "asymmetry"
    LOAD = "load"
    CADENCE = "cadence"
    MINUTES = "minutes"
    STEPS = "steps"
    WORN = "worn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`key`: of its word. `coverage_pct`: of the time recorded that each value rests on."""

    key: str
    tone: str
    values: Values
    coverage_pct: Values

    @property
    def few(self) -> tuple[bool, ...]:
        pairs = zip(self.values, self.coverage_pct, strict=True)
        return tuple(value is not None and (pct is None or pct < MIN_COVERAGE_PCT) for value, pct in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A limit, or what is usual (`usual`)."""

    key: str
    tone: str
    values: Values
    usual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`unit`: its key. `low`, `high`: what is shown at least. `bars`: sums of a day, else figures."""

    id: ChartId
    unit: str
    low: float
    high: float
    lines: tuple[Line, ...]
    levels: tuple[Level, ...] = ()
    bars: bool = False

    @property
    def is_known(self) -> bool:
        return any(value is not None for line in self.lines for value in line.values)


def charts(
    strip: Strip, days: Sequence[Period], limits: Limits, standings: Mapping[ProgrammeId, Standing]
) -> tuple[Chart, ...]:
    """One value for each day of the strip; `days` are its periods, in order. A load that nobody calibrated has none."""
    facts = [each.facts for each in strip.days]
    load = _load(days)
    return (
        _forefoot(days, limits),
        _asymmetry(days, limits),
        *([load] if load is not None else []),
        _cadence(days, limits),
        _of_days(ChartId.MINUTES, "min", facts, lambda day: day.walked_min, (_planned(strip, standings),)),
        _of_days(
            ChartId.STEPS,
            "steps",
            facts,
            lambda day: None if day.steps is None else float(day.steps),
            (Level(key="limit", tone="alert", values=limits.most_steps),),
        ),
        _of_days(ChartId.WORN, "min", facts, lambda day: day.worn_min, ()),
    )


def _forefoot(days: Sequence[Period], limits: Limits) -> Chart:
    return Chart(
        id=ChartId.FOREFOOT,
        unit="pct",
        low=35,
        high=60,
        lines=tuple(_line(side.value, _TONES[side], days, f"forefoot_share_pct.{side}") for side in Side),
        levels=(
            *(Level(key=f"limit_{side}", tone=_TONES[side], values=limits.limit_forefoot[side]) for side in Side),
            *(
                Level(key=f"usual_{side}", tone=_TONES[side], values=limits.usual_forefoot[side], usual=True)
                for side in Side
            ),
        ),
    )


def _asymmetry(days: Sequence[Period], limits: Limits) -> Chart:
    return Chart(
        id=ChartId.ASYMMETRY,
        unit="si",
        low=-20,
        high=20,
        lines=(_line("asymmetry", "ink", days, "asymmetry.load_si_pct"),),
        levels=(
            Level(key="limit_right", tone="alert", values=limits.high_si),
            Level(key="limit_left", tone="alert", values=limits.low_si),
            Level(key="usual", tone="soft", values=limits.usual_si, usual=True),
        ),
    )


def _cadence(days: Sequence[Period], limits: Limits) -> Chart:
    return Chart(
        id=ChartId.CADENCE,
        unit="spm",
        low=70,
        high=120,
        lines=(_line("cadence", "ink", days, "cadence_spm"),),
        levels=(
            Level(key="limit_low", tone="alert", values=limits.low_cadence),
            Level(key="usual", tone="soft", values=limits.usual_cadence, usual=True),
        ),
    )


def _load(days: Sequence[Period]) -> Chart | None:
    """In body weights where all that is known of force is so, else in newtons; the two are not mixed."""
    for path, unit, per in ((_BW_S, "bw_s", 1.0), (_N_S, "kn_s", _N_A_KN)):
        lines = tuple(_total_line(side, days, path.format(side=side), per) for side in Side)
        if any(value is not None for line in lines for value in line.values):
            return Chart(id=ChartId.LOAD, unit=unit, low=0, high=1, lines=lines)
    return None


def _line(key: str, tone: str, days: Sequence[Period], path: str) -> Line:
    return _of_pooled(key, tone, [day.figures[path] for day in days], 1.0)


def _total_line(side: Side, days: Sequence[Period], path: str, per: float) -> Line:
    return _of_pooled(side.value, _TONES[side], [day.totals[path] for day in days], per)


def _of_pooled(key: str, tone: str, found: Sequence[Pooled], per: float) -> Line:
    return Line(
        key=key,
        tone=tone,
        values=tuple(None if each.value is None else each.value / per for each in found),
        coverage_pct=tuple(None if each.value is None else each.coverage_pct for each in found),
    )


def _of_days(
    id_: ChartId,
    unit: str,
    facts: Sequence[DayFacts],
    of: Callable[[DayFacts], float | None],
    levels: tuple[Level, ...],
) -> Chart:
    line = Line(
        key=id_.value,
        tone="left",
        values=tuple(of(day) for day in facts),
        coverage_pct=tuple(day.coverage_pct for day in facts),
    )
    known = tuple(level for level in levels if any(value is not None for value in level.values))
    return Chart(id=id_, unit=unit, low=0, high=1, lines=(line,), levels=known, bars=True)


def _planned(strip: Strip, standings: Mapping[ProgrammeId, Standing]) -> Level:
    """Minutes that the programmes of a day asked for together; None on a day that no programme was on."""
    asked: dict[object, float] = {}
    for each in standings.values():
        for day in each.days:
            asked[day.day] = asked.get(day.day, 0.0) + day.planned_min
    return Level(key="planned", tone="calm", values=tuple(asked.get(each.day) for each in strip.days))
