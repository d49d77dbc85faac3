"""What the wearer and the clinic do about alerts and tasks, and when. Pure; drawn from the seed and the alert's id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from zlib import crc32

import numpy as np

from ingest.wire.alerts import Alert, AlertReply, Audience, Press
from ingest.wire.entries import Entry, Role, TaskDone
from processing.store.journal import Task
from underfoot.twelve_weeks.person import CLINICIAN, PATIENT, ZONE

MINUTE_NS = 60 * 10**9
_ANSWERED = 0.75  # of what sounds
_BY_BUTTON = 0.2  # of the answers
_DID = {"A1": "sat", "A3": "changed shoe", "A4": "sat", "A6": "checked foot", "A9": "checked foot"}
_NOT_WORTH_IT = frozenset({"A4", "A10"})  # to the clinic, until the limit of A4 was changed
_LIMIT_CHANGED = date(2026, 2, 21)


def at(day: date, minute: int) -> int:
    """UTC ns of a minute by the person's clock."""
    return int(datetime.combine(day, time(minute // 60, minute % 60), ZONE).timestamp()) * 10**9


def to_sound(alert: Alert, seed: int) -> tuple[int, AlertReply | Press] | None:
    """The wearer's answer to the latest sound of an alert and its time; None: nobody heeds it."""
    drawn = np.random.default_rng([seed, crc32(alert.id.encode()), len(alert.sounded_t_ns)])
    heeded, by_button, after_min = drawn.random() < _ANSWERED, drawn.random() < _BY_BUTTON, int(drawn.integers(2, 9))
    if not heeded:
        return None
    t_ns = alert.sounded_t_ns[-1] + after_min * MINUTE_NS
    if by_button:
        return t_ns, Press(do="acknowledge")
    return t_ns, AlertReply(id=alert.id, do="acknowledge", by=PATIENT, t_ns=t_ns, action=_DID.get(alert.rule, "seen"))


def of_clinic(alerts: Iterable[Alert], t_ns: int) -> list[AlertReply]:
    """The clinic goes through the list: what it makes of each alert, and that it has seen what is meant for it."""
    replies = []
    for alert in alerts:
        if alert.audience is Audience.CLINICIAN and alert.acknowledged_t_ns is None:
            replies.append(AlertReply(id=alert.id, do="acknowledge", by=CLINICIAN, t_ns=t_ns, action="seen"))
        if alert.useful is None and alert.audience is not Audience.TECHNICAL:
            worth = _was_worth_it(alert)
            replies.append(AlertReply(id=alert.id, do="useful" if worth else "not-useful", by=CLINICIAN, t_ns=t_ns))
    return replies


def done(tasks: Iterable[Task], t_ns: int) -> list[Entry]:
    """The clinic has dealt with these."""
    return [
        Entry(
            id=f"done-{t_ns // 10**9}-{crc32(task.id.encode()):08x}",
            by=CLINICIAN,
            role=Role.CLINICIAN,
            t_ns=t_ns,
            said=TaskDone(task=task.id),
            why="Called the wearer, looked at the foot.",
        )
        for task in tasks
    ]


def is_working_day(day: date) -> bool:
    return day.weekday() < 5


def _was_worth_it(alert: Alert) -> bool:
    raised = datetime.fromtimestamp(alert.raised_t_ns // 10**9, ZONE).date()
    return alert.rule not in _NOT_WORTH_IT or (alert.rule == "A4" and raised > _LIMIT_CHANGED)
