"""The books of a data folder: rows taken, received, published, stored, waiting, to fetch, missing and why, by foot.

Rows to fetch are still in the insole's memory: neither stored nor missing.

Only what lies in this folder is known: where ingest or processing runs on another machine, its figures are None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from ingest.books import SpoolReader
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap
from processing.store.recordings import SideBooks, WalkInfo
from processing.store.recordings_reader import SqliteRecordingsReader
from underfoot.places import Places

COLUMNS = ("taken", "received", "published", "stored", "waiting", "to_fetch", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class FootAccount:
    """Rows of one foot. None: not known from this folder. `why`: the missing rows by reason, as far as told."""

    taken: int | None = None
    received: int | None = None
    published: int | None = None
    stored: int | None = None
    waiting: int | None = None
    to_fetch: int | None = None
    missing: int | None = None
    why: dict[str, int] = field(default_factory=dict)


def of_folder(places: Places) -> dict[Side, FootAccount]:
    """All rows that ever went through this folder."""
    spool = SpoolReader(places.spool) if places.spool.is_file() else None
    recordings = SqliteRecordingsReader(places.recordings) if places.recordings.is_file() else None
    try:
        return {side: _foot(side, spool, recordings) for side in Side}
    finally:
        if recordings is not None:
            recordings.close()


def of_walk(places: Places, walk: str) -> dict[Side, FootAccount]:
    """One stored walk. How many of its rows were received or published, the spool does not know by walk.

    :raises UnderfootError: UNKNOWN_NAME, FILE_UNREADABLE.
    """
    recordings = SqliteRecordingsReader(places.recordings)
    try:
        return {side: _of_walk(books) for side, books in recordings.books(walk).items()}
    finally:
        recordings.close()


def walks_of(places: Places) -> tuple[str, ...]:
    """Every stored walk whose time is known, oldest first."""
    return tuple(info.walk for info in _walks(places) if info.time_known)


def undated_in(places: Places) -> dict[str, dict[Side, int]]:
    """Rows by foot of every stretch that no clock can place in time: kept, never judged."""
    return {info.walk: info.rows for info in _walks(places) if not info.time_known}


def _walks(places: Places) -> list[WalkInfo]:
    if not places.recordings.is_file():
        return []
    with closing(SqliteRecordingsReader(places.recordings)) as recordings:
        return recordings.walks()


def as_json(accounts: dict[Side, FootAccount]) -> dict[str, Any]:
    """`{"taken": {"left": …, "right": …}, …, "why": {"left": {…}, …}}`."""
    return {name: {str(side): getattr(foot, name) for side, foot in accounts.items()} for name in (*COLUMNS, "why")}


def _foot(side: Side, spool: SpoolReader | None, recordings: SqliteRecordingsReader | None) -> FootAccount:
    durable = _stored(side, recordings) if recordings else None
    if spool is None:
        return _of_walk(durable) if durable else FootAccount()
    sides = spool.sides() | (recordings.sides() if recordings else {})
    ours = [insole for insole in spool.insoles() if sides.get(insole) == side]
    pages = [spool.books(insole) for insole in ours]
    taken, received, waiting = (sum(getattr(page, name) for page in pages) for name in ("taken", "received", "waiting"))
    # a row may wait and be stored already, while its receipt is under way
    gone = max(0, received - durable.stored - waiting) if durable else 0
    told = _told(gap for insole in ours for gap in spool.gaps(insole))
    kept: Counter[str] = Counter()
    for insole in ours:
        kept.update({str(reason): rows for reason, rows in spool.to_fetch(insole).items()})
    missing = max(0, taken - received + gone - kept.total())
    return FootAccount(
        taken=taken,
        received=received,
        published=sum(page.published for page in pages),
        stored=durable.stored if durable else None,
        waiting=waiting,
        to_fetch=kept.total(),
        missing=missing,
        why=_why(told - kept, missing),
    )


def _stored(side: Side, recordings: SqliteRecordingsReader) -> SideBooks:
    """The books of one foot over all walks."""
    pages = [recordings.books(info.walk)[side] for info in recordings.walks()]
    return SideBooks(
        stored=sum(page.stored for page in pages),
        declared=sum(page.declared for page in pages),
        missing=sum(page.missing for page in pages),
        gaps=tuple(gap for page in pages for gap in page.gaps),
    )


def _of_walk(books: SideBooks) -> FootAccount:
    missing = books.declared + books.missing
    return FootAccount(stored=books.stored, missing=missing, why=_why(_told(books.gaps), missing))


def _told(gaps: Iterable[Gap]) -> Counter[str]:
    told: Counter[str] = Counter()
    for gap in gaps:
        told[str(gap.reason)] += gap.last - gap.first + 1
    return told


def _why(told: Counter[str], missing: int) -> dict[str, int]:
    why = dict(told)
    if missing > told.total():
        why["unexplained"] = missing - told.total()
    return dict(sorted(why.items()))
