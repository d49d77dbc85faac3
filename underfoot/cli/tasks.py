"""`underfoot tasks`: what a clinician is asked to look at."""

from __future__ import annotations

import click
import msgspec

from ingest.wire.entries import Role, TaskDone
from underfoot.cli._folded import echo_folded
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli._people import by_option, journal_reader, when, why_option, zone


@click.group(name="tasks")
def command() -> None:
    """Show what a clinician is asked to look at, and end it.

    Nothing here is watched in real time; a task is due on a working day.
    """


@command.command("list", short_help="List the open tasks, oldest first.")
@click.option("--all", "every", is_flag=True, help="Those that are done as well.")
@json_option
@click.pass_obj
def list_(front: Front, every: bool, as_json: bool) -> None:
    """List the open tasks: why, since when, when due, and the alerts or entries behind each."""
    settings = front.settings({"log.level": "warning"})
    tasks = journal_reader(settings).tasks(settings.person, open_only=not every)
    if as_json:
        print_json([msgspec.to_builtins(each) for each in tasks])
        return
    for task in tasks:
        opened = when(task.opened_t_ns, zone(settings))
        click.echo(f"{task.id}  {task.why}  opened {opened}  due {task.due}")
        echo_folded(f"    {task.text}", hang=0)
        echo_folded(f"    about {', '.join(task.about)}")
        if task.done_by is not None and task.done_t_ns is not None:
            note = f": {task.note}" if task.note else ""
            click.echo(f"    done by {task.done_by}, {when(task.done_t_ns, zone(settings))}{note}")
    if not tasks:
        click.echo("no tasks" if every else "no open tasks")


@command.command(short_help="End a task.")
@click.argument("task_id", metavar="ID")
@by_option
@why_option(required=False)
@json_option
@click.pass_obj
def done(front: Front, *, task_id: str, by: str, why: str | None, as_json: bool) -> None:
    """End a task; who, when and what came of it (--why) stay with it. A clinician does this."""
    from underfoot.saying import kept, say

    settings = front.settings({"log.level": "warning"})
    taken = kept(say(settings, TaskDone(task=task_id), by=by, role=Role.CLINICIAN, why=why or ""))
    if as_json:
        print_json(msgspec.to_builtins(taken))
    else:
        click.echo(f"{task_id} is done, by {by}")
