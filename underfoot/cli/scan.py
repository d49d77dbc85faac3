"""`underfoot scan`: which insoles are within reach, how strong they are, which foot they are for, and whether ours."""

from __future__ import annotations

import asyncio
import json
from contextlib import nullcontext, suppress

import click
from rich.console import Console
from rich.live import Live

from ingest.drivers import registry
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.pairing import choose_pair
from underfoot.cli._bar import while_counting
from underfoot.cli._front import FiniteRange, Front, json_option, print_json
from underfoot.in_reach import InReach
from underfoot.known import KnownFile
from underfoot.places import Places
from underfoot.radio import apart_if_virtual, open_radio
from underfoot.settings import RadioKind, Settings

_NOBODY = "No insole was heard. Wake it, charge it, and check that no phone is connected to it."
_ROUND_S = 2.0


@click.command(name="scan")
@click.option("--seconds", type=FiniteRange(0.2, 120.0), help="How long to listen.  [default: 5; --watch: until ended]")
@click.option("--watch", is_flag=True, help="Go on listening and show who comes and goes; end it with Ctrl-C.")
@click.option("--radio", type=click.Choice([str(kind) for kind in RadioKind]), help="Instead of what the settings say.")
@json_option
@click.pass_obj
def command(front: Front, seconds: float | None, watch: bool, radio: str | None, as_json: bool) -> None:
    """List the insoles within reach, the strongest first. Exit code 69 when no Bluetooth adapter answers."""
    settings = apart_if_virtual(front.settings({"log.level": "error", "radio.kind": radio}))
    if watch:
        with suppress(KeyboardInterrupt):
            asyncio.run(_watch(settings, seconds, as_json))
        return
    found = asyncio.run(_once(settings, seconds or 5.0))
    faults = choose_pair(found.heard).faults
    if as_json:
        told = [{"code": str(fault.code), "detail": fault.detail, "advice": fault.advice} for fault in faults]
        print_json({"heard": found.rows(), "faults": told})
        return
    _show(found, Console())
    for fault in faults:
        click.echo(str(fault), err=True)


async def _once(settings: Settings, seconds: float) -> InReach:
    async with open_radio(settings) as radio:
        listening = asyncio.create_task(in_reach(settings, radio.adapter, seconds))
        return await while_counting(listening, seconds, lambda: "Listening for insoles")


async def in_reach(settings: Settings, adapter: Adapter, seconds: float) -> InReach:
    """:raises UnderfootError: RADIO_OFF, STORE_DAMAGED."""
    known = KnownFile(Places(settings.data_dir).known_insoles).read()
    heard = await adapter.scan(seconds, registry.recognise)
    return InReach(tuple(heard), known, await adapter.bonded())


async def _watch(settings: Settings, seconds: float | None, as_json: bool) -> None:
    """A table that is drawn anew; where nobody sees it, or for programs, one a round."""
    screen = Console()
    loop = asyncio.get_running_loop()
    async with open_radio(settings) as radio:
        until_s = loop.time() + seconds if seconds else float("inf")
        with Live(console=screen, auto_refresh=False) if screen.is_terminal and not as_json else nullcontext() as live:
            while loop.time() < until_s:
                found = await in_reach(settings, radio.adapter, min(_ROUND_S, max(0.2, until_s - loop.time())))
                if as_json:
                    click.echo(json.dumps({"heard": found.rows()}))
                elif live is None:
                    _show(found, screen)
                else:
                    live.update(found.table() if found.insoles else _NOBODY, refresh=True)


def _show(found: InReach, screen: Console) -> None:
    if found.insoles:
        screen.print(found.table())
    else:
        click.echo(_NOBODY)
    if found.others:
        click.echo(found.others)
