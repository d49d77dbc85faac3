"""`underfoot alerts`: list them, answer one; the clinician's short list."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from ingest.wire.alerts import Alert, AlertReply, AlertState
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli._alert_lines import alert_lines, clinic_lines
from underfoot.cli._folded import echo_folded
from underfoot.cli._front import Front, Name, json_option, print_json
from underfoot.cli._people import journal_reader, zone
from underfoot.places import Places

if TYPE_CHECKING:
    from processing.alerts.clinic_list import ClinicLine
    from underfoot.settings import Settings


@click.group(name="alerts")
def command() -> None:
    """List alerts and answer them.

    Acknowledge one, say whether it was useful, hand it on to the clinician.
    """


@command.command(name="list", short_help="List the open alerts, oldest first.")
@click.option("--all", "every", is_flag=True, help="Closed ones as well.")
@click.option("--clinician", is_flag=True, help="The clinician's short list instead, most urgent first, with evidence.")
@json_option
@click.pass_obj
def list_(front: Front, *, every: bool, clinician: bool, as_json: bool) -> None:
    """List the open alerts, oldest first: from this machine's journal, or from the broker where there is none."""
    settings = front.settings({"log.level": "warning"})
    if clinician:
        _list_for_clinician(settings, as_json=as_json)
        return
    alerts, undelivered = _stored(settings, every=every)
    if as_json:
        print_json([_as_json(alert, undelivered) for alert in alerts])
        return
    for alert in alerts:
        for line in alert_lines(alert, zone(settings), undelivered=alert.id in undelivered):
            echo_folded(line)
    if not alerts:
        click.echo(f"{'no alerts' if every else 'no open alerts'}; {_rests_on(settings)}")


def _rests_on(settings: Settings) -> str:
    if not Places(settings.data_dir).journal.is_file():
        return "how much was measured is not known on this machine"
    from underfoot.cli._rests_on import measured_today

    return measured_today(settings)


def _answers(function: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that answers an alert."""
    named = click.option("--by", type=Name(), default="the terminal", show_default=True, help="Who answers.")
    answers: Callable[..., None] = named(json_option(click.pass_obj(function)))
    return click.argument("alert_id", metavar="ID")(answers)


@command.command(short_help="Acknowledge an alert.")
@click.option("--action", help="What was done, such as: sat, checked foot.")
@click.option("--note", help="Anything else.")
@_answers
def ack(front: Front, *, alert_id: str, by: str, action: str | None, note: str | None, as_json: bool) -> None:
    """Acknowledge an alert, and wait until it is kept."""
    reply = AlertReply(id=alert_id, do="acknowledge", by=by, t_ns=time.time_ns(), action=action, note=note)
    alert = _answer(front, reply, as_json=as_json)
    if not as_json:
        over = "; it was over, so it is closed" if alert.state is AlertState.CLOSED else ""
        click.echo(f"{alert.id} is acknowledged, by {alert.acknowledged_by}{over}")


@command.command(short_help="Say whether an alert was worth it.")
@_answers
@click.argument("worth", type=click.Choice(["yes", "no"]))
@click.option("--note", help="Why.")
def useful(front: Front, *, alert_id: str, worth: str, by: str, note: str | None, as_json: bool) -> None:
    """Say whether an alert was useful, of a closed one as well; the latest word counts, every one is kept."""
    do: Literal["useful", "not-useful"] = "useful" if worth == "yes" else "not-useful"
    alert = _answer(front, AlertReply(id=alert_id, do=do, by=by, t_ns=time.time_ns(), note=note), as_json=as_json)
    if not as_json:
        click.echo(f"{alert.id} was {'useful' if alert.useful else 'not useful'}, says {by}")


@command.command(short_help="Hand an alert on to the clinician.")
@click.option("--why", required=True, type=Name(), metavar="TEXT", help="The reason; the clinician reads it.")
@_answers
def escalate(front: Front, *, alert_id: str, why: str, by: str, as_json: bool) -> None:
    """Hand an alert on, open or closed: it becomes a task for the clinician, due on the next working day."""
    reply = AlertReply(id=alert_id, do="escalate", by=by, t_ns=time.time_ns(), note=why)
    alert = _answer(front, reply, as_json=as_json)
    if not as_json:
        click.echo(f"{alert.id} is handed on to the clinician: {alert.escalated_because or why}")
        click.echo("It is a task now; see: underfoot tasks list")


def _answer(front: Front, reply: AlertReply, *, as_json: bool) -> Alert:
    from underfoot.replying import answer

    alert = answer(front.settings({"log.level": "warning"}), reply)
    if as_json:
        print_json(msgspec.to_builtins(alert))
    return alert


def _stored(settings: Settings, *, every: bool) -> tuple[list[Alert], frozenset[str]]:
    """The alerts, and the ids of those of which a message could not be delivered."""
    from underfoot.reach import standing_alerts

    if Places(settings.data_dir).journal.is_file():
        from processing.store.journal import DeliveryState

        journal = journal_reader(settings)
        open_ones = journal.deliveries(settings.person, open_only=True)
        undelivered = frozenset(each.alert for each in open_ones if each.state is DeliveryState.UNDELIVERED)
        return list(journal.alerts(settings.person, open_only=not every)), undelivered
    if every:
        raise UnderfootError(
            FaultCode.FILE_UNREADABLE, f"closed alerts stand in a journal, none in {settings.data_dir}"
        )
    standing = asyncio.run(standing_alerts(settings))
    return [alert for alert in standing if alert.state is not AlertState.CLOSED], frozenset()


def _list_for_clinician(settings: Settings, *, as_json: bool) -> None:
    from processing.alerts.clinic_list import clinic_list
    from underfoot.cli._rests_on import clinic_banner

    journal = journal_reader(settings)
    lines = clinic_list(journal.alerts(settings.person), journal.tasks(settings.person, open_only=True))
    if as_json:
        print_json([_line_as_json(line) for line in lines])
        return
    for line in lines:
        for text in clinic_lines(line, zone(settings)):
            echo_folded(text)
    if not lines:
        click.echo("nothing on the clinician's list")
    click.echo(clinic_banner(settings))


def _as_json(alert: Alert, undelivered: frozenset[str]) -> dict[str, Any]:
    return {**msgspec.to_builtins(alert), "undelivered": alert.id in undelivered}


def _line_as_json(line: ClinicLine) -> dict[str, Any]:
    return {
        "rank": line.rank.name.lower().replace("_", "-"),
        "t_ns": line.t_ns,
        "text": line.text,
        "task": None if line.task is None else msgspec.to_builtins(line.task),
        "alerts": [msgspec.to_builtins(alert) for alert in line.alerts],
    }
