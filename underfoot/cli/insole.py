"""`underfoot insole`: what one insole says of itself, and what can be set."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from importlib import import_module
from typing import Any

import click
import msgspec

from ingest.drivers import sig
from ingest.events import Identify, SetSide, Setting
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.cli import _insole_fetch, _insole_update
from underfoot.cli._front import Front, json_option, print_json
from underfoot.cli._insole_target import settings_for, target_options, visited
from underfoot.insole_info import FIRST, clock_in_words, clock_now, info_of, lines_of, read_clock
from underfoot.known import KnownFile
from underfoot.places import Places
from underfoot.settings import Settings

_HEARD_S = 0.6  # battery, status and what is kept in flash come right after the hand-shake


@click.group(name="insole")
def command() -> None:
    """One insole, named by its foot, its address or its advertised name. The service must not have it meanwhile."""


command.add_command(_insole_fetch.fetch)
command.add_command(_insole_update.update)


@command.command(short_help="What it says of itself.")
@target_options
@json_option
@click.pass_obj
def info(front: Front, *, insole: str, driver: str | None, seconds: float, radio: str | None, as_json: bool) -> None:
    """Model, firmware, battery, clock, cells, rows in flash, firmware images.

    Connecting sets its clock and has it take rows; one with a memory goes on taking them afterwards.
    """
    told = asyncio.run(_info(settings_for(front, radio, driver), insole, seconds))
    if as_json:
        print_json(told)
        return
    for name, value in lines_of(told):
        click.echo(f"{name:<10} {value}")


async def _info(settings: Settings, insole: str, seconds: float) -> dict[str, Any]:
    with suppress(ModuleNotFoundError):
        import_module("ingest.firmware.images")  # now: it takes so long that a link would seem silent meanwhile
    async with visited(settings, insole, seconds, FIRST) as (visit, meant, radio):
        await asyncio.sleep(_HEARD_S)
        return await info_of(visit, meant, radio)


@command.command(name="set", short_help="Set its clock or its side, or have it light up.")
@target_options
@click.option("--clock", is_flag=True, help="To this machine's UTC.")
@click.option("--side", type=click.Choice([str(side) for side in Side]), help="Which foot it says that it is for.")
@click.option("--identify", type=click.IntRange(1, 255), metavar="SECONDS", help="Light up or vibrate for so long.")
@json_option
@click.pass_obj
def set_(front: Front, /, *, insole: str, driver: str | None, seconds: float, radio: str | None, **said: Any) -> None:
    """Set something. What the insole does not offer is told, with exit code 1."""
    settings = settings_for(front, radio, driver)
    settings_wanted: list[Setting] = []
    if said["side"]:
        settings_wanted.append(SetSide(Side(said["side"])))
    if said["identify"]:
        settings_wanted.append(Identify(said["identify"]))
    if not settings_wanted and not said["clock"]:
        raise click.UsageError("say what to set: --clock, --side or --identify")
    done = asyncio.run(_set(settings, insole, seconds, settings_wanted, clock=said["clock"]))
    if said["as_json"]:
        print_json(done)
    else:
        for what, outcome in done.items():
            click.echo(f"{what}: {outcome}")


async def _set(
    settings: Settings, insole: str, seconds: float, wanted: list[Setting], *, clock: bool
) -> dict[str, str]:
    done: dict[str, str] = {}
    refused = []
    async with visited(settings, insole, seconds, FIRST) as (visit, meant, radio):
        if clock:
            was = read_clock(visit.before.get(sig.CURRENT_ELAPSED_TIME))
            is_now = await clock_now(visit, radio)
            done["clock"] = clock_in_words({"offered": was.offered, "was_off_ms": was.off_ms})
            if is_now.off_ms is None:
                refused.append("clock: it cannot be set")
        for setting in wanted:
            answer = await visit.set(setting)
            what = "side" if isinstance(setting, SetSide) else "identify"
            if answer.refusal:
                refused.append(f"{what}: {answer.refusal}")
            elif isinstance(setting, SetSide):
                done[what] = f"it says {setting.side} from now on"
                _remember(settings, meant.side, visit.address, setting.side)
            else:
                done[what] = "now"
    if refused:
        raise UnderfootError(FaultCode.LINK_REFUSED, "; ".join(refused))
    return done


def _remember(settings: Settings, foot: Side | None, address: str, says: Side) -> None:
    """A side that was set on purpose is no swap."""
    file = KnownFile(Places(settings.data_dir).known_insoles)
    known = file.read()
    paired = None if foot is None else known.of(foot)
    if foot is None or paired is None or paired.address.casefold() != address.casefold():
        return
    file.write(known.knowing({foot: msgspec.structs.replace(paired, says=says)}))
    if says is not foot:
        click.echo(f"It stays the {foot} foot's, as it was paired; `underfoot pair` settles that anew.", err=True)
