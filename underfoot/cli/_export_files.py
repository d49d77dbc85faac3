"""What the commands of `underfoot export` share: what is asked for, where it goes, and what is told afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from underfoot.cli import NOT_MEDICAL
from underfoot.cli._bar import bar
from underfoot.cli._front import Front, print_json
from underfoot.cli._people import today, zone
from underfoot.places import Places

if TYPE_CHECKING:
    from ingest.wire.geometry import Side
    from processing.export.table import Table
    from processing.store.recordings import SideBooks
    from underfoot.exporting import Asked, Stores

_DAY = click.DateTime(["%Y-%m-%d"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was said on the command line. `out` None: a name of its own in the folder where one is."""

    front: Front
    first: datetime | None
    last: datetime | None
    walk: str | None
    out: Path | None
    force: bool
    as_json: bool

    def asked(self, person: str, where: Any, day: date) -> Asked:
        from underfoot.exporting import Asked, last_days

        if self.walk is not None and (self.first or self.last):
            raise click.UsageError("--walk names one walk; --from and --to name days")
        last = self.last.date() if self.last else day
        first = self.first.date() if self.first else last_days(last)[0]
        if first > last:
            raise click.UsageError(f"--from {first} is after --to {last}")
        if last - first > timedelta(days=20 * 366):
            raise click.UsageError("no more than twenty years at once")
        return Asked(person=person, zone=where, first=first, last=last, walk=self.walk, today=day)


def wanted(function: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that writes files; the function gets one `Wanted`."""

    @click.option("--from", "first", type=_DAY, metavar="DAY", help="First day; left out: 84 days up to the last.")
    @click.option("--to", "last", type=_DAY, metavar="DAY", help="Last day; left out: today.")
    @click.option("--walk", metavar="ID|latest", help="One walk instead, with every second and every row of it.")
    @click.option("--out", type=click.Path(path_type=Path), help="File or folder to write.")
    @click.option("--force", is_flag=True, help="Replace what is there.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
    @click.pass_obj
    def command(front: Front, /, **said: Any) -> None:
        function(Wanted(front=front, **said))

    command.__doc__ = function.__doc__
    command.__name__ = function.__name__
    return command


@contextmanager
def opened(want: Wanted) -> Iterator[tuple[Stores, Asked]]:
    """The stores of the settings and what is asked of them.

    :raises UnderfootError: NOTHING_STORED, STORE_DAMAGED.
    """
    from underfoot.exporting import Stores

    settings = want.front.settings({"log.level": "warning"})
    asked = want.asked(settings.person, zone(settings), today(settings))
    with closing(Stores(Places(settings.data_dir))) as stores:
        yield stores, asked


def not_there(*files: Path, force: bool) -> None:
    """:raises click.UsageError: one of the files is there already, and nobody said --force."""
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise click.UsageError(f"{', '.join(there)} is there already; --force replaces it")


def write_tables(
    want: Wanted, folder: Path, tables: tuple[Table, ...], ending: str, write: Callable[[Path, Table], int]
) -> dict[Path, int]:
    """All of the files, or none; how many rows each holds."""
    from processing.export.table import watched
    from processing.export.whole import whole_files

    files = {folder / f"{table.name}.{ending}": table for table in tables}
    not_there(*files, force=want.force)
    rows: dict[Path, int] = {}
    with bar("writing") as line, whole_files(files) as meanwhile:
        for file, table in files.items():
            told = watched(table, lambda name, done: line.show(f"{name}: {done} rows"))
            rows[file] = write(meanwhile[file], told)
    return rows


def tell(
    want: Wanted, written: Mapping[Path, int], books: Mapping[Side, SideBooks], notes: Mapping[str, str] | None = None
) -> None:
    """What was written, and how it compares with what is stored."""
    if want.as_json:
        files = [{"file": str(file), "rows": rows} for file, rows in written.items()]
        kept = {
            side.value: {"stored": b.stored, "declared": b.declared, "missing": b.missing} for side, b in books.items()
        }
        print_json({"files": files, "books": kept, "notes": dict(notes or {})})
        return
    for file, rows in written.items():
        click.echo(f"{file}: {rows} rows")
    for side, book in books.items():
        click.echo(
            f"{side}: {book.stored} rows stored, {book.declared} lost for a known reason, {book.missing} missing"
        )
    for words in (notes or {}).values():
        click.echo(words)
    click.echo(NOT_MEDICAL)
