"""What holds a programme, takes it back or stops it."""

from __future__ import annotations

from datetime import UTC

import pytest
from msgspec.structs import replace
from programme_kit import BACKWARD, CLEAR, Life, alert, at, begin, check, fact, no_cap, on, said, symptoms

from ingest.wire.alerts import AlertLevel
from ingest.wire.entries import FootCheck, NoWalk, RedFlag, Role, Skin
from processing.programme.day import DayState
from processing.programme.gates import HoldKind
from processing.programme.run import RunState
from processing.programme.standing import standing


def holds(life: Life, n: int) -> set[HoldKind]:
    return {hold.kind for hold in life.on_day(n).days[-1].held}


def lived(days: int = 5) -> Life:
    """15, 17, 19, 21, 23: the next day would ask for 25."""
    return Life().live(range(days))


def test_it_grows_where_nothing_holds_it() -> None:
    assert lived().on_day(5).plan.minutes == 25
    assert holds(lived(), 5) == set()


@pytest.mark.parametrize(
    ("looks", "kind", "minutes"),
    [
        ([], HoldKind.NOT_LOOKED, 23),
        ([check(on(4), Skin.NOT_LOOKED)], HoldKind.NOT_LOOKED, 23),
        ([check(on(4), Skin.SORE, Skin.NOT_LOOKED)], HoldKind.SKIN, 21),  # a sore holds its own day as well
        ([check(on(4)), check(on(5), Skin.SORE, hour=6)], HoldKind.SKIN, 23),
        ([check(on(5), hour=6)], HoldKind.NOT_LOOKED, 23),  # what it permits counts from the next day on
    ],
)
def test_feet_that_were_not_seen_clear_hold_it(looks: list, kind: HoldKind, minutes: int) -> None:
    life = lived(4)
    life.looks = lambda n: looks
    life.live([4])
    assert holds(life, 5) == {kind}
    assert life.on_day(5).plan.minutes == minutes
    assert "does not grow, because" in life.on_day(5).plan.words


@pytest.mark.parametrize("skin", [Skin.RED, Skin.BLISTER, Skin.OPEN])
def test_a_foot_that_wants_rest_rests_until_it_is_seen_without(skin: Skin) -> None:
    life = lived()
    life.entries.append(check(on(4), left=skin, hour=21))
    life.looks = lambda n: [check(on(n), Skin.NOT_LOOKED, CLEAR)]
    assert life.on_day(5).plan.minutes == 0
    assert "call your foot clinic" in life.on_day(5).plan.words
    life.live([5, 6])
    assert [day.state for day in life.on_day(7).days[-3:]] == [DayState.REST] * 3
    life.entries.append(check(on(7), hour=6))
    assert life.on_day(7).plan.minutes == 0
    assert life.on_day(8).plan.minutes == 21  # the walk of the day on which it was found does not count


@pytest.mark.parametrize(
    ("raised", "holding"),
    [
        (alert(on(4), cleared=None, answered=None), True),
        (alert(on(4), cleared=None, answered=0), True),
        (alert(on(4), cleared=0, answered=None), True),
        (alert(on(4), cleared=0, answered=1), True),  # on that very day
        (alert(on(4), cleared=0, answered=0), False),
        (alert(on(4), AlertLevel.INFO, cleared=None, answered=None), False),
    ],
)
def test_an_alert_holds_until_it_is_over_and_answered(raised: object, holding: bool) -> None:
    life = lived()
    life.alerts = [raised]
    assert life.on_day(5).plan.minutes == (23 if holding else 25)
    assert holds(life, 5) == ({HoldKind.ALERT} if holding else set())


def test_an_alert_that_nobody_answers_holds_for_a_week_after_its_end() -> None:
    life = lived()
    life.alerts = [alert(on(4), cleared=0, answered=None)]
    life.live(range(5, 13))
    assert life.asked[5:] == [23] * 7 + [25]


def test_a_medium_alert_takes_a_fifth_off_for_two_days() -> None:
    life = lived()
    life.alerts = [alert(on(4), AlertLevel.MEDIUM)]
    life.live(range(5, 9))
    assert life.asked[5:] == [18, 18, 23, 25]  # 0.8 · 23, and first back to it


def test_what_is_raised_by_midnight_counts_for_the_day_that_begins() -> None:
    """A warm spot is told at the end of its second day: nobody walks more on the morning on which it is read."""
    life = lived()
    midnight = replace(alert(on(5), AlertLevel.MEDIUM, cleared=None, answered=None), raised_t_ns=at(on(5), 0))
    life.alerts.append(midnight)
    assert holds(life, 5) == {HoldKind.STEP_BACK, HoldKind.ALERT}
    assert life.on_day(5).plan.minutes == 18  # four fifths of 23, not 25
    life.live([5, 6])
    assert HoldKind.STEP_BACK not in holds(life, 7)


def test_symptoms_two_grades_above_the_week_hold_it() -> None:
    life = Life()
    life.looks = lambda n: [check(on(n)), symptoms(on(n), pain=2 if n < 5 else 4, numbness=None)]
    life.live(range(6))
    assert holds(life, 6) == {HoldKind.SYMPTOMS}
    assert "more pain" in life.on_day(6).plan.words


@pytest.mark.parametrize("grades", [{"pain": 3}, {"pain": None}, {"tingling": 9}])
def test_a_grade_more_none_at_all_or_the_first_ones_do_not(grades: dict) -> None:
    life = Life()
    life.looks = lambda n: [check(on(n)), symptoms(on(n), **({"pain": 2} if n < 5 else grades))]
    life.live(range(6))
    assert holds(life, 6) == set()


def test_a_severe_first_answer_holds_it() -> None:
    """Nothing is known yet that it could be set against."""
    life = Life()
    life.looks = lambda n: [check(on(n)), symptoms(on(n), pain=7 if n == 1 else 2)]
    life.live(range(4))
    assert life.asked == [15, 17, 15, 17]
    assert holds(life, 2) == {HoldKind.SYMPTOMS}


def test_what_was_not_done_or_not_measured_holds_it() -> None:
    for last, kind, state in (
        (fact(on(5), 20.0), HoldKind.NOT_DONE, DayState.PARTIAL),
        (fact(on(5), 0.0), HoldKind.NOT_DONE, DayState.MISSED),
        (fact(on(5), 20.0, coverage=60.0), HoldKind.COVERAGE, DayState.NOT_MEASURED),
        (fact(on(5), None), HoldKind.COVERAGE, DayState.NOT_MEASURED),
        (fact(on(5), 25.0, coverage=60.0), HoldKind.COVERAGE, DayState.DONE),
    ):
        life = lived()
        life.facts.append(last)
        life.entries.append(check(on(5)))
        assert holds(life, 6) == {kind}, last
        assert life.on_day(6).days[-2].state is state
        assert life.on_day(6).plan.minutes == 25


def test_somebody_may_say_that_there_was_no_walk() -> None:
    life = lived()
    life.facts.append(fact(on(5), None))
    assert life.on_day(6).days[-2].state is DayState.NOT_MEASURED
    life.entries.append(said(NoWalk(day=on(5).isoformat()), on(6)))
    assert life.on_day(6).days[-2].state is DayState.MISSED


def test_today_is_neither_missed_nor_partial_before_it_is_over() -> None:
    life = lived()
    assert life.on_day(5).days[-1].state is DayState.TODAY
    life.facts.append(fact(on(5), 10.0))
    assert (life.on_day(5).days[-1].state, life.on_day(5).plan.done_min) == (DayState.TODAY, 10.0)
    life.facts[-1] = fact(on(5), 24.0)
    assert life.on_day(5).days[-1].state is DayState.DONE


def test_forward_and_backward_minutes_count_each_for_their_own_programme() -> None:
    life = Life(entries=[begin(), begin(BACKWARD), no_cap(), no_cap(BACKWARD)])
    life.facts.append(fact(on(0), 15.0, backward=3.0))
    daily, backward = standing(life.entries, life.facts, (), on(1), UTC, 2000)
    assert (daily.days[0].state, daily.days[0].done_min) == (DayState.DONE, 15.0)
    assert (backward.days[0].state, backward.days[0].done_min) == (DayState.PARTIAL, 3.0)
    assert backward.days[1].state is DayState.REST


def test_a_week_without_walks_takes_back_a_step_for_each_day() -> None:
    life = Life().live(range(20))
    life.walks = lambda n, now: fact(on(n), 0.0)
    life.live(range(20, 28))
    assert life.asked[20:] == [55] * 7 + [55 - 14]
    life.live([28])
    assert life.asked[28] == 55 - 16
    life.walks = lambda n, now: fact(on(n), None)  # days that nobody measured say nothing
    life.live(range(29, 40))
    assert life.asked[30:] == [55 - 18] * 10


@pytest.mark.parametrize("flag", list(RedFlag))
def test_a_red_flag_stops_it_until_a_clinician_begins_it_again(flag: RedFlag) -> None:
    life = lived()
    life.looks = lambda n: []
    life.entries.append(symptoms(on(5), 9, red_flags=(flag,)))
    now = life.on_day(5)
    assert (now.state, now.plan.minutes, now.stopped_by) == (RunState.STOPPED, 0, (flag,))
    assert now.plan.words == "Do not walk for exercise until your clinic says so."
    assert life.live(range(5, 9)).on_day(9).state is RunState.STOPPED
    life.entries.append(begin(day=on(9)))
    assert (life.on_day(9).state, life.on_day(9).plan.minutes) == (RunState.RUNNING, 15)


@pytest.mark.parametrize("flag", list(RedFlag))
def test_a_clear_look_on_a_later_day_ends_the_stop_for_a_sore_and_nothing_else(flag: RedFlag) -> None:
    life = lived()
    life.entries.append(symptoms(on(5), 9, red_flags=(flag,)))
    life.entries.append(check(on(5), hour=21))
    assert life.on_day(5).state is RunState.STOPPED
    life.entries.append(said(FootCheck(day=on(7).isoformat(), left=CLEAR, right=CLEAR), on(7), role=Role.PATIENT))
    ends = flag in (RedFlag.OPEN_SORE, RedFlag.DRAINAGE)
    assert life.on_day(7).state is RunState.STOPPED
    assert life.on_day(8).state is (RunState.RUNNING if ends else RunState.STOPPED)
    assert life.on_day(8).plan.minutes == (15 if ends else 0)
