"""One walk as a line of the list: when, how long, how much of it was measured, and what was raised in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from ingest.wire.alerts import Alert
from underfoot.playback_store import ListedWalk

_S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkLine:
    """None: not known. `coverage_pct`: of the foot that was measured less. `playable`: its rows are here."""

    walk: str
    day: str
    clock: str
    lasted_min: float | None
    walked_min: float | None
    steps: int | None
    coverage_pct: float | None
    under_way: bool
    playable: bool
    alerts: tuple[Alert, ...]


def line_of(listed: ListedWalk, alerts: Sequence[Alert], zone: tzinfo) -> WalkLine:
    begun = datetime.fromtimestamp((listed.begun_t_ns or 0) // _S, UTC).astimezone(zone)
    summary = listed.summary or {}
    return WalkLine(
        walk=listed.walk,
        day=begun.strftime("%Y-%m-%d"),
        clock=begun.strftime("%H:%M"),
        lasted_min=_lasted_min(listed),
        walked_min=_minutes((summary.get("activity") or {}).get("walking_s")),
        steps=_of_feet(summary.get("steps"), sum),
        coverage_pct=_of_feet(summary.get("coverage_pct"), min),
        under_way=listed.info is not None and not listed.info.ended,
        playable=listed.info is not None,
        alerts=tuple(each for each in alerts if each.walk == listed.walk),
    )


def _lasted_min(listed: ListedWalk) -> float | None:
    info = listed.info
    if info is not None and info.start_t_ns is not None and info.end_t_ns is not None:
        return _minutes((info.end_t_ns - info.start_t_ns) / _S)
    return _minutes((listed.summary or {}).get("duration_s"))


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60


def _of_feet(pair: Mapping[str, Any] | None, add: Any) -> Any:
    """Of both feet; None where one is not known."""
    values = [] if pair is None else list(pair.values())
    return add(values) if values and all(value is not None for value in values) else None
