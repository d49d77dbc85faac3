"""`underfoot run`: the service with real insoles, both halves and the page."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from underfoot.cli._front import Front
from underfoot.settings import Settings


@click.command(name="run")
@click.pass_obj
def command(front: Front) -> None:
    """Connect to the insoles, judge, store and show, until stopped.

    Without a configured broker an embedded one serves this machine. A real installation wants Mosquitto: it keeps
    what it has over a restart, takes over a client that comes back, and holds its access lists.

    Insoles are paired on the page while it runs. What is tried with the virtual radio is kept apart, in `virtual` of
    the data folder.
    """
    from underfoot.radio import apart_if_virtual

    asyncio.run(_run(apart_if_virtual(front.settings()), front.config))


async def _run(settings: Settings, config: Path | None) -> None:
    from contextlib import AsyncExitStack

    from underfoot import compose
    from underfoot.judging import processing
    from underfoot.page import FaultCounts, page, screens
    from underfoot.real_feet import RealFeet
    from underfoot.setting_up.means import set_up_by

    compose.check(settings)
    shown = screens(settings)
    async with AsyncExitStack() as stack:
        enough = stack.enter_context(compose.stop_signals())
        at = await stack.enter_async_context(compose.broker(settings))
        half = await stack.enter_async_context(processing(settings, at, shown.onlookers))
        faults = FaultCounts(half.fault_books)
        feet = RealFeet(settings, at)
        if settings.web.enabled:
            means = await stack.enter_async_context(set_up_by(settings, feet, half.stores.journal, config))
            served = await stack.enter_async_context(page(settings, shown, half, faults, setting_up=means))
            click.echo(f"The page is at {served.told}", err=True)
        faults.watch(feet.fault_books)
        await feet.run(enough)
