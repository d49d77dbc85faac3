"""`underfoot pair`: which insoles are the wearer's, and which is on which foot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.console import Console

from ingest.drivers import registry
from ingest.drivers.registry import BothFeet
from ingest.laterality import STAMPS, Unclear
from ingest.sources.radio.pairing import Heard, choose_two, is_called
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.cli._bar import Bar, bar, while_counting
from underfoot.cli._front import FiniteRange, Front, json_option, print_json, when_stopped
from underfoot.cli._typed import agreed
from underfoot.in_reach import InReach
from underfoot.known import Bound, KnownFile, KnownInsole, KnownInsoles
from underfoot.making_known import Asked, both_of, contradictions, guests, made_known, sides_by_stamping
from underfoot.places import Places
from underfoot.radio import Radio, apart_if_virtual, open_radio, service_runs
from underfoot.settings import RadioKind, Settings


@click.command(name="pair")
@click.option("--left", metavar="ADDRESS", help="The left insole, by address or name; left out: whichever is heard.")
@click.option("--right", metavar="ADDRESS", help="The right insole.")
@click.option("--driver", help="The driver of both, such as orphe-insole; left out: that which recognises them.")
@click.option("--seconds", type=FiniteRange(0.2, 120.0), default=8.0, show_default=True, help="How long to listen.")
@click.option("--stamp-seconds", type=FiniteRange(2.0, 120.0), default=20.0, show_default=True, help="For each foot.")
@click.option("--no-stamp", is_flag=True, help="Take the sides from --left and --right; nobody has to stamp.")
@click.option("--forget", type=click.Choice([str(side) for side in Side]), help="Unpair the insole of this foot.")
@click.option("--yes", is_flag=True, help="Ask nothing; stamping is still wanted.")
@click.option("--radio", type=click.Choice([str(kind) for kind in RadioKind]), help="Instead of what the settings say.")
@json_option
@click.pass_obj
def command(front: Front, /, *, forget: str | None, radio: str | None, as_json: bool, **said: Any) -> None:
    """Make two insoles the wearer's; the service accepts no others.

    Wear both shoes and stand near the hub. You are asked to stamp the left foot three times, then the right one: so it
    is certain which insole is on which foot, whatever they say of themselves. A service that has the old insoles lets
    them go when they are forgotten.
    """
    driver = said["driver"]
    settings = apart_if_virtual(front.settings({"log.level": "error", "radio.kind": radio, "insoles.driver": driver}))
    file = KnownFile(Places(settings.data_dir).known_insoles)
    if forget is not None:
        asyncio.run(_forget(settings, file, Side(forget)))
        return
    named = {side: said[side] for side in Side if said[side]}
    if said["no_stamp"] and len(named) < len(Side):
        raise click.UsageError("--no-stamp takes the sides from --left and --right: name both")
    with when_stopped(lambda: "Nothing was changed: the insoles that were paired before still are."):
        pair = asyncio.run(_pair(settings, file, named, said))
    known = file.read().knowing(pair)
    file.write(known)
    told = list(contradictions(pair, named))
    if as_json:
        print_json({**msgspec.to_builtins(known), "contradictions": told})
        return
    for sentence in told:
        click.echo(sentence, err=True)
    for side, insole in known.by_side().items():
        click.echo(f"{side:<6} {_described(insole)}")


async def _pair(
    settings: Settings, file: KnownFile, named: Mapping[Side, str], said: Mapping[str, Any]
) -> dict[Side, KnownInsole]:
    async with open_radio(settings) as radio:
        heard = await _chosen(settings, radio, file.read(), named, said)
        with bar("Connecting") as line:
            async with guests(radio, heard, settings.insoles.driver) as two:
                if len(two) == 1:
                    return await both_of(radio, two[0])
                if said["no_stamp"]:
                    sides = {guest.insole: side for guest, side in zip(two, named, strict=True)}
                    return await made_known(radio, sides, two, Bound.TOLD)
                sides = await sides_by_stamping(radio, two, _asked(line, said["stamp_seconds"]))
                return await made_known(radio, sides, two, Bound.STAMPED)


async def _chosen(
    settings: Settings, radio: Radio, known: KnownInsoles, named: Mapping[Side, str], said: Mapping[str, Any]
) -> list[Heard]:
    """The two to pair, or the one whose link carries both feet."""
    chosen = None if settings.insoles.driver is None else registry.driver_class(settings.insoles.driver)
    recognise = registry.recognise if chosen is None else chosen.recognise
    scan = asyncio.create_task(radio.adapter.scan(said["seconds"], recognise))
    everything = await while_counting(scan, said["seconds"], lambda: "Listening for insoles")
    found = InReach(tuple(everything), known, await radio.adapter.bonded())
    ours = {insole.address for insole in known.by_side().values()}
    two = choose_two(everything, dict.fromkeys(named.values()), ours)
    wanted = 1 if isinstance(chosen, BothFeet) else 2
    if wanted == len(named) > len({one.advertisement.address for one in two if _is_named(one, named)}):
        raise click.UsageError("--left and --right name the same insole")
    if not said["yes"]:
        Console(stderr=True).print(found.table())
    if len(two) < wanted:
        also = "; the service may have others, `underfoot pair --forget` lets them go" if service_runs(settings) else ""
        raise UnderfootError(FaultCode.INSOLE_NOT_FOUND, f"{len(two)} of {wanted} heard{also}")
    if len(two) > wanted:
        raise click.UsageError(f"{len(two)} insoles are within reach: say which, with --left and --right")
    if not said["yes"]:
        await agreed("Pair with " + " and ".join(one.advertisement.address for one in two) + "?")
    return two


def _is_named(heard: Heard, named: Mapping[Side, str]) -> bool:
    return any(is_called(heard.advertisement, name) for name in named.values())


def _asked(line: Bar, seconds: float) -> Asked:
    def ask(foot: Side, unclear: Unclear | None) -> None:
        if unclear is not None:
            click.echo(f"That was not clear: {unclear}. Once more.", err=True)
        click.echo(f"Stamp your {foot.upper()} foot three times; keep the other on the ground.", err=True)

    def show(foot: Side, stamps: Mapping[str, int], gone_s: float) -> None:
        most = min(STAMPS, max(stamps.values(), default=0))
        line.show(f"{foot} foot: {most} of {STAMPS}", min(gone_s, seconds), seconds)

    return Asked(ask, show, seconds)


async def _forget(settings: Settings, file: KnownFile, side: Side) -> None:
    known = file.read()
    insole = known.of(side)
    if insole is None:
        raise UnderfootError(FaultCode.INSOLES_UNKNOWN, str(side))
    both = known.of(side.other)
    left = known.without(side)
    if both is not None and both.address == insole.address:
        left = left.without(side.other)  # one link carries them
    file.write(left)
    click.echo(f"The {side} foot's insole ({insole.address}) is forgotten, until it is paired again.")
    if insole.bonded:
        async with open_radio(settings) as radio:
            await _forget_keys(radio, insole.address)


async def _forget_keys(radio: Radio, address: str) -> None:
    if not await radio.adapter.unbond(address):
        click.echo("The keys shared with it could not be deleted: the radio does not answer.", err=True)


def _described(insole: KnownInsole) -> str:
    when = datetime.fromtimestamp(insole.paired_t_ns / 1e9, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    parts = [insole.address, insole.name, insole.driver, str(insole.bound), when, "bonded" if insole.bonded else ""]
    return "  ".join(part for part in parts if part)
