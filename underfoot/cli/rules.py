"""`underfoot rules`: the limits in force and why, changing one, and who changed what when."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.alerts import Audience
from underfoot.cli._changed_limit import is_a_limit, limit_and_value, spelled
from underfoot.cli._folded import echo_folded
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli._people import by_option, journal_reader, when, why_option, zone
from underfoot.places import Places

if TYPE_CHECKING:
    from ingest.wire.entries import Entry
    from processing.rules.ruleset import Value
    from underfoot.rules_in_force import LimitInForce
    from underfoot.settings import Settings

_WIDTH = 100
_WHOM = {Audience.PATIENT: "patient", Audience.CLINICIAN: "clinician", Audience.TECHNICAL: "one who mends it"}


class _Group(click.Group):
    """`simulate` reads stored walks and is imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "simulate"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "simulate":
            from underfoot.cli._simulate import command as simulate

            return simulate
        return super().get_command(ctx, cmd_name)


@click.group(name="rules", cls=_Group)
def command() -> None:
    """Show the limits in force and what each rests on; change one; try others on stored walks.

    No limit has been validated for a clinical purpose. Every change is kept with who, when and why.
    """


@command.command(short_help="List every limit in force, its bounds, and why it is what it is.")
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@json_option
@click.pass_obj
def show(front: Front, rules: Sequence[str], as_json: bool) -> None:
    """List every limit in force: its bounds, its evidence, and who changed it when and why.

    RULE limits the list, such as A4 or peace.
    """
    settings = front.settings({"log.level": "warning"})
    found = _in_force(settings, rules)
    if not found["limits"] and not found["rules"]:
        raise click.BadParameter(f"no rule is named {' or '.join(rules)}", param_hint="RULE")
    if as_json:
        print_json(found)
        return
    click.echo(found["title"])
    heads = {each["id"]: f"{each['level']}, for the {_WHOM[each['audience']]}" for each in found["rules"]}
    parts = dict.fromkeys([*heads, *(_part(row["key"]) for row in found["limits"])])
    for part in sorted(parts, key=bool):  # what is of the whole set comes first
        if part:
            click.echo(f"\n{part}: {heads[part]}" if part in heads else f"\n{part}")
        for row in found["limits"]:
            if _part(row["key"]) == part:
                _tell(row, zone(settings))
    for key, detail in found["left_out"].items():
        click.echo(f"left out, as it no longer fits: {key} ({detail})", err=True)


@command.command("set", short_help="Change limits, such as A4.enter_points=20.")
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE...", callback=limit_and_value)
@by_option
@why_option(required=True)
@json_option
@click.pass_obj
def set_(front: Front, *, changes: dict[str, Value], by: str, why: str, as_json: bool) -> None:
    """Change limits of this person's rules, in the order given, within their bounds.

    A clinician does this. `underfoot rules show` lists the keys. A walk that has begun keeps the rules it began with.
    """
    _say(front, dict(changes), by, why, as_json=as_json)


@command.command(short_help="Set limits back to the preset's.")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...", callback=is_a_limit)
@by_option
@why_option(required=True)
@json_option
@click.pass_obj
def reset(front: Front, *, keys: tuple[str, ...], by: str, why: str, as_json: bool) -> None:
    """Set limits back to what the preset has, in the order given."""
    _say(front, dict.fromkeys(keys), by, why, as_json=as_json)


@command.command(short_help="List every change that was ever made.")
@json_option
@click.pass_obj
def history(front: Front, as_json: bool) -> None:
    """List every change of a limit, the first one first: when, by whom, what and why."""
    from ingest.wire.entries import RuleChange

    settings = front.settings({"log.level": "warning"})
    entries = journal_reader(settings).entries(settings.person, RuleChange)
    changes = [(each, each.said) for each in entries if isinstance(each.said, RuleChange)]
    if as_json:
        print_json([{"key": said.key, "value": said.value, **_by(each)} for each, said in changes])
        return
    for each, said in changes:
        value = "the preset's" if said.value is None else spelled(said.value)
        echo_folded(f"{when(each.t_ns, zone(settings))}  {said.key} = {value}  by {each.by}: {each.why}")
    if not changes:
        click.echo("no limit was ever changed")


def _say(front: Front, changes: dict[str, Any], by: str, why: str, *, as_json: bool) -> None:
    """One entry a limit; the first refusal ends it, what was taken before stays."""
    from ingest.wire.entries import Role, RuleChange
    from underfoot.saying import kept, say

    settings = front.settings({"log.level": "warning"})
    taken = []
    for key, value in changes.items():
        answer = kept(say(settings, RuleChange(key=key, value=value), by=by, role=Role.CLINICIAN, why=why))
        taken.append({"key": key, "value": value, "id": answer.id})
        if not as_json:
            now = "as in the preset" if value is None else spelled(value)
            echo_folded(f"{key} is {now}, by {by}. {answer.advice}".rstrip())
    if as_json:
        print_json(taken)


def _in_force(settings: Settings, wanted: Sequence[str]) -> dict[str, Any]:
    """The rules, every limit of them or of those that are wanted, and the changes that no longer fit."""
    from underfoot.rules_in_force import rules_in_force

    journal = journal_reader(settings) if Places(settings.data_dir).journal.is_file() else None
    found = rules_in_force(settings.rules.preset, journal, settings.person, time.time_ns())
    rows = [_row(each) for each in found.limits if not wanted or each.part in wanted or each.limit.key in wanted]
    named = {_part(row["key"]) for row in rows}
    return {
        "title": found.title,
        "rules": [
            {"id": rule.id, "level": rule.level, "audience": rule.audience}
            for rule in found.heads
            if not wanted or rule.id in wanted or rule.id in named
        ],
        "limits": rows,
        "left_out": {key: fault.detail for key, fault in found.left_out.items()},
    }


def _part(key: str) -> str:
    from underfoot.rules_in_force import part_of

    return part_of(key)


def _row(each: LimitInForce) -> dict[str, Any]:
    limit = each.limit
    return {
        "key": limit.key,
        "value": limit.value,
        "wanted": limit.wanted,
        "least": limit.least,
        "most": limit.most,
        "preset": each.in_preset,
        "evidence": limit.why,
        "changed": None if each.changed is None else _by(each.changed),
    }


def _by(entry: Entry) -> dict[str, Any]:
    return {"by": entry.by, "t_ns": entry.t_ns, "why": entry.why}


def _tell(row: dict[str, Any], where: tzinfo) -> None:
    changed = row["changed"]
    line = f"{row['key']:<26} {spelled(row['value']):>10}   {row['wanted']}"
    click.echo(click.style(line, bold=changed is not None))
    if changed is not None:
        since = when(changed["t_ns"], where)
        click.echo(f"    changed from {spelled(row['preset'])} by {changed['by']}, {since}: {changed['why']}")
    for each in textwrap.wrap(row["evidence"], _WIDTH - 4):
        click.echo(f"    {each}")
