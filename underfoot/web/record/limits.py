"""What is usual and which limits held on each day: baselines and rules change, and a day is read by its own. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import partial

from ingest.wire.geometry import Side
from processing.rules.baseline import Baseline
from processing.rules.day_facts import DayFacts, usual_steps
from processing.rules.day_rule import DoseRule, GaitChangeRule
from processing.rules.rule import DeviationRule, Watched
from processing.rules.ruleset import RulesAt, RuleSet
from processing.store.journal import BaselineSet
from processing.times import day_bounds_ns

Values = tuple[float | None, ...]
CADENCE = "cadence_spm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """One value a day, None where no baseline or no rule gave one; what compares the feet is either side of usual."""

    usual_forefoot: dict[Side, Values]
    limit_forefoot: dict[Side, Values]
    usual_si: Values
    high_si: Values
    low_si: Values
    usual_cadence: Values
    low_cadence: Values
    most_steps: Values


@dataclass(frozen=True, slots=True)
class _Held:
    rules: RuleSet
    baseline: Baseline | None
    usual_steps: int | None


def limits_of_days(
    days: Sequence[date], zone: tzinfo, baselines: Sequence[BaselineSet], rules_at: RulesAt, facts: Sequence[DayFacts]
) -> Limits:
    """Of each day as they stood at its end. `baselines` oldest first; `facts` of all days known, in order."""
    held = [_held(day, zone, baselines, rules_at, facts) for day in days]

    def each(of: Callable[[_Held], float | None]) -> Values:
        return tuple(of(day) for day in held)

    return Limits(
        usual_forefoot={side: each(partial(_usual_forefoot, side=side)) for side in Side},
        limit_forefoot={side: each(partial(_limit, figure=Watched.FOREFOOT_SHARE, side=side)) for side in Side},
        usual_si=each(lambda day: None if day.baseline is None else day.baseline.load_si_pct.median),
        high_si=each(partial(_limit, figure=Watched.LOAD_SI)),
        low_si=each(partial(_limit, figure=Watched.LOAD_SI, sign=-1)),
        usual_cadence=each(_usual_cadence),
        low_cadence=each(_low_cadence),
        most_steps=each(_most_steps),
    )


def _held(
    day: date, zone: tzinfo, baselines: Sequence[BaselineSet], rules_at: RulesAt, facts: Sequence[DayFacts]
) -> _Held:
    t_ns = day_bounds_ns(day, zone)[1] - 1
    of_then = [each.baseline for each in baselines if each.t_ns <= t_ns]
    steps = usual_steps(each for each in facts if each.day < day)
    return _Held(rules_at(t_ns), of_then[-1] if of_then else None, steps)


def _limit(day: _Held, figure: Watched, side: Side | None = None, sign: int = 1) -> float | None:
    rule = next((r for r in day.rules.rules if isinstance(r, DeviationRule) and r.figure is figure), None)
    if rule is None or day.baseline is None:
        return None
    usual = rule.usual(day.baseline, side)
    return usual.median + sign * rule.limit_points(usual)


def _usual_forefoot(day: _Held, side: Side) -> float | None:
    return None if day.baseline is None else day.baseline.forefoot_share_pct.of(side).median


def _usual_cadence(day: _Held) -> float | None:
    usual = None if day.baseline is None else day.baseline.figures.get(CADENCE)
    return None if usual is None else usual.median


def _low_cadence(day: _Held) -> float | None:
    rule = next((r for r in day.rules.days if isinstance(r, GaitChangeRule)), None)
    usual = _usual_cadence(day)
    return None if rule is None or usual is None else usual * (1 - rule.cadence_drop_pct / 100)


def _most_steps(day: _Held) -> float | None:
    rule = next((r for r in day.rules.days if isinstance(r, DoseRule)), None)
    return None if rule is None or day.usual_steps is None else float(day.usual_steps + rule.steps_over)
