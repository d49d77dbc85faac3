"""What happened and what was said, by day: alerts, red flags, notes, changes of limits and programmes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum

from ingest.wire.alerts import Alert
from ingest.wire.entries import ClinicNote, Entry, ProgrammeChange, RuleChange, Symptoms
from ingest.wire.geometry import Side
from processing.times import local_day
from underfoot.web.record.trend import ChartId

_CHART_OF_RULE = {
    "A1": ChartId.FOREFOOT,
    "A2": ChartId.WORN,
    "A3": ChartId.FOREFOOT,
    "A4": ChartId.ASYMMETRY,
    "A5": ChartId.FOREFOOT,
    "A6": ChartId.FOREFOOT,
    "A7": ChartId.STEPS,
    "A8": ChartId.CADENCE,
    "A9": ChartId.FOREFOOT,
}
_ELSE = ChartId.WORN


class Kind(StrEnum):
    ALERT = "alert"
    ANSWER = "answer"  # a word that somebody added to an alert
    FLAG = "flag"
    NOTE = "note"
    RULE = "rule"
    PROGRAMME = "programme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`key`: of the word that names it, filled with `named`; `text`: as somebody wrote it. `walk`: "" for no walk.

    `charts`: those whose curve it may explain.
    """

    id: str
    kind: Kind
    day: date
    t_ns: int
    key: str
    named: Mapping[str, object]
    text: str
    who: str
    charts: tuple[ChartId, ...]
    walk: str = ""
    alert: Alert | None = None  # its text is to be told in the reader's language

    @property
    def anchor(self) -> str:
        return f"event-{self.kind}-{self.id}"


def events(
    alerts: Iterable[Alert], entries: Iterable[Entry], first: date, last: date, zone: tzinfo
) -> tuple[Event, ...]:
    """Of these days, the oldest first."""
    found = [*_of_alerts(alerts, zone), *_of_entries(entries, zone)]
    return tuple(sorted((each for each in found if first <= each.day <= last), key=lambda each: (each.t_ns, each.id)))


def _of_alerts(alerts: Iterable[Alert], zone: tzinfo) -> Iterable[Event]:
    for alert in alerts:
        day, charts = local_day(alert.raised_t_ns, zone), (_CHART_OF_RULE.get(alert.rule, _ELSE),)
        named = {"rule": alert.rule, "level": alert.level.value, "state": alert.state.value, "side": _side(alert.side)}
        yield Event(
            id=alert.id, kind=Kind.ALERT, day=day, t_ns=alert.raised_t_ns, key="alert", named=named, text=alert.text,
            who=alert.acknowledged_by or "", charts=charts, walk=alert.walk, alert=alert,
        )  # fmt: skip
        if alert.note:
            yield Event(
                id=alert.id, kind=Kind.ANSWER, day=day, t_ns=alert.acknowledged_t_ns or alert.raised_t_ns,
                key="answer", named=named, text=alert.note, who=alert.acknowledged_by or "", charts=(),
            )  # fmt: skip


def _of_entries(entries: Iterable[Entry], zone: tzinfo) -> Iterable[Event]:
    for entry in entries:
        said, day = entry.said, local_day(entry.t_ns, zone)
        if isinstance(said, ClinicNote):
            yield _said(entry, Kind.NOTE, date.fromisoformat(said.day), "note", {}, said.text, tuple(ChartId))
        elif isinstance(said, Symptoms) and said.red_flags:
            flags = {"flags": tuple(flag.value for flag in said.red_flags)}
            yield _said(entry, Kind.FLAG, date.fromisoformat(said.day), "flag", flags, "", tuple(ChartId))
        elif isinstance(said, RuleChange):
            value = said.value if said.value is not None else "–"
            charts = (_CHART_OF_RULE.get(said.key.partition(".")[0], _ELSE),)
            yield _said(entry, Kind.RULE, day, "rule", {"key": said.key, "value": value}, entry.why, charts)
        elif isinstance(said, ProgrammeChange):
            key = f"programme_{said.do}"
            named = {"programme": said.programme.value, "cap": said.cap_steps}
            charts = (ChartId.MINUTES,) if said.do != "cap" else (ChartId.STEPS,)
            yield _said(entry, Kind.PROGRAMME, date.fromisoformat(said.day), key, named, entry.why, charts)


def _said(
    entry: Entry, kind: Kind, day: date, key: str, named: Mapping[str, object], text: str, charts: tuple[ChartId, ...]
) -> Event:
    return Event(
        id=entry.id, kind=kind, day=day, t_ns=entry.t_ns, key=key, named=named, text=text, who=entry.by, charts=charts
    )


def _side(side: Side | None) -> str:
    return "both_feet" if side is None else side.value
