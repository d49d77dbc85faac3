"""The twelve weeks with something left to decide: open alerts, one that ended unseen, a task, a second wearer."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from msgspec.structs import replace
from site_kit import PERSON, copy_of

from ingest.wire.alerts import Alert, AlertLevel, AlertState
from ingest.wire.geometry import Side
from processing.store.journal import DayInTouch, Task, TaskWhy
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from underfoot.places import Places
from underfoot.settings import Settings

DAY_NS = 86_400 * 10**9
NOW_NS = 1_775_412_000 * 10**9  # 2026-04-05 20:00 in Vienna, the clock of the page over the story
SECOND = "p2"
TASK = "skin-kit"

LEANING = "A4-both-20260405T082741Z"
PRESSED = "A1-right-20260405T092739Z"
SPOT = "A6-right-20260404T092541Z"
OF_SECOND = "A3-left-20260325T092541Z"


def open_alert(alert_id: str, level: AlertLevel, t_ns: int, **changes: object) -> Alert:
    rule, side, _ = alert_id.split("-", 2)
    given = {
        "id": alert_id, "rule": rule, "level": level, "state": AlertState.ACTIVE, "raised_t_ns": t_ns,
        "walk": "p1-20260405T081800Z", "side": None if side == "both" else Side(side),
        "text": f"A sentence about {rule}.", "evidence": f"Evidence of {rule}, in figures.",
    }  # fmt: skip
    return Alert(**{**given, **changes})


def undecided(story: Path, folder: Path) -> Settings:
    """A copy of the story that a test may change, put into the state above."""
    settings = copy_of(story, folder)
    day_ns = NOW_NS - 10 * 3600 * 10**9
    ended_ns = day_ns - DAY_NS
    with closing(SqliteJournal(folder / "journal.sqlite")) as journal:
        leaning = next(each for each in reversed(journal.alerts(PERSON)) if each.rule == "A4")
        for alert in (
            replace(_anew(leaning), id=LEANING, raised_t_ns=day_ns),
            open_alert(PRESSED, AlertLevel.MEDIUM, day_ns + 10**9, areas=("M1", "M2")),
            open_alert(SPOT, AlertLevel.LOW, ended_ns, state=AlertState.CLEARED, cleared_t_ns=ended_ns + 60 * 10**9),
        ):
            journal.put_alert(PERSON, alert, by="kit", t_ns=alert.raised_t_ns)
        sore = Task(
            id=TASK, person=PERSON, why=TaskWhy.SKIN, text="Foot check: left sore.", about=("entry",),
            opened_t_ns=ended_ns, due="2026-04-03",
        )  # fmt: skip
        journal.put_task(sore)
        journal.add_person(SECOND, day_ns)
        journal.put_day_in_touch(SECOND, DayInTouch(day="2026-03-25", heard_s=86_400.0, in_touch_s=5_000.0))
        second = open_alert(OF_SECOND, AlertLevel.LOW, NOW_NS - 11 * DAY_NS, walk="")
        journal.put_alert(SECOND, second, by="kit", t_ns=second.raised_t_ns)
    return settings


def _anew(alert: Alert) -> Alert:
    return replace(
        alert, state=AlertState.ACTIVE, cleared_t_ns=None, acknowledged_t_ns=None, acknowledged_by=None, action=None,
        useful=None, outcome=None,
    )  # fmt: skip


def journal_of(settings: Settings) -> SqliteJournalReader:
    return SqliteJournalReader(Places(settings.data_dir).journal)


def alert_in(settings: Settings, alert_id: str, person: str = PERSON) -> Alert:
    return next(each for each in journal_of(settings).alerts(person) if each.id == alert_id)
