"""`underfoot account`: adds the books up, so that every row is accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot import account
from underfoot.cli._front import Front, json_option, print_json
from underfoot.places import Places


@click.command(name="account")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The data folder; left out: data_dir.")
@click.option("--walk", help="Only this stored walk.")
@json_option
@click.pass_obj
def command(front: Front, data: Path | None, walk: str | None, as_json: bool) -> None:
    """Add the books up: rows taken, received, published, stored, still in the insole, missing, and why."""
    places = Places(front.settings({"data_dir": data}).data_dir)
    if not places.spool.is_file() and not places.recordings.is_file():
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no books in {places.data_dir}")
    feet = account.of_walk(places, walk) if walk else account.of_folder(places)
    walks, undated = list(account.walks_of(places)), account.undated_in(places)
    if as_json:
        print_json({"books": account.as_json(feet), "walk": walk, "walks": walks, "time_unknown": undated})
        return
    for line in _table(feet):
        click.echo(line)
    if not walk:
        click.echo(f"walks: {', '.join(walks) or 'none'}")
        for name, rows in undated.items():
            click.echo(f"time unknown, {name}: {', '.join(f'{rows[side]} rows {side}' for side in rows if rows[side])}")


def _table(feet: dict[Side, account.FootAccount]) -> Iterator[str]:
    yield "rows       " + "".join(f"{side:>14}" for side in feet)
    for name in account.COLUMNS:
        yield f"{name.replace('_', ' '):<11}" + "".join(f"{_shown(getattr(foot, name)):>14}" for foot in feet.values())
    for side, foot in feet.items():
        if foot.to_fetch:
            yield f"still in the {side} insole: {foot.to_fetch} rows, fetched when it is near the hub"
        for reason, rows in foot.why.items():
            yield f"missing, {side}: {rows} {reason}"


def _shown(rows: int | None) -> str:
    return "not known" if rows is None else str(rows)
