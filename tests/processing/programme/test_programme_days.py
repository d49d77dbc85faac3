"""What became of a day, and what was known on it."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace as with_changed
from programme_kit import BACKWARD, BEGUN, CLEAR, Life, alert, begin, check, fact, no_cap, on, said, symptoms

from ingest.wire.alerts import Audience
from ingest.wire.entries import Entry, FootCheck, NoWalk, RedFlag, Skin, Symptoms
from processing.programme.day import Became, DayState, became
from processing.programme.gates import HoldKind
from processing.programme.known import STEPS_PER_MIN, StepCap
from processing.programme.plans import Phase
from processing.programme.report import Days, before_after
from processing.programme.run import RunState
from processing.programme.standing import standing
from processing.rules.day_facts import DayFacts, DayMeasured

NOT_WORN = DayFacts(day=BEGUN, measured=DayMeasured.NOT_WORN, reason="no insole was worn", in_touch=True)


def unclear(minutes: float) -> DayFacts:
    """Two minutes backward, and so many of which the way was not clear."""
    return DayFacts(
        day=BEGUN, measured=DayMeasured.MEASURED, walks=1, walked_min=20.0, forward_min=0.0, backward_min=2.0,
        unclear_min=minutes, coverage_pct=95.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of_day", "phase", "state"),
    [
        (NOT_WORN, Phase.WALKING, DayState.MISSED),
        (None, Phase.WALKING, DayState.NOT_MEASURED),
        (fact(BEGUN, 9.0), Phase.WALKING, DayState.DONE),
        (fact(BEGUN, 8.9), Phase.WALKING, DayState.PARTIAL),
        (fact(BEGUN, 0.9), Phase.WALKING, DayState.MISSED),
        (fact(BEGUN, 20.0, backward=2.0), Phase.BACKWARD, DayState.PARTIAL),
        (unclear(6.0), Phase.BACKWARD, DayState.PARTIAL),
        (unclear(7.0), Phase.BACKWARD, DayState.NOT_MEASURED),
    ],
)
def test_a_day_of_ten_minutes(of_day: DayFacts | None, phase: Phase, state: DayState) -> None:
    assert became(10, of_day, phase, said_none=False).state is state


def test_an_insole_that_cannot_tell_backward_measures_no_backward_walk() -> None:
    plain = DayFacts(day=BEGUN, measured=DayMeasured.MEASURED, walks=1, walked_min=20.0, coverage_pct=95.0)
    assert became(10, plain, Phase.WALKING, said_none=False) == Became(DayState.DONE)
    assert became(10, plain, Phase.BACKWARD, said_none=False).state is DayState.NOT_MEASURED


def test_alerts_for_others_and_technical_ones_hold_nothing() -> None:
    life = Life().live(range(3))
    open_alert = alert(on(2), cleared=None, answered=None)
    for other in (with_changed(open_alert, audience=Audience.CLINICIAN), with_changed(open_alert, rule="T1")):
        life.alerts = [other]
        assert life.on_day(3).plan.minutes == 21
    life.alerts = [open_alert]
    assert life.on_day(3).plan.minutes == 19


def test_an_older_look_that_is_told_later_leaves_the_newer_one() -> None:
    life = Life().live(range(5))
    life.entries.append(check(on(5), Skin.RED, hour=7))
    life.entries.append(said(FootCheck(day=on(4).isoformat(), left=CLEAR, right=CLEAR), on(6)))
    assert life.on_day(7).resting is Skin.RED
    assert life.on_day(7).plan.minutes == 0


def test_a_look_that_is_told_later_leaves_the_days_before_as_they_were() -> None:
    life = Life()
    life.looks = lambda n: []
    life.live(range(4))
    assert life.asked == [15] * 4
    life.entries += [said(FootCheck(day=on(n).isoformat(), left=CLEAR, right=CLEAR), on(3), 20 + n) for n in range(4)]
    assert [day.planned_min for day in life.on_day(4).days] == [15, 15, 15, 17, 17]  # from the day on which it was said


def test_no_walk_that_is_told_later_changes_what_became_of_a_day_and_no_plan() -> None:
    life = Life().live(range(10))
    life.walks = lambda n, now: fact(on(n), None)
    life.live(range(10, 20))
    before = life.on_day(20).days
    life.entries += [said(NoWalk(day=on(n).isoformat()), on(20)) for n in range(10, 19)]
    after = life.on_day(20).days
    assert [day.planned_min for day in after] == [day.planned_min for day in before]
    assert {day.state for day in before[10:20]} == {DayState.NOT_MEASURED}
    assert [day.state for day in after[10:20]] == [DayState.MISSED] * 9 + [DayState.NOT_MEASURED]


def test_of_a_day_answered_twice_the_higher_grade_counts() -> None:
    life = Life()
    life.looks = lambda n: [check(on(n)), symptoms(on(n), 8, pain=2 if n < 5 else 4), symptoms(on(n), 20, pain=2)]
    life.live(range(6))
    assert {hold.kind for hold in life.on_day(6).days[-1].held} == {HoldKind.SYMPTOMS}


def test_what_was_said_before_the_beginning_counts() -> None:
    before = [symptoms(on(-n), pain=1) for n in range(1, 5)]
    life = Life(entries=[begin(), no_cap(), *before])
    life.looks = lambda n: [check(on(n)), symptoms(on(n), 20, pain=3)]
    assert {hold.kind for hold in life.live([0]).on_day(1).days[-1].held} == {HoldKind.SYMPTOMS}
    assert Life(entries=[begin(), check(on(-2), Skin.BLISTER)]).on_day(0).plan.minutes == 0


def test_days_to_come_do_not_count() -> None:
    life = Life(entries=[begin()], usual_steps=1500).live(range(12))
    then = standing(life.entries, life.facts, (), on(9), UTC, 1500)[0]
    later = standing(life.entries, life.facts, (), on(11), UTC, 1500)[0]
    assert then.days[:-1] == later.days[:9]
    assert {day.planned_min for day in then.days[:7]} == {15}  # the usual day was not known yet


def test_after_a_rest_it_goes_on_where_it_was() -> None:
    life = Life().live(range(5))
    life.entries.append(check(on(5), Skin.RED, hour=7))
    life.looks = lambda n: [check(on(n), hour=21)] if n > 5 else []
    life.live(range(5, 9))
    assert life.asked[5:] == [0, 0, 23, 25]
    assert [hold.words for hold in life.on_day(8).days[7].held] == ["you rested the last time"]


def test_a_beginning_by_the_patient_under_a_stop_changes_nothing() -> None:
    life = Life(entries=[begin(), symptoms(on(2), 9, red_flags=(RedFlag.FAINT,))])
    stopped = life.on_day(4)
    own = begin(day=on(3))
    life.entries.append(with_changed(own, role="patient"))
    assert life.on_day(4) == stopped
    assert stopped.state is RunState.STOPPED


def test_steps_a_minute_are_the_person_s_own_of_the_days_before() -> None:
    facts = [fact(on(0), 2.0), fact(on(1), None), fact(on(2), 20.0), fact(on(3), 20.0)]
    facts[0] = DayFacts(day=on(0), measured=DayMeasured.MEASURED, steps=10, walked_min=2.0)  # too short to tell
    cap = StepCap(facts, 1500)
    assert [cap.steps_per_min(on(n)) for n in range(5)] == [STEPS_PER_MIN] * 3 + [100.0] * 2
    assert cap.steps_per_min(on(40)) == 100.0
    assert cap.minutes(on(4), 1000) == 25
    assert cap.minutes(on(2), 1000) == 20
    assert StepCap(facts, None).minutes(on(4), 1000) is None


def test_a_programme_that_waits_for_its_day_is_not_there_yet() -> None:
    entries = [begin(), begin(BACKWARD, BEGUN + timedelta(days=3))]
    assert [each.programme.id for each in standing(entries, (), (), on(2), UTC, 2000)] == ["daily-walking"]
    assert len(standing(entries, (), (), on(3), UTC, 2000)) == 2


def test_a_day_that_no_calendar_has_is_passed_over() -> None:
    life = Life().live(range(3))
    now = life.on_day(3)
    odd = (FootCheck(day="2025-02-30", left=Skin.OPEN, right=Skin.OPEN), NoWalk(day="2025-13-01"))
    life.entries += [said(each, on(1), entry_id=f"odd-{n}") for n, each in enumerate(odd)]
    odd_begin = begin(day=on(1))
    change = with_changed(odd_begin.said, day="2025-02-31")
    life.entries.append(with_changed(odd_begin, said=change, id="odd-begin"))
    assert life.on_day(3) == now
    before_after(Days.between(on(0), on(1)), Days.between(on(2), on(3)), [], [], [symptoms_of("2025-02-30")], UTC)


def symptoms_of(day: str) -> Entry:
    return said(Symptoms(day=day, pain=3), on(0))
