"""One person in a few figures: what is not known is null, and the most urgent sentence stands first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from ingest.wire.entries import ProgrammeId
from ingest.wire.person import PersonState, Plan
from processing.notify.person_state import person_state
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.store.journal import Delivery, DeliveryState, Task, TaskWhy

TODAY = date(2026, 3, 10)
NOON = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()) * 10**9
HOUR, DAY = 3600 * 10**9, 24 * 3600 * 10**9


def alert(name: str = "a", **more: Any) -> Alert:
    known = {
        "id": name,
        "rule": "A1",
        "level": AlertLevel.LOW,
        "state": AlertState.ACTIVE,
        "raised_t_ns": NOON,
        "walk": "w",
        "text": name,
        "evidence": "e",
    }
    return Alert(**{**known, **more})


def facts(day: date = TODAY, **more: Any) -> DayFacts:
    return DayFacts(day=day, measured=DayMeasured.MEASURED, **more)


def state(zone: tzinfo = UTC, **more: Any) -> PersonState:
    return person_state(t_ns=NOON, zone=zone, **{"alerts": (), "facts": (), **more})


def test_of_nobody_nothing_is_known_and_nothing_is_zero_that_is_not_counted() -> None:
    assert state() == PersonState(t_ns=NOON, text="")


def test_today_is_what_its_facts_say() -> None:
    of_today = facts(steps=4211, walked_min=41.5, worn_min=300.0, coverage_pct=97.0)
    found = state(
        facts=[facts(TODAY - timedelta(days=1), steps=9), of_today, facts(TODAY + timedelta(days=1), steps=8)]
    )
    assert (found.steps_today, found.walked_today_min) == (4211, 41.5)
    assert (found.worn_today_min, found.coverage_today_pct) == (300.0, 97.0)
    assert state(facts=[facts(TODAY - timedelta(days=1), steps=9)]).steps_today is None


def test_today_ends_at_the_persons_own_midnight() -> None:
    late = int(datetime(2026, 3, 9, 23, 30, tzinfo=UTC).timestamp()) * 10**9
    sounded = [alert(sounded_t_ns=(late, NOON))]
    assert state(alerts=sounded).audible_today == 1
    assert state(ZoneInfo("Europe/Vienna"), alerts=sounded).audible_today == 2


@pytest.mark.parametrize(
    ("others", "first"),
    [
        ([alert("medium", level=AlertLevel.MEDIUM)], "medium"),
        ([alert("fault", level=AlertLevel.MEDIUM, audience=Audience.TECHNICAL)], "low"),
        ([alert("newer", raised_t_ns=NOON + 1)], "newer"),
        ([alert("answered", raised_t_ns=NOON + 1, acknowledged_t_ns=NOON + 2)], "low"),
        ([alert("info", level=AlertLevel.INFO, raised_t_ns=NOON + 1)], "low"),
    ],
)
def test_the_most_urgent_sentence_stands_first(others: list[Alert], first: str) -> None:
    found = state(alerts=[alert("low"), *others])
    assert (found.text, found.open_alerts) == (first, 2)


@pytest.mark.parametrize(
    "not_open",
    [
        alert("x", state=AlertState.CLEARED),
        alert("x", state=AlertState.CLOSED),
        alert("x", state=AlertState.PENDING),
        alert("x", late=True),
        alert("x", audience=Audience.CLINICIAN),
    ],
)
def test_what_is_over_late_or_for_the_clinician_is_not_open(not_open: Alert) -> None:
    found = state(alerts=[not_open])
    assert (found.open_alerts, found.text, found.level) == (0, "", None)


def test_a_warm_spot_that_was_found_late_and_is_still_there_is_open() -> None:
    """It buzzes nobody, and it is not hidden from who looks."""
    warm = alert("A9", rule="A9", walk="", late=True, text="Call your foot clinic today.")
    assert state(alerts=[warm]).text == warm.text


def test_the_rate_is_of_alerts_that_sounded_over_hours_worn_in_four_weeks() -> None:
    days = [facts(TODAY - timedelta(days=k), worn_min=60.0 if k % 2 else None) for k in range(40)]
    alerts = [
        alert(str(k), raised_t_ns=NOON - k * DAY, sounded_t_ns=(NOON - k * DAY,) if k != 5 else ()) for k in range(40)
    ]
    assert state(alerts=alerts, facts=days).alerts_per_worn_hour == pytest.approx(27 / 14)
    assert state(alerts=alerts).alerts_per_worn_hour is None
    assert state(facts=[facts(worn_min=60.0)]).alerts_per_worn_hour == 0.0
    assert state(alerts=alerts, facts=[facts(worn_min=0.0)]).alerts_per_worn_hour is None


def test_the_useful_share_is_of_those_that_somebody_judged() -> None:
    def judged(*answers: bool | None) -> list[Alert]:
        return [alert(str(k), useful=answer) for k, answer in enumerate(answers)]

    assert state(alerts=judged(True, False, None, True)).useful_share_pct == pytest.approx(200 / 3)
    assert state(alerts=judged(None)).useful_share_pct is None
    assert state(alerts=judged(False)).useful_share_pct == 0.0
    assert state(alerts=[alert("old", useful=True, raised_t_ns=NOON - 28 * DAY)]).useful_share_pct is None


def test_tasks_plans_deliveries_and_the_latest_walk_are_handed_on() -> None:
    def task(name: str, done_by: str | None = None) -> Task:
        about = {"person": "p1", "why": TaskWhy.SKIN, "text": "t", "about": (), "opened_t_ns": 1, "due": "2026-03-11"}
        return Task(id=name, done_by=done_by, **about)

    plan = Plan(programme=ProgrammeId.DAILY_WALKING, minutes=15.0, done_min=None, words="Walk.")
    lost = Delivery(
        id="d", person="p1", alert="a", channel="phone", text="t", state=DeliveryState.UNDELIVERED, made_t_ns=1
    )
    walk = {"forefoot_share_pct": {"left": 44.0, "right": None}, "asymmetry": {"load_si_pct": -3.0}}
    found = state(tasks=[task("a"), task("b", "Dr")], plans=[plan], deliveries=[lost], latest_walk=walk)
    assert (found.tasks, found.plans, found.undelivered) == (1, (plan,), 1)
    assert (found.forefoot_left_pct, found.forefoot_right_pct, found.load_si_pct) == (44.0, None, -3.0)
