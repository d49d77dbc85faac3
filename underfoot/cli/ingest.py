"""`underfoot ingest`: the half that reads the insoles."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli._front import FiniteRange, Front, json_option, print_json
from underfoot.settings import RadioKind, Settings


@click.command(name="ingest")
@click.option("--radio", type=click.Choice([str(kind) for kind in RadioKind]), help="Instead of what the settings say.")
@click.option(
    "--walk",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With the virtual radio: a recorded walk to wear. It ends by itself, once every row has its receipt.",
)
@click.option("--seconds", type=FiniteRange(min=2.0), help="Of the recorded walk, only so much.")
@json_option
@click.pass_obj
def command(front: Front, radio: str | None, walk: Path | None, seconds: float | None, as_json: bool) -> None:
    """Read the insoles and send every row to the broker, until stopped. Rows wait on disk until processing has them."""
    settings = front.settings({"radio.kind": radio})
    if walk and settings.radio.kind is not RadioKind.VIRTUAL:
        raise click.UsageError("a recorded walk can only be worn by virtual insoles: add --radio virtual")
    books = asyncio.run(_run(settings, walk, seconds))
    if as_json:
        print_json({"books": books})


async def _run(settings: Settings, walk: Path | None, seconds: float | None) -> dict[str, Any]:
    from underfoot import compose
    from underfoot.reach import broker_address

    at = broker_address(settings)
    with compose.stop_signals() as enough:
        if settings.radio.kind is not RadioKind.VIRTUAL:
            from underfoot.real_feet import RealFeet

            return await RealFeet(settings, at).run(enough)
        try:
            from underfoot.virtual_pair import acted, recorded, virtual_pair
        except ModuleNotFoundError as error:
            raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[virtual]'") from error
        walks = recorded(walk, seconds) if walk else acted(None)
        async with virtual_pair(walks) as pair, compose.ingest(settings, at, pair.sources, drain_s=120.0) as feet:
            await compose.first_of(enough, pair.world.ended)
            if enough.is_set():
                await feet.finish(compose.GOOD_BYE_S)
            elif not await feet.finish():
                raise UnderfootError(
                    FaultCode.BROKER_UNREACHABLE, "the last rows have no receipt, they wait in the spool"
                )
            return compose.taken_books(feet)
