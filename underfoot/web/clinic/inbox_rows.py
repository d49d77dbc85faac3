"""What stands in a clinician's inbox: wearers, tasks, alerts, mutes; read from the journal, put in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from ingest.wire.alerts import STILL_SO, Alert, AlertState
from processing.alerts.clinic_list import clinic_list
from processing.alerts.mutes import Muted, mutes_in_force
from processing.rules.rule import LEVELS
from processing.store.journal import DeliveryState, JournalReading, Task
from underfoot.web.clinic.freshness import Freshness, freshness

RECENT_DAYS = 14

_RECENT_NS = RECENT_DAYS * 24 * 3600 * 10**9
_UNRANKED = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """`rank`: its place in the clinician's short list; those that are not in it come last. `muted` None: it is not."""

    person: str
    alert: Alert
    rank: int
    muted: Muted | None
    is_undelivered: bool

    @property
    def name(self) -> str:
        return f"{self.person}/{self.alert.id}"

    @property
    def can_acknowledge(self) -> bool:
        return self.alert.acknowledged_t_ns is None and self.alert.state is not AlertState.CLOSED

    @property
    def order(self) -> tuple[int, int, int, str]:
        return self.rank, -LEVELS.index(self.alert.level), -self.alert.raised_t_ns, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class WearerRow:
    """One wearer with all that is listed of them. `is_silent`: no data for so long that a line says so."""

    person: str
    fresh: Freshness
    is_silent: bool
    tasks: tuple[Task, ...]
    alerts: tuple[AlertRow, ...]
    mutes: tuple[Muted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Of the alerts that are over; "" lets all of them through."""

    person: str = ""
    rule: str = ""
    level: str = ""

    def lets(self, row: AlertRow) -> bool:
        asked = ((self.person, row.person), (self.rule, row.alert.rule), (self.level, row.alert.level.value))
        return all(wanted in ("", is_) for wanted, is_ in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """`open`: still so; `ended`: over, and nobody has seen them; `recent`: closed, of the last two weeks."""

    wearers: tuple[WearerRow, ...]
    tasks: tuple[Task, ...]
    open: tuple[AlertRow, ...]
    ended: tuple[AlertRow, ...]
    recent: tuple[AlertRow, ...]
    rules: tuple[str, ...]  # of all that is recent, for the filter

    @property
    def silent(self) -> tuple[WearerRow, ...]:
        return tuple(each for each in self.wearers if each.is_silent)

    @property
    def mutes(self) -> tuple[tuple[str, Muted], ...]:
        return tuple((each.person, muted) for each in self.wearers for muted in each.mutes)


def wearer(journal: JournalReading, person: str, zone: tzinfo, now_ns: int, live_t_ns: int | None) -> WearerRow:
    """:raises UnderfootError: as the journal."""
    alerts = journal.alerts(person)
    tasks = journal.tasks(person, open_only=True)
    muted = mutes_in_force(journal, person, now_ns)
    lost = {each.alert for each in journal.deliveries(person, open_only=True) if _is_lost(each.state)}
    ranks = {alert.id: line.rank for line in clinic_list(alerts, tasks) for alert in line.alerts}
    fresh = freshness(journal, person, zone, now_ns, live_t_ns)
    return WearerRow(
        person=person,
        fresh=fresh,
        is_silent=fresh.is_silent(now_ns),
        tasks=tasks,
        alerts=tuple(
            AlertRow(
                person=person,
                alert=alert,
                rank=ranks.get(alert.id, _UNRANKED),
                muted=_mute_of(alert, muted, now_ns),
                is_undelivered=alert.id in lost,
            )
            for alert in alerts
            if alert.state is not AlertState.PENDING
        ),
        mutes=muted,
    )


def inbox(wearers: Iterable[WearerRow], wanted: Filter, now_ns: int) -> Inbox:
    """Most urgent first; what is over, the latest first."""
    known = tuple(wearers)
    rows = [row for each in known for row in each.alerts]
    recent = [row for row in rows if _is_recent(row.alert, now_ns)]
    return Inbox(
        wearers=known,
        tasks=tuple(sorted((t for each in known for t in each.tasks), key=lambda task: (task.due, task.opened_t_ns))),
        open=_urgent_first(row for row in rows if row.alert.state in STILL_SO),
        ended=_urgent_first(row for row in rows if row.alert.state is AlertState.CLEARED),
        recent=_latest_first([row for row in recent if wanted.lets(row)]),
        rules=tuple(sorted({row.alert.rule for row in recent})),
    )


def _mute_of(alert: Alert, muted: Iterable[Muted], now_ns: int) -> Muted | None:
    if alert.state is AlertState.CLOSED:
        return None
    return next((each for each in muted if each.covers(alert, now_ns)), None)


def _is_recent(alert: Alert, now_ns: int) -> bool:
    return alert.state is AlertState.CLOSED and now_ns - alert.raised_t_ns <= _RECENT_NS


def _is_lost(state: DeliveryState) -> bool:
    return state is DeliveryState.UNDELIVERED


def _urgent_first(rows: Iterable[AlertRow]) -> tuple[AlertRow, ...]:
    return tuple(sorted(rows, key=lambda row: row.order))


def _latest_first(rows: Sequence[AlertRow]) -> tuple[AlertRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.alert.raised_t_ns, row.name)))
