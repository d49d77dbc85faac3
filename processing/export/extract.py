"""What an export holds of a person: all that the journal has of a span of days, or of one walk. Reads, never writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo

from ingest.wire.alerts import Alert, AlertReply, AlertState
from ingest.wire.entries import Entry
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Layout
from processing.days.facts import day_facts
from processing.metrics.recipe import STEADY
from processing.periods import TimedWalk
from processing.programme.standing import Standing, standing
from processing.rules.baseline import Summary
from processing.rules.day_facts import DayFacts, usual_steps
from processing.store.journal import JournalReading
from processing.store.recordings import WalkInfo
from processing.times import day_bounds_ns, local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWalk:
    """A walk and its summary; `summary` None: nothing was worked out of it, `reason` says why."""

    walk: str
    begun_t_ns: int | None
    summary: Summary | None
    stored: WalkInfo | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Days `first` … `last`, both included. `layouts`: the insoles worn, as they describe themselves, each once."""

    person: str
    zone: tzinfo
    first: date
    last: date
    walks: tuple[KeptWalk, ...]
    facts: tuple[DayFacts, ...]
    alerts: tuple[Alert, ...]
    replies: tuple[AlertReply, ...]
    entries: tuple[Entry, ...]
    standings: tuple[Standing, ...]
    layouts: tuple[Layout, ...] = ()

    def of_walk(self, walk: str) -> Extract:
        """That walk and its alerts alone.

        :raises UnderfootError: UNKNOWN_NAME.
        """
        walks = tuple(each for each in self.walks if each.walk == walk)
        if not walks:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"walk {walk!r}")
        alerts = tuple(each for each in self.alerts if each.walk == walk)
        ids = {each.id for each in alerts}
        replies = tuple(each for each in self.replies if each.id in ids)
        return replace(self, walks=walks, alerts=alerts, replies=replies, facts=(), entries=(), standings=())


def extract(
    journal: JournalReading,
    person: str,
    zone: tzinfo,
    first: date,
    last: date,
    stored: Sequence[WalkInfo] = (),
    layouts: Iterable[Layout] = (),
    *,
    last_is_over: bool = False,
) -> Extract:
    """`stored`: the person's recordings; those that have no summary are told of as well.

    `last_is_over`: the last day lies in the past, so that what a programme asked for on it is settled.

    :raises UnderfootError: STORE_DAMAGED.
    """
    kept = [
        (walk.walk, TimedWalk(begun_t_ns=walk.begun_t_ns, summary=json.loads(walk.summary)))
        for walk in journal.walks(person, STEADY.name)
        if local_day(walk.begun_t_ns, zone) <= last
    ]
    facts = _facts(journal, person, [walk for _, walk in kept], last, zone)
    alerts, entries = journal.alerts(person), journal.entries(person)
    upto = last + timedelta(days=1) if last_is_over else last
    in_span = tuple(each for each in alerts if _overlaps(each, first, last, zone))
    told = {each.id for each in in_span}
    return Extract(
        person=person,
        zone=zone,
        first=first,
        last=last,
        walks=_walks(kept, stored, first, last, zone),
        facts=tuple(each for each in facts if each.day >= first),
        alerts=in_span,
        replies=tuple(each for each in journal.replies(person) if each.id in told),
        entries=tuple(each for each in entries if first <= day_of(each, zone) <= last),
        standings=standing(entries, facts, alerts, upto, zone, usual_steps(facts)),
        layouts=tuple(layouts),
    )


def day_of(entry: Entry, zone: tzinfo) -> date:
    """The day that an entry is about, else the one on which it was said."""
    said = getattr(entry.said, "day", None)
    try:
        return date.fromisoformat(said) if said else local_day(entry.t_ns, zone)
    except ValueError:  # such as a 30th of February: the pattern lets it through
        return local_day(entry.t_ns, zone)


def _facts(
    journal: JournalReading, person: str, walks: Sequence[TimedWalk], last: date, zone: tzinfo
) -> tuple[DayFacts, ...]:
    """From the first day of which anything is known; what is usual rests on those before the span."""
    touched = journal.days_in_touch(person)
    known = [local_day(walk.begun_t_ns, zone) for walk in walks] + [date.fromisoformat(each.day) for each in touched]
    return day_facts(walks, touched, min(known, default=last + timedelta(days=1)), last, zone)


def _overlaps(alert: Alert, first: date, last: date, zone: tzinfo) -> bool:
    """Raised in the span, or before it and still so when it began."""
    start_ns, stop_ns = day_bounds_ns(first, zone)[0], day_bounds_ns(last, zone)[1]
    if alert.raised_t_ns >= stop_ns:
        return False
    still = alert.cleared_t_ns is None and alert.state is not AlertState.CLOSED
    return still or max(alert.raised_t_ns, alert.cleared_t_ns or 0) >= start_ns


def _walks(
    kept: Sequence[tuple[str, TimedWalk]], stored: Sequence[WalkInfo], first: date, last: date, zone: tzinfo
) -> tuple[KeptWalk, ...]:
    infos = {info.walk: info for info in stored}
    judged = [
        KeptWalk(walk=name, begun_t_ns=walk.begun_t_ns, summary=walk.summary, stored=infos.get(name))
        for name, walk in kept
        if first <= local_day(walk.begun_t_ns, zone)
    ]
    names = {name for name, _ in kept}
    unjudged = [_unjudged(info) for info in stored if info.walk not in names and _within(info, first, last, zone)]
    return tuple(
        sorted([*judged, *unjudged], key=lambda each: (each.begun_t_ns is None, each.begun_t_ns or 0, each.walk))
    )


def _within(info: WalkInfo, first: date, last: date, zone: tzinfo) -> bool:
    """Rows whose time nobody knows may be of any day."""
    return not info.time_known or (info.start_t_ns is not None and first <= local_day(info.start_t_ns, zone) <= last)


def _unjudged(info: WalkInfo) -> KeptWalk:
    if not info.time_known:
        why = "no clock tells when its rows were taken: they are kept, never judged"
        return KeptWalk(walk=info.walk, begun_t_ns=None, summary=None, stored=info, reason=why)
    why = "nothing has been worked out of it yet" if info.ended else "it is under way"
    return KeptWalk(walk=info.walk, begun_t_ns=info.start_t_ns, summary=None, stored=info, reason=why)
