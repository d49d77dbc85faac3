"""Stored walks taken out to be played: a walk's film, and its frames a stretch at a time. Blocking: in a thread."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.wire.alerts import Alert
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.metrics.recipe import STEADY
from processing.store.journal import JournalReading, WalkSummary
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.recordings import WalkInfo
from processing.store.recordings_reader import SqliteRecordingsReader
from processing.terms import calibration_at
from underfoot.places import Places
from underfoot.playback import FRAME_NS, REACH_NS, Film, Frames, film_of, frames_of

_FILMS = 8  # kept ready: a film is what was learned of a walk from end to end, a few kB
_UNDER_WAY_NS = 300 * 10**9  # a walk under way is looked through anew so often


@dataclass(frozen=True, slots=True)
class UnfitCell:
    """A cell found unfit in a walk; `cell` None: the whole foot. `kind`: as `CellFaultKind`."""

    side: Side
    cell: int | None
    area: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reel:
    """A walk ready to be played. `unfit`: known once the walk has ended and was judged."""

    info: WalkInfo
    film: Film
    judged: bool
    unfit: tuple[UnfitCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListedWalk:
    """`info` None: its rows are not here (any more). `summary` None: not judged yet."""

    walk: str
    begun_t_ns: int | None
    info: WalkInfo | None
    summary: Mapping[str, Any] | None


def listed(places: Places, person: str, page: int, per_page: int) -> tuple[list[ListedWalk], int, list[WalkInfo]]:
    """One page of the walks whose time is known, latest first; how many there are; and those whose time is not known.

    :raises UnderfootError: STORE_DAMAGED.
    """
    infos: dict[str, WalkInfo] = {}
    if places.recordings.is_file():
        with _recordings(places.recordings) as recordings:
            infos = {info.walk: info for info in recordings.walks(person)}
    kept = {each.walk: each for each in _journal(places).walks(person, STEADY.name)} if _has_journal(places) else {}
    begun = {walk: info.start_t_ns or 0 for walk, info in infos.items() if info.time_known}
    begun |= {walk: each.begun_t_ns for walk, each in kept.items()}
    ordered = sorted(begun, key=lambda walk: (begun[walk], walk), reverse=True)
    shown = [_listed(walk, begun[walk], infos.get(walk), kept.get(walk)) for walk in _page(ordered, page, per_page)]
    return shown, len(ordered), [info for info in infos.values() if not info.time_known]


def walk_under_way(places: Places, person: str) -> WalkInfo | None:
    """The latest walk that is not over; None: there is none, or its time is not known.

    :raises UnderfootError: STORE_DAMAGED.
    """
    if not places.recordings.is_file():
        return None
    with _recordings(places.recordings) as recordings:
        found = [info for info in recordings.walks(person) if info.time_known and not info.ended]
    return max(found, key=lambda info: info.start_t_ns or 0, default=None)


def reel(places: Places, person: str, walk: str) -> Reel:
    """:raises UnderfootError: UNKNOWN_NAME, NOTHING_STORED, CLOCK_UNKNOWN, STORE_DAMAGED, DEPENDENCY_MISSING."""
    if not places.recordings.is_file():
        raise UnderfootError(FaultCode.NOTHING_STORED, str(places.recordings.name))
    with _recordings(places.recordings) as recordings:
        info = recordings.walk(walk)
    if info.person != person:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"walk {walk}")
    if not info.time_known or info.start_t_ns is None or info.end_t_ns is None:
        raise UnderfootError(FaultCode.CLOCK_UNKNOWN, f"{walk}: its rows are kept and accounted for, never played")
    summary = _summary(places, person, walk)
    unfit = tuple(_unfit(json.loads(summary.summary))) if summary else ()
    as_of = sum(info.rows.values()) if info.ended else info.end_t_ns // _UNDER_WAY_NS
    return Reel(info=info, film=_film(places, person, info.walk, as_of, unfit), judged=summary is not None, unfit=unfit)


def frames(places: Places, shown: Reel, first: int, count: int) -> dict[Side, Frames]:
    """:raises UnderfootError: STORE_DAMAGED, DEPENDENCY_MISSING."""
    film = shown.film
    begin = film.start_t_ns + first * FRAME_NS
    with _recordings(places.recordings) as recordings:
        blocks = recordings.blocks_within(shown.info.walk, begin - REACH_NS, begin + count * FRAME_NS)
        return frames_of(film, blocks, first, count)


def alerts_of(journal: JournalReading, person: str, info: WalkInfo) -> list[Alert]:
    """Those of the walk, and those of no walk that were raised while it was under way; earliest first."""
    start, end = info.start_t_ns or 0, info.end_t_ns or 0
    found = (
        each
        for each in journal.alerts(person)
        if each.walk == info.walk or (not each.walk and start <= each.raised_t_ns < end)
    )
    return sorted(found, key=lambda alert: (alert.raised_t_ns, alert.id))


@lru_cache(maxsize=_FILMS)
def _film(places: Places, person: str, walk: str, as_of: int, unfit: tuple[UnfitCell, ...]) -> Film:  # noqa: ARG001
    """`as_of` changes when there is more to see of the walk."""
    with _recordings(places.recordings) as recordings:
        info = recordings.walk(walk)
        start, end = info.start_t_ns or 0, info.end_t_ns or 0
        version = calibration_at(_journal(places), person, start) if _has_journal(places) else None
        masks = {side: _mask(unfit, side) for side in Side}
        return film_of(start, end, recordings.layouts(walk), recordings.blocks(walk), version, masks)


def _mask(unfit: Sequence[UnfitCell], side: Side) -> int:
    mask = 0
    for each in unfit:
        if each.side is side:
            mask |= -1 if each.cell is None else 1 << each.cell
    return mask


def _unfit(summary: Mapping[str, Any]) -> Iterator[UnfitCell]:
    health = summary.get("health") or {}
    for side in Side:
        for fault in (health.get(side) or {}).get("faults", ()):
            yield UnfitCell(side, fault["cell"], fault["area"], fault["kind"])


def _summary(places: Places, person: str, walk: str) -> WalkSummary | None:
    if not _has_journal(places):
        return None
    return _journal(places).walk(person, walk, STEADY.name)


def _listed(walk: str, begun_t_ns: int, info: WalkInfo | None, kept: WalkSummary | None) -> ListedWalk:
    summary = json.loads(kept.summary) if kept else None
    return ListedWalk(walk=walk, begun_t_ns=begun_t_ns, info=info, summary=summary)


def _page(walks: Sequence[str], page: int, per_page: int) -> Sequence[str]:
    return walks[(page - 1) * per_page : page * per_page]


def _has_journal(places: Places) -> bool:
    return places.journal.is_file()


def _journal(places: Places) -> SqliteJournalReader:
    return SqliteJournalReader(places.journal)


@contextmanager
def _recordings(path: Path) -> Iterator[SqliteRecordingsReader]:
    with closing(SqliteRecordingsReader(path)) as recordings:
        yield recordings
