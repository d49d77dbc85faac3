"""What stands in words beside a walk that is played: when it was, what of it was not measured, and its alerts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Calibration, Side
from underfoot.playback import FilmedFoot
from underfoot.playback_store import Reel, UnfitCell
from underfoot.shown import ShownUnit
from underfoot.web.walks.shapes import moment

_S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FootFacts:
    """`peak` None: the unit is not known. `gaps`: from and to on the clock, at most so many as are listed."""

    side: Side
    calibration: Calibration | None
    peak: float | None
    unit: ShownUnit | None
    gaps: tuple[tuple[str, str], ...]
    more_gaps: int
    unfit: tuple[UnfitCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An alert, when it was raised, and the second of the walk from which on it is to be seen."""

    alert: Alert
    clock: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkFacts:
    walk: str
    day: str
    clock: str
    end: str
    offset_s: float
    window_s: int
    under_way: bool
    judged: bool
    feet: tuple[FootFacts, ...]
    marks: tuple[Mark, ...]


_LISTED_GAPS = 20


def facts_of(reel: Reel, alerts: Sequence[Alert], window_s: int, zone: tzinfo) -> WalkFacts:
    """`window_s`: of the rolling figures in this walk."""
    film = reel.film
    begun = _local(film.start_t_ns, zone)
    offset = begun.utcoffset()
    return WalkFacts(
        walk=reel.info.walk,
        day=begun.strftime("%Y-%m-%d"),
        clock=_clock(film.start_t_ns, zone),
        end=_clock(film.end_t_ns, zone),
        offset_s=offset.total_seconds() if offset else 0.0,
        window_s=window_s,
        under_way=not reel.info.ended,
        judged=reel.judged,
        feet=tuple(_foot(side, film.feet.get(side), reel.unfit, zone) for side in Side),
        marks=tuple(
            Mark(alert=each, clock=_clock(each.raised_t_ns, zone), at_s=round(moment(film, each), 3)) for each in alerts
        ),
    )


def _foot(side: Side, foot: FilmedFoot | None, unfit: Sequence[UnfitCell], zone: tzinfo) -> FootFacts:
    gaps = () if foot is None else foot.gaps
    in_unit = foot is not None and foot.unit is not ShownUnit.SHARE and foot.peak > 0
    return FootFacts(
        side=side,
        calibration=foot.layout.calibration if foot else None,
        peak=foot.peak if foot is not None and in_unit else None,
        unit=foot.unit if foot is not None and in_unit else None,
        gaps=tuple((_clock(begin, zone), _clock(end, zone)) for begin, end in gaps[:_LISTED_GAPS]),
        more_gaps=max(0, len(gaps) - _LISTED_GAPS),
        unfit=tuple(each for each in unfit if each.side is side),
    )


def _local(t_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(t_ns // _S, UTC).astimezone(zone)


def _clock(t_ns: int, zone: tzinfo) -> str:
    return _local(t_ns, zone).strftime("%H:%M:%S")
