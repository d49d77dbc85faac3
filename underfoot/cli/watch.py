"""`underfoot watch`: two live feet in the terminal, of any hub that the broker knows."""

from __future__ import annotations

import asyncio
import contextlib
import time

import click
from rich.console import Console
from rich.live import Live

from ingest.wire.address import BrokerAddress
from ingest.wire.faults import UnderfootError
from ingest.wire.messages import LiveRequest
from ingest.wire.topics import Address
from processing.subscribe import Subscriber
from underfoot.cli._front import FiniteRange, Front, json_option
from underfoot.screen import ScreenModel
from underfoot.screen_feed import SHOWN, take
from underfoot.settings import BrokerSettings
from underfoot.terminal import render
from underfoot.web.shapes import as_json

_TICK_S = 0.1
_JSON_S = 1.0
_ASK_EVERY_S = 5.0


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
    address = Address(settings.hub, settings.person)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(_broker(settings.broker), address, seconds, as_lines=as_json))


async def _watch(broker: BrokerAddress, address: Address, seconds: float | None, *, as_lines: bool) -> None:
    model = ScreenModel()
    async with Subscriber(broker, hub=address.hub, person=address.person, carries=SHOWN) as subscriber:
        tasks = [asyncio.create_task(_take_all(model, subscriber)), asyncio.create_task(_ask(subscriber, address))]
        try:
            async with asyncio.timeout(seconds):
                await (_print_lines(model) if as_lines else _draw(model, subscriber))
        except TimeoutError:
            pass
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _take_all(model: ScreenModel, subscriber: Subscriber) -> None:
    async for arrival in subscriber.messages():
        try:
            take(model, arrival, time.time_ns())
        except UnderfootError as error:
            subscriber.faults.note(error.fault)


async def _ask(subscriber: Subscriber, address: Address) -> None:
    """Ask for samples at the pace of a picture for as long as somebody looks."""
    while True:
        asked = await subscriber.publish(address.live, LiveRequest(seconds=3 * _ASK_EVERY_S))
        await asyncio.sleep(_ASK_EVERY_S if asked else _TICK_S)


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


def _broker(settings: BrokerSettings) -> BrokerAddress:
    """The broker of the settings; none configured: the embedded one of a service on this machine."""
    return BrokerAddress.parse(
        settings.url or "mqtt://127.0.0.1:1883",
        user=settings.user,
        password=settings.password,
        ca_file=str(settings.ca) if settings.ca else None,
    )
