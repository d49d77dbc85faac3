"""What becomes of an alert, from the engine's word to the journal and the broker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path

import pytest
from alerts_kit import (
    ADDRESS,
    DAY,
    HOUR,
    MIN,
    NINE,
    PERSON,
    S,
    alerting_over,
    an_alert,
    for_clinician,
    journal_in,
    medium,
    over,
    soundings,
    the_alert,
    told,
    utc_ns,
    warm,
)  # fmt: skip
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState, Audience, Outcome, Press, Quiet
from ingest.wire.faults import FaultBook, FaultCode
from ingest.wire.geometry import Side
from processing.alerts.alerting import Alerting
from processing.store.journal import Task, TaskWhy
from processing.store.journal_sqlite import SqliteJournal

OVER = NINE + 5 * MIN


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with journal_in(tmp_path) as journal:
        yield journal


@pytest.fixture
def alerting(journal: SqliteJournal) -> Alerting:
    return alerting_over(journal)


def reply(alert: Alert, t_ns: int, do: str = "acknowledge") -> AlertReply:
    return AlertReply(id=alert.id, do=do, by="carer-1", t_ns=t_ns)


def dead_cell(t_ns: int, areas: tuple[str, ...] = ("heel",)) -> Alert:
    return an_alert("T1", t_ns, audience=Audience.TECHNICAL, areas=areas)


def test_an_alert_is_kept_retained_and_told_once(alerting: Alerting, journal: SqliteJournal) -> None:
    out = alerting.raised(an_alert())
    assert [each.topic for each in out] == [ADDRESS.alert(an_alert().id), ADDRESS.alert_event]
    assert told(out) == ["raised A3 !"]
    assert journal.alerts(PERSON) == (replace(an_alert(), sounded_t_ns=(NINE,)),)
    assert alerting.raised(an_alert()) == []


def test_every_change_is_news_once(alerting: Alerting) -> None:
    alert = an_alert()
    strong = replace(alert, level=AlertLevel.MEDIUM)
    said = alerting.raised(alert) + alerting.raised(strong)
    said += alerting.answered(reply(alert, NINE + S)) + alerting.answered(reply(alert, NINE + 2 * S, "useful"))
    said += alerting.raised(over(strong, OVER)) + alerting.time_passed(OVER + 20 * MIN)
    again = alerting.raised(alert) + alerting.raised(strong) + alerting.raised(over(strong, OVER))
    assert again + alerting.answered(reply(alert, NINE + S)) + alerting.time_passed(OVER + 20 * MIN) == []
    assert told(said) == ["raised A3 !", "stronger A3", "acknowledged A3", "cleared A3", "closed A3"]
    assert said[-1].message is None  # what was retained is over


def test_after_a_restart_the_engine_says_it_all_again_to_no_effect(alerting: Alerting, journal: SqliteJournal) -> None:
    said = [medium(), over(medium(), OVER), an_alert("A4", OVER + S, side=None)]
    for alert in said:
        alerting.raised(alert)
    kept = journal.alerts(PERSON)
    again = alerting_over(journal)
    assert [out for alert in said for out in again.raised(alert)] == []
    assert journal.alerts(PERSON) == kept


def test_the_second_within_half_an_hour_waits_and_sounds_if_it_still_holds(
    alerting: Alerting, journal: SqliteJournal
) -> None:
    second = an_alert("A4", NINE + 10 * MIN, side=None)
    alerting.raised(an_alert())
    assert told(alerting.raised(second)) == ["raised A4"]
    assert the_alert(journal, "A4").quiet is Quiet.SPACED
    assert told(alerting.time_passed(NINE + 30 * MIN - S)) == []
    again = alerting_over(journal)  # the budget stands in the alerts
    assert told(again.time_passed(NINE + 30 * MIN)) == ["raised A4 !"]
    assert the_alert(journal, "A4").quiet is None
    assert soundings(journal) == [NINE, NINE + 30 * MIN]


@pytest.mark.parametrize("end", ["cleared", "acknowledged"])
def test_what_waits_and_is_over_or_answered_sounds_no_more(
    alerting: Alerting, journal: SqliteJournal, end: str
) -> None:
    second = an_alert("A4", NINE + 10 * MIN, side=None)
    alerting.raised(an_alert())
    alerting.raised(second)
    if end == "cleared":
        alerting.raised(over(second, NINE + 20 * MIN))
    else:
        alerting.answered(reply(second, NINE + 20 * MIN))
    assert not any("!" in each for each in told(alerting.time_passed(NINE + HOUR)))
    assert soundings(journal) == [NINE]
    assert the_alert(journal, "A4").quiet is Quiet.SPACED  # listed, with the reason


def test_a_medium_one_that_waits_goes_first(alerting: Alerting) -> None:
    alerting.raised(an_alert())
    alerting.raised(an_alert("A6", NINE + 2 * MIN))
    alerting.raised(medium("A4", NINE + 9 * MIN, side=None))
    assert told(alerting.raised(an_alert("A5", NINE + 30 * MIN))) == ["raised A5"]  # the clock has yet to say so
    assert told(alerting.time_passed(NINE + 30 * MIN + S)) == ["raised A4 !"]


def test_what_has_never_sounded_goes_before_a_repeat(alerting: Alerting) -> None:
    alerting.raised(medium())
    alerting.raised(medium("A4", NINE + 10 * MIN, side=None))
    assert told(alerting.time_passed(NINE + 30 * MIN)) == ["raised A4 !"]
    assert told(alerting.time_passed(NINE + 60 * MIN)) == ["repeated A1 !"]


def test_quiet_hours_keep_it_until_the_morning(alerting: Alerting, journal: SqliteJournal) -> None:
    evening = utc_ns("2026-03-02 22:30")
    alerting.raised(warm(evening))
    assert the_alert(journal, "A9").quiet is Quiet.QUIET_HOURS
    assert told(alerting.time_passed(utc_ns("2026-03-03 06:59"))) == []
    assert told(alerting.time_passed(utc_ns("2026-03-03 07:00"))) == ["raised A9 !"]


def test_a_medium_one_that_nobody_answers_is_repeated_once_within_the_budget(
    alerting: Alerting, journal: SqliteJournal
) -> None:
    alerting.raised(medium())
    assert not any("!" in each for k in range(30) for each in told(alerting.time_passed(NINE + k * MIN)))
    assert told(alerting.time_passed(NINE + 30 * MIN)) == ["repeated A1 !"]
    assert not any("!" in each for k in range(31, 200) for each in told(alerting.time_passed(NINE + k * MIN)))
    assert soundings(journal) == [NINE, NINE + 30 * MIN]


def test_what_nobody_has_to_hear_makes_no_sound(alerting: Alerting, journal: SqliteJournal) -> None:
    out = (
        alerting.raised(for_clinician())
        + alerting.raised(an_alert("T2", level=AlertLevel.INFO))
        + alerting.time_passed(OVER)
    )
    assert told(out) == ["raised A8", "raised T2"]
    assert {alert.quiet for alert in journal.alerts(PERSON)} == {Quiet.LISTED}


def test_an_alert_of_long_ago_waits_for_rows_of_now(alerting: Alerting, journal: SqliteJournal) -> None:
    """Rows that waited in the spool for an hour: what they raise may be over by now."""
    alerting.time_passed(NINE + HOUR)
    alerting.measured(Side.LEFT, NINE)
    assert told(alerting.raised(an_alert())) == ["raised A3"]
    assert told(alerting.time_passed(NINE + HOUR + S)) == []
    alerting.measured(Side.LEFT, NINE + HOUR)
    assert told(alerting.time_passed(NINE + HOUR + 2 * S)) == ["raised A3 !"]
    assert soundings(journal) == [NINE + HOUR + 2 * S]


def test_the_same_cause_under_another_name_is_silent(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(medium("A4", NINE, side=None))
    alerting.raised(medium("A4", NINE + HOUR, side=None))
    alerting.time_passed(NINE + 2 * HOUR)
    assert [alert.quiet for alert in journal.alerts(PERSON)] == [None, Quiet.SAME_CAUSE]


def test_standing_still_on_both_feet_sounds_once(alerting: Alerting, journal: SqliteJournal) -> None:
    left, right = medium(areas=("M2",)), medium(side=Side.RIGHT, areas=("HM",))
    out = alerting.raised(left) + alerting.raised(right)
    for minute in range(29):
        out += alerting.time_passed(NINE + minute * MIN)
    assert told(out) == ["raised A1 !", "raised A1"]
    assert [alert.quiet for alert in journal.alerts(PERSON)] == [None, Quiet.SAME_CAUSE]
    assert told(alerting.time_passed(NINE + 30 * MIN)) == ["repeated A1 !"]


def test_the_foot_that_stays_down_sounds_when_the_other_has_been_off_for_a_while(alerting: Alerting) -> None:
    left, right = medium(areas=("M2",)), medium(t_ns=NINE + MIN, side=Side.RIGHT, areas=("HM",))
    alerting.raised(left)
    alerting.raised(right)
    off = NINE + 40 * MIN
    alerting.answered(reply(left, NINE + MIN))
    assert told(alerting.raised(over(left, off)) + alerting.time_passed(off + 2 * MIN)) == ["cleared A1"]
    assert told(alerting.time_passed(off + 2 * MIN + S)) == ["raised A1 !"]


def test_the_other_foot_some_time_later_is_another_cause(alerting: Alerting) -> None:
    alerting.raised(medium())
    alerting.answered(reply(medium(), NINE + MIN))
    alerting.raised(medium(t_ns=NINE + 3 * MIN, side=Side.RIGHT))
    assert told(alerting.time_passed(NINE + 30 * MIN)) == ["raised A1 !"]


def test_a_foot_that_is_warm_all_over_sounds_once_and_is_one_task(alerting: Alerting, journal: SqliteJournal) -> None:
    """Else one foot would use up the sounds of the day."""
    out = [each for area in ("M1", "M2", "M3") for each in alerting.raised(replace(warm(), id=area, areas=(area,)))]
    alerting.answered(AlertReply(id="M1", do="acknowledge", by="carer-1", t_ns=NINE + S))
    out += alerting.time_passed(NINE + 2 * HOUR)
    assert soundings(journal) == [NINE]
    assert {alert.quiet for alert in journal.alerts(PERSON)} == {None, Quiet.SAME_CAUSE}
    (task,) = journal.tasks(PERSON)
    assert (task.why, task.about, task.id) == (TaskWhy.WARM, ("M1", "M2", "M3"), "warm-M1")
    assert {alert.escalated_t_ns for alert in journal.alerts(PERSON)} == {NINE}
    assert [out for alert in journal.alerts(PERSON) for out in alerting_over(journal).raised(alert)] == []
    assert journal.tasks(PERSON) == (task,)
    other = warm(side=Side.RIGHT)
    assert told(alerting.raised(other) + alerting.time_passed(NINE + 3 * HOUR))[-1] == "raised A9 !"


def test_a_cell_that_is_bad_in_every_walk_sounds_once_a_day(alerting: Alerting, journal: SqliteJournal) -> None:
    for hours in range(0, 12, 3):
        alert = dead_cell(NINE + hours * HOUR)
        alerting.raised(alert)
        alerting.raised(over(alert, alert.raised_t_ns + HOUR, seen=False))
    assert soundings(journal) == [NINE]
    assert {alert.quiet for alert in journal.alerts(PERSON)[1:]} == {Quiet.SAME_CAUSE}
    more = [dead_cell(NINE + 12 * HOUR, areas=("heel", "toes")), dead_cell(NINE + 12 * HOUR + 31 * MIN, areas=())]
    for alert in more:  # another cell, the whole foot: both are news
        alerting.raised(alert)
    again = dead_cell(NINE + 48 * HOUR)
    alerting.raised(again)
    assert soundings(journal) == [NINE, *(alert.raised_t_ns for alert in (*more, again))]


def test_the_button_does_not_answer_what_has_yet_to_sound(alerting: Alerting, journal: SqliteJournal) -> None:
    """The hand goes to the button for the one that was heard."""
    alerting.raised(an_alert())
    alerting.raised(medium(t_ns=NINE + 10 * MIN))
    assert told(alerting.pressed(Press(do="acknowledge"), NINE + 11 * MIN)) == ["acknowledged A3"]
    assert told(alerting.time_passed(NINE + 30 * MIN)) == ["raised A1 !"]
    assert told(alerting.pressed(Press(do="acknowledge"), NINE + 31 * MIN)) == ["acknowledged A1"]


def test_the_button_answers_what_is_open_and_was_told(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(an_alert())
    alerting.raised(for_clinician())
    alerting.raised(an_alert("A6", NINE - DAY), late=True)
    press = Press(do="acknowledge", by="the hall")
    assert told(alerting.pressed(press, NINE + MIN)) == ["acknowledged A3"]
    assert (the_alert(journal, "A3").acknowledged_by, the_alert(journal, "A3").state) == ("the hall", "acknowledged")
    assert [each.by for each in journal.replies(PERSON)] == ["the hall"]
    assert alerting.pressed(press, NINE + 2 * MIN) == []


def test_an_answer_that_comes_twice_counts_once(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(an_alert())
    useful, not_useful = reply(an_alert(), NINE + S, "useful"), reply(an_alert(), NINE + 2 * S, "not-useful")
    for each in (useful, not_useful, useful):
        alerting.answered(each)
    assert journal.alerts(PERSON)[0].useful is False
    assert len(journal.replies(PERSON)) == 2


def test_an_answer_to_nothing_is_a_fault(journal: SqliteJournal) -> None:
    faults = FaultBook()
    assert alerting_over(journal, faults=faults).answered(reply(an_alert(), NINE)) == []
    assert faults.counts == {FaultCode.UNKNOWN_NAME: 1}
    assert journal.replies(PERSON) == ()


def test_a_load_that_is_taken_off_in_time_is_measured(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(medium())
    alerting.raised(over(medium(), OVER))
    assert the_alert(journal, "A1").outcome is Outcome.OFFLOADED


def test_one_that_still_holds_after_twenty_minutes_is_not_offloaded(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(medium())
    alerting.time_passed(NINE + 20 * MIN - S)
    assert the_alert(journal, "A1").outcome is None
    alerting.time_passed(NINE + 20 * MIN)
    assert the_alert(journal, "A1").outcome is Outcome.NOT_OFFLOADED


def test_one_whose_rows_ended_before_is_not_measured(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(medium())
    alerting.measured(Side.LEFT, OVER)
    alerting.measured(Side.RIGHT, NINE + HOUR)
    alerting.time_passed(NINE + 40 * MIN)
    assert the_alert(journal, "A1").outcome is None
    alerting.walk_ended("w", NINE + HOUR)
    assert the_alert(journal, "A1").outcome is Outcome.NOT_MEASURED


def test_the_third_unresolved_one_of_an_area_goes_to_the_clinician(alerting: Alerting, journal: SqliteJournal) -> None:
    out = []
    for day in range(3):
        alert = medium("A1", NINE + day * DAY, areas=("M2",))
        out += alerting.raised(alert) + alerting.raised(over(alert, alert.raised_t_ns + 25 * MIN))
    (task,) = journal.tasks(PERSON)
    assert (task.why, len(task.about), task.due) == (TaskWhy.REPEATED, 3, "2026-03-05")
    latest = journal.alerts(PERSON)[-1]
    assert (latest.id, latest.escalated_t_ns, latest.escalated_because) == (
        task.about[-1],
        task.opened_t_ns,
        task.text,
    )
    assert told(out)[-2:] == ["escalated A1", "cleared A1"]


def test_a_task_that_was_dealt_with_stays_so_over_a_restart(journal: SqliteJournal) -> None:
    for day in range(5):
        alert = medium("A1", NINE + day * DAY, areas=("M2",))
        alerting = alerting_over(journal)
        alerting.raised(alert)
        alerting.raised(over(alert, alert.raised_t_ns + 25 * MIN))
        done = dealt_with(journal) if day == 2 else None
        assert done is None or len(done.about) == 3
    assert [task.done_by for task in journal.tasks(PERSON)] == ["clinician-1"]


def test_one_that_still_holds_is_escalated(alerting: Alerting, journal: SqliteJournal) -> None:
    for day in range(3):
        alerting.raised(medium("A1", NINE + day * DAY, areas=("M2",)))
        alerting.time_passed(NINE + day * DAY + 20 * MIN)
        alerting.walk_ended("w", NINE + day * DAY + HOUR) if day < 2 else None
    assert journal.alerts(PERSON)[-1].state is AlertState.ESCALATED


def test_a_warm_spot_goes_there_at_once_and_sounds(alerting: Alerting, journal: SqliteJournal) -> None:
    assert told(alerting.raised(warm())) == ["raised A9 !", "escalated A9"]
    assert [(task.why, task.due) for task in journal.tasks(PERSON)] == [(TaskWhy.WARM, "2026-03-03")]
    assert told(alerting.time_passed(NINE + 30 * MIN)) == ["repeated A9 !"]  # a task is no answer


def test_whoever_hands_an_alert_on_makes_a_task_once(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(an_alert())
    first = alerting.answered(reply(an_alert(), NINE + S, "escalate"))
    assert told(first) == ["escalated A3"]
    done = dealt_with(journal)
    alerting.answered(reply(an_alert(), NINE + 2 * S, "escalate"))
    assert journal.tasks(PERSON) == (done,)  # what somebody has dealt with is not opened again


def dealt_with(journal: SqliteJournal) -> Task:
    (task,) = journal.tasks(PERSON)
    done = changed(task, done_by="clinician-1", done_t_ns=NINE + HOUR)
    journal.put_task(done)
    return done


def test_a_task_that_a_crash_left_without_its_alert_gets_it(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(warm())
    journal.put_alert(PERSON, warm(), by="underfoot", t_ns=NINE)  # as before the handover
    again = alerting_over(journal)
    assert told(again.time_passed(OVER)) == ["escalated A9", "raised A9 !"]
    assert len(journal.tasks(PERSON)) == 1


def test_what_is_not_of_a_walk_does_not_end_with_one(alerting: Alerting, journal: SqliteJournal) -> None:
    alerting.raised(warm())
    assert alerting.all_ended(OVER) == []
    assert the_alert(journal, "A9").cleared_t_ns is None


def test_a_late_one_never_sounds(alerting: Alerting, journal: SqliteJournal) -> None:
    assert told(alerting.raised(medium(), late=True)) == ["raised A1"]
    for k in range(5):
        alerting.time_passed(NINE + k * MIN)
    assert the_alert(journal, "A1").quiet is Quiet.LATE
    assert soundings(journal) == []


def test_at_a_start_what_is_retained_is_told_again(alerting: Alerting, journal: SqliteJournal) -> None:
    assert alerting.standing() == []
    alerting.raised(an_alert())
    alerting.raised(over(medium(), OVER))
    alerting.answered(reply(medium(), OVER))
    standing = {out.topic: out.message for out in alerting_over(journal).standing()}
    assert standing == {ADDRESS.alert(an_alert().id): the_alert(journal, "A3"), ADDRESS.alert(medium().id): None}
