"""What sounds once more and what becomes a clinician's task: found again, it is the same."""

from __future__ import annotations

from dataclasses import replace as with_rule
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from alerts_kit import DAY, MIN, NINE, S, an_alert, medium, over, utc_ns, warm
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertReply, AlertState, Outcome
from ingest.wire.geometry import Side
from processing.rules import escalation
from processing.rules.day_rule import EscalationRule

RULE = EscalationRule(repeated=("A1", "A9"), unanswered_s=1200, same_area=3, days=7)
TOLD = medium(sounded_t_ns=(NINE,))
LATER = NINE + 20 * MIN


def unresolved(day: float, *areas: str, side: Side = Side.RIGHT, outcome: Outcome = Outcome.NOT_OFFLOADED) -> Alert:
    t_ns = NINE + int(day * DAY)
    return replace(over(medium("A1", t_ns, areas=areas, side=side), t_ns + 25 * MIN), outcome=outcome)


def handed(*alerts: Alert, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [each.about for each in escalation.repeated(alerts, before, RULE, UTC)]


def test_a_medium_one_that_nobody_answers_for_twenty_minutes_sounds_once_more() -> None:
    assert not escalation.repeats(TOLD, RULE, LATER - 1)
    assert escalation.repeats(TOLD, RULE, LATER)
    assert escalation.repeats(replace(TOLD, state=AlertState.ESCALATED), RULE, LATER)


@pytest.mark.parametrize(
    "alert",
    [
        medium(),  # has not sounded yet
        replace(TOLD, sounded_t_ns=(NINE, LATER)),
        replace(TOLD, state=AlertState.ACKNOWLEDGED, acknowledged_t_ns=NINE + S),
        over(TOLD, NINE + S),
        an_alert("A1", sounded_t_ns=(NINE,)),  # low
        medium("A4", sounded_t_ns=(NINE,)),  # a rule that is not repeated
    ],
)
def test_nothing_else_does(alert: Alert) -> None:
    assert not escalation.repeats(alert, RULE, LATER + DAY)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-02 09:00", "2026-03-03"),  # Monday
        ("2026-03-05 23:30", "2026-03-09"),  # Thursday; in Amsterdam it is Friday already
        ("2026-03-06 09:00", "2026-03-09"),
        ("2026-03-07 09:00", "2026-03-09"),
        ("2026-03-08 09:00", "2026-03-09"),
        ("2026-03-08 23:30", "2026-03-10"),  # Monday in Amsterdam
    ],
)
def test_a_task_is_due_on_the_next_working_day_of_the_person(at: str, due: str) -> None:
    assert escalation.next_working_day(utc_ns(at), ZoneInfo("Europe/Amsterdam")) == due


def test_three_at_one_area_within_a_week_are_one_task() -> None:
    three = [unresolved(day, "M2", "M3") for day in (0, 3, 6.9)]
    (task,) = escalation.repeated(three, (), RULE, UTC)
    assert task.about == tuple(each.id for each in three)
    assert task.id == f"repeated-{three[-1].id}"
    assert task.opened_t_ns == three[-1].raised_t_ns + 20 * MIN
    assert task.due == "2026-03-10"  # it is Monday again
    assert task.text.startswith("Sustained load, right M2: 3 times in 7 days")
    assert handed(*three, before=task.about) == []


@pytest.mark.parametrize(
    "others",
    [
        (unresolved(0, "M2"), unresolved(3, "M2", outcome=Outcome.OFFLOADED)),
        (unresolved(0, "M2"), unresolved(3, "M2", side=Side.LEFT)),
        (unresolved(0, "M2"), unresolved(3, "HL")),
        (unresolved(-0.1, "M2"), unresolved(3, "M2")),  # more than a week ago
        (unresolved(0, "M2"), replace(unresolved(3, "M2"), outcome=None)),
    ],
)
def test_two_of_them_are_none(others: tuple[Alert, ...]) -> None:
    assert handed(*others, unresolved(6.9, "M2")) == []


def test_what_was_not_measured_is_not_resolved() -> None:
    some = [unresolved(day, "M2", outcome=Outcome.NOT_MEASURED) for day in range(3)]
    assert len(handed(*some)) == 1


def test_it_takes_three_more_for_another_task() -> None:
    some = [unresolved(day / 2, "M2") for day in range(7)]
    assert handed(*some) == [tuple(each.id for each in some[:3]), tuple(each.id for each in some[3:6])]
    assert handed(*some, before=tuple(each.id for each in some[:3])) == [tuple(each.id for each in some[3:6])]
    assert [len(each.about) for each in escalation.repeated(some, (), with_rule(RULE, same_area=2), UTC)] == [2, 2, 2]


def test_each_warm_spot_is_a_task() -> None:
    task = escalation.warm(warm(), UTC)
    assert (task.id, task.about, task.due) == ("warm-A9-left-20260302T090000Z", (warm().id,), "2026-03-03")
    assert "A9 evidence." in task.text


def test_whoever_hands_an_alert_on_is_named() -> None:
    reply = AlertReply(id=medium().id, do="escalate", by="carer-1", t_ns=LATER, note="it is red")
    assert escalation.asked(medium(), reply, UTC).text == "carer-1 asks you to look at this: it is red"
    assert escalation.asked(medium(), replace(reply, note=None), UTC).text.endswith("A1 text")
