"""Whatever the figures are, the engine neither falls over nor tells a number that nobody measured."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules_kit import T0_NS, WALK, S, baseline, fault, figure

from ingest.wire.alerts import Alert, AlertState
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import Activity, Metrics, PerFoot, StanceLoad, Sustained, SustainedPerFoot
from processing.rules.engine import JudgementState, RuleEngine
from processing.rules.preset import load_preset, with_changes

RULES = with_changes(load_preset("demo"), {"A5.enabled": True, "A5.site": "M2", "A5.side": "left"})
AREAS = ("M1", "M2", "MF", "HM")
ODD = st.sampled_from([float("nan"), float("inf"), float("-inf"), -1.0, 0.0, 1e9])
numbers = st.one_of(st.none(), ODD, st.floats(0, 120))
pcts = st.one_of(ODD, st.floats(0, 100))
figures = st.builds(figure, numbers, pcts, st.none())
feet = st.builds(PerFoot, left=figures, right=figures)
shares = st.dictionaries(st.sampled_from(AREAS), numbers, max_size=4)
sustained = st.builds(Sustained, areas_pct=shares, coverage_pct=pcts, reason=st.sampled_from([None, "words"]))
values = st.dictionaries(st.sampled_from(AREAS), st.one_of(ODD, st.floats(0, 500)), max_size=4)
stances = st.lists(
    st.builds(StanceLoad, side=st.sampled_from(Side), t_ns=st.just(T0_NS), impulse=values, peak_kpa=values), max_size=12
)
seconds = st.builds(
    Metrics,
    t_ns=st.integers(0, 4000).map(lambda at_s: T0_NS + at_s * S),
    walk=st.just(WALK),
    forefoot_share_pct=feet,
    load_si_pct=figures,
    load=feet,
    cadence_spm=figures,
    steps=st.integers(0, 10_000),
    walking=st.sampled_from([None, True, False]),
    unit=st.just("N"),
    calibration=st.sampled_from(Calibration),
    sustained=st.one_of(st.none(), st.builds(SustainedPerFoot, left=sustained, right=sustained)),
    activity=st.sampled_from(Activity),
    cell_faults=st.lists(st.builds(fault, st.sampled_from(Side), st.sampled_from(AREAS)), max_size=2).map(tuple),
    stances=stances.map(tuple),
)


def in_order(told: list[Metrics]) -> list[Metrics]:
    return sorted(told, key=lambda metrics: metrics.t_ns)


def judged(told: Sequence[Metrics]) -> list[Alert]:
    engine = RuleEngine(RULES, baseline(), WALK)
    alerts = [alert for metrics in told for alert in engine.feed(metrics)]
    assert all(each.state is not JudgementState.CANNOT_JUDGE or each.reason for each in engine.judgements)
    return alerts + engine.finish()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(seconds, max_size=40).map(in_order))
def test_anything_goes_in_and_alerts_that_end_come_out(told: list[Metrics]) -> None:
    alerts = judged(told)
    last = {alert.id: alert for alert in alerts}
    assert all(alert.state is AlertState.CLEARED for alert in last.values())
    assert not [alert for alert in alerts if {"nan", "inf", "+nan", "+inf", "None"} & set(alert.evidence.split())]
    assert judged(told) == alerts
