"""`underfoot page`: the page over what is stored, with no insole connected."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import click

from underfoot.cli._front import Front
from underfoot.settings import Settings


@click.command(name="page", short_help="The page over what is stored; no insoles.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Look as of the evening of this day.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of what the settings say.")
@click.pass_obj
def command(front: Front, on: datetime | None, port: int | None) -> None:
    """Show a data folder that no service holds: a story, or what a hub brought home. Answers are kept in it."""
    asyncio.run(show(front.settings({"web.port": port}), None if on is None else on.date()))


async def show(settings: Settings, on: date | None) -> None:
    """Until a signal."""
    from underfoot import compose
    from underfoot.looking import looking

    with compose.stop_signals() as enough:
        async with looking(settings, on) as served:
            click.echo(f"The page is at {served.told} (Ctrl-C ends it).", err=True)
            await enough.wait()
