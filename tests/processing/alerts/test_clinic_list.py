"""The clinician's short list: its order, what is left out of it, and nothing told twice."""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from processing.alerts.clinic_list import Rank, clinic_list
from processing.store.journal import Task, TaskWhy

SEEN = Alert(
    id="A3-1", rule="A3", level=AlertLevel.LOW, state=AlertState.ACTIVE, raised_t_ns=1, walk="w",
    text="More weight on the front.", evidence="FLS L 56 %",
)  # fmt: skip


def alert(name: str, rule: str, **other: object) -> Alert:
    return replace(SEEN, id=name, rule=rule, evidence=f"evidence of {name}", **other)


def task(why: TaskWhy, *about: str, opened: int = 5) -> Task:
    return Task(
        id=f"{why}-1", person="p", why=why, text=f"a task: {why}", about=about, opened_t_ns=opened, due="2026-01-05"
    )


def test_the_order_is_by_urgency() -> None:
    alerts = [
        alert("t1", "T1", audience=Audience.TECHNICAL),
        alert("a8", "A8", audience=Audience.CLINICIAN, level=AlertLevel.INFO),
        alert("a4", "A4", level=AlertLevel.MEDIUM),
        alert("e", "A3", state=AlertState.ESCALATED),
        alert("a9", "A9", level=AlertLevel.MEDIUM),
        SEEN,
    ]
    tasks = [task(why) for why in (TaskWhy.REPEATED, TaskWhy.SKIN, TaskWhy.RED_FLAG)]
    assert [line.rank for line in clinic_list(alerts, tasks)] == [
        Rank.RED_FLAG,
        Rank.WARM,
        Rank.SKIN,
        Rank.REPEATED,
        Rank.HANDED_ON,
        Rank.ASYMMETRY,
        Rank.FOR_CLINICIAN,
        Rank.TECHNICAL,
    ]


def test_every_reason_for_a_task_has_its_place() -> None:
    lines = clinic_list([], [task(why) for why in TaskWhy])
    assert [line.task.why for line in lines if line.task] == list(TaskWhy)


def test_a_task_brings_the_evidence_of_its_alerts_and_they_are_told_once() -> None:
    first, second = alert("a1-1", "A9", raised_t_ns=2), alert("a1-2", "A9", raised_t_ns=3)
    (line,) = clinic_list([first, second], [task(TaskWhy.WARM, "a1-1", "a1-2", "unknown")])
    assert line.alerts == (first, second)
    assert line.evidence == ("evidence of a1-1", "evidence of a1-2")


def test_what_is_over_or_done_is_not_listed() -> None:
    done = dataclasses.replace(task(TaskWhy.SKIN), done_by="clinic-1", done_t_ns=9)
    closed = alert("a4", "A4", level=AlertLevel.MEDIUM, state=AlertState.CLOSED)
    assert clinic_list([closed, alert("low", "A4")], [done]) == ()


def test_within_a_rank_the_latest_comes_first() -> None:
    older, newer = (alert(f"a4-{t}", "A4", level=AlertLevel.MEDIUM, raised_t_ns=t) for t in (10, 20))
    assert [line.alerts[0].id for line in clinic_list([older, newer], [])] == ["a4-20", "a4-10"]
