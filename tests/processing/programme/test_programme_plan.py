"""Programmes grow as their source says, and only as far as the person's cap."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from programme_kit import BACKWARD, BEGUN, DAILY, STEPS_PER_MIN, Life, begin, fact, no_cap, on, said, symptoms

from ingest.wire.entries import Entry, ProgrammeChange, ProgrammeId, RedFlag, Role
from processing.programme.gates import HoldKind
from processing.programme.plans import DAILY_WALKING, Phase
from processing.programme.run import RunState
from processing.programme.standing import standing


@pytest.mark.parametrize(("step_min", "last_day"), [(2, 24), (3, 16), (4, 13), (5, 10)])
def test_minutes_reach_sixty_on_the_day_of_the_source(step_min: int, last_day: int) -> None:
    walking = DAILY_WALKING.stages[0]
    assert walking.minutes(last_day, step_min) == 60
    assert walking.minutes(last_day - 1, step_min) < 60


@pytest.mark.parametrize(("step_min", "last_day"), [(2, 21), (3, 15), (4, 11), (5, 9)])
def test_brisk_minutes_reach_forty_five_on_the_day_of_the_source(step_min: int, last_day: int) -> None:
    brisk = DAILY_WALKING.stages[1]
    assert brisk.minutes(last_day, step_min) == 45
    assert brisk.minutes(last_day - 1, step_min) < 45


@pytest.mark.parametrize("step_min", [None, 5])
def test_a_person_who_does_every_day_follows_the_formula_through_both_phases(step_min: int | None) -> None:
    life = Life(entries=[begin(step_min=step_min), no_cap()]).live(range(50))
    k = step_min or 2
    walking, brisk = DAILY_WALKING.stages
    days = 24 if k == 2 else 10
    expected = [walking.minutes(n, k) for n in range(1, days + 1)]
    expected += [brisk.minutes(n, k) for n in range(1, 51 - days)]
    assert life.asked == expected
    last = life.on_day(50)
    assert last.stage.phase is Phase.BRISK
    assert [hold.kind for hold in last.days[-1].held] == [HoldKind.GOAL]


def test_without_usual_steps_it_stays_at_the_beginning() -> None:
    life = Life(entries=[begin()], usual_steps=None).live(range(5))
    assert life.asked == [15] * 5
    assert HoldKind.USUAL_UNKNOWN in {hold.kind for hold in life.on_day(5).days[-1].held}


def test_usual_steps_count_from_the_day_after_the_seventh_measured_one() -> None:
    life = Life(entries=[begin()], usual_steps=1500).live(range(12))
    fresh = standing(life.entries, life.facts, (), on(12), UTC, 1500)[0]
    assert [day.planned_min for day in fresh.days][:9] == [15, 15, 15, 15, 15, 15, 15, 17, 19]


def test_it_is_held_at_a_thousand_steps_above_the_usual_day_until_a_clinician_lifts_the_cap() -> None:
    life = Life(entries=[begin()], usual_steps=1500)
    life.facts = [fact(on(n), 15.0) for n in range(-7, 0)]
    life.live(range(15))
    assert life.asked == [15, 17, 19, 21, 23, *[25] * 10]  # 2500 steps at 100 steps/min
    told = life.on_day(15)
    assert told.plan.words.startswith(
        "Walk for 25 minutes today; it does not grow, because it is held at your usual 1500"
    )
    life.entries.append(no_cap(day=on(15)))
    life.live(range(15, 18))
    assert life.asked[15:] == [27, 29, 31]


def test_a_cap_of_a_patient_changes_nothing() -> None:
    life = Life(entries=[begin()], usual_steps=1500)
    change = ProgrammeChange(programme=DAILY, do="cap", day=BEGUN.isoformat())
    life.entries.append(said(change, BEGUN, role=Role.PATIENT))
    assert life.live(range(3)).on_day(3).cap_steps == 1000


def begun_by_a_patient(n: int = 0, programme: ProgrammeId = DAILY, **more: Any) -> Entry:
    change = ProgrammeChange(programme=programme, do="begin", day=on(n).isoformat(), **more)
    return said(change, on(n), 12, role=Role.PATIENT)


def test_a_patient_may_begin_the_daily_walk_as_it_is() -> None:
    assert standing([begun_by_a_patient()], (), (), on(3), UTC, 2000)[0].plan.minutes == 15
    for more in ({"step_min": 5}, {"cap_steps": 9000}, {"programme": BACKWARD, "support_present": True}):
        assert standing([begun_by_a_patient(**more)], (), (), on(3), UTC, 2000) == ()


def test_a_patient_cannot_begin_past_a_red_flag() -> None:
    end = ProgrammeChange(programme=DAILY, do="end", day=on(6).isoformat())
    life = Life(entries=[begin(), symptoms(on(5), red_flags=(RedFlag.CHEST_PAIN,)), begun_by_a_patient(6)])
    assert life.on_day(6).state is RunState.STOPPED
    life.entries += [said(end, on(6), 13), begun_by_a_patient(7)]
    assert (life.on_day(7).state, life.on_day(7).plan.minutes) == (RunState.STOPPED, 0)
    life.entries.append(begin(day=on(8)))
    assert life.on_day(8).state is RunState.RUNNING


def test_backward_walking_wants_somebody_to_support() -> None:
    assert standing([begin(BACKWARD, support_present=False)], (), (), on(3), UTC, 2000) == ()


def test_backward_walking_three_times_a_week_for_twelve_weeks() -> None:
    life = Life(entries=[begin(BACKWARD), no_cap(BACKWARD)])
    life.walks = lambda n, now: fact(on(n), 0.0, backward=now.plan.minutes)
    life.live(range(84), BACKWARD)
    sessions = [minutes for minutes in life.asked if minutes]
    assert len(sessions) == 36
    assert sessions[:3] == [5, 7, 9]
    assert sessions[8] >= 20
    assert (max(sessions), sessions[-1]) == (40, 40)
    over = life.on_day(84, BACKWARD)
    assert (over.state, over.ended, len(over.days)) == (RunState.ENDED, on(84), 84)
    assert over.plan.words == "The backward walks have ended."


def test_two_programmes_share_the_steps_of_a_day() -> None:
    life = Life(entries=[begin(), begin(BACKWARD)], usual_steps=1500)
    life.facts = [fact(on(n), 15.0) for n in range(-7, 0)]
    life.live(range(14))
    now = {each.programme.id: each for each in standing(life.entries, life.facts, (), on(14), UTC, 1500)}
    most = (1500 + 1000) / STEPS_PER_MIN
    for daily, backward in zip(now[DAILY].days, now[BACKWARD].days, strict=True):
        assert daily.planned_min + backward.planned_min <= most
    assert [day.planned_min for day in now[DAILY].days[7:13]] == [20, 25, 20, 25, 20, 25]


def test_what_another_programme_leaves_is_a_walk_or_a_day_of_rest() -> None:
    life = Life(entries=[begin(), begin(BACKWARD)], usual_steps=300)  # 13 min a day
    life.facts = [fact(on(n), 15.0) for n in range(-7, 0)]
    daily, backward = standing(life.entries, life.facts, (), on(0), UTC, 300)
    assert (daily.plan.minutes, backward.plan.minutes) == (8, 5)
    life.entries.append(no_cap(steps=600))  # 9 min a day
    daily, backward = standing([*life.entries, no_cap(BACKWARD, steps=600)], life.facts, (), on(0), UTC, 300)
    assert (daily.plan.minutes, backward.plan.minutes) == (0, 5)
    assert daily.plan.words == "No daily walk today: a day of rest."


def test_an_end_ends_it_and_a_new_beginning_begins_anew() -> None:
    life = Life().live(range(10))
    end = ProgrammeChange(programme=DAILY, do="end", day=on(10).isoformat())
    life.entries.append(said(end, on(10), role=Role.PATIENT))
    assert life.on_day(12).state is RunState.ENDED
    assert life.on_day(12).plan.minutes == 0
    life.entries.append(begin(day=on(14)))
    again = life.on_day(14)
    assert (again.begun, again.plan.minutes, len(again.days)) == (on(14), 15, 11)
