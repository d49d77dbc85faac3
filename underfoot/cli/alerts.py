"""`underfoot alerts`: list them, acknowledge one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Alert, AlertReply, AlertState
from underfoot.cli._front import Front, Name, json_option, print_json
from underfoot.places import Places
from underfoot.settings import Settings


@click.group(name="alerts")
def command() -> None:
    """List alerts, acknowledge one."""


@command.command(name="list", short_help="List the open alerts, oldest first.")
@click.option("--all", "every", is_flag=True, help="Closed ones as well.")
@json_option
@click.pass_obj
def list_(front: Front, every: bool, as_json: bool) -> None:
    """List the open alerts, oldest first: from this machine's journal, or from the broker where there is none."""
    settings = front.settings({"log.level": "warning"})
    alerts = _stored(settings, every=every)
    if as_json:
        print_json([_as_json(alert) for alert in alerts])
        return
    for alert in alerts:
        click.echo(f"{alert.id}  {alert.state:<12} {alert.level:<6} {_when(alert.raised_t_ns)}  {alert.text}")
    if not alerts:
        click.echo("no alerts" if every else "no open alerts")


@command.command(short_help="Acknowledge an alert.")
@click.argument("alert_id", metavar="ID")
@click.option("--by", type=Name(), default="the terminal", show_default=True, help="Who answers.")
@click.option("--action", help="What was done, such as: sat, checked foot.")
@click.option("--note", help="Anything else.")
@json_option
@click.pass_obj
def ack(front: Front, *, alert_id: str, by: str, action: str | None, note: str | None, as_json: bool) -> None:
    """Acknowledge an alert, over the broker, and wait until processing has taken it."""
    from underfoot.reach import acknowledge

    settings = front.settings({"log.level": "warning"})
    reply = AlertReply(id=alert_id, do="acknowledge", by=by, t_ns=time.time_ns(), action=action, note=note)
    alert = asyncio.run(acknowledge(settings, reply))
    if as_json:
        print_json(_as_json(alert))
    else:
        click.echo(f"{alert.id} is {alert.state}, by {alert.acknowledged_by}")


def _stored(settings: Settings, *, every: bool) -> Sequence[Alert]:
    from processing.store.journal_sqlite import SqliteJournalReader
    from underfoot.reach import standing_alerts

    file = Places(settings.data_dir).journal
    if file.is_file():
        return SqliteJournalReader(file).alerts(settings.person, open_only=not every)
    if every:
        raise UnderfootError(
            FaultCode.FILE_UNREADABLE, f"closed alerts stand in a journal, none in {settings.data_dir}"
        )
    return [alert for alert in asyncio.run(standing_alerts(settings)) if alert.state is not AlertState.CLOSED]


def _as_json(alert: Alert) -> object:
    return msgspec.to_builtins(alert)


def _when(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns / 1e9, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
