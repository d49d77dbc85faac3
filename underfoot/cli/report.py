"""`underfoot report`: before and after, by two stretches of days or by two programmes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.entries import ProgrammeId
from underfoot.cli import NOT_MEDICAL
from underfoot.cli._change_table import (
    FIGURES,
    add_change,
    add_comparison,
    change_json,
    comparison_json,
    days_option,
    new_table,
)
from underfoot.cli._folded import echo_folded
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli.trend import table_width

if TYPE_CHECKING:
    from processing.programme.report import Days, Graded, Report, RestsOn
    from underfoot.lived import Lived

_LEGEND = "mean ± SD (walks or days); symptoms: median ± spread (days). What each figure means: underfoot definitions"
_OF_DAYS = {
    "walked_min": "walked, min a day",
    "forward_min": "forward, min a day",
    "backward_min": "backward, min a day",
    "unclear_min": "forward or backward not clear, min a day",
    "steps": "steps a day",
}


def _programmes(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[ProgrammeId, ...]:
    if value is None:
        return ()
    names = [name.strip() for name in value.split(",")]
    try:
        found = tuple(ProgrammeId(name) for name in names)
    except ValueError as error:
        known = ", ".join(ProgrammeId)
        raise click.BadParameter(f"{value!r} names no two of {known}", ctx, param) from error
    if len(found) != 2 or found[0] is found[1]:
        raise click.BadParameter("two programmes are compared, such as daily-walking,backward-walking", ctx, param)
    return found


@click.command("report")
@click.option("--before", callback=days_option, metavar="A..B", help="First and last day, such as 2025-03-01.")
@click.option("--after", callback=days_option, metavar="C..D", help="The same for the later days.")
@click.option("--programmes", callback=_programmes, metavar="A,B", help="Days of programme A against those of B.")
@click.option("--figure", type=click.Choice(FIGURES), default="share_pct", show_default=True, help="Of the areas.")
@json_option
@click.pass_obj
def command(
    front: Front,
    *,
    before: tuple[date, date] | None,
    after: tuple[date, date] | None,
    programmes: tuple[ProgrammeId, ...],
    figure: str,
    as_json: bool,
) -> None:
    """What changed between two times: areas of the feet, evenness, asymmetry, cadence, minutes and symptoms.

    Each figure comes with its spread and the number of walks or days behind it. It shows what was different, not why.
    """
    from processing.programme.report import before_after
    from underfoot.cli._people import life_of

    if bool(programmes) == bool(before or after) or bool(before) != bool(after):
        raise click.UsageError("give --before and --after, or --programmes")
    life = life_of(front.settings({"log.level": "warning"}))
    sets = _of_programmes(life, programmes) if before is None or after is None else _of_days(before, after)
    on_both = _days_on_both(life, programmes)
    found = before_after(*sets, life.walks, life.facts, life.entries, life.zone, programmes=programmes)
    if as_json:
        print_json(_as_json(found, on_both))
    else:
        _show(found, figure, on_both)


def _of_days(before: tuple[date, date], after: tuple[date, date]) -> tuple[Days, Days]:
    from processing.programme.report import Days

    return Days.between(*before), Days.between(*after)


def _of_programmes(life: Lived, programmes: tuple[ProgrammeId, ...]) -> tuple[Days, Days]:
    from processing.programme.report import days_of_programmes

    known = life.standings()
    for programme in programmes:
        if programme not in known:
            raise click.ClickException(f"{programme} was never begun")
    return days_of_programmes(known[programmes[0]], known[programmes[1]])


def _days_on_both(life: Lived, programmes: tuple[ProgrammeId, ...]) -> str | None:
    """In words, when days were left out because both programmes were on."""
    if not programmes:
        return None
    known = life.standings()
    one, other = ({day.day for day in known[each].days} for each in programmes)
    if not one & other:
        return None
    return (
        f"{len(one & other)} days on which both were on count for neither; where that leaves too few, choose the days "
        "with --before and --after."
    )


def _as_json(found: Report, on_both: str | None) -> dict[str, Any]:
    return {
        "before": _rests_json(found.before),
        "after": _rests_json(found.after),
        **comparison_json(found.figures),
        "days": {name: change_json(change, "days") for name, change in found.of_days.items()},
        "symptoms": {
            name: {"before": _graded_json(each.before), "after": _graded_json(each.after), "change": each.change}
            for name, each in found.symptoms.items()
        },
        "notes": [*filter(None, [on_both]), *found.notes, NOT_MEDICAL],
    }


def _rests_json(rests: RestsOn) -> dict[str, Any]:
    return {
        "label": rests.label,
        "first": rests.first,
        "last": rests.last,
        "days": rests.days,
        "days_measured": rests.days_measured,
        "walks": rests.walks,
        "symptom_days": rests.symptom_days,
        "calibration": None if rests.calibration is None else rests.calibration.value,
    }


def _graded_json(graded: Graded) -> dict[str, Any]:
    return {"days": graded.days, "median": graded.median, "spread": graded.spread}


def _show(found: Report, figure: str, on_both: str | None) -> None:
    from rich.console import Console

    for name, rests in (("before", found.before), ("after", found.after)):
        echo_folded(
            f"{name}: {rests.label}, {rests.walks} walks, {rests.days_measured} of {rests.days} days measured, "
            f"symptoms on {rests.symptom_days}, calibration: {rests.calibration or 'unknown'}"
        )
    table = new_table()
    add_comparison(table, found.figures, figure)
    for name, change in found.of_days.items():
        add_change(table, _OF_DAYS[name], change)
    for name, grades in found.symptoms.items():
        moved = "not comparable" if grades.change is None else f"{grades.change:+.1f}"
        table.add_row(f"{name}, 0 … 10", _grade_words(grades.before), _grade_words(grades.after), moved, "", "")
    Console(width=table_width()).print(table)
    echo_folded(_LEGEND)
    for note in filter(None, (on_both, *found.notes, NOT_MEDICAL)):
        echo_folded(note, hang=0)


def _grade_words(graded: Graded) -> str:
    if graded.median is None:
        return "not answered"
    return f"{graded.median:.1f} ± {graded.spread:.1f} ({graded.days})"
