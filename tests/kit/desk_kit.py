"""A desk over stores on disk, fed as fast as it goes: walks that would take hours live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.wire.alerts import Alert
from ingest.wire.faults import FaultBook
from ingest.wire.messages import AnyMessage
from ingest.wire.topics import Address
from processing.desk import Desk
from processing.outgoing import Stores
from processing.rule_changes import rules_maker
from processing.rules.ruleset import RulesFor
from processing.store.journal import JournalReading
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.seconds import SqliteSeconds
from processing.store.series_sqlite import SqliteSeries
from processing.terms import TermsMaker, terms_maker
from underfoot.places import Places

PERSON = "p1"
ADDRESS = Address("home", PERSON)


@contextmanager
def stores_in(folder: Path) -> Iterator[Stores]:
    """The stores of a data folder, where the commands look for them."""
    folder.mkdir(exist_ok=True)
    places = Places(folder)
    recordings = SqliteRecordings(places.recordings)
    journal, series = SqliteJournal(places.journal), SqliteSeries(places.series)
    seconds = SqliteSeconds(places.seconds)
    yield Stores(recordings=recordings, journal=journal, series=series, seconds=seconds)
    for each in (seconds, series, journal, recordings):
        each.close()


def judging(journal: JournalReading) -> tuple[TermsMaker, RulesFor]:
    """The clinical rules, with the changes that the journal holds."""
    return terms_maker("clinical", journal), rules_maker("clinical", journal)


def desk_over(stores: Stores, session: str = "0") -> Desk:
    return Desk(ADDRESS, stores, *judging(stores.journal), session, FaultBook())


def take(desk: Desk, stores: Stores, messages: Sequence[AnyMessage]) -> list[Alert]:
    """Deal with these messages as the service does; the alerts that were told."""
    taken = desk.receive(messages)
    new = [block for some in stores.recordings.append_all(taken.portions) for block in some]
    told = desk.settle(taken, new)
    while desk.busy:
        told += desk.work()
    desk.write_points()
    return [each.message for each in told if isinstance(each.message, Alert)]
