"""The stores of this machine, opened for an export, and what one of each format holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo

from ingest.wire.block import Block
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, Metrics
from processing.correcting import Correcting
from processing.export import person_tables, walk_tables
from processing.export.edf_rows import Signals, signals_of
from processing.export.extract import Extract, KeptWalk, extract
from processing.export.table import Table, with_dictionary
from processing.packed_seconds import unpacked
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.recordings import SideBooks, WalkInfo
from processing.store.recordings_reader import SqliteRecordingsReader
from processing.store.seconds import SecondsReader
from processing.times import local_day
from underfoot.places import Places

LATEST = "latest"
DAYS = 84


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of a person is wanted: days `first` … `last`, or one `walk` of any day (`latest`: the last there is)."""

    person: str
    zone: tzinfo
    first: date
    last: date
    walk: str | None = None
    today: date | None = None  # None: the last day


class Stores:
    """Opened for reading; close it. What is not there (no recordings brought home) is not in the export.

    :raises UnderfootError: NOTHING_STORED where there is no journal, STORE_DAMAGED.
    """

    def __init__(self, places: Places) -> None:
        if not places.journal.is_file():
            raise UnderfootError(FaultCode.NOTHING_STORED, f"no journal in {places.data_dir}")
        self.journal = SqliteJournalReader(places.journal)
        self._seconds = SecondsReader(places.seconds) if places.seconds.is_file() else None
        self._open = ExitStack()
        self._recordings: SqliteRecordingsReader | None = None
        if places.recordings.is_file():
            self._recordings = self._open.enter_context(closing(SqliteRecordingsReader(places.recordings)))

    def close(self) -> None:
        self._open.close()

    def walks(self, person: str) -> list[WalkInfo]:
        return [] if self._recordings is None else self._recordings.walks(person)

    def extract(self, asked: Asked) -> Extract:
        """:raises UnderfootError: UNKNOWN_NAME, NOTHING_STORED, STORE_DAMAGED."""
        stored = self.walks(asked.person)
        first, last, name = asked.first, asked.last, None
        if asked.walk is not None:
            name, day = self._day_of(asked, stored)
            first, last = (day, day) if day is not None else (first, last)
        over = asked.today is not None and last < asked.today
        taken = extract(self.journal, asked.person, asked.zone, first, last, stored, last_is_over=over)
        if name is not None:
            taken = taken.of_walk(name)
        return _with_layouts(taken, self._layouts(taken))

    def _day_of(self, asked: Asked, stored: Sequence[WalkInfo]) -> tuple[str, date | None]:
        """The walk's name and the wearer's day on which it began; None: nobody knows."""
        begun = {each.walk: each.begun_t_ns for each in self.journal.walks(asked.person)}
        known = {each.walk: each.start_t_ns or 0 for each in stored if each.time_known} | begun
        if asked.walk == LATEST:
            if not known:
                raise UnderfootError(FaultCode.NOTHING_STORED, "no walk whose time is known")
            name = max(known, key=lambda each: (known[each], each))
        else:
            name = asked.walk or ""
        if name in known:
            return name, local_day(known[name], asked.zone)
        if any(each.walk == name for each in stored):
            return name, None
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"walk {name!r}")

    def _layouts(self, taken: Extract) -> list[Layout]:
        """Each insole once, as it last described itself in these walks, corrected as its rows are."""
        found: dict[tuple[str, Side], Layout] = {}
        for walk in taken.walks:
            for each in self.rows(taken.person, walk)[0]:
                found[each.insole, each.side] = each
        return list(found.values())

    def rows(self, person: str, walk: KeptWalk) -> tuple[list[Layout], Iterator[Block]]:
        """Layouts and rows of a walk, corrected by the calibration under which it was judged."""
        if self._recordings is None or walk.stored is None:
            return [], iter(())
        number = None if walk.summary is None else walk.summary.get("calibration_version")
        version = next((each for each in self.journal.calibrations(person) if each.version == number), None)
        correcting = Correcting(version, FaultBook())  # its faults were told when the walk was judged
        fed = [out for layout in self._recordings.layouts(walk.walk) for out in correcting.feed(layout)]
        blocks = (out for block in self._recordings.blocks(walk.walk) for out in correcting.feed(block))
        return [each for each in fed if isinstance(each, Layout)], (each for each in blocks if isinstance(each, Block))

    def cells(self, person: str, walk: KeptWalk, layouts: Sequence[Layout]) -> int:
        """Of the insole that has most; rows of an insole that described none are looked at themselves."""
        sides = {} if walk.stored is None else walk.stored.rows
        described = {each.side for each in layouts}
        most = max((len(each.cells) for each in layouts), default=0)
        if all(side in described for side, rows in sides.items() if rows):
            return most
        return max((block.cells for block in self.rows(person, walk)[1]), default=most)

    def books(self, walk: KeptWalk) -> dict[Side, SideBooks]:
        return {} if self._recordings is None or walk.stored is None else self._recordings.books(walk.walk)

    def seconds(self, person: str, walks: Sequence[KeptWalk]) -> Iterator[Metrics]:
        for walk in walks:
            if self._seconds is not None:
                yield from unpacked(self._seconds.packs(person, walk.walk))


def _with_layouts(taken: Extract, layouts: Sequence[Layout]) -> Extract:
    return replace(taken, layouts=tuple(layouts))


def span_tables(taken: Extract) -> tuple[Table, ...]:
    """What there is of days: walks, days, alerts, diary, programmes, decisions, and the dictionary of their columns."""
    return with_dictionary(
        [
            walk_tables.walks_table(taken),
            person_tables.days_table(taken),
            person_tables.alerts_table(taken),
            person_tables.diary_table(taken),
            person_tables.programme_table(taken),
            person_tables.decisions_table(taken),
        ]
    )


def walk_set(stores: Stores, taken: Extract, *, as_codes: bool) -> tuple[Table, ...]:
    """What there is of one walk: its line, alerts, every second, every row, cells, books, gaps, dictionary."""
    (walk,) = taken.walks
    layouts, blocks = stores.rows(taken.person, walk)
    books = stores.books(walk)
    return with_dictionary(
        [
            walk_tables.walks_table(taken),
            person_tables.alerts_table(taken),
            walk_tables.seconds_table(taken.walks, stores.seconds(taken.person, taken.walks)),
            walk_tables.samples_table(blocks, stores.cells(taken.person, walk, layouts), as_codes=as_codes),
            walk_tables.cells_table(layouts),
            walk_tables.books_table(books),
            walk_tables.gaps_table(books),
        ]
    )


def signals(stores: Stores, taken: Extract) -> Signals:
    """One walk on the even grid of EDF.

    :raises UnderfootError: CLOCK_UNKNOWN, NOTHING_STORED, ENTRY_REFUSED.
    """
    (walk,) = taken.walks
    if walk.stored is None or walk.stored.start_t_ns is None or walk.stored.end_t_ns is None:
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no rows of {walk.walk}")
    if not walk.stored.time_known:
        raise UnderfootError(FaultCode.CLOCK_UNKNOWN, f"{walk.walk}: {walk.reason}")
    layouts, blocks = stores.rows(taken.person, walk)
    span_t_ns = (walk.stored.start_t_ns, walk.stored.end_t_ns)
    return signals_of(taken.person, span_t_ns, layouts, blocks, taken.alerts)


def last_days(until: date, days: int = DAYS) -> tuple[date, date]:
    return until - timedelta(days=days - 1), until
