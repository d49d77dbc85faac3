"""One second of figures against one rule: over, between, under, or why it cannot be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, isfinite

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Figure, Metrics, PerFoot
from processing.rules.baseline import Baseline, Usual
from processing.rules.phase import Signal
from processing.rules.rule import DeviationRule, FaultRule, Rule, RuleSet, SilenceRule, Watched

NO_FIGURES = "no figures yet"
NO_BASELINE = "no baseline yet"
NOT_WALKING = "not walking"
WALKING_UNKNOWN = "cannot tell whether this is walking"
NOT_MEASURED = "not measured"

Sense = Callable[[Metrics], Signal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a rule saw. `reason` stands with UNKNOWN only; `usual`, `limit_points`, `deviation` with a judged deviation.

    `note`: what the figure leaves out. `faults`: of the foot, with a fault rule only.
    """

    signal: Signal
    coverage_pct: float
    figure: float | None = None
    usual: Usual | None = None
    limit_points: float | None = None
    deviation: float | None = None
    note: str | None = None
    reason: str | None = None
    faults: tuple[CellFault, ...] = ()


def sense(rule: Rule, side: Side | None, baseline: Baseline | None, ruleset: RuleSet) -> Sense:
    """What `read` says in a word, without the reasons: most seconds need no more."""
    if isinstance(rule, FaultRule):
        return lambda metrics: Signal.OVER if metrics.cell_faults and _faults(side, metrics) else Signal.UNDER
    if isinstance(rule, SilenceRule):
        return lambda metrics: _silence(side, metrics)
    if baseline is None:
        return lambda _: Signal.UNKNOWN
    usual = rule.usual(baseline, side)
    limit, enough_pct = rule.limit_points(usual), ruleset.coverage_pct

    def signal(metrics: Metrics) -> Signal:
        figure = _figure(rule, side, metrics)
        if figure.value is None or not metrics.walking or not figure.coverage_pct >= enough_pct:
            return Signal.UNKNOWN
        if not isfinite(figure.value):
            return Signal.UNKNOWN
        return _where(rule, rule.deviation(figure.value, usual), limit + margin_points(rule, metrics))

    return signal


def read(rule: Rule, side: Side | None, metrics: Metrics, baseline: Baseline | None, ruleset: RuleSet) -> Reading:
    """Judge one second; side None for what compares the feet."""
    if isinstance(rule, FaultRule):
        faults = _faults(side, metrics)
        return Reading(signal=Signal.OVER if faults else Signal.UNDER, coverage_pct=100.0, faults=faults)
    if isinstance(rule, SilenceRule):
        coverage_pct = _of(metrics.load, side or Side.LEFT).coverage_pct
        return Reading(signal=_silence(side, metrics), coverage_pct=coverage_pct)
    return _deviation(rule, side, metrics, baseline, ruleset)


def _faults(side: Side | None, metrics: Metrics) -> tuple[CellFault, ...]:
    return tuple(fault for fault in metrics.cell_faults if fault.side is side)


def _silence(side: Side | None, metrics: Metrics) -> Signal:
    load = _of(metrics.load, side or Side.LEFT)
    # a share of load needs the other foot, data does not
    return Signal.UNDER if load.value is not None or load.coverage_pct > 0 else Signal.OVER


def _deviation(
    rule: DeviationRule, side: Side | None, metrics: Metrics, baseline: Baseline | None, ruleset: RuleSet
) -> Reading:
    figure = _figure(rule, side, metrics)
    reason = _why_not(figure, metrics, baseline, ruleset)
    if reason is not None or baseline is None or figure.value is None:
        return Reading(signal=Signal.UNKNOWN, coverage_pct=figure.coverage_pct, figure=figure.value, reason=reason)
    usual = rule.usual(baseline, side)
    deviation = rule.deviation(figure.value, usual)
    limit = rule.limit_points(usual) + margin_points(rule, metrics)
    return Reading(
        signal=_where(rule, deviation, limit),
        coverage_pct=figure.coverage_pct,
        figure=figure.value,
        usual=usual,
        limit_points=limit,
        deviation=deviation,
        note=figure.note,
    )


def _where(rule: DeviationRule, deviation: float, limit_points: float) -> Signal:
    if deviation >= limit_points:
        return Signal.OVER
    return Signal.UNDER if deviation < rule.clear_points else Signal.BETWEEN


def margin_points(rule: DeviationRule, metrics: Metrics) -> float:
    """By so much the limits of the rule are wider while pairs of cells are left out."""
    return metrics.load_si_margin_points if rule.figure is Watched.LOAD_SI else 0.0


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
