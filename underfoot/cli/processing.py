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
    from underfoot.judging import processing
    from underfoot.page import FaultCounts, page, screens
    from underfoot.reach import broker_address

    compose.check(settings)
    shown = screens(settings)
    async with AsyncExitStack() as stack:
        enough = stack.enter_context(compose.stop_signals())
        at = broker_address(settings)
        half = await stack.enter_async_context(processing(settings, at, shown.onlookers))
        if settings.web.enabled:
            served = await stack.enter_async_context(page(settings, shown, half, FaultCounts(half.fault_books)))
            click.echo(f"The page is at {served.told}", err=True)
        await enough.wait()
