"""T1: a cell found unfit is told once for a foot, lasts as long as the walk, and comes before what it would fake."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from rules_kit import WALK, at_s, baseline, fault, feed, judgement, second

from ingest.wire.alerts import AlertLevel, AlertState, Audience
from ingest.wire.geometry import Side
from ingest.wire.messages import CellFaultKind, Figure, PerFoot
from processing.rules.engine import JudgementState, RuleEngine
from processing.rules.preset import load_preset

HEEL = fault(Side.LEFT, at_s=5)
TOE = fault(Side.LEFT, "toe", kind=CellFaultKind.STUCK, cell=7, at_s=9)


def engine(preset: str = "clinical") -> RuleEngine:
    return RuleEngine(load_preset(preset), baseline(), WALK)


@pytest.mark.parametrize("preset", ["clinical", "demo"])
def test_raised_in_the_second_in_which_it_is_found_and_only_for_that_foot(preset: str) -> None:
    judge = engine(preset)
    assert feed(judge, (second(k) for k in range(5))) == []
    (alert,) = judge.feed(second(5, faults=(HEEL,)))
    assert (alert.rule, alert.side, alert.level, alert.state) == ("T1", Side.LEFT, AlertLevel.LOW, AlertState.ACTIVE)
    assert alert.id == "T1-left-20000101T000005Z"
    assert (alert.areas, alert.audience) == (("heel",), Audience.TECHNICAL)
    assert alert.text == (
        "The heel sensor in your left insole is not working. Load numbers for this foot are incomplete. "
        "Timing still works."
    )
    assert judgement(judge, "T1", Side.LEFT).state is JudgementState.ACTIVE
    assert judgement(judge, "T1", Side.RIGHT).state is JudgementState.INACTIVE


def test_it_lasts_until_the_walk_is_over() -> None:
    judge = engine()
    feed(judge, [second(5, faults=(HEEL,))])
    assert feed(judge, (second(k, faults=(HEEL,) if k < 3000 else ()) for k in range(6, 9000))) == []
    (ended,) = judge.finish()
    assert (ended.rule, ended.state, at_s(ended.cleared_t_ns)) == ("T1", AlertState.CLEARED, 8999)


def test_more_cells_of_a_foot_go_into_the_same_alert() -> None:
    judge = engine()
    first, more = feed(
        judge, [second(5, faults=(HEEL,)), second(9, faults=(HEEL, TOE)), second(10, faults=(HEEL, TOE))]
    )
    assert (more.id, more.raised_t_ns, more.state) == (first.id, first.raised_t_ns, AlertState.ACTIVE)
    assert more.text.startswith("2 sensors in your left insole are not working.")
    assert more.areas == ("heel", "toe")
    assert "dead cell 1 (heel), found 2000-01-01 00:00:05 UTC; stuck cell 8 (toe), found" in more.evidence


def test_each_foot_has_its_own() -> None:
    faults = (HEEL, fault(Side.RIGHT))
    assert [alert.side for alert in feed(engine(), [second(5, faults=faults)])] == [Side.LEFT, Side.RIGHT]


def test_a_frozen_foot_is_not_measured_at_all() -> None:
    frozen = fault(Side.RIGHT, None, kind=CellFaultKind.FROZEN, cell=None)
    (alert,) = feed(engine(), [second(5, faults=(frozen,))])
    assert alert.text == "Your right insole keeps sending the same reading. We are not measuring this foot."


def test_it_needs_no_baseline_and_no_walking() -> None:
    judge = RuleEngine(load_preset("clinical"), None, WALK)
    assert [alert.rule for alert in feed(judge, [second(5, walking=None, faults=(HEEL,))])] == ["T1"]


def test_the_clinician_reads_what_is_withheld_and_what_is_not() -> None:
    ranged = Figure(value=None, coverage_pct=100.0, reason="not measured on the left: toe", low=38.2, high=44.6)
    known = second(5, faults=(HEEL,), si_note="7 of 8 pairs", margin_points=6.0)
    metrics = replace(known, forefoot_share_pct=PerFoot(left=ranged, right=known.forefoot_share_pct.right))
    (alert,) = feed(engine(), [metrics])
    assert alert.evidence == (
        "Left insole: dead cell 1 (heel), found 2000-01-01 00:00:05 UTC. Forefoot share between 38 and 45 %; "
        "load asymmetry on 7 of 8 pairs of cells, limit 6 points wider; sustained load not judged there. "
        "Timing goes on. It holds until the walk is over. Rules clinical/3."
    )
    (alert,) = feed(engine(), [second(5, left_pct=None, si_pct=None, faults=(HEEL,))])
    assert "Forefoot share withheld; load asymmetry withheld;" in alert.evidence


# what it comes before


def test_what_a_bad_cell_has_faked_so_far_does_not_count() -> None:
    """170 s over both limits because of the cell; then it is found and the figures are right again."""
    judge = engine()
    assert feed(judge, (second(k, left_pct=60.0) for k in range(170))) == []
    (alert,) = feed(judge, (second(k, left_pct=60.0, faults=(HEEL,)) for k in range(170, 345)))
    assert alert.rule == "T1"
    (late,) = feed(judge, (second(k, left_pct=60.0, faults=(HEEL,)) for k in range(345, 400)))
    assert (late.rule, at_s(late.raised_t_ns)) == ("A3", 350)


def test_the_other_foot_goes_on() -> None:
    judge = engine()
    alerts = feed(judge, (second(k, right_pct=60.0, faults=(HEEL,) if k > 100 else ()) for k in range(185)))
    assert [(alert.rule, alert.side) for alert in alerts] == [("T1", Side.LEFT), ("A3", Side.RIGHT)]
    assert at_s(alerts[1].raised_t_ns) == 180


def test_an_active_alert_stays_until_its_end_is_seen() -> None:
    judge = engine()
    feed(judge, (second(k, left_pct=60.0) for k in range(181)))
    assert judgement(judge, "A3", Side.LEFT).state is JudgementState.ACTIVE
    feed(judge, [second(181, left_pct=None, faults=(HEEL,))])
    assert judgement(judge, "A3", Side.LEFT).state is JudgementState.ACTIVE


def test_limits_on_the_asymmetry_are_wider_while_pairs_are_left_out() -> None:
    """Baseline +8, limit 15: on all pairs 23 is over it, on 7 of 8 pairs 29 is."""

    def walk(si_pct: float, margin_points: float) -> list[object]:
        note = "7 of 8 pairs" if margin_points else None
        return feed(engine(), (second(k, si_pct=si_pct, si_note=note, margin_points=margin_points) for k in range(130)))

    assert walk(23.0, 6.0) == walk(28.9, 6.0) == []
    (alert,) = walk(29.0, 6.0)
    assert "limit 21 points either way, on 7 of 8 pairs of cells" in alert.evidence
    assert len(walk(23.0, 0.0)) == 1


def test_the_stronger_limit_is_wider_too() -> None:
    def walk(si_pct: float) -> list[AlertLevel]:
        seconds = (second(k, si_pct=si_pct, si_note="7 of 8 pairs", margin_points=6.0) for k in range(400))
        return [alert.level for alert in feed(engine(), seconds)]

    assert walk(38.9) == [AlertLevel.LOW]
    assert walk(39.0) == [AlertLevel.LOW, AlertLevel.MEDIUM]


def test_a_range_is_not_judged_and_its_reason_is_told() -> None:
    judge = engine()
    ranged = Figure(value=None, coverage_pct=100.0, reason="not measured on the left: toe", low=70.0, high=75.0)
    feed(judge, (replace(second(k), forefoot_share_pct=PerFoot(left=ranged, right=ranged)) for k in range(300)))
    told = judgement(judge, "A3", Side.LEFT)
    assert (told.state, told.reason) == (JudgementState.CANNOT_JUDGE, "not measured on the left: toe")
