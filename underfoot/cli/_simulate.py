"""`underfoot rules simulate`: other limits over walks that are stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.cli._bar import bar
from underfoot.cli._changed_limit import limit_and_value, spelled
from underfoot.cli._folded import echo_folded
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli._people import when
from underfoot.cli.trend import zone_of
from underfoot.places import Places
from underfoot.settings import Settings

if TYPE_CHECKING:
    from ingest.wire.alerts import Alert
    from processing.simulating import Beside
    from processing.store.journal_sqlite import SqliteJournalReader

_LISTED = 20
_OTHERS = "they are folded into a rule that was changed, or rest on rows that have come since (--json lists them)"
Change = float | str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """`was` and `would_be`: alerts of rules over seconds, in the walks looked at."""

    walks: int
    measured_s: int
    was: Sequence[Alert]
    would_be: Sequence[Alert]
    beside: Sequence[Beside]


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
    outcome = _run(settings, _begin_ns(first.date(), zone), _begin_ns(last.date() + timedelta(days=1), zone), changes)
    if as_json:
        print_json(_as_json(outcome, changes))
    else:
        _tell(outcome, changes, zone)


def _run(settings: Settings, start_t_ns: int, stop_t_ns: int, changes: Mapping[str, Change]) -> _Outcome:
    from processing.packed_seconds import unpacked
    from processing.rules.preset import load_preset, with_changes
    from processing.simulating import beside, judged_again
    from processing.store.journal_sqlite import SqliteJournalReader
    from processing.store.seconds import SecondsReader
    from processing.terms import terms_maker

    places = Places(settings.data_dir)
    if not places.seconds.is_file() or not places.journal.is_file():
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no walk in {settings.data_dir}")
    preset = with_changes(load_preset(settings.rules.preset), changes)  # a mistake is found before any work
    kinds = [rule.id for rule in preset.rules]
    _refuse_others(changes, kinds)
    journal, reader = SqliteJournalReader(places.journal), SecondsReader(places.seconds)
    terms = terms_maker(settings.rules.preset, journal)
    walks = reader.walks(settings.person, start_t_ns, stop_t_ns)
    worn = _worn(journal, settings.person, {walk.walk for walk in walks})
    would_be: list[Alert] = []
    measured_s = 0
    with bar("judging", time_left=True) as line:
        for done, walk in enumerate(walks):
            line.show(f"judging {walk.walk}", done, len(walks))
            seconds = list(unpacked(reader.packs(settings.person, walk.walk)))
            then = terms(settings.person, walk.walk, walk.begun_t_ns)
            rules = with_changes(then.rules, changes)
            would_be += judged_again(walk.walk, seconds, rules, then.baseline, worn.get(walk.walk))
            measured_s += len(seconds)
    looked_at = {walk.walk for walk in walks}
    was = [each for each in journal.alerts(settings.person) if each.walk in looked_at and each.rule in kinds]
    return _Outcome(
        walks=len(walks),
        measured_s=measured_s,
        was=was,
        would_be=would_be,
        beside=beside(was, would_be, kinds),
    )


def _worn(journal: SqliteJournalReader, person: str, walks: Collection[str]) -> dict[str, dict[Side, int]]:
    """Of each walk the checksums of its insoles' layouts."""
    from processing.metrics.recipe import STEADY
    from processing.rules.baseline import insoles

    summaries = {
        each.walk: json.loads(each.summary) for each in journal.walks(person, STEADY.name) if each.walk in walks
    }
    return {
        walk: {side: checksum for side, checksum in zip(Side, insoles(summary), strict=True) if checksum is not None}
        for walk, summary in summaries.items()
    }


def _refuse_others(changes: Mapping[str, Change], kinds: Sequence[str]) -> None:
    """Day rules and the length of the window need more than stored seconds."""
    others = sorted(key for key in changes if key.partition(".")[0] not in kinds)
    if others:
        detail = (
            f"{', '.join(others)} rests on days or windows; stored seconds can try the numbers of {', '.join(kinds)}"
        )
        raise UnderfootError(FaultCode.RULE_REFUSED, detail)


def _begin_ns(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp()) * 10**9


def _tell(outcome: _Outcome, changes: Mapping[str, Change], zone: tzinfo) -> None:
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


def _as_json(outcome: _Outcome, changes: Mapping[str, Change]) -> dict[str, Any]:
    from processing.simulating import only

    return {
        "changes": dict(changes),
        "walks": outcome.walks,
        "measured_s": outcome.measured_s,
        "rules": [asdict(each) for each in outcome.beside],
        "no_longer_raised": [each.id for each in only(outcome.was, outcome.would_be)],
        "raised_in_addition": [each.id for each in only(outcome.would_be, outcome.was)],
    }
