"""`underfoot programme`: what it asks for today and why, its days so far; begin one, end one, set its cap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from ingest.wire.entries import ProgrammeChange, ProgrammeId, Role
from underfoot.cli import NOT_MEDICAL
from underfoot.cli._folded import echo_folded
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli._people import by_option, today, why_option

if TYPE_CHECKING:
    from processing.programme.day import DayState, ProgrammeDay
    from processing.programme.standing import Standing

_SIGNS = {"done": "#", "partial": "+", "missed": "o", "not-measured": "?", "rest": ".", "today": "_"}
_WEEK = 7
_STRIP_WEEKS = 12
_DAY = click.DateTime(["%Y-%m-%d"])
_PROGRAMME = click.argument("programme", type=click.Choice([each.value for each in ProgrammeId]))


def _said_by(function: Callable[..., None]) -> Callable[..., None]:
    roles = click.Choice([each.value for each in Role])
    in_role = click.option("--role", type=roles, required=True, help="In which role; most of it is a clinician's.")
    on_day = click.option("--day", type=_DAY, help="From this day on; left out: today.")
    made: Callable[..., None] = by_option(in_role(why_option(required=True)(on_day(json_option(function)))))
    return made


@click.group(name="programme")
def command() -> None:
    """Walking programmes: what today asks for, and the days so far.

    Minutes are measured, not ticked. A clinician settles the pace, the cap and walking backward.
    """


@command.command(short_help="What today asks for, why not more, and the days so far.")
@click.option("--on", "day", type=_DAY, help="As it stood at the end of another day; left out: today.")
@json_option
@click.pass_obj
def show(front: Front, *, day: datetime | None, as_json: bool) -> None:
    """What each programme asks for today, why it does not ask for more, and a sign for each day so far."""
    from underfoot.cli._people import life_of

    life = life_of(front.settings({"log.level": "warning"}), None if day is None else day.date())
    found = tuple(life.standings().values())
    if as_json:
        print_json([_as_json(each) for each in found])
        return
    for each in found:
        _tell(each)
    if not found:
        echo_folded("no programme was begun; a clinician begins one: underfoot programme begin --help")
    echo_folded(NOT_MEDICAL, hang=0)


@command.command(short_help="Begin a programme.")
@_PROGRAMME
@click.option("--step-min", type=click.IntRange(1, 5), help="Minutes that a step adds; left out: 2.")
@click.option("--support-present", is_flag=True, help="Somebody is there when the person walks backward.")
@_said_by
@click.pass_obj
def begin(front: Front, /, *, programme: str, step_min: int | None, support_present: bool, **said: Any) -> None:
    """Begin a programme, or begin it again after a red flag stopped it. Walking backward wants --support-present."""
    _say(front, programme, "begin", said, step_min=step_min, support_present=support_present)


@command.command(short_help="End a programme.")
@_PROGRAMME
@_said_by
@click.pass_obj
def end(front: Front, /, *, programme: str, **said: Any) -> None:
    """End a programme. Anybody may."""
    _say(front, programme, "end", said)


@command.command(short_help="Set how many steps above the usual day it may ask for.")
@_PROGRAMME
@click.argument("steps", type=click.IntRange(0, 20_000), required=False)
@click.option("--none", "unlimited", is_flag=True, help="Lift the cap.")
@_said_by
@click.pass_obj
def cap(front: Front, /, *, programme: str, steps: int | None, unlimited: bool, **said: Any) -> None:
    """Set the cap: STEPS above the person's usual day. 1000 until somebody sets another one."""
    if (steps is None) is not unlimited:
        raise click.UsageError("give STEPS, or --none to lift the cap")
    _say(front, programme, "cap", said, cap_steps=steps)


def _say(
    front: Front, programme: str, do: Literal["begin", "end", "cap"], said: dict[str, Any], **numbers: Any
) -> None:
    from processing.programme.words import stop_rules
    from underfoot.saying import kept, say

    settings = front.settings({"log.level": "warning"})
    day = (today(settings) if said["day"] is None else said["day"].date()).isoformat()
    change = ProgrammeChange(programme=ProgrammeId(programme), do=do, day=day, **numbers)
    answer = kept(say(settings, change, by=said["by"], role=Role(said["role"]), why=said["why"]))
    if said["as_json"]:
        print_json({"id": answer.id, "programme": programme, "do": do, "day": day, "advice": answer.advice})
        return
    click.echo(f"kept: {programme}, {do}, from {day} on  (by {said['by']}, {said['role']})")
    if answer.advice:
        click.echo(answer.advice)
    if do == "begin":
        click.echo("Before every walk:")
        for rule in stop_rules(change.programme):
            echo_folded(f"  {rule}", hang=2)


def _tell(now: Standing) -> None:
    from processing.programme.words import stop_rules

    echo_folded(f"{now.programme.title}: {now.plan.words}")
    day = now.of_today
    if day is not None:
        if day.planned_min:
            click.echo(f"  {_minutes(day)}")
        for hold in day.held:
            click.echo(f"  not more: {hold.words}")
        if day.reason:
            click.echo(f"  {day.reason}")
    click.echo(f"  {_frame(now)}")
    shown = now.days[-_STRIP_WEEKS * _WEEK :]
    for n in range(0, len(shown), _WEEK):
        week = shown[n : n + _WEEK]
        signs = " ".join(_SIGNS[each.state.value] for each in week)
        minutes = " ".join(f"{each.planned_min:>2}" for each in week)
        click.echo(f"  {week[0].day}  {signs:<13}  {minutes} min")
    click.echo(f"  {_legend(shown)}")
    if day is not None:
        click.echo("  Before every walk:")
        for rule in stop_rules(now.programme.id):
            echo_folded(f"    {rule}", hang=2)


def _minutes(day: ProgrammeDay) -> str:
    measured = "nothing measured yet" if day.done_min is None else f"{day.done_min:.0f} min measured"
    apart = (
        "" if day.backward_min is None else f" (forward {day.forward_min or 0:.0f}, backward {day.backward_min:.0f})"
    )
    pace = "" if day.steps_per_min is None else f", {day.steps_per_min:.0f} steps a minute"
    brisk = "; brisk is asked for, not measured" if day.phase.value == "brisk" else ""
    return f"{measured}{apart} of {day.planned_min} min{pace}{brisk}"


def _frame(now: Standing) -> str:
    usual = "usual steps not known yet" if now.usual_steps is None else f"usual {now.usual_steps} steps"
    above = "no cap" if now.cap_steps is None else f"cap + {now.cap_steps}"
    ended = "" if now.ended is None or now.of_today is not None else f", ended {now.ended}"
    return f"{now.state}, begun {now.begun}{ended}, a step adds {now.step_min} min, {usual}, {above}"


def _legend(days: Sequence[ProgrammeDay]) -> str:
    there = {day.state for day in days}
    return "   ".join(f"{sign} {state.replace('-', ' ')}" for state, sign in _SIGNS.items() if _is(state, there))


def _is(state: str, there: set[DayState]) -> bool:
    return state in {each.value for each in there}


def _as_json(now: Standing) -> dict[str, Any]:
    return {
        "programme": now.programme.id.value,
        "state": now.state.value,
        "phase": now.stage.phase.value,
        "begun": now.begun,
        "ended": now.ended,
        "step_min": now.step_min,
        "cap_steps": now.cap_steps,
        "usual_steps": now.usual_steps,
        "stopped_by": [flag.value for flag in now.stopped_by],
        "plan": {"minutes": now.plan.minutes, "done_min": now.plan.done_min, "words": now.plan.words},
        "days": [_day_json(day) for day in now.days],
    }


def _day_json(day: ProgrammeDay) -> dict[str, Any]:
    return {
        "day": day.day,
        "phase": day.phase.value,
        "state": day.state.value,
        "planned_min": day.planned_min,
        "done_min": day.done_min,
        "forward_min": day.forward_min,
        "backward_min": day.backward_min,
        "steps_per_min": day.steps_per_min,
        "coverage_pct": day.coverage_pct,
        "held": [{"kind": hold.kind.value, "words": hold.words} for hold in day.held],
        "reason": day.reason,
    }
