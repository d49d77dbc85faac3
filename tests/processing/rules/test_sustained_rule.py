"""A1 and A2: 15 minutes under load, standing still, and that one cause is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from rules_kit import WALK, at_s, baseline, fault, feed, judgement, pressed, second, window

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from ingest.wire.geometry import Side
from ingest.wire.messages import Activity, Metrics
from processing.rules.engine import JudgementState, RuleEngine
from processing.rules.preset import load_preset
from processing.rules.wording import NOT_SEEN_TO_END, RESTED_ON_A_FAULT, TOLD_AS_ANOTHER

CLINICAL = load_preset("clinical")


def engine() -> RuleEngine:
    return RuleEngine(CLINICAL, baseline(), WALK)


def load(seconds: Iterable[int], pressed_in: Callable[[int], bool]) -> list[Metrics]:
    return [second(k, sustained=window(pressed_in, k)) for k in seconds]


def standing(k: int, activity: Activity = Activity.STANDING) -> Metrics:
    return second(k, walking=False, activity=activity)


def full(**areas_pct: float | None) -> Metrics:
    """A second in which the window has long been full."""
    return second(2000, sustained=pressed(areas_pct))


def active(**areas_pct: float) -> tuple[RuleEngine, Alert]:
    judge = engine()
    (alert,) = feed(judge, [second(0), full(**areas_pct)])
    return judge, alert


# A1


def test_a1_is_raised_when_the_window_is_full_and_not_before() -> None:
    judge = engine()
    assert feed(judge, load(range(899), lambda _: True)) == []
    assert judgement(judge, "A1", Side.LEFT).reason == "only 899 s of 900 s so far"
    (alert,) = feed(judge, load([899], lambda _: True))
    assert (alert.id, alert.level) == ("A1-left-20000101T001459Z", AlertLevel.MEDIUM)
    assert (alert.areas, alert.audience) == (("heel",), Audience.PATIENT)
    assert judgement(judge, "A1", Side.RIGHT).state is JudgementState.INACTIVE


@pytest.mark.parametrize(("off_s", "times"), [(45, 1), (46, 0)])
def test_a1_is_silent_after_46_s_off_and_not_after_45(off_s: int, times: int) -> None:
    def with_a_pause(k: int) -> bool:
        return not 500 <= k < 500 + off_s

    assert len(feed(engine(), load(range(900), with_a_pause))) == times


def test_a1_clears_after_118_s_without_load() -> None:
    alerts = feed(engine(), load(range(1200), lambda k: k < 1000))
    assert [(alert.state, at_s(alert.cleared_t_ns)) for alert in alerts] == [
        (AlertState.ACTIVE, None),
        (AlertState.CLEARED, 1117),
    ]


def test_a1_is_not_raised_again_for_20_min() -> None:
    seconds = [second(0), full(heel=96.0), second(2001, sustained=pressed({"heel": 80.0}))]
    again = [second(k, sustained=pressed({"heel": 96.0})) for k in range(2002, 3300)]
    raised = [at_s(alert.raised_t_ns) for alert in feed(engine(), [*seconds, *again]) if not alert.cleared_t_ns]
    assert raised == [2000, 2001 + 1200]


def test_a1_stays_between_87_and_95() -> None:
    judge, _ = active(heel=96.0)
    for at, share in enumerate((94.9, 87.0, 90.0), 2001):
        assert judge.feed(second(at, sustained=pressed({"heel": share}))) == []
    (cleared,) = judge.feed(second(2010, sustained=pressed({"heel": 86.9})))
    assert cleared.state is AlertState.CLEARED


def test_areas_of_a_foot_are_one_alert_the_worst_first() -> None:
    _, alert = active(M2=95.5, heel=20.0, M3=97.0)
    assert alert.areas == ("M3", "M2")
    assert alert.text == (
        "Your left forefoot has been pressed for 15 minutes. Stop, then sit or walk about for 2 minutes. "
        "If this comes back, take the shoe off and look inside it and at your foot."
    )


def test_more_areas_go_into_the_same_alert() -> None:
    judge, alert = active(M2=95.0, heel=20.0)
    (more,) = judge.feed(second(2001, sustained=pressed({"M2": 94.0, "heel": 96.0})))
    assert (more.id, more.raised_t_ns, more.areas) == (alert.id, alert.raised_t_ns, ("heel", "M2"))
    assert more.text.startswith("Your left foot has been pressed")
    assert judge.feed(second(2002, sustained=pressed({"M2": 90.0, "heel": 96.0}))) == []
    assert judge.feed(second(2003, sustained=pressed({"M2": 80.0, "heel": 90.0}))) == []
    (cleared,) = judge.feed(second(2004, sustained=pressed({"M2": 80.0, "heel": 80.0})))
    assert (cleared.id, cleared.areas) == (alert.id, ("heel", "M2"))


def test_each_foot_has_its_own() -> None:
    both = second(2000, sustained=pressed({"heel": 100.0}, right={"heel": 99.0}))
    assert [alert.side for alert in feed(engine(), [second(0), both])] == [Side.LEFT, Side.RIGHT]


def test_an_area_that_is_not_measured_is_not_judged_and_the_others_are() -> None:
    partly = pressed({"heel": None, "M2": 96.0}, reason="not measured on the left: heel")
    (alert,) = feed(engine(), [second(0), second(2000, sustained=partly)])
    assert alert.areas == ("M2",)
    assert "Not judged: not measured on the left: heel." in alert.evidence


@pytest.mark.parametrize(
    ("sustained", "reason"),
    [
        (None, "not measured"),
        (pressed({}, reason="no left insole", coverage_pct=0.0), "no left insole"),
        (pressed({"heel": None}, reason="only 100 s of the last 900 s", coverage_pct=11.0), "only 100 s of the"),
        (pressed({"heel": 100.0}, coverage_pct=94.0), "coverage 94 % of the last 900 s, 95 % needed"),
        (pressed({"heel": 100.0}, coverage_pct=float("nan")), "coverage nan"),
        (pressed({"heel": 100.0}, coverage_pct=float("inf")), "coverage inf"),
    ],
)
def test_what_cannot_be_judged_neither_raises_nor_clears(sustained: object, reason: str) -> None:
    judge = engine()
    assert feed(judge, (second(k, sustained=sustained) for k in (0, *range(2000, 2100)))) == []
    told = judgement(judge, "A1", Side.LEFT)
    assert told.state is JudgementState.CANNOT_JUDGE
    assert told.reason is not None
    assert told.reason.startswith(reason)
    judge, _ = active(heel=96.0)
    assert feed(judge, (second(k, sustained=sustained) for k in range(2001, 3000))) == []
    assert judgement(judge, "A1", Side.LEFT).state is JudgementState.ACTIVE


def test_a_gap_in_the_data_does_not_hide_that_the_load_went_off() -> None:
    """94 % measured, 80 % of them pressed: at most 81.2 % of the 15 min; 86 % of 90 % may be 87.4 % of them."""
    judge, _ = active(heel=96.0)
    assert judge.feed(second(2001, sustained=pressed({"heel": 86.0}, coverage_pct=90.0))) == []
    (cleared,) = judge.feed(second(2002, sustained=pressed({"heel": 80.0}, coverage_pct=94.0)))
    assert cleared.state is AlertState.CLEARED


def test_what_pressed_means_is_said() -> None:
    _, learned = active(M2=96.4)
    assert learned.evidence == (
        "Sustained load, left M2: up to 96 % of 15 min above each cell's own limit (learned: 5 % of its usual peak, or "
        "its noise), 00:18:20 to 2000-01-01 00:33:20 UTC, now unknown. Coverage 100 %, calibration: maker. "
        "Rules clinical/3."
    )
    bench = second(2000, sustained=pressed({"M2": 96.4}, limit_kpa=4.67), activity=Activity.STANDING)
    (alert,) = feed(engine(), [second(0), bench])
    assert "above 4.67 kPa, " in alert.evidence
    assert "now standing." in alert.evidence


def test_a1_that_rested_on_a_bad_cell_is_withdrawn() -> None:
    judge, alert = active(heel=100.0, M2=20.0)
    without = pressed({"heel": None, "M2": 20.0}, reason="not measured on the left: heel")
    assert judge.feed(second(2001, sustained=without)) == []
    assert judgement(judge, "A1", Side.LEFT).reason == "not measured any more: heel"
    t1, a1 = judge.feed(second(2002, sustained=without, faults=(fault(Side.LEFT, at_s=2002),)))
    assert (t1.rule, a1.id, a1.state) == ("T1", alert.id, AlertState.CLEARED)
    assert a1.evidence.endswith(RESTED_ON_A_FAULT)
    assert RESTED_ON_A_FAULT in NOT_SEEN_TO_END


def test_a_bad_cell_elsewhere_leaves_a1_as_it_is() -> None:
    judge, _ = active(heel=100.0, M2=96.0)
    without = pressed({"heel": None, "M2": 96.0}, reason="not measured on the left: heel")
    assert [alert.rule for alert in judge.feed(second(2002, sustained=without, faults=(fault(Side.LEFT),)))] == ["T1"]
    assert judgement(judge, "A1", Side.LEFT).state is JudgementState.ACTIVE


# A2


def test_a2_is_raised_after_10_min_and_ends_after_2_min_of_anything_else() -> None:
    judge = engine()
    (alert,) = feed(judge, map(standing, range(800)))
    assert (alert.id, alert.level) == ("A2-both-20000101T001000Z", AlertLevel.INFO)
    assert alert.text == "You have been standing still for 10 minutes. A short sit or stroll helps."
    pauses = [Activity.SEATED, Activity.WALKING, Activity.UNWORN]
    assert feed(judge, (standing(800 + k, pauses[k % 3]) for k in range(120))) == []
    (cleared,) = judge.feed(standing(920, Activity.SEATED))
    assert (cleared.state, at_s(cleared.cleared_t_ns)) == (AlertState.CLEARED, 920)


def test_a2_counts_again_after_a_step_and_not_after_what_is_unknown() -> None:
    judge = engine()
    feed(judge, (standing(k, Activity.UNKNOWN if 300 <= k < 400 else Activity.STANDING) for k in range(700)))
    (alert,) = judge.feed(standing(700))
    assert at_s(alert.raised_t_ns) == 700
    walked = [standing(k, Activity.WALKING if k == 300 else Activity.STANDING) for k in range(901)]
    assert feed(engine(), walked) == []


def test_while_a1_is_active_a2_is_not_raised() -> None:
    judge = engine()
    pressing = pressed({"heel": 100.0})
    seconds = [second(k, sustained=pressing, activity=Activity.STANDING) for k in (0, *range(2000, 4000))]
    assert [alert.rule for alert in feed(judge, seconds)] == ["A1"]


def test_the_raising_of_a1_ends_a2() -> None:
    judge = engine()
    seconds = [
        second(k, walking=False, activity=Activity.STANDING, sustained=window(lambda _: True, k)) for k in range(1000)
    ]
    a2, a1, folded = feed(judge, seconds)
    assert [(each.rule, at_s(each.raised_t_ns)) for each in (a2, a1)] == [("A2", 600), ("A1", 899)]
    assert (folded.id, folded.state, at_s(folded.cleared_t_ns)) == (a2.id, AlertState.CLEARED, 899)
    assert folded.evidence.endswith(TOLD_AS_ANOTHER)
    assert judge.finish()[0].id == a1.id
