"""Saying something about a person's plan, limits or feet: into the journal of this machine, or over the broker.

Where processing runs it is the journal's one writer, so it is told over the broker and answers. Where nobody holds the
data folder the entry is taken here, by the same rules.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO
from uuid import uuid4

from ingest.alone import take_alone
from ingest.wire.entries import Entry, EntryTaken, Role, Said
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage
from ingest.wire.topics import Address
from processing.entering import Entering
from processing.rule_changes import rules_maker
from processing.store.journal_sqlite import SqliteJournal
from underfoot.at_home import household
from underfoot.places import Places
from underfoot.reach import answer_to
from underfoot.settings import Settings

_ID_LENGTH = 12  # one household's entries; people copy the ids of their tasks


def say(settings: Settings, said: Said, *, by: str, role: Role, why: str = "") -> EntryTaken:
    """Say it now, and wait for the answer.

    :raises UnderfootError: BROKER_UNREACHABLE, also when processing does not answer; BROKER_REFUSED; what the journal
        raises. A refusal is no error but an answer; `kept` makes it one.
    """
    entry = Entry(id=uuid4().hex[:_ID_LENGTH], by=by, role=role, t_ns=time.time_ns(), said=said, why=why)
    with journal_to_ourselves(settings) as journal:
        if journal is not None:
            return _take_here(settings, journal, entry)
    return asyncio.run(ask(settings, entry))


def kept(taken: EntryTaken) -> EntryTaken:
    """:raises UnderfootError: the refusal, with its code."""
    if taken.taken:
        return taken
    raise UnderfootError(_code(taken.code), taken.detail)


async def ask(settings: Settings, entry: Entry) -> EntryTaken:
    """Send the entry over the broker, again after every new connection: taking it twice keeps it once.

    :raises UnderfootError: BROKER_UNREACHABLE, BROKER_REFUSED.
    """
    address = Address(settings.hub, settings.person)

    def heard(message: AnyMessage) -> EntryTaken | None:
        return message if isinstance(message, EntryTaken) and message.id == entry.id else None

    taken = await answer_to(settings, address.entries, entry, EntryTaken, heard)
    if taken is None:
        raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "processing does not answer")
    return taken


@contextmanager
def journal_to_ourselves(settings: Settings) -> Iterator[SqliteJournal | None]:
    """The journal of this machine to write in; None while a service has it, and where it is on another machine."""
    places = Places(settings.data_dir)
    if settings.broker.url is not None and not places.journal.is_file():
        yield None
        return
    alone = _alone(places)
    if alone is None:
        yield None
        return
    with closing(alone), closing(SqliteJournal(places.journal)) as journal:
        yield journal


def _alone(places: Places) -> BinaryIO | None:
    places.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        return take_alone(places.recordings)
    except UnderfootError as error:
        if error.code is not FaultCode.STORE_IN_USE:
            raise
        return None


def _take_here(settings: Settings, journal: SqliteJournal, entry: Entry) -> EntryTaken:
    rules = rules_maker(settings.rules.preset, journal)
    entering = Entering(settings.person, journal, lambda t_ns: rules(settings.person, t_ns), household(settings))
    return entering.take(entry)[0]


def _code(code: str | None) -> FaultCode:
    try:
        return FaultCode(code or "")
    except ValueError:  # of a newer processing
        return FaultCode.ENTRY_REFUSED
