"""`underfoot diary`: pain, numbness, tingling, warning signs and the daily look at both feet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ingest.wire.entries import Entry, FootCheck, NoWalk, RedFlag, Role, Skin, Symptoms
from ingest.wire.faults import UnderfootError
from underfoot.cli._front import Front, Name, json_option, print_json
from underfoot.cli._people import journal_reader, today

if TYPE_CHECKING:
    from ingest.wire.entries import Said
    from underfoot.settings import Settings

_GRADE = click.IntRange(0, 10)
_SKIN = click.Choice([each.value for each in Skin])
_KINDS = (Symptoms, FootCheck, NoWalk)


@click.group(name="diary")
def command() -> None:
    """Keep a diary of how the feet feel and look.

    It gives advice, never a finding. Look at your feet every day.
    """


@command.command(short_help="Say how the feet feel and look today.")
@click.option("--pain", type=_GRADE, help="0 none … 10 the worst one can think of.")
@click.option("--numbness", type=_GRADE, help="0 none … 10 no feeling at all.")
@click.option("--tingling", type=_GRADE, help="0 none … 10 the worst one can think of.")
@click.option(
    "--red-flag", "red_flags", multiple=True, type=click.Choice([each.value for each in RedFlag]),
    help="A warning sign, as listed below; may be given several times. The answer says what to do now.",
)  # fmt: skip
@click.option("--left", type=_SKIN, help="How the skin of the left foot looks.")
@click.option("--right", type=_SKIN, help="How the skin of the right foot looks.")
@click.option("--no-walk", is_flag=True, help="There was no walk on that day.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day it is about; left out: today.")
@click.option("--by", type=Name(), default="the terminal", show_default=True, help="Who says it.")
@click.option(
    "--role", type=click.Choice([each.value for each in Role]), default=Role.PATIENT.value, show_default=True,
    help="In which role.",
)  # fmt: skip
@json_option
@click.pass_obj
def add(
    front: Front,
    *,
    pain: int | None,
    numbness: int | None,
    tingling: int | None,
    red_flags: Sequence[str],
    left: str | None,
    right: str | None,
    no_walk: bool,
    day: datetime | None,
    by: str,
    role: str,
    as_json: bool,
) -> None:
    """Say how the feet feel and look. What is not said counts as not asked, never as 0.

    \b
    Warning signs:
      open-sore    a sore or ulcer that is open
      hot-swollen  a hot, swollen foot
      drainage     fluid comes out of a foot, or the sock is wet from it
      chest-pain   pain in the chest
      breathless   short of breath
      faint        faint, or nearly fell
      calf-pain    new pain in the calf, or pain at rest
    How the skin looks: clear, sore (a sore spot, closed), red, blister,
    open (broken skin or a sore), not-looked.
    """
    settings = front.settings({"log.level": "warning"})
    about = (today(settings) if day is None else day.date()).isoformat()
    entries: list[Said] = []
    if any(each is not None for each in (pain, numbness, tingling)) or red_flags:
        flags = tuple(RedFlag(each) for each in red_flags)
        entries.append(Symptoms(day=about, pain=pain, numbness=numbness, tingling=tingling, red_flags=flags))
    if left is not None or right is not None:
        looked = [Skin.NOT_LOOKED if each is None else Skin(each) for each in (left, right)]
        entries.append(FootCheck(day=about, left=looked[0], right=looked[1]))
    if no_walk:
        entries.append(NoWalk(day=about))
    if not entries:
        raise click.UsageError("nothing was said; see --help for what can be")
    taken = [_say(settings, said, by, Role(role), as_json=as_json) for said in entries]
    if as_json:
        print_json(taken)


@command.command("list", short_help="List what was said, oldest first.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day, included.")
@json_option
@click.pass_obj
def list_(front: Front, *, first: datetime | None, last: datetime | None, as_json: bool) -> None:
    """List what was said of each day, in the order of the days."""
    settings = front.settings({"log.level": "warning"})
    if first is not None and last is not None and last < first:
        raise click.UsageError("--to is before --from")
    from_day = "" if first is None else first.date().isoformat()
    to_day = "9999-12-31" if last is None else last.date().isoformat()
    said = [
        (each.said.day, each)
        for each in journal_reader(settings).entries(settings.person)
        if isinstance(each.said, _KINDS) and from_day <= each.said.day <= to_day
    ]
    said.sort(key=lambda pair: pair[0])
    if as_json:
        print_json([_as_json(each) for _, each in said])
        return
    for _, each in said:
        click.echo(f"{_words(each.said)}  (by {each.by}, {each.role})")
    if not said:
        click.echo("nothing was said")


def _say(settings: Settings, said: Said, by: str, role: Role, *, as_json: bool) -> dict[str, Any]:
    """Whatever becomes of it, what has to be done at once is told."""
    from underfoot.saying import kept, say

    advice, is_urgent = _advice_without_processing(settings, said)
    try:
        answer = kept(say(settings, said, by=by, role=role))
    except UnderfootError:
        if is_urgent:
            click.echo(click.style(advice, bold=True), err=as_json)
        raise
    if not as_json:
        click.echo(f"kept: {_words(said)}  (by {by}, {role})")
        _advise(answer.advice, at_once=is_urgent)
    return {"id": answer.id, "said": _builtins(said), "advice": answer.advice}


def _advice_without_processing(settings: Settings, said: Said) -> tuple[str, bool]:
    """And whether it cannot wait."""
    from processing.programme.diary import answer
    from processing.store.journal import TaskWhy
    from underfoot.at_home import household

    given = answer(Entry(id="-", by="-", role=Role.PATIENT, t_ns=0, said=said), household(settings))
    return given.advice, given.task is TaskWhy.RED_FLAG


def _advise(advice: str, *, at_once: bool) -> None:
    if advice:
        click.echo(click.style(advice, bold=at_once))


def _as_json(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "by": entry.by, "role": entry.role, "t_ns": entry.t_ns, "said": _builtins(entry.said)}


def _builtins(said: Said) -> Any:
    return msgspec.to_builtins(said)


def _words(said: Said) -> str:
    if isinstance(said, Symptoms):
        grades = [
            f"{name} {value}/10"
            for name in ("pain", "numbness", "tingling")
            if (value := getattr(said, name)) is not None
        ]
        flags = ["WARNING SIGN " + flag.replace("-", " ") for flag in said.red_flags]
        return f"{said.day}  {', '.join([*grades, *flags])}"
    if isinstance(said, FootCheck):
        left, right = (skin.replace("-", " ") for skin in (said.left, said.right))
        return f"{said.day}  left foot {left}, right foot {right}"
    return f"{said.day}  no walk" if isinstance(said, NoWalk) else ""
