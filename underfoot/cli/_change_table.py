"""A change between two sets of walks or days, as a person and as a program reads it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

    from processing.metrics.change import Change, Comparison
    from processing.metrics.moments import Moments

FIGURES = ("share_pct", "peak_kpa", "max_force_n", "pti_peak_curve_kpa_s", "fti_n_s", "contact_pct")


def days_option(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[date, date] | None:
    """`A..B`, both days included; or one day."""
    if value is None:
        return None
    first, dots, last = value.partition("..")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not A..B, such as 2025-03-01..2025-03-14", ctx, param) from error
    if days[0] > days[1]:
        raise click.BadParameter(f"{value!r} ends before it begins", ctx, param)
    return days


def comparison_json(found: Comparison) -> dict[str, Any]:
    return {
        "regions": [
            {"side": row.side.value, "area": row.area, "figure": row.figure, **change_json(row.of)}
            for row in found.regions
        ],
        "walks": {path: change_json(change) for path, change in found.walks.items()},
    }


def change_json(change: Change, counted: str = "walks") -> dict[str, Any]:
    """`counted`: what the figures are means over."""
    return {
        "before": _moments(change.before, counted),
        "after": _moments(change.after, counted),
        "change": change.change,
        "change_pct": change.change_pct,
        "reason": change.reason,
    }


def new_table() -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("", "before", "after", "change", "change %"):
        table.add_column(name, justify="left" if not name else "right")
    table.add_column("")
    return table


def add_comparison(table: Table, found: Comparison, figure: str) -> None:
    """The areas' rows of one figure, then what is of whole walks."""
    rows = [row for row in found.regions if row.figure == figure]
    for row in rows:
        add_change(table, f"{row.side} {row.area.replace('_', ' ')}, {figure}", row.of)
    if not rows:
        table.add_row(f"areas, {figure}", "not measured")
    for path, change in found.walks.items():
        add_change(table, path, change)


def add_change(table: Table, name: str, change: Change) -> None:
    points = "not comparable" if change.change is None else f"{change.change:+.2f}"
    percent = "" if change.change_pct is None or not _has_true_zero(name) else f"{change.change_pct:+.1f}"
    table.add_row(name, _words(change.before), _words(change.after), points, percent, change.reason or "")


def _has_true_zero(name: str) -> bool:
    """A percentage of what goes either side of zero tells nothing."""
    return not name.startswith("asymmetry.")


def _moments(moments: Moments, counted: str) -> dict[str, Any]:
    return {counted: moments.n, "mean": moments.value, "sd": moments.sd}


def _words(moments: Moments) -> str:
    if moments.value is None:
        return "not measured"
    spread = "" if moments.sd is None else f" ± {moments.sd:.2f}"
    return f"{moments.value:.2f}{spread} ({moments.n})"
