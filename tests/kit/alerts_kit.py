"""Alerts as the rules say them, a person's `Alerting` over a journal on disk, and what it told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertNews, AlertState, Audience
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.topics import Address
from processing.alerts.alerting import Alerting
from processing.household import Household
from processing.outgoing import Outgoing
from processing.rules.day_rule import PeaceRule
from processing.rules.preset import load_preset
from processing.rules.wording import STILL_SO_AT_END
from processing.store.journal_sqlite import SqliteJournal

S, MIN, HOUR, DAY = 10**9, 60 * 10**9, 3600 * 10**9, 86_400 * 10**9
PERSON = "p1"
ADDRESS = Address("home", PERSON)
PEACE = PeaceRule(gap_s=1800, per_day=8, kept_for_medium=2, quiet_from="22:00", quiet_to="07:00")


def utc_ns(text: str) -> int:
    """Of "2026-03-02 09:00" UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S


NINE = utc_ns("2026-03-02 09:00")  # a Monday


def an_alert(rule: str = "A3", t_ns: int = NINE, **given: Any) -> Alert:
    given = {"level": AlertLevel.LOW, "side": Side.LEFT, "walk": "w", **given}
    stamp = f"{datetime.fromtimestamp(t_ns // S, UTC):%Y%m%dT%H%M%SZ}"
    return Alert(
        id=given.pop("id", f"{rule}-{given['side'] or 'both'}-{stamp}"), rule=rule, state=AlertState.ACTIVE,
        raised_t_ns=t_ns, text=f"{rule} text", evidence=f"{rule} evidence.", **given,
    )  # fmt: skip


def medium(rule: str = "A1", t_ns: int = NINE, **given: Any) -> Alert:
    return an_alert(rule, t_ns, level=AlertLevel.MEDIUM, **given)


def warm(t_ns: int = NINE, **given: Any) -> Alert:
    return medium("A9", t_ns, walk="", areas=("M1",), **given)


def for_clinician(rule: str = "A8", t_ns: int = NINE) -> Alert:
    return an_alert(rule, t_ns, audience=Audience.CLINICIAN, side=None, walk="")


def over(alert: Alert, t_ns: int, *, seen: bool = True) -> Alert:
    """The alert as the engine clears it; `seen`: not merely because the walk is over."""
    evidence = alert.evidence if seen else f"{alert.evidence} {STILL_SO_AT_END}"
    return replace(alert, state=AlertState.CLEARED, cleared_t_ns=t_ns, evidence=evidence)


@contextmanager
def journal_in(folder: Path) -> Iterator[SqliteJournal]:
    journal = SqliteJournal(folder / "journal.db")
    yield journal
    journal.close()


def alerting_over(journal: SqliteJournal, zone: tzinfo = UTC, faults: FaultBook | None = None) -> Alerting:
    rules = load_preset("clinical")
    return Alerting(ADDRESS, journal, faults or FaultBook(), lambda _t_ns: rules, Household(zone=zone))


def told(out: Sequence[Outgoing]) -> list[str]:
    """The news: "raised A3", "raised A3 !" where it may sound."""
    some = [each.message for each in out if isinstance(each.message, AlertNews)]
    return [f"{each.event_type} {each.rule}{' !' if each.audible else ''}" for each in some]


def soundings(journal: SqliteJournal) -> list[int]:
    return sorted(t_ns for alert in journal.alerts(PERSON) for t_ns in alert.sounded_t_ns)


def the_alert(journal: SqliteJournal, rule: str) -> Alert:
    (found,) = (alert for alert in journal.alerts(PERSON) if alert.rule == rule)
    return found
