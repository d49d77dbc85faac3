"""`underfoot run`: the service with real insoles, both halves and the page."""

from __future__ import annotations

import asyncio

import click

from underfoot.cli._front import Front
from underfoot.settings import Settings


@click.command(name="run")
@click.pass_obj
def command(front: Front) -> None:
    """Connect to the insoles, judge, store and show, until stopped.

    Without a configured broker an embedded one serves this machine. A real installation wants Mosquitto: it keeps
    what it has over a restart, takes over a client that comes back, and holds its access lists.
    """
    settings = front.settings()
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    from contextlib import AsyncExitStack

    from underfoot import compose
    from underfoot.calibrations import StoredCalibrations
    from underfoot.judging import processing
    from underfoot.page import FaultCounts, page
    from underfoot.real_feet import RealFeet
    from underfoot.screen import ScreenModel

    compose.check(settings)
    model = ScreenModel()
    onlooker = compose.screen_onlooker(model, StoredCalibrations(settings).in_force)
    async with AsyncExitStack() as stack:
        enough = stack.enter_context(compose.stop_signals())
        at = await stack.enter_async_context(compose.broker(settings))
        half = await stack.enter_async_context(processing(settings, at, [onlooker]))
        faults = FaultCounts(half.fault_books)
        if settings.web.enabled:
            shown = await stack.enter_async_context(page(settings, model, half, faults))
            click.echo(f"The page is at {shown.url}", err=True)
        feet = RealFeet(settings, at)
        faults.watch(feet.fault_books)
        await feet.run(enough)
