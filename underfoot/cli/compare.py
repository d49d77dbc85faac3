"""`underfoot compare`: the wearer's walks in two stretches of days, set against each other area by area."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from underfoot.cli import NOT_MEDICAL
from underfoot.cli._change_table import FIGURES, add_comparison, comparison_json, days_option, new_table
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli.trend import table_width, walks_of, zone_of

if TYPE_CHECKING:
    from processing.metrics.change import Comparison


@click.command("compare")
@click.option(
    "--before", callback=days_option, required=True, metavar="A..B", help="First and last day, such as 2025-03-01."
)
@click.option("--after", callback=days_option, required=True, metavar="C..D", help="The same for the later walks.")
@click.option("--figure", type=click.Choice(FIGURES), default="share_pct", show_default=True, help="Of the areas.")
@click.option("--zone", "zone_name", metavar="NAME", help="Time zone of the days, such as Europe/Vienna.")
@json_option
@click.pass_obj
def command(
    front: Front,
    *,
    before: tuple[date, date],
    after: tuple[date, date],
    figure: str,
    zone_name: str | None,
    as_json: bool,
) -> None:
    """Walks of the days A..B against those of C..D: mean ± SD over the walks, and the change.

    Walks with different insoles or calibrations are not compared, and the reason is said.
    """
    from processing.metrics.change import compare

    settings = front.settings({"log.level": "warning"})
    zone = zone_of(zone_name, settings)
    of_before, of_after = (
        [walk.summary for walk in walks_of(settings, first, last, zone)] for first, last in (before, after)
    )
    if not of_before or not of_after:
        none = before if not of_before else after
        raise click.ClickException(f"not measured: no walk was recorded from {none[0]} to {none[1]}")
    found = compare(of_before, of_after)
    if as_json:
        print_json(comparison_json(found))
    else:
        _show(found, figure)


def _show(found: Comparison, figure: str) -> None:
    from rich.console import Console

    table = new_table()
    add_comparison(table, found, figure)
    Console(width=table_width()).print(table)
    click.echo(f"mean ± SD (walks)\n{NOT_MEDICAL}")
