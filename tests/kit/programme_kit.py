"""A person on a walking programme: what they say, what was measured, and days lived after the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience
from ingest.wire.entries import Entry, FootCheck, ProgrammeChange, ProgrammeId, Role, Said, Skin, Symptoms
from processing.programme.standing import Standing, standing
from processing.rules.day_facts import DayFacts, DayMeasured

BEGUN = date(2025, 3, 3)
STEPS_PER_MIN = 100
CLEAR, DAILY, BACKWARD = Skin.CLEAR, ProgrammeId.DAILY_WALKING, ProgrammeId.BACKWARD_WALKING


def on(n: int) -> date:
    """The n-th day, the first is 0."""
    return BEGUN + timedelta(days=n)


def at(day: date, hour: int = 8) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()) * 10**9


def said(what: Said, day: date, hour: int = 8, *, role: Role = Role.PATIENT, entry_id: str | None = None) -> Entry:
    made = entry_id or f"{what.__struct_config__.tag}-{day.isoformat()}-{hour}"
    return Entry(id=made, by="p1", role=role, t_ns=at(day, hour), said=what)


def begin(programme: ProgrammeId = DAILY, day: date = BEGUN, hour: int = 7, **more: Any) -> Entry:
    more.setdefault("support_present", True)
    change = ProgrammeChange(programme=programme, do="begin", day=day.isoformat(), **more)
    return said(change, day, hour, role=Role.CLINICIAN, entry_id=f"begin-{programme}-{day}-{hour}")


def no_cap(programme: ProgrammeId = DAILY, day: date = BEGUN, steps: int | None = None) -> Entry:
    """Or another one: so many `steps` above the usual day."""
    change = ProgrammeChange(programme=programme, do="cap", day=day.isoformat(), cap_steps=steps)
    return said(change, day, 7, role=Role.CLINICIAN, entry_id=f"cap-{programme}-{day}")


def check(day: date, left: Skin = CLEAR, right: Skin = CLEAR, hour: int = 20) -> Entry:
    return said(FootCheck(day=day.isoformat(), left=left, right=right), day, hour)


def symptoms(day: date, hour: int = 20, **grades: Any) -> Entry:
    return said(Symptoms(day=day.isoformat(), **grades), day, hour)


def fact(day: date, minutes: float | None = 0.0, *, backward: float = 0.0, coverage: float = 95.0) -> DayFacts:
    """`minutes` forward; None: no data."""
    if minutes is None:
        return DayFacts(day=day, measured=DayMeasured.NO_DATA, reason="the hub did not run")
    walked = minutes + backward
    return DayFacts(
        day=day,
        measured=DayMeasured.MEASURED if coverage >= 80 else DayMeasured.PARTLY,
        walks=1,
        steps=round(STEPS_PER_MIN * walked),
        walked_min=walked,
        forward_min=minutes,
        backward_min=backward,
        unclear_min=0.0,
        coverage_pct=coverage,
    )


def alert(day: date, level: AlertLevel = AlertLevel.LOW, *, cleared: int | None = 0, answered: int | None = 0) -> Alert:
    """`cleared`, `answered`: so many days after it was raised; None: not yet."""
    return Alert(
        id=f"A3-{day}",
        rule="A3",
        level=level,
        state=AlertState.ACTIVE,
        raised_t_ns=at(day, 10),
        walk="w",
        text="",
        evidence="",
        audience=Audience.PATIENT,
        cleared_t_ns=None if cleared is None else at(day + timedelta(days=cleared), 11),
        acknowledged_t_ns=None if answered is None else at(day + timedelta(days=answered), 12),
    )


@dataclass
class Life:
    """Walks what the plan asks for each day, and looks at both feet each evening, unless told otherwise."""

    entries: list[Entry] = field(default_factory=lambda: [begin(), no_cap()])
    alerts: list[Alert] = field(default_factory=list)
    facts: list[DayFacts] = field(default_factory=list)
    usual_steps: int | None = 2000
    looks: Callable[[int], Sequence[Entry]] = lambda n: [check(on(n))]
    walks: Callable[[int, Standing], DayFacts] = lambda n, now: fact(on(n), now.plan.minutes)
    asked: list[int] = field(default_factory=list)

    def on_day(self, n: int, programme: ProgrammeId = DAILY) -> Standing:
        found = standing(self.entries, self.facts, self.alerts, on(n), UTC, self.usual_steps)
        return next(each for each in found if each.programme.id is programme)

    def live(self, days: Iterable[int], programme: ProgrammeId = DAILY) -> Life:
        for n in days:
            now = self.on_day(n, programme)
            self.asked.append(int(now.plan.minutes))
            self.facts.append(self.walks(n, now))
            self.entries += self.looks(n)
        return self
