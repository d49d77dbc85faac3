"""`underfoot export`: what is stored, in files that other programs read, or live for a laboratory."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from underfoot.cli._export_files import Wanted, not_there, opened, tell, wanted, write_tables
from underfoot.cli._front import Front

if TYPE_CHECKING:
    from collections.abc import Callable

    from processing.export.table import Table


class _Formats(click.Group):
    """`lsl` opens the network and stands in a module of its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "lsl"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "lsl":
            found = import_module("underfoot.cli._export_lsl").command
            assert isinstance(found, click.Command)  # noqa: S101 - it is one
            return found
        return super().get_command(ctx, cmd_name)


@click.group("export", cls=_Formats, short_help="Take away what is stored: CSV, Parquet, EDF, FHIR, a report; LSL.")
def command() -> None:
    """Take away what is stored, for other programs. Nothing stored changes; what is not measured stays empty."""


@command.command("csv", short_help="Tables that every program reads.")
@wanted
def csv(want: Wanted) -> None:
    """Tables as CSV in a folder: walks, days, alerts, diary, programme, decisions; columns.csv says what each is.

    With --walk: that walk with every second and every row of it. Text that looks like a formula begins with '.
    """
    from processing.export.csv_file import write_csv

    _tables(want, "csv", write_csv)


@command.command("parquet", short_help="The same tables, typed. Extra `parquet`.")
@wanted
def parquet(want: Wanted) -> None:
    """The tables of `export csv` with types and units; samples are int16 codes and a scale. Extra `parquet`."""
    from processing.export.parquet_file import check_parquet, write_parquet

    check_parquet()
    _tables(want, "parquet", write_parquet)


def _tables(want: Wanted, ending: str, write: Callable[[Path, Table], int]) -> None:
    from underfoot.exporting import span_tables, walk_set

    with opened(want) as (stores, asked):
        taken = stores.extract(asked)
        one = asked.walk is not None
        books = stores.books(taken.walks[0]) if one else {}
        tables = walk_set(stores, taken, as_codes=ending == "parquet") if one else span_tables(taken)
        name = taken.walks[0].walk if one else f"{taken.person}-{taken.first}-{taken.last}"
        folder = want.out or Path(f"underfoot-{name}-{ending}")
        written = write_tables(want, folder, tables, ending, write)
        silent = [walk for walk in taken.walks if walk.summary is None]
        notes = {walk.walk: f"{walk.walk}: no figures, {walk.reason}" for walk in silent}
        tell(want, written, books, notes)


@command.command("edf", short_help="One walk as signals. Extra `edf`.")
@wanted
def edf(want: Wanted) -> None:
    """One walk (--walk; left out: the latest) as EDF+: a signal per cell and per foot, alerts and gaps as annotations.

    The lowest code of a signal stands for not measured. Extra `edf`.
    """
    from processing.export.edf_file import check_edf, write_edf
    from processing.export.whole import whole_files
    from underfoot.cli._bar import bar
    from underfoot.exporting import LATEST, signals

    check_edf()
    if want.first or want.last:
        raise click.UsageError("EDF holds one walk: say --walk ID")
    with opened(want) as (stores, asked):
        taken = stores.extract(replace(asked, walk=asked.walk or LATEST))
        file = want.out or Path(f"{taken.walks[0].walk}.edf")
        not_there(file, force=want.force)
        with bar(f"writing {file.name}"), whole_files([file]) as meanwhile:
            made = signals(stores, taken)
            write_edf(meanwhile[file], made)
        tell(want, {file: made.slots}, stores.books(taken.walks[0]), {"held": made.words()})


@command.command("fhir", short_help="A FHIR R4 bundle.")
@wanted
def fhir(want: Wanted) -> None:
    """Days as one FHIR R4 bundle (JSON): steps, minutes, loads, alerts, diary, programmes; the person is an opaque id.

    There is no LOINC code for plantar load that we know of: those figures have codes of our own, defined in the bundle.
    """
    from processing.export.fhir import bundle, write_bundle
    from processing.export.whole import whole_files

    with opened(want) as (stores, asked):
        taken = stores.extract(asked)
        name = taken.walks[0].walk if asked.walk else f"{taken.person}-{taken.first}-{taken.last}"
        file = want.out or Path(f"underfoot-{name}.fhir.json")
        not_there(file, force=want.force)
        with whole_files([file]) as meanwhile:
            count = write_bundle(meanwhile[file], bundle(taken))
        tell(want, {file: count}, {})


@command.command("report", short_help="The printable report as one HTML file.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Last day; left out: today.")
@click.option("--weeks", type=click.IntRange(1, 104), default=12, show_default=True, help="How far back.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="File to write.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@click.pass_obj
def report(front: Front, last: datetime | None, weeks: int, language: str, out: Path | None, force: bool) -> None:
    """The report that the page prints (Twelve weeks, Report), as one file that any browser opens and prints.

    It needs no service and asks no other machine for anything.
    """
    from processing.export.whole import whole_files
    from underfoot.cli._people import journal_reader, today
    from underfoot.web.exports.paper import report_html

    settings = front.settings({"log.level": "warning"})
    journal_reader(settings)
    until = last.date() if last else today(settings)
    file = out or Path(f"underfoot-{settings.person}-{until}.html")
    not_there(file, force=force)
    asked = {"until": until.isoformat(), "weeks": str(weeks)}
    html = asyncio.run(report_html(settings, time.time_ns(), language, asked))
    with whole_files([file]) as meanwhile:
        meanwhile[file].write_text(html, encoding="utf-8")
    click.echo(f"{file}: open it in a browser and print it")
