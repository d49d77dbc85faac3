"""`underfoot trend`: days and weeks of the wearer's walks, each with what it rests on."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli import NOT_MEDICAL
from underfoot.cli._front import Front, json_option, print_json
from underfoot.places import Places
from underfoot.settings import Settings
from underfoot.zones import zone_named

if TYPE_CHECKING:
    from processing.load_ratio import MovedRatio
    from processing.periods import Period, TimedWalk
    from processing.pooling import Pooled

_WIDE = 240  # into a file or a pipe
_COLUMNS = {  # of a figure or total, what stands above its column, and how it is written
    "activity.walking_s": ("walking min", 1 / 60, "{:.0f}"),
    "activity.standing_s": ("standing min", 1 / 60, "{:.0f}"),
    "steps.left": ("steps, left", 1, "{:.0f}"),
    "cadence_spm": ("steps/min", 1, "{:.1f}"),
    "forefoot_share_pct.left": ("front left %", 1, "{:.1f}"),
    "forefoot_share_pct.right": ("front right %", 1, "{:.1f}"),
    "asymmetry.load_si_pct": ("load SI %", 1, "{:+.1f}"),
    "stride.cv_pct": ("stride CV %", 1, "{:.1f}"),
}


@click.command("trend")
@click.option(
    "--by", "span", type=click.Choice(("day", "week")), default="day", show_default=True, help="One line for each."
)
@click.option("--weeks", type=click.IntRange(1, 520), default=4, show_default=True, help="How far back.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; left out: today.")
@click.option("--zone", "zone_name", metavar="NAME", help="Time zone of the days, such as Europe/Vienna.")
@json_option
@click.pass_obj
def command(front: Front, span: str, weeks: int, until: datetime | None, zone_name: str | None, as_json: bool) -> None:
    """Days or weeks of walks: time walked, steps and the figures, each with its coverage and calibration.

    A day without a walk is not measured, which is not the same as a day without steps.
    """
    from processing.load_ratio import moved_ratios
    from processing.periods import Span, periods
    from processing.times import local_day

    settings = front.settings({"log.level": "warning"})
    zone = zone_of(zone_name, settings)
    last = until.date() if until else datetime.now(zone).date()
    first = last - timedelta(days=7 * weeks - 1)
    # a week goes on beyond the days asked for, and a load ratio is held against the seven days before
    walks = walks_of(settings, first - timedelta(days=13), last + timedelta(days=6), zone)
    found = periods(walks, Span(span), first, last, zone)
    moved = [(local_day(each.begun_t_ns, zone), each) for each in moved_ratios(walks)]
    shown = [(day, each) for day, each in moved if found[0].first <= day <= found[-1].last]
    if as_json:
        print_json([as_json_of(of, [each for day, each in shown if of.first <= day <= of.last]) for of in found])
    else:
        _show(found)
        for day, each in shown:
            click.echo(f"{_iso(day)}: {ratio_words(each)}")
        click.echo(f"– not measured\n{NOT_MEDICAL}")


def walks_of(settings: Settings, first: date, last: date, zone: tzinfo) -> list[TimedWalk]:
    """The wearer's walks that began on these days, as the journal has them, earliest first.

    :raises UnderfootError: NOTHING_STORED, STORE_DAMAGED.
    """
    from processing.metrics.recipe import STEADY
    from processing.periods import TimedWalk
    from processing.store.journal_sqlite import SqliteJournalReader
    from processing.times import local_day

    file = Places(settings.data_dir).journal
    if not file.is_file():
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no walks in {settings.data_dir}")
    return [
        TimedWalk(begun_t_ns=walk.begun_t_ns, summary=json.loads(walk.summary))
        for walk in SqliteJournalReader(file).walks(settings.person, STEADY.name)
        if first <= local_day(walk.begun_t_ns, zone) <= last
    ]


def zone_of(name: str | None, settings: Settings) -> tzinfo:
    """The zone that was asked for, or that of the household."""
    try:
        return zone_named(name or settings.household.zone)
    except UnderfootError as error:
        raise click.BadParameter(f"{name!r} is not a known time zone", param_hint="--zone") from error


def table_width() -> int | None:
    """None: as wide as the terminal."""
    return None if sys.stdout.isatty() else _WIDE


def ratio_words(moved: MovedRatio) -> str:
    way = "above" if moved.moved_pct > 0 else "below"
    return (
        f"load / weight {moved.ratio:.2f} is {abs(moved.moved_pct):.0f} % {way} the {moved.usual:.2f} of the seven "
        "days before: have the insoles looked at, unless something heavy was carried"
    )


def as_json_of(period: Period, moved: Sequence[MovedRatio] = ()) -> dict[str, Any]:
    return {
        "first": _iso(period.first),
        "last": _iso(period.last),
        "measured": period.measured.value,
        "reason": period.reason,
        "recordings": period.walks,
        "days_measured": period.days_measured,
        "recorded_s": period.recorded_s,
        "worn_s": _pooled(period.worn_s),
        "walks_found": _pooled(period.walks_found),
        "coverage_pct": {side.value: pct for side, pct in period.coverage_pct.items()},
        "calibration": None if period.calibration is None else period.calibration.value,
        "totals": {path: _pooled(each) for path, each in period.totals.items()},
        "figures": {path: _pooled(each) for path, each in period.figures.items()},
        "load_ratio_moved": [
            {
                "begun_t_ns": each.begun_t_ns,
                "ratio": each.ratio,
                "usual": each.usual,
                "walks": each.walks,
                "moved_pct": each.moved_pct,
            }
            for each in moved
        ],
    }


def _pooled(each: Pooled) -> dict[str, Any]:
    return {"value": each.value, "coverage_pct": each.coverage_pct, "walks": each.walks, "reason": each.reason}


def _iso(day: date) -> str:
    return day.isoformat()


def _show(found: list[Period]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("walks", "recorded min", "coverage %", "worn min", *(label for label, _, _ in _COLUMNS.values())):
        table.add_column(name, justify="right")
    table.add_column("calibration")
    table.add_column("")
    for each in found:
        name = _iso(each.first) if each.first == each.last else f"{_iso(each.first)} … {each.last:%m-%d}"
        if not each.recorded_s:
            table.add_row(name, *[""] * (len(_COLUMNS) + 5), each.measured.value, style="dim")
            continue
        recorded, covered = f"{each.recorded_s / 60:.0f}", f"{min(each.coverage_pct.values()):.0f}"
        worn = _said(each.worn_s, 1 / 60, "{:.0f}")
        beside = f"{each.measured}: {each.reason}" if each.reason else each.measured.value
        values = [_words(path, each) for path in _COLUMNS]
        table.add_row(
            name,
            _said(each.walks_found, 1, "{:.0f}"),
            recorded,
            covered,
            worn,
            *values,
            each.calibration or "unknown",
            beside,
        )
    Console(width=table_width()).print(table)


def _words(path: str, period: Period) -> str:
    _, factor, form = _COLUMNS[path]
    return _said(period.totals.get(path) or period.figures[path], factor, form)


def _said(pooled: Pooled, factor: float, form: str) -> str:
    return "–" if pooled.value is None else form.format(pooled.value * factor)
