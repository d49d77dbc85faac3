"""What became of an alert between two of its states, said once. Pure.

Its first sound is the news *raised*, when it is raised or as soon as the peace allows; every further one is *repeated*.
So an alert that had to wait is news twice: listed in silence when it began, audible when it may sound.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.wire.alerts import Alert, AlertNews, AlertState, NewsKind
from processing.rules.rule import LEVELS


def news(before: Alert | None, now: Alert, t_ns: int) -> list[AlertNews]:
    """:param t_ns: event time of the change; raising and clearing carry their own."""
    sounds = len(now.sounded_t_ns) > (0 if before is None else len(before.sounded_t_ns))
    return [_news(kind, now, t_ns, audible=sounds and kind in _SOUNDING) for kind in _kinds(before, now, sounds)]


_SOUNDING = (NewsKind.RAISED, NewsKind.REPEATED)


def _kinds(before: Alert | None, now: Alert, sounds: bool) -> Iterator[NewsKind]:
    if before is None or (sounds and not before.sounded_t_ns):
        yield NewsKind.RAISED
    elif sounds:
        yield NewsKind.REPEATED
    if before is not None and LEVELS.index(now.level) > LEVELS.index(before.level):
        yield NewsKind.STRONGER
    if now.acknowledged_t_ns is not None and (before is None or before.acknowledged_t_ns is None):
        yield NewsKind.ACKNOWLEDGED
    if now.escalated_t_ns is not None and (before is None or before.escalated_t_ns is None):
        yield NewsKind.ESCALATED
    if now.cleared_t_ns is not None and (before is None or before.cleared_t_ns is None):
        yield NewsKind.CLEARED
    if now.state is AlertState.CLOSED and (before is None or before.state is not AlertState.CLOSED):
        yield NewsKind.CLOSED


def _news(kind: NewsKind, alert: Alert, t_ns: int, *, audible: bool) -> AlertNews:
    return AlertNews(
        event_type=kind,
        id=alert.id,
        rule=alert.rule,
        level=alert.level,
        audience=alert.audience,
        text=alert.text,
        t_ns=t_ns,
        audible=audible,
        side=alert.side,
    )
