"""What the commands that say something for a person share: who says it, the person's day, and the journal to read."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, tzinfo
from typing import TYPE_CHECKING

import click

from ingest.wire.faults import FaultCode, UnderfootError
from processing.times import local_day, local_time
from underfoot.cli._front import Name
from underfoot.places import Places

if TYPE_CHECKING:
    from processing.store.journal_sqlite import SqliteJournalReader
    from underfoot.lived import Lived
    from underfoot.settings import Settings


def by_option(function: Callable[..., None]) -> Callable[..., None]:
    """`--by`: kept with what is said."""
    return click.option("--by", required=True, type=Name(), help="Who says it, such as your initials; it is kept.")(
        function
    )


def why_option(*, required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--why`: kept with what is said."""
    return click.option(
        "--why", required=required, type=Name() if required else str, metavar="TEXT", help="The reason."
    )


def journal_reader(settings: Settings) -> SqliteJournalReader:
    """:raises UnderfootError: NOTHING_STORED where this machine has no journal."""
    from processing.store.journal_sqlite import SqliteJournalReader

    file = Places(settings.data_dir).journal
    if not file.is_file():
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no journal in {settings.data_dir}")
    return SqliteJournalReader(file)


def today(settings: Settings) -> date:
    """The day it is for the wearer."""
    return local_day(time.time_ns(), zone(settings))


def life_of(settings: Settings, until: date | None = None) -> Lived:
    """All that is known of the wearer up to today, or to another day.

    :raises UnderfootError: NOTHING_STORED, STORE_DAMAGED.
    """
    from underfoot.lived import lived

    return lived(journal_reader(settings), settings.person, zone(settings), until or today(settings))


def zone(settings: Settings) -> tzinfo:
    from underfoot.zones import zone_named

    return zone_named(settings.household.zone)


def when(t_ns: int, where: tzinfo) -> str:
    return f"{local_time(t_ns, where):%Y-%m-%d %H:%M}"
