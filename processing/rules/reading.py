"""One second of figures against one rule: over, between, under, or why it cannot be judged."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite

from ingest.wire.geometry import Side
from ingest.wire.messages import Figure, Metrics, PerFoot
from processing.rules.baseline import Baseline, Usual
from processing.rules.phase import Signal
from processing.rules.rule import DeviationRule, Rule, RuleSet, SilenceRule, Watched

NO_FIGURES = "no figures yet"
NO_BASELINE = "no baseline yet"
NOT_WALKING = "not walking"
WALKING_UNKNOWN = "cannot tell whether this is walking"
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a rule saw. `reason` stands with UNKNOWN only; `usual` and `deviation` with a judged deviation rule only."""

    signal: Signal
    coverage_pct: float
    figure: float | None = None
    usual: Usual | None = None
    deviation: float | None = None
    reason: str | None = None


def read(rule: Rule, side: Side | None, metrics: Metrics, baseline: Baseline | None, ruleset: RuleSet) -> Reading:
    """Judge one second; side None for what compares the feet."""
    if isinstance(rule, SilenceRule):
        return _silence(side, metrics)
    return _deviation(rule, side, metrics, baseline, ruleset)


def _silence(side: Side | None, metrics: Metrics) -> Reading:
    load = _of(metrics.load, side or Side.LEFT)
    present = load.value is not None or load.coverage_pct > 0  # a share of load needs the other foot, data does not
    return Reading(signal=Signal.UNDER if present else Signal.OVER, coverage_pct=load.coverage_pct)


def _deviation(
    rule: DeviationRule, side: Side | None, metrics: Metrics, baseline: Baseline | None, ruleset: RuleSet
) -> Reading:
    figure = _figure(rule, side, metrics)
    reason = _why_not(figure, metrics, baseline, ruleset)
    if reason is not None or baseline is None or figure.value is None:
        return Reading(signal=Signal.UNKNOWN, coverage_pct=figure.coverage_pct, figure=figure.value, reason=reason)
    usual = rule.usual(baseline, side)
    deviation = rule.deviation(figure.value, usual)
    if deviation >= rule.limit_points(usual):
        signal = Signal.OVER
    else:
        signal = Signal.UNDER if deviation < rule.clear_points else Signal.BETWEEN
    return Reading(
        signal=signal, coverage_pct=figure.coverage_pct, figure=figure.value, usual=usual, deviation=deviation
    )


def _why_not(figure: Figure, metrics: Metrics, baseline: Baseline | None, ruleset: RuleSet) -> str | None:
    """Why a deviation cannot be judged now; None when it can."""
    if baseline is None:
        return NO_BASELINE
    if figure.value is None and figure.reason:
        return figure.reason
    if not figure.coverage_pct >= ruleset.coverage_pct:
        covered = f"{floor(figure.coverage_pct)} %" if isfinite(figure.coverage_pct) else "unknown"
        return f"coverage {covered} of the last {ruleset.window_s} s, {ruleset.coverage_pct:.0f} % needed"
    if figure.value is None or not isfinite(figure.value):
        return NOT_MEASURED
    if not metrics.walking:
        return WALKING_UNKNOWN if metrics.walking is None else NOT_WALKING
    return None


def _figure(rule: DeviationRule, side: Side | None, metrics: Metrics) -> Figure:
    if rule.figure is Watched.LOAD_SI or side is None:
        return metrics.load_si_pct
    return _of(metrics.forefoot_share_pct, side)


def _of(per_foot: PerFoot, side: Side) -> Figure:
    return per_foot.left if side is Side.LEFT else per_foot.right
