"""A person with twelve weeks behind them, in a journal on disk: walks, alerts, entries, tasks, messages and days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from alerts_kit import an_alert, medium, over
from days_kit import worn_summary
from desk_kit import PERSON
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertState, Audience, Outcome
from ingest.wire.entries import Entry, FootCheck, ProgrammeChange, ProgrammeId, Role, RuleChange, Skin, Symptoms
from processing.metrics.recipe import STEADY
from processing.store.journal import DayInTouch, Delivery, DeliveryState, Journal, Task, TaskWhy, WalkSummary
from processing.summary import as_json

S = 10**9
DAY_NS = 86_400 * S
DAYS, WALKS, ALERTS, ENTRIES = 84, 80, 300, 200
_UNANSWERED_DAYS = 14  # as long as an alert that nobody has answered stays open
_RULES = ("A1", "A3", "A4", "T1", "A6", "A10", "T2")


def put_history(journal: Journal, now_ns: int, days: int = DAYS, *, waiting: bool = False) -> None:
    """All of it ends the day before `now_ns`."""
    share = days / DAYS
    begin_ns = now_ns - days * DAY_NS
    for name, t_ns in _spread("walk", round(WALKS * share), begin_ns, now_ns):
        summary = as_json(worn_summary()).encode()
        walk = f"{PERSON}-{name}"
        kept = WalkSummary(person=PERSON, walk=walk, recipe=STEADY.name, begun_t_ns=t_ns, summary=summary)
        journal.put_walk(kept)
    for (_, t_ns), rule in zip(_spread("alert", round(ALERTS * share), begin_ns, now_ns), cycle(_RULES), strict=False):
        alert = _over(rule, t_ns, now_ns)
        journal.put_alert(PERSON, alert, by="test", t_ns=t_ns)
        for channel in ("phone", "mail"):
            journal.put_delivery(_delivery(alert, channel))
    if waiting:
        journal.put_alert(PERSON, _waiting(now_ns - S), by="test", t_ns=now_ns)
    entries = _entries(begin_ns, days)
    for entry in islice(entries, round(ENTRIES * share)):
        journal.put_entry(PERSON, entry)
    for name, t_ns in _spread("asked", round(20 * share), begin_ns, now_ns):
        journal.put_task(_task(name, t_ns))
    for day in range(days):
        journal.put_day_in_touch(PERSON, DayInTouch(day=_day(begin_ns, day), heard_s=80_000.0, in_touch_s=3_000.0))


def _spread(name: str, many: int, begin_ns: int, now_ns: int) -> Iterator[tuple[str, int]]:
    """So many, evenly, until a day before now."""
    step_ns = (now_ns - DAY_NS - begin_ns) // max(many, 1)
    return ((f"{name}-{number}", begin_ns + number * step_ns // S * S) for number in range(many))


def _over(rule: str, t_ns: int, now_ns: int) -> Alert:
    """Answered and closed, or unanswered: then it stays on the list for two weeks."""
    made = medium(rule, t_ns) if rule == "A1" else an_alert(rule, t_ns)
    ended = over(replace(made, areas=("M1",), sounded_t_ns=(t_ns,)), t_ns + 600 * S)
    ended = replace(ended, outcome=Outcome.OFFLOADED if rule in ("A1", "A3", "A4", "A6") else None)
    if now_ns - t_ns < _UNANSWERED_DAYS * DAY_NS and t_ns // S % 3:
        return ended
    return replace(ended, state=AlertState.CLOSED, acknowledged_t_ns=t_ns + 60 * S, acknowledged_by="somebody")


def _waiting(t_ns: int) -> Alert:
    """A bad cell that was found at night and waits for the morning to sound."""
    return an_alert("T1", t_ns, areas=("MF",), audience=Audience.TECHNICAL)


def _delivery(alert: Alert, channel: str) -> Delivery:
    return Delivery(
        id=f"{alert.id}-raised-{channel}", person=PERSON, alert=alert.id, channel=channel, text=alert.text,
        state=DeliveryState.DELIVERED, made_t_ns=alert.raised_t_ns, tries=1,
    )  # fmt: skip


def _entries(begin_ns: int, days: int) -> Iterator[Entry]:
    """Three changed limits and a programme, then every day its symptoms and its look at the feet."""
    said = iter(
        [
            RuleChange(key="A4.enter_points", value=18.0),
            RuleChange(key="peace.per_day", value=6.0),
            RuleChange(key="A3.hold_s", value=90.0),
            ProgrammeChange(do="begin", programme=ProgrammeId.DAILY_WALKING, day=_day(begin_ns, 0)),
        ]
    )
    for number, each in enumerate(said):
        yield _entry(f"change-{number}", begin_ns + number * S, each)
    for day in range(days):
        t_ns, named = begin_ns + day * DAY_NS, _day(begin_ns, day)
        yield _entry(f"felt-{day}", t_ns + 40 * S, Symptoms(day=named, pain=day % 4, numbness=2, tingling=1))
        yield _entry(f"feet-{day}", t_ns + 50 * S, FootCheck(day=named, left=Skin.CLEAR, right=Skin.CLEAR))
        yield _entry(f"later-{day}", t_ns + 60 * S, Symptoms(day=named, pain=day % 3))


def _entry(name: str, t_ns: int, said: RuleChange | ProgrammeChange | Symptoms | FootCheck) -> Entry:
    return Entry(id=name, by="somebody", role=Role.CLINICIAN, t_ns=t_ns, why="to try", said=said)


def _task(name: str, t_ns: int) -> Task:
    return Task(
        id=name, person=PERSON, why=TaskWhy.ASKED, text="Please look.", about=(name,), opened_t_ns=t_ns,
        due="2026-01-01", done_by="somebody", done_t_ns=t_ns,
    )  # fmt: skip


def _day(begin_ns: int, number: int) -> str:
    return (datetime.fromtimestamp(begin_ns // S, UTC) + timedelta(days=number)).date().isoformat()
