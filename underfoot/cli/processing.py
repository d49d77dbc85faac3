"""`underfoot processing`: the half that judges and stores, with the page."""

from __future__ import annotations

import asyncio

import click

from underfoot.cli._front import Front
from underfoot.settings import Settings


@click.command(name="processing")
@click.pass_obj
def command(front: Front) -> None:
    """Judge and store what ingest sends to the broker, until stopped; kill it when you like, nothing is lost."""
    asyncio.run(_run(front.settings()))


async def _run(settings: Settings) -> None:
    from contextlib import AsyncExitStack

    from underfoot import compose
    from underfoot.calibrations import StoredCalibrations
    from underfoot.judging import processing
    from underfoot.page import FaultCounts, page
    from underfoot.reach import broker_address
    from underfoot.screen import ScreenModel

    compose.check(settings)
    model = ScreenModel()
    onlooker = compose.screen_onlooker(model, StoredCalibrations(settings).in_force)
    async with AsyncExitStack() as stack:
        enough = stack.enter_context(compose.stop_signals())
        at = broker_address(settings)
        half = await stack.enter_async_context(processing(settings, at, [onlooker]))
        if settings.web.enabled:
            shown = await stack.enter_async_context(page(settings, model, half, FaultCounts(half.fault_books)))
            click.echo(f"The page is at {shown.url}", err=True)
        await enough.wait()
