"""Which alerts a clinician lets be listed without a sound, and until when. Pure; all of it rests on kept entries.

A mute is of one rule and foot, because the next alert of the same cause has another id. It takes the sound alone: the
alert stands in every list, says there that it is muted, becomes a task as any other, and sounds when the mute is over
if it still holds.

How long at most, by what silence may cost (clinical basis 2.4 and 5.2; the times themselves are reasoned):
- low ones, LONGEST_DAYS: a new insert is worn in, a limit is about to be set anew;
- medium ones, A_DAY_H, however long the mute of their rule is: what presses long (A1) or is warm for two days (A9)
  leads to damage within days, and a mute is an answer to what was looked at, not to the next day;
- insoles that do not measure (EYES: T1 a cell, T2 no data), A_DAY_H, whatever their level: while they last no other
  rule can see that place (H1), and silence about them reads as peace (H3). They sound once a day at most, so no more
  is gained by a longer one.
A mute said of a low one is none of the medium one that it has grown into: that was not looked at. Answers that are red
flags are no alerts and cannot be muted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ingest.wire.alerts import Alert, AlertLevel
from ingest.wire.entries import Entry, Mute
from ingest.wire.geometry import Side
from processing.store.journal import JournalReading

LONGEST_DAYS = 14
A_DAY_H = 24
EYES = frozenset({"T1", "T2", "T2_long"})

_HOUR_NS = 3600 * 10**9
LONGEST_NS = LONGEST_DAYS * 24 * _HOUR_NS
A_DAY_NS = A_DAY_H * _HOUR_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """From `from_t_ns` on, before `until_t_ns`. `alert`: the one by which it was said, at this `level` then."""

    rule: str
    side: Side | None
    from_t_ns: int
    until_t_ns: int
    by: str
    why: str
    alert: str
    level: AlertLevel | None = None

    def covers(self, alert: Alert, t_ns: int) -> bool:
        until_t_ns = min(self.until_t_ns, self.from_t_ns + longest_ns(alert))
        is_it = (alert.rule, alert.side) == (self.rule, self.side)
        has_grown = alert.level is AlertLevel.MEDIUM and self.level not in (AlertLevel.MEDIUM, None)
        return is_it and not has_grown and self.from_t_ns <= t_ns < until_t_ns


def longest_ns(alert: Alert) -> int:
    """How long such an alert may be muted."""
    is_grave = alert.level is AlertLevel.MEDIUM or alert.rule in EYES
    return A_DAY_NS if is_grave else LONGEST_NS


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
            level=said.level,
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
