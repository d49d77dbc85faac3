"""`underfoot compare`: the wearer's walks in two stretches of days, set against each other area by area."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from underfoot.cli import NOT_MEDICAL
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli.trend import table_width, walks_of, zone_of

if TYPE_CHECKING:
    from rich.table import Table

    from processing.metrics.change import Change, Comparison
    from processing.metrics.moments import Moments

_FIGURES = ("share_pct", "peak_kpa", "max_force_n", "pti_peak_curve_kpa_s", "fti_n_s", "contact_pct")


def _days(ctx: click.Context, param: click.Parameter, value: str) -> tuple[date, date]:
    """`A..B`, both days included; or one day."""
    first, dots, last = value.partition("..")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not A..B, such as 2025-03-01..2025-03-14", ctx, param) from error
    if days[0] > days[1]:
        raise click.BadParameter(f"{value!r} ends before it begins", ctx, param)
    return days


@click.command("compare")
@click.option("--before", callback=_days, required=True, metavar="A..B", help="First and last day, such as 2025-03-01.")
@click.option("--after", callback=_days, required=True, metavar="C..D", help="The same for the later walks.")
@click.option("--figure", type=click.Choice(_FIGURES), default="share_pct", show_default=True, help="Of the areas.")
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
    zone = zone_of(zone_name)
    of_before, of_after = (
        [walk.summary for walk in walks_of(settings, first, last, zone)] for first, last in (before, after)
    )
    if not of_before or not of_after:
        none = before if not of_before else after
        raise click.ClickException(f"not measured: no walk was recorded from {none[0]} to {none[1]}")
    found = compare(of_before, of_after)
    if as_json:
        print_json(_as_json(found))
    else:
        _show(found, figure)


def _as_json(found: Comparison) -> dict[str, Any]:
    return {
        "regions": [
            {"side": row.side.value, "area": row.area, "figure": row.figure, **_change(row.of)} for row in found.regions
        ],
        "walks": {path: _change(change) for path, change in found.walks.items()},
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "before": _moments(change.before),
        "after": _moments(change.after),
        "change": change.change,
        "change_pct": change.change_pct,
        "reason": change.reason,
    }


def _moments(moments: Moments) -> dict[str, Any]:
    return {"walks": moments.n, "mean": moments.value, "sd": moments.sd}


def _show(found: Comparison, figure: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("", "before", "after", "change", "change %"):
        table.add_column(name, justify="left" if not name else "right")
    table.add_column("")
    rows = [row for row in found.regions if row.figure == figure]
    for row in rows:
        _add(table, f"{row.side} {row.area.replace('_', ' ')}, {figure}", row.of)
    if not rows:
        table.add_row(f"areas, {figure}", "not measured")
    for path, change in found.walks.items():
        _add(table, path, change)
    Console(width=table_width()).print(table)
    click.echo(f"mean ± SD (walks)\n{NOT_MEDICAL}")


def _add(table: Table, name: str, change: Change) -> None:
    points = "not comparable" if change.change is None else f"{change.change:+.2f}"
    percent = "" if change.change_pct is None else f"{change.change_pct:+.1f}"
    table.add_row(name, _words(change.before), _words(change.after), points, percent, change.reason or "")


def _words(moments: Moments) -> str:
    if moments.value is None:
        return "not measured"
    spread = "" if moments.sd is None else f" ± {moments.sd:.2f}"
    return f"{moments.value:.2f}{spread} ({moments.n})"
