"""The demonstration: every part for real, but the feet, the air and the installation."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from ingest.sources.virtual.walk import Walk
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import AlertReply
from ingest.wire.topics import Address
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.store.journal import BaselineSet
from underfoot import compose
from underfoot.screen import ScreenModel
from underfoot.settings import Settings
from underfoot.story import Story
from underfoot.virtual_pair import VirtualPair, virtual_pair
from underfoot.web.app import Labels

Tell = Callable[[str], None]

USUAL = Baseline(  # of the synthetic walker, as if learned from seven earlier walks
    forefoot_share_pct=UsualPerFoot(left=Usual(median=45.0, spread=1.0), right=Usual(median=45.0, spread=1.0)),
    load_si_pct=Usual(median=0.0, spread=1.0),
    walks=7,
)
_BANNER = "Demonstration: synthetic feet, and rules with shortened times."
_LAST_ROWS_S = 30.0  # how long the end of a stream may take until its last row is stored
_BROKER_PORT = 1883


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is shown: a walk to wear, for how long, with which story, and whether there is a page."""

    walks: Mapping[Side, Walk]
    seconds: float | None  # None: the recording's own length, or until somebody stops it
    story: Story | None
    usual: Baseline | None
    with_page: bool


async def demonstrate(settings: Settings, plan: Plan, tell: Tell, enough: asyncio.Event) -> dict[str, Any]:
    """Run the plan, until `enough` is set at the latest, and give the books, the walk's summary and the alerts."""
    address = Address(settings.hub, settings.person)
    model = ScreenModel()
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(_broker(settings))
        half = await stack.enter_async_context(compose.processing(settings, at, [compose.screen_onlooker(model)]))
        if plan.usual is not None:
            half.stores.journal.set_baseline(
                BaselineSet(person=settings.person, baseline=plan.usual, by="demonstration", t_ns=0)
            )
        if plan.with_page:
            page = await stack.enter_async_context(compose.page(settings, model, half, Labels(banner=_BANNER)))
            tell(f"The page is at {page.url}  (end with Ctrl-C)")
            tell(f"Alerts from the terminal: underfoot alerts ack ID  (broker {at})")
        pair = await stack.enter_async_context(virtual_pair(plan.walks))
        feet = await stack.enter_async_context(compose.ingest(settings, at, pair.sources, _LAST_ROWS_S))
        await pair.world.begun.wait()
        async with compose.running(_act(plan, pair, half, address, tell)):
            await _walk_to_its_end(plan, pair, enough)
        if not await feet.finish():
            raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "the last rows have no receipt")
        summary = await _summary(half, settings.person)
        books = compose.books(feet, half)
        alerts = half.stores.journal.alerts(settings.person)
    return {"books": books, "walk": summary, "alerts": [msgspec.to_builtins(alert) for alert in alerts]}


@asynccontextmanager
async def _broker(settings: Settings) -> AsyncIterator[Any]:
    """On the usual port where it is free, so that the terminal finds it; else on any."""
    try:
        async with compose.broker(settings, _BROKER_PORT) as at:
            yield at
    except UnderfootError as error:
        if error.code is not FaultCode.PORT_IN_USE:
            raise
        async with compose.broker(settings, 0) as at:
            yield at


async def _walk_to_its_end(plan: Plan, pair: VirtualPair, enough: asyncio.Event) -> None:
    ends = [asyncio.create_task(event.wait()) for event in (pair.world.ended, enough)]
    try:
        await asyncio.wait(ends, timeout=plan.seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


async def _act(plan: Plan, pair: VirtualPair, half: compose.Processing, address: Address, tell: Tell) -> None:
    """The parts of the story that the walker itself does not act."""
    story = plan.story
    if story is None:
        return
    await _until(pair, story.overload_s)
    tell("The left forefoot is overloaded now.")
    if not plan.with_page:
        await _until(pair, story.answer_s)
        await _acknowledge_all(half, address)
    await _until(pair, story.relief_s)
    tell("The load is even again.")
    await _until(pair, story.away_s)
    tell("The right insole is out of range: not measured.")
    pair.away(Side.RIGHT)
    await _until(pair, story.back_s)
    tell("The right insole is back.")
    pair.back(Side.RIGHT)


async def _until(pair: VirtualPair, seconds: float) -> None:
    await asyncio.sleep(max(0.0, seconds - pair.world.elapsed_ns() / 1e9))


async def _acknowledge_all(half: compose.Processing, address: Address) -> None:
    """What a person would do on the page, over the same topic."""
    for alert in half.stores.journal.alerts(address.person, open_only=True):
        reply = AlertReply(id=alert.id, do="acknowledge", by="demonstration", t_ns=time.time_ns(), action="sat")
        await half.service.subscriber.publish(address.reply(alert.id), reply)


async def _summary(half: compose.Processing, person: str) -> Any:
    """The summary of the walk, once processing has closed it."""
    async with asyncio.timeout(_LAST_ROWS_S):
        while True:
            kept = half.stores.journal.walks(person)
            if kept and half.stores.recordings.open_walk(person) is None:
                return json.loads(kept[-1].summary)
            await asyncio.sleep(0.05)
