"""`underfoot watch`: two live feet in the terminal, of any hub that the broker knows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable

import click
from rich.console import Console
from rich.live import Live

from processing.subscribe import Subscriber
from underfoot.at_home import household
from underfoot.cli._front import FiniteRange, Front, json_option
from underfoot.cli._live import listen
from underfoot.screen import ScreenModel
from underfoot.screen_feed import SHOWN, take
from underfoot.settings import Settings
from underfoot.terminal import render
from underfoot.web.shapes import as_json

_TICK_S = 0.1
_JSON_S = 1.0


@click.command(name="watch")
@click.option("--broker", metavar="URL", help="mqtt[s]://HOST[:PORT] of the broker.")
@click.option("--hub", help="The hub's id.")
@click.option("--person", help="The wearer's id.")
@click.option("--seconds", type=FiniteRange(min=0), help="Stop after so long; left out: with Ctrl-C.")
@json_option
@click.pass_obj
def command(
    front: Front, *, broker: str | None, hub: str | None, person: str | None, seconds: float | None, as_json: bool
) -> None:
    """Show two live feet in the terminal. With --json: one line a second."""
    log_level = None if as_json else "error"  # trouble stands in the picture; lines of a log would tear it
    settings = front.settings({"broker.url": broker, "hub": hub, "person": person, "log.level": log_level})
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(settings, seconds, as_lines=as_json))


async def _watch(settings: Settings, seconds: float | None, *, as_lines: bool) -> None:
    model = ScreenModel(household(settings).zone)

    def show(subscriber: Subscriber) -> Awaitable[None]:
        return _print_lines(model) if as_lines else _draw(model, subscriber)

    await listen(settings, SHOWN, lambda arrival: take(model, arrival, time.time_ns()), seconds, show)


async def _draw(model: ScreenModel, subscriber: Subscriber) -> None:
    console = Console()
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        while True:
            note = "" if subscriber.connected else "No connection to the MQTT broker; trying again."
            live.update(render(model.state(time.time_ns()), note), refresh=True)
            await asyncio.sleep(_TICK_S)


async def _print_lines(model: ScreenModel) -> None:
    while True:
        await asyncio.sleep(_JSON_S)
        click.echo(as_json(model.state(time.time_ns())))
