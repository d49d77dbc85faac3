"""What the commands of one insole share: which insole, which radio, and a link to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import click

from ingest.sources.radio.visiting import Visit, visit
from underfoot.cli._bar import bar
from underfoot.cli._front import FiniteRange, Front
from underfoot.radio import Meant, Radio, apart_if_virtual, driver_for, meant_by, no_service, open_radio
from underfoot.settings import RadioKind, Settings

_SCAN_S = 4.0


def target_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """INSOLE, --driver, --seconds, --radio."""
    kinds = [str(kind) for kind in RadioKind]
    for option in (
        click.option("--radio", type=click.Choice(kinds), help="Instead of what the settings say."),
        click.option(
            "--seconds",
            type=FiniteRange(1.0, 600.0),
            default=30.0,
            show_default=True,
            help="How long to search for it.",
        ),
        click.option("--driver", help="Its driver; left out: that of its pairing, or that which recognises it."),
        click.argument("insole", metavar="left|right|ADDRESS"),
    ):
        function = option(function)
    return function


def settings_for(front: Front, radio: str | None, driver: str | None) -> Settings:
    return apart_if_virtual(front.settings({"log.level": "error", "radio.kind": radio, "insoles.driver": driver}))


@asynccontextmanager
async def visited(
    settings: Settings, word: str, seconds: float, read_first: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Visit, Meant, Radio]]:
    """A link to the insole, its driver streaming.

    :raises UnderfootError: STORE_IN_USE while a service has it, INSOLES_UNKNOWN, and as `visit`.
    """
    meant = meant_by(word, settings)
    with no_service(settings), bar(f"Connecting to {word}"):
        async with open_radio(settings) as radio:
            driver = await driver_for(meant, radio.adapter, min(seconds, _SCAN_S))
            async with visit(
                radio.adapter, driver, meant.is_it, radio.now_ns, within_s=seconds, read_first=read_first
            ) as visiting:
                yield visiting, meant, radio
