"""What people read: one short sentence and one action for the patient, one line of evidence for the clinician.

Names the place and what to do; promises nothing and frightens nobody. Reading age about eleven.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics
from processing.rules.reading import Reading
from processing.rules.rule import DeviationRule, Rule, RuleSet, SilenceRule, Watched

FORBIDDEN = ("danger", "safe", "ulcer")
STILL_SO_AT_END = "Not seen to end: the walk was over."


def patient_text(rule: Rule, side: Side | None, reading: Reading) -> str:
    """The sentence for the person who walks."""
    if isinstance(rule, SilenceRule):
        return f"No signal from your {side} insole. We are not measuring this foot."
    if rule.figure is Watched.FOREFOOT_SHARE:
        return f"More of your weight is on the front of your {side} foot than usual. Slow down; check the shoe."
    return f"You are leaning more on your {_heavier(reading)} side than usual. Rest if tired or sore."


def evidence(
    rule: Rule, side: Side | None, reading: Reading, metrics: Metrics, ruleset: RuleSet, *, held_s: float
) -> str:
    """The line for the clinician: figure, baseline, limit, how long, coverage, calibration, and by which rules."""
    by_rules = f"Rules {ruleset.title}."
    if isinstance(rule, SilenceRule):
        at = f"{datetime.fromtimestamp(metrics.t_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S} UTC"
        return f"No data from the {side} insole for {held_s:.0f} s while the walk was on, at {at}. {by_rules}"
    return (
        f"{_measured(rule, side, reading)} ({ruleset.window_s}-s figure, over it for {held_s:.0f} s of walking). "
        f"{_cadence(metrics)}Coverage {reading.coverage_pct:.0f} %, calibration: {metrics.calibration}. {by_rules}"
    )


def _measured(rule: DeviationRule, side: Side | None, reading: Reading) -> str:
    if reading.figure is None or reading.usual is None:
        return "Not measured"
    usual, limit = reading.usual, rule.limit_points(reading.usual)
    if rule.figure is Watched.FOREFOOT_SHARE:
        return (
            f"Forefoot share {side} {reading.figure:.1f} % against a baseline of {usual.median:.1f} % "
            f"(spread {usual.spread:.1f}), limit +{limit:.0f} points"
        )
    return (
        f"Load asymmetry {reading.figure:+.1f} % against a baseline of {usual.median:+.1f} % "
        f"(spread {usual.spread:.1f}; + is right), limit {limit:.0f} points either way"
    )


def _heavier(reading: Reading) -> Side:
    """The side that carries more than usual; the index is positive when the right one is larger."""
    usual = reading.usual.median if reading.usual is not None else 0.0
    return Side.RIGHT if (reading.figure or 0.0) >= usual else Side.LEFT


def _cadence(metrics: Metrics) -> str:
    return "" if metrics.cadence_spm.value is None else f"Cadence {metrics.cadence_spm.value:.0f} steps/min. "
