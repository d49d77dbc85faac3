"""A3, A4 and T2: raised, just below not, cannot judge, cleared, re-armed; the hold counts seconds of walking only."""

from __future__ import annotations

from dataclasses import replace as with_cells

import pytest
from msgspec.structs import replace
from rules_kit import USUAL_PCT, WALK, at_s, baseline, feed, judgement, second

from ingest.wire.alerts import Alert, AlertLevel, AlertState
from ingest.wire.geometry import Side
from ingest.wire.messages import Figure, PerFoot
from processing.metrics.learned import LearnedCells
from processing.rules.deviation import OTHER_INSOLES
from processing.rules.engine import JudgementState, RuleEngine
from processing.rules.preset import load_preset

CLINICAL = load_preset("clinical")
OVER_PCT, BETWEEN_PCT = 53.0, 50.0  # baseline 43 %: enters at +10, clears below +5
OVER_SI, STRONG_SI = 23.0, 33.0  # baseline +8 %: enters 15 away, medium 25 away


def engine(spread: float = 0.5) -> RuleEngine:
    return RuleEngine(CLINICAL, baseline(spread), WALK)


def raised_at(alerts: list[Alert], rule: str) -> list[int | None]:
    return [at_s(alert.raised_t_ns) for alert in alerts if alert.rule == rule and alert.state is AlertState.ACTIVE]


def overloaded(start: int, stop: int) -> list:
    return [second(k, left_pct=OVER_PCT) for k in range(start, stop)]


def active_since_180() -> RuleEngine:
    judge = engine()
    (alert,) = feed(judge, overloaded(0, 181))
    assert (alert.rule, alert.side, alert.level, alert.state) == ("A3", Side.LEFT, AlertLevel.LOW, AlertState.ACTIVE)
    return judge


# A3


def test_a3_is_raised_after_180_s_of_walking_over_the_limit() -> None:
    judge = engine()
    assert feed(judge, overloaded(0, 180)) == []
    assert judgement(judge, "A3", Side.LEFT).state is JudgementState.PENDING
    (alert,) = judge.feed(second(180, left_pct=OVER_PCT))
    assert alert.id == "A3-left-20000101T000300Z"
    assert judgement(judge, "A3", Side.LEFT).state is JudgementState.ACTIVE
    assert judgement(judge, "A3", Side.RIGHT).state is JudgementState.INACTIVE


def test_a3_just_below_the_limit_is_not_raised() -> None:
    assert feed(engine(), (second(k, left_pct=52.9) for k in range(600))) == []


def test_a3_begins_again_after_one_second_below() -> None:
    judge = engine()
    feed(judge, [*overloaded(0, 180), second(180, left_pct=52.9)])
    assert raised_at(feed(judge, overloaded(181, 500)), "A3") == [361]


def test_a3_limit_widens_with_the_persons_own_spread() -> None:
    assert feed(engine(spread=4.0), (second(k, left_pct=54.9) for k in range(300))) == []
    assert raised_at(feed(engine(spread=4.0), (second(k, left_pct=55.0) for k in range(300))), "A3") == [180]


def test_hold_counts_seconds_of_walking_only() -> None:
    judge = engine()
    feed(judge, overloaded(0, 101))
    assert feed(judge, (second(k, left_pct=OVER_PCT, walking=False) for k in range(101, 401))) == []
    assert judgement(judge, "A3", Side.LEFT).reason == "not walking"
    assert raised_at(feed(judge, overloaded(401, 600)), "A3") == [480]


def test_a_leap_of_event_time_counts_one_second() -> None:
    judge = engine()
    feed(judge, overloaded(0, 11))
    assert feed(judge, overloaded(1000, 1169)) == []
    assert raised_at(feed(judge, overloaded(1169, 1200)), "A3") == [1169]


def test_a3_clears_below_half_and_stays_between() -> None:
    judge = active_since_180()
    assert feed(judge, (second(k, left_pct=BETWEEN_PCT) for k in range(181, 400))) == []
    assert feed(judge, (second(k) for k in range(400, 460))) == []
    (cleared,) = judge.feed(second(460))
    assert (cleared.state, at_s(cleared.cleared_t_ns)) == (AlertState.CLEARED, 460)
    assert judgement(judge, "A3", Side.LEFT).state is JudgementState.INACTIVE


def test_clearing_begins_again_when_the_figure_rises() -> None:
    judge = active_since_180()
    feed(judge, [*(second(k) for k in range(181, 240)), second(240, left_pct=BETWEEN_PCT)])
    (cleared,) = feed(judge, (second(k) for k in range(241, 400)))
    assert at_s(cleared.cleared_t_ns) == 301


def test_not_raised_again_before_it_is_rearmed() -> None:
    judge = active_since_180()
    (cleared,) = feed(judge, (second(k) for k in range(181, 250)))
    again = feed(judge, overloaded(250, 3000))
    rearmed_at_s = 241 + 1800
    assert at_s(cleared.cleared_t_ns) == 241
    assert raised_at(again, "A3") == [rearmed_at_s + 180]


# cannot judge


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"coverage_pct": 40.0}, "coverage 40 % of the last 60 s, 80 % needed"),
        ({"coverage_pct": 79.9}, "coverage 79 % of the last 60 s, 80 % needed"),
        ({"coverage_pct": float("nan")}, "coverage unknown of the last 60 s, 80 % needed"),
        ({"left_pct": None}, "not measured"),
        ({"left_pct": float("nan")}, "not measured"),
        ({"walking": False}, "not walking"),
        ({"walking": None}, "cannot tell whether this is walking"),
    ],
)
def test_missing_data_is_said_and_neither_raises_nor_clears(given: dict, reason: str) -> None:
    judge = engine()
    assert feed(judge, (second(k, **{"left_pct": 90.0} | given) for k in range(600))) == []
    told = judgement(judge, "A3", Side.LEFT)
    assert (told.state, told.reason) == (JudgementState.CANNOT_JUDGE, reason)
    judge = active_since_180()
    assert feed(judge, (second(k, **given) for k in range(181, 900))) == []
    told = judgement(judge, "A3", Side.LEFT)
    assert (told.state, told.reason) == (JudgementState.ACTIVE, reason)


def test_coverage_that_just_suffices_is_judged() -> None:
    assert raised_at(feed(engine(), (second(k, left_pct=OVER_PCT, coverage_pct=80.0) for k in range(181))), "A3") == [
        180
    ]


def test_timers_stand_still_while_nothing_can_be_judged() -> None:
    judge = active_since_180()
    feed(judge, (second(k) for k in range(181, 212)))
    feed(judge, (second(k, coverage_pct=10.0) for k in range(212, 300)))
    (cleared,) = feed(judge, (second(k) for k in range(300, 400)))
    assert at_s(cleared.cleared_t_ns) == 329


def test_pending_through_a_gap_keeps_its_time() -> None:
    judge = engine()
    feed(judge, [*overloaded(0, 101), *(second(k, left_pct=None) for k in range(101, 111))])
    told = judgement(judge, "A3", Side.LEFT)
    assert (told.state, at_s(told.since_t_ns)) == (JudgementState.CANNOT_JUDGE, 0)
    assert raised_at(feed(judge, overloaded(111, 300)), "A3") == [190]


def test_without_baseline_deviations_cannot_be_judged_but_silence_can() -> None:
    judge = RuleEngine(CLINICAL, None, WALK)
    alerts = feed(judge, (second(k, left_pct=90.0, si_pct=90.0, absent=(Side.RIGHT,)) for k in range(300)))
    assert [alert.rule for alert in alerts] == ["T2"]
    assert judgement(judge, "A3", Side.LEFT).reason == judgement(judge, "A4", None).reason == "no baseline yet"


def test_before_the_first_figures_nothing_is_judged() -> None:
    assert {(told.state, told.reason) for told in engine().judgements} == {
        (JudgementState.CANNOT_JUDGE, "no figures yet")
    }


def test_the_figures_own_reason_is_told_first() -> None:
    judge = engine()
    gone = Figure(value=None, coverage_pct=0.0, reason="no right insole")
    judge.feed(replace(second(0), load_si_pct=gone))
    assert judgement(judge, "A4", None).reason == "no right insole"


# A4


@pytest.mark.parametrize("si_pct", [OVER_SI, -7.0])
def test_a4_is_raised_on_either_side(si_pct: float) -> None:
    alerts = feed(engine(), (second(k, si_pct=si_pct) for k in range(200)))
    assert raised_at(alerts, "A4") == [120]
    assert alerts[0].id == "A4-both-20000101T000200Z"
    assert ("right" if si_pct > 0 else "left") in alerts[0].text


@pytest.mark.parametrize("si_pct", [22.9, -6.9])
def test_a4_just_below_is_not_raised(si_pct: float) -> None:
    assert feed(engine(), (second(k, si_pct=si_pct) for k in range(600))) == []


def test_a4_waits_for_60_strides() -> None:
    slow = [second(k, si_pct=OVER_SI, steps=k // 2) for k in range(400)]
    assert raised_at(feed(engine(), slow), "A4") == [240]


def test_a4_clears_below_10() -> None:
    judge = engine()
    feed(judge, (second(k, si_pct=OVER_SI) for k in range(121)))
    assert feed(judge, (second(k, si_pct=18.0) for k in range(121, 300))) == []
    (cleared,) = feed(judge, (second(k, si_pct=17.9) for k in range(300, 400)))
    assert at_s(cleared.cleared_t_ns) == 360


def test_a4_becomes_medium_after_5_min_far_away() -> None:
    low, medium = feed(engine(), (second(k, si_pct=STRONG_SI) for k in range(900)))
    assert (low.level, medium.level) == (AlertLevel.LOW, AlertLevel.MEDIUM)
    assert (medium.id, medium.state) == (low.id, AlertState.ACTIVE)


def test_a4_stays_low_just_below_or_just_before() -> None:
    assert len(feed(engine(), (second(k, si_pct=STRONG_SI - 0.1) for k in range(900)))) == 1
    assert len(feed(engine(), (second(k, si_pct=STRONG_SI) for k in range(300)))) == 1
    broken = [second(k, si_pct=STRONG_SI - (k == 299)) for k in range(500)]
    assert len(feed(engine(), broken)) == 1


def test_a4_keeps_the_time_to_medium_through_a_gap() -> None:
    judge = engine()
    feed(judge, (second(k, si_pct=STRONG_SI) for k in range(201)))
    feed(judge, (second(k, si_pct=None) for k in range(201, 301)))
    assert feed(judge, (second(k, si_pct=STRONG_SI) for k in range(301, 400))) == []
    (medium,) = judge.feed(second(400, si_pct=STRONG_SI))
    assert medium.level is AlertLevel.MEDIUM


# T2


def test_t2_is_raised_after_60_s_without_data_and_cleared_after_60_s_with_it() -> None:
    judge = engine()
    gone = (Side.RIGHT,)
    feed(judge, (second(k) for k in range(10)))
    assert feed(judge, (second(k, absent=gone, walking=None) for k in range(10, 70))) == []
    (alert,) = judge.feed(second(70, absent=gone, walking=None))
    assert (alert.rule, alert.side, alert.level) == ("T2", Side.RIGHT, AlertLevel.INFO)
    assert alert.id == "T2-right-20000101T000110Z"
    assert feed(judge, (second(k) for k in range(71, 131))) == []
    (cleared,) = judge.feed(second(131))
    assert (cleared.id, cleared.state) == (alert.id, AlertState.CLEARED)


def test_t2_counts_the_whole_of_a_leap_without_data() -> None:
    judge = engine()
    feed(judge, [second(0), second(1, absent=(Side.LEFT,))])
    assert raised_at(judge.feed(second(100, absent=(Side.LEFT,))), "T2") == [100]


def test_t2_says_nothing_of_59_s() -> None:
    judge = engine()
    assert feed(judge, (second(k, absent=(Side.LEFT,)) for k in range(60))) == []
    assert feed(judge, (second(k) for k in range(60, 100))) == []


@pytest.mark.parametrize(
    "load",
    [Figure(value=0.0, coverage_pct=100.0), Figure(value=None, coverage_pct=90.0, reason="no load on either foot")],
)
def test_data_without_load_is_not_silence(load: Figure) -> None:
    both = PerFoot(left=load, right=load)
    assert feed(engine(), (replace(second(k), load=both) for k in range(100))) == []


# the engine


def test_what_is_known_already_changes_nothing() -> None:
    judge = engine()
    (alert,) = feed(judge, overloaded(0, 181))
    assert feed(judge, overloaded(0, 181)) == []
    assert alert.walk == WALK
    judge = engine()
    feed(judge, [*overloaded(0, 101), second(100)])
    assert raised_at(feed(judge, overloaded(101, 200)), "A3") == [180]


def test_a_walk_that_ends_takes_its_alerts_with_it_and_says_so() -> None:
    judge = active_since_180()
    (ended,) = judge.finish()
    assert (ended.state, at_s(ended.cleared_t_ns)) == (AlertState.CLEARED, 180)
    assert ended.evidence.endswith("Not seen to end: the walk was over.")
    assert judge.finish() == []
    assert engine().finish() == []


def test_the_demonstration_tells_its_story() -> None:
    """Overloaded by 20 points from 40 to 90 s, the right insole away from 120 to 140 s; the 10-s figure lags behind."""

    def share(at: int) -> float:
        overloaded_s = sum(40 <= k < 90 for k in range(at - 10, at))
        return 43.0 + 2.0 * overloaded_s

    def told(at: int) -> object:
        away = 120 <= at < 140
        coverage_pct = 100.0 - 10.0 * sum(120 <= k < 140 for k in range(at - 10, at))
        absent = (Side.RIGHT,) if away else ()
        return second(at, left_pct=share(at), absent=absent, coverage_pct=coverage_pct, walking=None if away else True)

    judge = RuleEngine(load_preset("demo"), baseline(), WALK)
    raised, cleared = feed(judge, (told(k) for k in range(180)))
    assert raised.id.startswith("A3-left")
    assert at_s(raised.raised_t_ns) == 60
    assert at_s(cleared.cleared_t_ns) == 106
    assert "shortened for demonstration" in raised.evidence


def test_loads_are_not_compared_with_those_of_other_insoles() -> None:
    """Somebody wears another model: its cells lie elsewhere, and the old baseline says nothing about them."""

    def cells(checksum: int) -> LearnedCells:
        return LearnedCells(checksum=checksum, peak_codes=(100.0,), share_pct=(100.0,))

    person = with_cells(baseline(), cells={Side.LEFT: cells(7), Side.RIGHT: cells(8)})
    same, other = RuleEngine(CLINICAL, person, WALK), RuleEngine(CLINICAL, person, WALK)
    for engine, checksum in ((same, 7), (other, 70)):
        engine.wear(Side.LEFT, checksum)
        engine.wear(Side.RIGHT, 8)
    seconds = [second(at_s, left_pct=USUAL_PCT + 20, right_pct=USUAL_PCT + 20, si_pct=60.0) for at_s in range(400)]
    raised = [{alert.id[:8] for each in seconds for alert in engine.feed(each)} for engine in (same, other)]
    assert raised == [{"A3-left-", "A3-right", "A4-both-"}, {"A3-right"}]
    reasons = {(each.rule, each.side): each.reason for each in other.judgements if each.rule in ("A3", "A4")}
    assert reasons == {("A3", Side.LEFT): OTHER_INSOLES, ("A3", Side.RIGHT): None, ("A4", None): OTHER_INSOLES}
