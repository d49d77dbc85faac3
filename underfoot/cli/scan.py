"""`underfoot scan`: which insoles are within reach, how strong they are and which foot they are for."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from ingest.drivers import registry
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.pairing import Heard, choose_pair
from ingest.sources.radio.tasks import end_all
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.cli._front import FiniteRange, Front, json_option, print_json
from underfoot.settings import RadioKind

_TICK_S = 0.1
_STRONG_DBM, _FAIR_DBM = -65, -80


@click.command(name="scan")
@click.option("--seconds", type=FiniteRange(0.2, 120.0), default=5.0, show_default=True, help="How long to listen.")
@click.option("--radio", type=click.Choice([str(kind) for kind in RadioKind]), help="Instead of what the settings say.")
@json_option
@click.pass_obj
def command(front: Front, seconds: float, radio: str | None, as_json: bool) -> None:
    """List the insoles within reach. Exit code 69 when no Bluetooth adapter answers."""
    settings = front.settings({"log.level": "warning"})
    kind = RadioKind(radio) if radio else settings.radio.kind
    heard = asyncio.run(_listen(kind, settings.radio.adapter, seconds))
    pair = choose_pair(heard)
    if as_json:
        faults = [{"code": str(fault.code), "detail": fault.detail, "advice": fault.advice} for fault in pair.faults]
        print_json({"heard": [_as_row(one) for one in heard], "faults": faults})
        return
    _show(heard)
    for fault in pair.faults:
        click.echo(str(fault), err=True)


async def _listen(kind: RadioKind, adapter_name: str | None, seconds: float) -> list[Heard]:
    async with AsyncExitStack() as stack:
        if kind is RadioKind.VIRTUAL:
            adapter = await _virtual_adapter(stack)
        else:
            adapter = Adapter.bluez(adapter_name)
        await stack.enter_async_context(adapter)
        scan = asyncio.create_task(adapter.scan(seconds, registry.recognise))
        screen = Console(stderr=True)
        columns = (TextColumn("Listening for insoles"), BarColumn())
        try:
            with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
                bar = progress.add_task("", total=seconds)
                while not scan.done():
                    await asyncio.wait({scan}, timeout=_TICK_S)
                    progress.advance(bar, _TICK_S)
        finally:
            await end_all([scan])  # the scanner stops before its adapter is closed
        return scan.result()


async def _virtual_adapter(stack: AsyncExitStack) -> Adapter:
    """An adapter on air of its own, with two virtual insoles on it."""
    try:
        from ingest.sources.virtual.air import Air
        from ingest.sources.virtual.gait import Story
        from ingest.sources.virtual.peripheral import VirtualInsole
        from ingest.sources.virtual.walker import WalkerFoot
    except ModuleNotFoundError as error:
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[virtual]'") from error
    air = Air()
    for number, side in enumerate(Side, start=1):
        insole = VirtualInsole(
            air.controller(side),
            serial=f"demo-{side}",
            side=side,
            walk=WalkerFoot(side, Story()),
            address=f"F0:0D:00:00:00:{number:02X}",
        )
        await insole.power_on()
        stack.push_async_callback(insole.power_off)
    return Adapter.virtual(air)


def _as_row(heard: Heard) -> dict[str, Any]:
    advertisement, known = heard.advertisement, heard.recognised
    return {
        "address": advertisement.address,
        "name": advertisement.name,
        "rssi_dbm": advertisement.rssi_dbm,
        "driver": known.driver if known else None,
        "model": known.model if known else None,
        "side": str(known.side) if known and known.side else None,
    }


def _show(heard: list[Heard]) -> None:
    insoles = [one for one in heard if one.recognised]
    if not insoles:
        click.echo("No insole was heard. Wake it, charge it, and check that no phone is connected to it.")
    others = len(heard) - len(insoles)
    if insoles:
        table = Table(box=None, pad_edge=False)
        for title in ("insole", "foot", "model", "name", "signal"):
            table.add_column(title)
        for one in insoles:
            row = _as_row(one)
            foot = row["side"] or "not said"
            table.add_row(row["address"], foot, row["model"], row["name"] or "", _signal(row["rssi_dbm"]))
        Console().print(table)
    if others:
        click.echo(f"{others} other device{'s' * (others > 1)} that no driver knows (--json lists them).")


def _signal(rssi_dbm: int) -> str:
    word = "strong" if rssi_dbm >= _STRONG_DBM else "fair" if rssi_dbm >= _FAIR_DBM else "weak"
    return f"{word} ({rssi_dbm} dBm)"
