"""What people read: one short sentence and one action for the patient, one line of evidence for the clinician.

Names the place and what to do; promises nothing and frightens nobody. Reading age about eleven.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Metrics
from processing.rules.reading import Reading
from processing.rules.rule import DeviationRule, FaultRule, Rule, RuleSet, SilenceRule, Watched

FORBIDDEN = ("danger", "safe", "ulcer")
STILL_SO_AT_END = "Not seen to end: the walk was over."


def patient_text(rule: Rule, side: Side | None, reading: Reading) -> str:
    """The sentence for the person who walks."""
    if isinstance(rule, FaultRule):
        return _fault_text(side, reading)
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
    if isinstance(rule, FaultRule):
        return f"{_found(side, reading)} {_consequences(side, metrics)} {by_rules}"
    if isinstance(rule, SilenceRule):
        at = _utc(metrics.t_ns)
        return f"No data from the {side} insole for {held_s:.0f} s while the walk was on, at {at}. {by_rules}"
    return (
        f"{_measured(rule, side, reading)} ({ruleset.window_s}-s figure, over it for {held_s:.0f} s of walking). "
        f"{_cadence(metrics)}Coverage {reading.coverage_pct:.0f} %, calibration: {metrics.calibration}. {by_rules}"
    )


def _fault_text(side: Side | None, reading: Reading) -> str:
    if any(fault.cell is None for fault in reading.faults):
        return f"Your {side} insole keeps sending the same reading. We are not measuring this foot."
    areas = list(dict.fromkeys(fault.area.replace("_", " ") for fault in reading.faults))
    what = f"The {areas[0]} sensor" if len(reading.faults) == 1 else f"{len(reading.faults)} sensors"
    is_not = "is not" if len(reading.faults) == 1 else "are not"
    return (
        f"{what} in your {side} insole {is_not} working. Load numbers for this foot are incomplete. Timing still works."
    )


def _found(side: Side | None, reading: Reading) -> str:
    """Cells count from 1 here, as people do."""
    cells = [f"{fault.kind}{_cell(fault)}, found {_utc(fault.t_ns)}" for fault in reading.faults]
    return f"{str(side).capitalize()} insole: {'; '.join(cells)}."


def _cell(fault: CellFault) -> str:
    return "" if fault.cell is None else f" cell {fault.cell + 1} ({fault.area})"


def _consequences(side: Side | None, metrics: Metrics) -> str:
    figures = metrics.forefoot_share_pct
    share = figures.left if side is Side.LEFT else figures.right
    forefoot = "withheld"
    if share.low is not None and share.high is not None:
        forefoot = f"between {share.low:.0f} and {share.high:.0f} %"
    asymmetry = metrics.load_si_pct
    pairs = "withheld"
    if asymmetry.value is not None and asymmetry.note is not None:
        pairs = f"on {asymmetry.note} of cells, limit {metrics.load_si_margin_points:.0f} points wider"
    return (
        f"Forefoot share {forefoot}; load asymmetry {pairs}; sustained load not judged there. Timing goes on. "
        "It holds until the walk is over."
    )


def _utc(t_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _measured(rule: DeviationRule, side: Side | None, reading: Reading) -> str:
    if reading.figure is None or reading.usual is None:
        return "Not measured"
    usual, limit = reading.usual, reading.limit_points or 0.0
    if rule.figure is Watched.FOREFOOT_SHARE:
        return (
            f"Forefoot share {side} {reading.figure:.1f} % against a baseline of {usual.median:.1f} % "
            f"(spread {usual.spread:.1f}), limit +{limit:.0f} points"
        )
    return (
        f"Load asymmetry {reading.figure:+.1f} % against a baseline of {usual.median:+.1f} % "
        f"(spread {usual.spread:.1f}; + is right), limit {limit:.0f} points either way"
        f"{'' if reading.note is None else f', on {reading.note} of cells'}"
    )


def _heavier(reading: Reading) -> Side:
    """The side that carries more than usual; the index is positive when the right one is larger."""
    usual = reading.usual.median if reading.usual is not None else 0.0
    return Side.RIGHT if (reading.figure or 0.0) >= usual else Side.LEFT


def _cadence(metrics: Metrics) -> str:
    return "" if metrics.cadence_spm.value is None else f"Cadence {metrics.cadence_spm.value:.0f} steps/min. "
