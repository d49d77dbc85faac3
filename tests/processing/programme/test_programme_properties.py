"""Whatever people say and insoles measure: bounds and cap hold, nothing grows on a foot that is not clear, the past
stays as it was."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from programme_kit import BACKWARD, DAILY, alert, at, begin, check, fact, no_cap, on, said, symptoms

from ingest.wire.alerts import Alert, AlertLevel
from ingest.wire.entries import Entry, FootCheck, NoWalk, ProgrammeChange, ProgrammeId, RedFlag, Role, Skin, Symptoms
from processing.programme.day import DayState
from processing.programme.known import StepCap
from processing.programme.plans import DAILY_WALKING, PROGRAMMES
from processing.programme.run import RunState
from processing.programme.standing import Standing, standing
from processing.rules.day_facts import DayFacts, usual_steps

DAYS = 25
_days = st.integers(0, DAYS - 1)
_hours = st.integers(0, 23)
_skin = st.sampled_from(Skin)
_grade = st.none() | st.integers(0, 10)
_checks = st.builds(lambda n, left, right, hour: check(on(n), left, right, hour), _days, _skin, _skin, _hours)
_late_checks = st.builds(
    lambda about, n, skin: said(FootCheck(day=on(about).isoformat(), left=skin, right=skin), on(n), 12),
    _days,
    _days,
    _skin,
)
_clear_checks = st.builds(lambda n: check(on(n)), _days)
_symptoms = st.builds(lambda n, hour, pain: symptoms(on(n), hour, pain=pain), _days, _hours, _grade)
_flags = st.builds(
    lambda n, hour, flag: symptoms(on(n), hour, red_flags=(flag,)), _days, _hours, st.sampled_from(RedFlag)
)
_no_walks = st.builds(lambda about, n: said(NoWalk(day=on(about).isoformat()), on(n)), _days, _days)
_again = st.builds(lambda n, k: begin(DAILY, on(n), 9, step_min=k), _days, st.none() | st.integers(1, 5))
_backward = st.builds(lambda n: begin(BACKWARD, on(n), 9), _days)
_entries = st.lists(
    st.one_of(_checks, _late_checks, _clear_checks, _clear_checks, _symptoms, _flags, _no_walks, _again, _backward),
    max_size=40,
).map(lambda found: [begin(), *found])
_minutes = st.none() | st.integers(0, 60)
_facts = st.lists(
    st.tuples(_minutes, st.integers(0, 40), st.sampled_from([50.0, 95.0])), min_size=DAYS, max_size=DAYS
).map(lambda rows: [fact(on(n), minutes, backward=back, coverage=pct) for n, (minutes, back, pct) in enumerate(rows)])
_alerts = st.lists(
    st.builds(
        lambda n, level, cleared, answered: alert(on(n), level, cleared=cleared, answered=answered),
        _days, st.sampled_from(AlertLevel), st.none() | st.integers(0, 3), st.none() | st.integers(0, 3),
    ),
    max_size=4,
)  # fmt: skip


def stand(entries: list[Entry], facts: list[DayFacts], alerts: list[Alert], today: date) -> dict[ProgrammeId, Standing]:
    known = [each for each in facts if each.day <= today]
    found = standing(entries, known, alerts, today, UTC, usual_steps(known))
    return {each.programme.id: each for each in found}


def clear_on(entries: list[Entry], day: date) -> bool:
    """Whether the last look of the day before, as told by the end of this one, found both feet clear."""
    looks = [
        (each.t_ns, each.id, each.said)
        for each in entries
        if isinstance(each.said, FootCheck)
        and each.t_ns < at(day, 0) + 86_400 * 10**9
        and date.fromisoformat(each.said.day) == day - timedelta(days=1)
        and {each.said.left, each.said.right} not in ({Skin.CLEAR, Skin.NOT_LOOKED}, {Skin.NOT_LOOKED})
    ]
    return bool(looks) and {max(looks)[2].left, max(looks)[2].right} == {Skin.CLEAR}


@settings(max_examples=60, deadline=None)
@given(_entries, _facts, _alerts)
def test_bounds_and_cap_hold(entries: list[Entry], facts: list[DayFacts], alerts: list[Alert]) -> None:
    cap = StepCap(facts, usual_steps(facts))
    found = stand(entries, facts, alerts, on(DAYS - 1))
    asked: dict[date, int] = {}
    for programme, now in found.items():
        goals = {stage.phase: stage.goal_min for stage in PROGRAMMES[programme].stages}
        for day in now.days:
            assert 0 <= day.planned_min <= goals[day.phase]
            asked[day.day] = asked.get(day.day, 0) + day.planned_min
    for day, minutes in asked.items():
        usual = cap.usual_steps(day)
        if usual is None:
            assert minutes <= sum(PROGRAMMES[each].stages[0].start_min for each in found)
        else:
            assert minutes * cap.steps_per_min(day) <= usual + 1000


@settings(max_examples=60, deadline=None)
@given(_entries, _facts, _alerts, st.booleans())
def test_it_never_grows_on_feet_that_are_not_clear(
    entries: list[Entry], facts: list[DayFacts], alerts: list[Alert], capped: bool
) -> None:
    entries = entries if capped else [*entries, no_cap()]
    daily = stand(entries, facts, alerts, on(DAYS - 1))[DAILY]
    begun = {
        each.said.day
        for each in entries
        if isinstance(each.said, ProgrammeChange) and each.said.programme is DAILY and each.said.do == "begin"
    }
    before = None
    for day in daily.days:
        if day.day.isoformat() in begun:
            before = None  # a clinician has looked
        if before is not None and day.planned_min > before:
            assert clear_on(entries, day.day), day
        before = day.planned_min or before


@settings(max_examples=40, deadline=None)
@given(_entries, _facts, _alerts, _days, st.sampled_from(RedFlag))
def test_a_red_flag_always_stops(
    entries: list[Entry], facts: list[DayFacts], alerts: list[Alert], n: int, flag: RedFlag
) -> None:
    entries = [*entries, symptoms(on(n), 23, red_flags=(flag,))]
    for now in stand(entries, facts, alerts, on(n)).values():
        assert now.state in (RunState.STOPPED, RunState.ENDED)
        assert now.plan.minutes == 0
        assert flag in now.stopped_by


@settings(max_examples=60, deadline=None)
@given(_entries, _facts, _alerts, st.integers(1, DAYS - 1), st.integers(0, 10**6))
def test_what_is_said_later_and_in_which_order_leaves_earlier_days_as_they_were(
    entries: list[Entry], facts: list[DayFacts], alerts: list[Alert], n: int, seed: int
) -> None:
    mixed = list(entries)
    Random(seed).shuffle(mixed)
    whole = stand(mixed, facts, alerts, on(DAYS - 1))
    assert whole == stand(entries, facts, alerts, on(DAYS - 1))
    then = [each for each in entries if each.t_ns < at(on(n), 0)]
    for programme, before in stand(then, facts, alerts, on(n - 1)).items():
        later = {day.day: day for day in whole[programme].days}
        for day in before.days:
            assert later[day.day].planned_min == day.planned_min
            assert later[day.day].held == day.held
            told = {DayState.NOT_MEASURED, DayState.MISSED}  # "no walk" that is said later
            assert (
                later[day.day].state is day.state or day.day == on(n - 1) or {later[day.day].state, day.state} == told
            )


def test_the_formula_is_that_of_the_steps_granted() -> None:
    assert [DAILY_WALKING.stages[0].minutes(n, 2) for n in (1, 2, 23, 24, 40)] == [15, 17, 59, 60, 60]


def test_entries_of_no_programme_ask_for_nothing() -> None:
    assert stand([check(on(0)), symptoms(on(0), pain=3)], [fact(on(0), 20.0)], [], on(3)) == {}
    assert isinstance(symptoms(on(0)).said, Symptoms)
    assert begin().role is Role.CLINICIAN
