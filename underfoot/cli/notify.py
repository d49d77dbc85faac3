"""`underfoot notify`: the channels to phones, mail and chat; a test message through each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import click

from ingest.wire.faults import Fault, FaultCode, UnderfootError
from underfoot.cli._front import Exit, Front, json_option, print_json
from underfoot.places import Places
from underfoot.settings import Settings

_NO_CHANNELS = 'no channels: name some under [notify.channels] in the settings, such as phone = "ntfy://my-topic"'
_TEST = "This is a test. Alerts of the insoles will come here."


@click.group(name="notify")
def command() -> None:
    """List the channels to phones, mail and chat, or send a test message."""


@command.command(name="list", short_help="List the channels, and what did not get through.")
@json_option
@click.pass_obj
def list_(front: Front, as_json: bool) -> None:
    """List the channels of the settings by name, whether Apprise knows their form, and what did not get through."""
    from processing.notify.apprise_door import AppriseDoor

    settings = front.settings({"log.level": "warning"})
    channels = settings.notify.channels or {}
    door = AppriseDoor() if channels else None
    lost = _undelivered(settings)
    rows = [
        {"channel": name, "wrong": door.refusal(url) if door else None, "undelivered": lost.get(name, 0)}
        for name, url in channels.items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        missing = f", {row['undelivered']} undelivered" if row["undelivered"] else ""
        click.echo(f"{row['channel']}: {row['wrong'] or 'ready'}{missing}")
    if not rows:
        click.echo(_NO_CHANNELS)


@command.command(short_help="Send a test message.")
@click.option("--channel", metavar="NAME", help="Only this one; left out: all of them.")
@json_option
@click.pass_obj
def test(front: Front, channel: str | None, as_json: bool) -> None:
    """Send a test message through every channel and say whether the service behind it took it (exit code 1: not all).

    That it took it does not mean that somebody has seen it: look at the phone.
    """
    settings = front.settings({"log.level": "warning"})
    failed = asyncio.run(_send(_chosen(settings.notify.channels or {}, channel)))
    if as_json:
        print_json([{"channel": name, "delivered": error is None, "error": error} for name, error in failed.items()])
    else:
        for name, error in failed.items():
            click.echo(f"{name}: {'delivered' if error is None else f'not delivered ({error})'}")
    wrong = [name for name, error in failed.items() if error is not None]
    if wrong:
        click.echo(str(Fault(FaultCode.NOT_DELIVERED, ", ".join(wrong))), err=True)
        raise SystemExit(Exit.FAILED)


def _chosen(channels: Mapping[str, str], channel: str | None) -> Mapping[str, str]:
    if not channels:
        raise click.ClickException(_NO_CHANNELS)
    if channel is None:
        return channels
    if channel not in channels:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no channel {channel}; there is {', '.join(channels)}")
    return {channel: channels[channel]}


async def _send(channels: Mapping[str, str]) -> dict[str, str | None]:
    from processing.notify.apprise_door import AppriseDoor
    from processing.notify.delivering import FOOTER, TITLE

    door = AppriseDoor()
    said = await asyncio.gather(*(door.send(url, TITLE, f"{_TEST}\n\n{FOOTER}") for url in channels.values()))
    return dict(zip(channels, said, strict=True))


def _undelivered(settings: Settings) -> dict[str, int]:
    from processing.notify.delivering import undelivered
    from processing.store.journal_sqlite import SqliteJournalReader

    file = Places(settings.data_dir).journal
    found: dict[str, int] = {}
    if file.is_file():
        for each in undelivered(SqliteJournalReader(file).deliveries(settings.person)):
            found[each.channel] = found.get(each.channel, 0) + 1
    return found
