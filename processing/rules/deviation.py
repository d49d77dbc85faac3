"""A3 and A4: a rolling figure against the person's own baseline. `Reading.note`: what the figure leaves out."""

from __future__ import annotations

from math import floor, isfinite

from ingest.wire.geometry import Side
from ingest.wire.messages import Figure, Metrics
from processing.rules.baseline import Baseline, Usual
from processing.rules.phase import Signal
from processing.rules.reading import NOT_MEASURED, Reading, of_foot, unknown
from processing.rules.rule import DeviationRule, Watched
from processing.rules.ruleset import RuleSet

NO_BASELINE = "no baseline yet"
NOT_WALKING = "not walking"
OTHER_INSOLES = "the baseline is that of other insoles"
WALKING_UNKNOWN = "cannot tell whether this is walking"


class DeviationEye:
    """`side` None for what compares the feet; `baseline` None: nothing can be judged."""

    def __init__(self, rule: DeviationRule, side: Side | None, baseline: Baseline | None, ruleset: RuleSet) -> None:
        self._rule = rule
        self._side = side
        self._ruleset = ruleset
        self._usual: Usual | None = None if baseline is None else rule.usual(baseline, side)
        self._no_usual = NO_BASELINE
        self._limit = 0.0 if self._usual is None else rule.limit_points(self._usual)

    def set_aside(self) -> None:
        """The baseline was learned with other insoles than those worn: nothing can be judged by it."""
        self._usual, self._no_usual = None, OTHER_INSOLES

    def sense(self, metrics: Metrics) -> Signal:
        if self._usual is None:
            return Signal.UNKNOWN
        figure = self._figure(metrics)
        if figure.value is None or not metrics.walking or not figure.coverage_pct >= self._ruleset.coverage_pct:
            return Signal.UNKNOWN
        if not isfinite(figure.value) or not isfinite(figure.coverage_pct):
            return Signal.UNKNOWN
        return self._where(self._rule.deviation(figure.value, self._usual), metrics)

    def read(self, metrics: Metrics) -> Reading:
        figure = self._figure(metrics)
        reason = self._why_not(figure, metrics)
        if reason is not None or self._usual is None or figure.value is None:
            return unknown(reason or NOT_MEASURED, coverage_pct=figure.coverage_pct)
        deviation = self._rule.deviation(figure.value, self._usual)
        return Reading(
            signal=self._where(deviation, metrics),
            coverage_pct=figure.coverage_pct,
            figure=figure.value,
            usual=self._usual,
            limit_points=self._limit + margin_points(self._rule, metrics),
            deviation=deviation,
            note=figure.note,
        )

    def _where(self, deviation: float, metrics: Metrics) -> Signal:
        if deviation >= self._limit + margin_points(self._rule, metrics):
            return Signal.OVER
        return Signal.UNDER if deviation < self._rule.clear_points else Signal.BETWEEN

    def _figure(self, metrics: Metrics) -> Figure:
        if self._rule.figure is Watched.LOAD_SI or self._side is None:
            return metrics.load_si_pct
        return of_foot(metrics.forefoot_share_pct, self._side)

    def _why_not(self, figure: Figure, metrics: Metrics) -> str | None:
        """Why it cannot be judged now; None when it can."""
        needed_pct = self._ruleset.coverage_pct
        if self._usual is None:
            return self._no_usual
        if figure.value is None and figure.reason:
            return figure.reason
        if not figure.coverage_pct >= needed_pct or not isfinite(figure.coverage_pct):
            covered = f"{floor(figure.coverage_pct)} %" if isfinite(figure.coverage_pct) else "unknown"
            return f"coverage {covered} of the last {self._ruleset.window_s} s, {needed_pct:.0f} % needed"
        if figure.value is None or not isfinite(figure.value):
            return NOT_MEASURED
        if not metrics.walking:
            return WALKING_UNKNOWN if metrics.walking is None else NOT_WALKING
        return None


def margin_points(rule: DeviationRule, metrics: Metrics) -> float:
    """By so much the limits of the rule are wider while pairs of cells are left out."""
    return metrics.load_si_margin_points if rule.figure is Watched.LOAD_SI else 0.0
