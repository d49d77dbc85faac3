"""The demonstration: every part for real, but the feet, the air and the installation."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.world import World
from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.block import Origin
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage
from ingest.wire.topics import Address
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.service import Onlooker
from processing.store.journal import BaselineSet
from underfoot import compose
from underfoot.judging import Processing, processing
from underfoot.page import FaultCounts, page, screens
from underfoot.running import running
from underfoot.settings import Settings
from underfoot.story import Narrator, Story, clock, explain, fetched
from underfoot.virtual_pair import SERIALS, VirtualPair, virtual_pair
from underfoot.web.site import Labels

Tell = Callable[[str], None]

USUAL = Baseline(  # of the synthetic walker, as if learned from seven earlier walks
    forefoot_share_pct=UsualPerFoot(left=Usual(median=45.0, spread=1.0), right=Usual(median=45.0, spread=1.0)),
    load_si_pct=Usual(median=0.0, spread=1.0),
    walks=7,
)
_LOOK_S = 0.25
_LAST_ROWS_S = 30.0  # how long the end of a stream may take until its last row is stored
BROKER_PORT = 1883


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is shown: a walk to wear, for how long, with which story, and whether there is a page."""

    walks: Mapping[Side, Walk]
    seconds: float | None  # None: the recording's own length, or until somebody stops it
    story: Story | None
    usual: Baseline | None
    with_page: bool


async def demonstrate(settings: Settings, plan: Plan, say: Tell, enough: asyncio.Event) -> dict[str, Any]:
    """Run the plan, until `enough` is set at the latest.

    Gives the books, why rows are missing, the walk's summary and the alerts.

    :raises UnderfootError: PORT_IN_USE, CONFIG_INVALID; BROKER_UNREACHABLE when the last rows are not receipted.
    """
    if plan.with_page:
        compose.check(settings)
    address = Address(settings.hub, settings.person)
    shown = screens(settings)
    world: list[World] = []

    def tell(words: str) -> None:
        say(f"{clock(world[0].elapsed_ns() / 1e9) if world and world[0].begun.is_set() else '':>5}  {words}")

    async with AsyncExitStack() as stack:
        at = await _broker(settings, stack)
        narrator = Narrator(_ack_command(settings, at) if plan.with_page else None)
        onlookers = [*shown.onlookers, _alert_onlooker(tell, narrator)]
        half = await stack.enter_async_context(processing(settings, at, onlookers))
        if plan.usual is not None:
            half.stores.journal.set_baseline(
                BaselineSet(person=settings.person, baseline=plan.usual, by="demonstration", t_ns=0)
            )
        faults = FaultCounts(half.fault_books)
        if plan.with_page:
            labels = Labels(banner="page.demonstration")
            served = await stack.enter_async_context(page(settings, shown, half, faults, labels))
            tell(f"The page is at {served.told} (Ctrl-C ends the demonstration).")
            if settings.broker.url is None and at.port != BROKER_PORT:
                tell(f"Port {BROKER_PORT} is taken, so the broker is at {at}.")
        pair = await stack.enter_async_context(virtual_pair(plan.walks, remembers=True))
        world.append(pair.world)
        feet = await stack.enter_async_context(compose.ingest(settings, at, pair.sources, _LAST_ROWS_S))
        faults.watch(feet.fault_books)
        await compose.first_of(pair.world.begun, enough)
        if pair.world.begun.is_set():
            tell("Both virtual insoles are connected over Bluetooth; somebody is walking evenly.")
        async with running(_act(plan, pair, feet, half, address, tell)) as story:
            await _walk_to_its_end(plan, pair, enough)
            if plan.story is not None and not enough.is_set():
                await _told_to_its_end(story, enough)
        tell("The walk is over.")
        if not await feet.finish():
            raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "the last rows have no receipt")
        books = compose.books(feet, half) | {"fetched": _fetched_rows(half)}
        summary = await _summary(half, settings.person) if any(books["stored"].values()) else None
        why = {str(side): explain(books["missing"][str(side)], feet.losses(insole)) for side, insole in SERIALS.items()}
        alerts = half.stores.journal.alerts(settings.person)
    return {"books": books, "why": why, "walk": summary, "alerts": [msgspec.to_builtins(alert) for alert in alerts]}


def _ack_command(settings: Settings, at: BrokerAddress) -> str:
    usual = settings.broker.url is not None or at.port == BROKER_PORT
    called = sys.argv[0] if Path(sys.argv[0]).name == "underfoot" else "underfoot"
    return f"{'' if usual else f'UNDERFOOT_BROKER__URL={at} '}{called} alerts ack"


def _alert_onlooker(tell: Tell, narrator: Narrator) -> Onlooker:
    def look(_person: str, message: AnyMessage) -> None:
        words = narrator.of_alert(message) if isinstance(message, Alert) else None
        if words is not None:
            tell(words)

    return look


async def _broker(settings: Settings, stack: AsyncExitStack) -> BrokerAddress:
    """On the usual port where it is free, so that the terminal finds it; else on any."""
    try:
        opened = await stack.enter_async_context(compose.broker(settings, BROKER_PORT))
    except UnderfootError as error:
        if error.code is not FaultCode.PORT_IN_USE:
            raise
        opened = await stack.enter_async_context(compose.broker(settings, 0))
    return opened


async def _walk_to_its_end(plan: Plan, pair: VirtualPair, enough: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(plan.seconds):
            await compose.first_of(pair.world.ended, enough)


async def _told_to_its_end(story: asyncio.Task[None], enough: asyncio.Event) -> None:
    """On a slow machine rows may still be fetched when the time is up."""
    stop = asyncio.create_task(enough.wait())
    await asyncio.wait({story, stop}, timeout=_LAST_ROWS_S, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()


async def _act(
    plan: Plan, pair: VirtualPair, feet: compose.Feet, half: Processing, address: Address, tell: Tell
) -> None:
    """The parts of the story that the walker itself does not act."""
    story = plan.story
    if story is None:
        return
    await _until(pair, story.overload_s)
    tell("From now on more and more of the load is on the front of the left foot.")
    if not plan.with_page:
        await _until(pair, story.answer_s)
        await _acknowledge_all(half, address)
    await _until(pair, story.relief_s)
    tell("The load is even again; the alert ends when it has stayed so for a while.")
    await _until(pair, story.away_s)
    tell("The right insole is out of range now: that foot is not measured.")
    pair.away(Side.RIGHT)
    await _until(pair, story.back_s)
    pair.back(Side.RIGHT)
    tell("The right insole is in range again; what it recorded meanwhile is fetched once it is connected.")
    tell(fetched(await _all_fetched(feet)))
    if plan.with_page:
        tell("On the page, Walks plays this walk as two moving feet, and Twelve weeks leads to a report to print.")


async def _all_fetched(feet: compose.Feet) -> int:
    """Wait until what the insoles recorded out of range is here; how many rows it was at most."""
    most = 0
    while True:
        left = await _to_fetch(feet)
        if most and not left:
            return most
        most = max(most, left)
        await asyncio.sleep(_LOOK_S)


async def _to_fetch(feet: compose.Feet) -> int:
    """Rows that the insoles remember and that are not here."""
    return sum(page.to_fetch for page in (await asyncio.to_thread(feet.service.books)).values())


async def _until(pair: VirtualPair, seconds: float) -> None:
    await asyncio.sleep(max(0.0, seconds - pair.world.elapsed_ns() / 1e9))


async def _acknowledge_all(half: Processing, address: Address) -> None:
    """What a person would do on the page, over the same topic."""
    for alert in half.stores.journal.alerts(address.person, open_only=True):
        reply = AlertReply(id=alert.id, do="acknowledge", by="demonstration", t_ns=time.time_ns(), action="sat")
        await half.service.subscriber.publish(address.reply(alert.id), reply)


def _fetched_rows(half: Processing) -> dict[str, int]:
    """Stored rows that came out of an insole's memory."""
    recordings, rows = half.stores.recordings, dict.fromkeys(map(str, Side), 0)
    for info in recordings.walks():
        for block in recordings.blocks(info.walk):
            if block.origin is Origin.BACKFILL:
                rows[str(block.side)] += block.rows
    return rows


async def _summary(half: Processing, person: str) -> Any:
    """The summary of the walk, once processing has closed it."""
    async with asyncio.timeout(_LAST_ROWS_S):
        while True:
            kept = half.stores.journal.walks(person)
            if kept and half.stores.recordings.open_walk(person) is None:
                return json.loads(kept[-1].summary)
            await asyncio.sleep(0.05)
