"""The line for the clinician: figure, what it is held against, how long, coverage, calibration, and by which rules."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Metrics
from processing.rules.load_rule import HotAreaRule, PeakRule, StandingRule, SustainedRule
from processing.rules.reading import Reading, of_foot
from processing.rules.rule import DeviationRule, FaultRule, SilenceRule, Watched
from processing.rules.ruleset import Rule, RuleSet

_S = 10**9


def line(rule: Rule, side: Side | None, reading: Reading, metrics: Metrics, ruleset: RuleSet, *, held_s: float) -> str:
    """`held_s`: for how long the limit has been exceeded, in the time that counts."""
    calibration = f"calibration: {metrics.calibration}."
    if isinstance(rule, FaultRule):
        said = f"{_found(side, reading)} {_consequences(side, metrics)}"
    elif isinstance(rule, SilenceRule):
        said = f"No data from the {side} insole for {held_s:.0f} s while the walk was on, at {_utc(metrics.t_ns)}."
    elif isinstance(rule, SustainedRule):
        said = f"{_sustained(side, reading, metrics)} Coverage {reading.coverage_pct:.0f} %, {calibration}"
    elif isinstance(rule, StandingRule):
        said = f"Standing still for {held_s:.0f} s without a break, until {_utc(metrics.t_ns)}."
    elif isinstance(rule, PeakRule):
        said = (
            f"Peak at {side} {rule.site}: {reading.figure or 0:.0f} of the last {reading.note} steps measured there "
            f"above {rule.limit_kpa:.0f} kPa, at {_utc(metrics.t_ns)}, {calibration}"
        )
    elif isinstance(rule, HotAreaRule):
        said = f"{_step_change(rule, side, reading, metrics)} C{calibration[1:]}"
    else:
        over = f"({ruleset.window_s}-s figure, over it for {held_s:.0f} s of walking)"
        said = (
            f"{_measured(rule, side, reading)} {over}. "
            f"{_cadence(metrics)}Coverage {reading.coverage_pct:.0f} %, {calibration}"
        )
    return f"{said} Rules {ruleset.title}."


def _sustained(side: Side | None, reading: Reading, metrics: Metrics) -> str:
    limit = "each cell's own limit (learned: 5 % of its usual peak, or its noise)"
    limit = limit if reading.limit_kpa is None else f"{reading.limit_kpa:.2f} kPa"
    began = datetime.fromtimestamp(metrics.t_ns // _S - 900, UTC)
    without = f" Not judged: {reading.note}." if reading.note else ""
    return (
        f"Sustained load, {side} {', '.join(reading.areas)}: up to {reading.figure or 0:.0f} % of 15 min above "
        f"{limit}, {began:%H:%M:%S} to {_utc(metrics.t_ns)}, now {metrics.activity}.{without}"
    )


def _step_change(rule: HotAreaRule, side: Side | None, reading: Reading, metrics: Metrics) -> str:
    factor, others = reading.figure or 1.0, reading.others or 1.0
    without = f" Not measured: {reading.note}." if reading.note else ""
    return (
        f"Step change {side} {', '.join(reading.areas)}: {100 * (factor - 1):+.0f} % at {_utc(metrics.t_ns)}, others "
        f"{100 * (others - 1):+.0f} % at most (impulse of the last {rule.hold_stances} steps against those before)."
        f"{without}"
    )


def _found(side: Side | None, reading: Reading) -> str:
    """Cells count from 1 here, as people do."""
    cells = [f"{fault.kind}{_cell(fault)}, found {_utc(fault.t_ns)}" for fault in reading.faults]
    return f"{str(side).capitalize()} insole: {'; '.join(cells)}."


def _cell(fault: CellFault) -> str:
    return "" if fault.cell is None else f" cell {fault.cell + 1} ({fault.area})"


def _consequences(side: Side | None, metrics: Metrics) -> str:
    share = of_foot(metrics.forefoot_share_pct, side)
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


def _cadence(metrics: Metrics) -> str:
    cadence = metrics.cadence_spm.value
    return "" if cadence is None or not isfinite(cadence) else f"Cadence {cadence:.0f} steps/min. "


def _utc(t_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_ns // _S, UTC):%Y-%m-%d %H:%M:%S} UTC"
