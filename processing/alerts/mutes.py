"""Which alerts a clinician lets be listed without a sound, and until when. Pure; all of it rests on kept entries.

A mute is of one rule and foot, because the next alert of the same cause has another id. It takes the sound alone: the
alert stands in every list, becomes a task as any other, and sounds when the mute is over if it still holds. A medium
one stays silent for MEDIUM_H at most, however long the mute of its rule is: what has grown since was not judged.
Both times are reasoned: a mute should outlast a weekend, not a visit to the clinic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ingest.wire.alerts import Alert, AlertLevel
from ingest.wire.entries import Entry, Mute
from ingest.wire.geometry import Side
from processing.store.journal import JournalReading

LONGEST_DAYS = 14
MEDIUM_H = 24

_HOUR_NS = 3600 * 10**9
LONGEST_NS = LONGEST_DAYS * 24 * _HOUR_NS
MEDIUM_NS = MEDIUM_H * _HOUR_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """From `from_t_ns` on, before `until_t_ns`. `alert`: the one by which it was said."""

    rule: str
    side: Side | None
    from_t_ns: int
    until_t_ns: int
    by: str
    why: str
    alert: str

    def covers(self, alert: Alert, t_ns: int) -> bool:
        longest_ns = MEDIUM_NS if alert.level is AlertLevel.MEDIUM else LONGEST_NS
        until_t_ns = min(self.until_t_ns, self.from_t_ns + longest_ns)
        is_it = (alert.rule, alert.side) == (self.rule, self.side)
        return is_it and self.from_t_ns <= t_ns < until_t_ns


def mutes(entries: Iterable[Entry], alert_named: Callable[[str], Alert | None]) -> tuple[Muted, ...]:
    """All that were ever said, in that order; of an alert that nobody knows there is none."""
    found = ((entry, entry.said, alert_named(entry.said.alert)) for entry in entries if isinstance(entry.said, Mute))
    return tuple(
        Muted(
            rule=alert.rule,
            side=alert.side,
            from_t_ns=entry.t_ns,
            until_t_ns=said.until_t_ns,
            by=entry.by,
            why=entry.why,
            alert=alert.id,
        )
        for entry, said, alert in found
        if alert is not None
    )


def latest(said: Iterable[Muted], t_ns: int) -> tuple[Muted, ...]:
    """Of each rule and foot what was said last up to `t_ns`, where that is not over."""
    last: dict[tuple[str, Side | None], Muted] = {}
    for each in said:
        before = last.get((each.rule, each.side))
        if each.from_t_ns <= t_ns and (before is None or before.from_t_ns <= each.from_t_ns):
            last[each.rule, each.side] = each
    return tuple(each for each in last.values() if t_ns < each.until_t_ns)


def mutes_in_force(journal: JournalReading, person: str, t_ns: int) -> tuple[Muted, ...]:
    """:raises UnderfootError: as the journal."""
    entries = journal.entries(person, Mute)
    if not entries:
        return ()
    known = {alert.id: alert for alert in journal.alerts(person)}
    return latest(mutes(entries, known.get), t_ns)
