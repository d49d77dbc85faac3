"""`underfoot rules simulate`: other limits over walks that are stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click

from underfoot.cli._bar import bar
from underfoot.cli._changed_limit import limit_and_value, spelled
from underfoot.cli._folded import echo_folded
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli._people import when
from underfoot.cli.trend import zone_of
from underfoot.settings import Settings

if TYPE_CHECKING:
    from ingest.wire.alerts import Alert
    from underfoot.simulated import Simulated

_LISTED = 20
_OTHERS = "they are folded into a rule that was changed, or rest on rows that have come since (--json lists them)"
Change = float | str | bool


@click.command("simulate", short_help="Try other limits on stored walks.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day, included.")
@click.option(
    "--set", "changes", multiple=True, required=True, callback=limit_and_value, metavar="KEY=VALUE",
    help="A number to try, such as A4.enter_points=20. May be given several times.",
)  # fmt: skip
@click.option("--zone", "zone_name", metavar="NAME", help="Time zone of the days, such as Europe/Vienna.")
@json_option
@click.pass_obj
def command(
    front: Front,
    *,
    first: datetime,
    last: datetime,
    changes: dict[str, Change],
    zone_name: str | None,
    as_json: bool,
) -> None:
    """What would have been raised with other limits, beside what was. Nothing is changed.

    The rules over seconds (A1 to A6, T1, T2) are run again on the stored seconds of every walk that has ended, each
    under the baseline and the other limits of its time.
    """
    settings = front.settings({"log.level": "warning"})
    if last < first:
        raise click.UsageError("--to is before --from")
    zone = zone_of(zone_name, settings)
    outcome = _run(settings, first.date(), last.date(), zone, changes)
    if as_json:
        print_json(_as_json(outcome, changes))
    else:
        _tell(outcome, changes, zone)


def _run(settings: Settings, first: date, last: date, zone: tzinfo, changes: Mapping[str, Change]) -> Simulated:
    from processing.times import day_bounds_ns
    from underfoot.simulated import simulated

    start_t_ns, stop_t_ns = day_bounds_ns(first, zone)[0], day_bounds_ns(last, zone)[1]
    with bar("judging", time_left=True) as line:
        return simulated(
            settings,
            settings.person,
            start_t_ns,
            stop_t_ns,
            changes,
            lambda walk, done, of: line.show(f"judging {walk}", done, of),
        )


def _tell(outcome: Simulated, changes: Mapping[str, Change], zone: tzinfo) -> None:
    from processing.simulating import only

    hours = outcome.measured_s / 3600
    tried = ", ".join(f"{key}={spelled(value)}" for key, value in changes.items())
    click.echo(f"{outcome.walks} walks, {hours:.1f} h, with {tried}")
    click.echo(f"{'rule':<8}{'was':>6}{'would be':>10}{'in both':>9}{'per hour was':>14}{'would be':>10}")
    for each in outcome.beside:
        click.echo(
            f"{each.rule:<8}{each.was:>6}{each.would_be:>10}{each.both:>9}"
            f"{_rate(each.was, hours):>14}{_rate(each.would_be, hours):>10}"
        )
    changed = {key.partition(".")[0] for key in changes}
    gone, new = only(outcome.was, outcome.would_be), only(outcome.would_be, outcome.was)
    _list("No longer raised", [each for each in gone if each.rule in changed], zone)
    _list("Raised in addition", [each for each in new if each.rule in changed], zone)
    others = Counter(each.rule for each in (*gone, *new) if each.rule not in changed)
    if others:
        named = ", ".join(f"{count} of {rule}" for rule, count in sorted(others.items()))
        echo_folded(f"Other rules differ as well: {named}; {_OTHERS}")
    click.echo("Nothing was changed. A limit is set with: underfoot rules set")


def _list(title: str, alerts: Sequence[Alert], zone: tzinfo) -> None:
    if alerts:
        click.echo(f"{title}:")
    for alert in alerts[:_LISTED]:
        what = " ".join(filter(None, (alert.rule, alert.side)))
        echo_folded(f"  {when(alert.raised_t_ns, zone)}  {what}  {alert.evidence}")
    if len(alerts) > _LISTED:
        click.echo(f"  … and {len(alerts) - _LISTED} more; --json lists all")


def _rate(count: int, hours: float) -> str:
    return f"{count / hours:.2f}" if hours else "–"


def _as_json(outcome: Simulated, changes: Mapping[str, Change]) -> dict[str, Any]:
    from processing.simulating import only

    return {
        "changes": dict(changes),
        "walks": outcome.walks,
        "measured_s": outcome.measured_s,
        "rules": [asdict(each) for each in outcome.beside],
        "no_longer_raised": [each.id for each in only(outcome.was, outcome.would_be)],
        "raised_in_addition": [each.id for each in only(outcome.would_be, outcome.was)],
    }
