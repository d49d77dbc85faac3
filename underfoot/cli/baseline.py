"""`underfoot baseline`: what is usual for the wearer; a person may refresh it, nothing else does."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli._front import Front, Name, json_option, print_json
from underfoot.places import Places
from underfoot.settings import Settings

if TYPE_CHECKING:
    from processing.rules.baseline import Baseline
    from processing.store.journal import BaselineSet
    from processing.store.journal_sqlite import SqliteJournalReader


@click.group(name="baseline")
def command() -> None:
    """Show what is usual for the wearer, or learn it anew."""


@command.command(short_help="Show what is usual for the wearer.")
@click.option("--all", "every", is_flag=True, help="Earlier ones as well.")
@json_option
@click.pass_obj
def show(front: Front, every: bool, as_json: bool) -> None:
    """The baseline in force: median and spread of each figure over seven walks of the wearer's own."""
    settings = front.settings({"log.level": "warning"})
    journal = _reader(settings)
    found = journal.baselines(settings.person)
    shown = found if every else found[-1:]
    if as_json:
        print_json([_as_json(each) for each in shown])
        return
    for each in shown:
        _tell(each)
    if not found:
        click.echo("No baseline yet. It is learned from the first seven walks that count.")
        _tell_walks(journal, settings.person)


@command.command(short_help="Learn it anew from the latest walks.")
@click.option("--by", required=True, type=Name(), help="Who wants it; kept with the baseline.")
@json_option
@click.pass_obj
def refresh(front: Front, by: str, as_json: bool) -> None:
    """Learn the baseline anew from the latest seven walks that count. The earlier ones are kept."""
    from ingest.alone import take_alone
    from processing.learning import latest_baseline
    from processing.store.journal import BaselineSet
    from processing.store.journal_sqlite import SqliteJournal

    settings = front.settings({"log.level": "warning"})
    reader = _reader(settings)
    learned = latest_baseline(reader, settings.person)
    if learned is None:
        _tell_walks(reader, settings.person)
        raise click.ClickException("too few walks count for a baseline; the one in force stays as it is")
    places = Places(settings.data_dir)
    made = BaselineSet(person=settings.person, baseline=learned, by=by, t_ns=time.time_ns())
    with closing(take_alone(places.recordings)), closing(SqliteJournal(places.journal)) as journal:
        journal.set_baseline(made)
    if as_json:
        print_json(_as_json(made))
    else:
        _tell(made)


def _reader(settings: Settings) -> SqliteJournalReader:
    from processing.store.journal_sqlite import SqliteJournalReader

    file = Places(settings.data_dir).journal
    if not file.is_file():
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no walks in {settings.data_dir}")
    return SqliteJournalReader(file)


def _tell(each: BaselineSet) -> None:
    when = datetime.fromtimestamp(each.t_ns / 1e9, UTC).astimezone()
    if each.baseline is None:
        click.echo(f"{when:%Y-%m-%d %H:%M}  taken back by {each.by}")
        return
    click.echo(f"{when:%Y-%m-%d %H:%M}  from {each.baseline.walks} walks, set by {each.by}")
    for path, usual in _figures(each.baseline).items():
        click.echo(f"  {path:<40} {usual['usual']:8.2f}  ± {usual['spread']:.2f}")


def _tell_walks(journal: SqliteJournalReader, person: str) -> None:
    """Every walk, and why it does not count."""
    from processing.metrics.recipe import STEADY
    from processing.rules.baseline import why_not

    for walk in journal.walks(person, STEADY.name):
        click.echo(f"  {walk.walk}  {why_not(json.loads(walk.summary)) or 'counts'}")


def _figures(baseline: Baseline) -> dict[str, dict[str, float]]:
    """The figures of a baseline, of one from before there were more than three as well."""
    known = {
        "forefoot_share_pct.left": baseline.forefoot_share_pct.left,
        "forefoot_share_pct.right": baseline.forefoot_share_pct.right,
        "asymmetry.load_si_pct": baseline.load_si_pct,
        **baseline.figures,
    }
    return {path: {"usual": usual.median, "spread": usual.spread} for path, usual in known.items()}


def _as_json(each: BaselineSet) -> dict[str, Any]:
    baseline = each.baseline
    return {
        "set_t_ns": each.t_ns,
        "by": each.by,
        "walks": None if baseline is None else baseline.walks,
        "figures": None if baseline is None else _figures(baseline),
    }
