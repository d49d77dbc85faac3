"""The composition root: settings in, running halves out. Each half is a context; leaving it ends it in good order."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

from ingest.drivers.registry import driver_class
from ingest.events import Source
from ingest.publish import Publisher
from ingest.service import IngestService
from ingest.sources.radio.adapter import Adapter
from ingest.spool import Spool
from ingest.wire.address import BrokerAddress
from ingest.wire.faults import UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import AlertReply, AnyMessage, LiveRequest
from ingest.wire.topics import Address
from processing.desk import Stores
from processing.rules.preset import load_preset
from processing.rules.rule import DeviationRule, Watched
from processing.service import Onlooker, ProcessingService
from processing.store.influx import InfluxSeries, InfluxTarget
from processing.store.journal import JournalReading
from processing.store.journal_sqlite import SqliteJournal
from processing.store.outbox import Outbox
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.series import MirroredSeries
from processing.store.series_sqlite import SqliteSeries
from processing.subscribe import Subscriber
from processing.terms import terms_maker
from underfoot.broker import EmbeddedBroker
from underfoot.places import Places
from underfoot.reach import broker_address
from underfoot.screen import ScreenModel
from underfoot.screen_feed import show
from underfoot.settings import SeriesKind, Settings
from underfoot.web.app import Labels, create_app
from underfoot.web.history import Usual
from underfoot.web.serve import Served, serve

log = logging.getLogger(__name__)

_OUTBOX_RETRY_S = 5.0
_LIVE_S = 30.0  # how long one request keeps ingest sending small blocks; it is said again at a third of it


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Work beside the body of the context: cancelled with it, and when it fails, the body is cancelled."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        try:
            yield task
        finally:
            task.cancel()


@asynccontextmanager
async def broker(settings: Settings, port: int = 1883) -> AsyncIterator[BrokerAddress]:
    """The configured broker, or an embedded one while the context is open."""
    if settings.broker.url is not None:
        yield broker_address(settings)
        return
    log.info("no broker is configured: an embedded one serves this machine; a real installation wants Mosquitto")
    async with EmbeddedBroker(port) as embedded:
        yield embedded.address


@asynccontextmanager
async def stores(settings: Settings) -> AsyncIterator[Stores]:
    """Everything that processing keeps, in the data folder; what a server is to have is sent meanwhile."""
    places = Places(settings.data_dir)
    with ExitStack() as kept:
        recordings = kept.enter_context(closing(SqliteRecordings(places.recordings)))
        journal = kept.enter_context(closing(SqliteJournal(places.journal)))
        local = kept.enter_context(closing(SqliteSeries(places.series)))
        if settings.series.kind is SeriesKind.SQLITE:
            yield Stores(recordings=recordings, journal=journal, series=local)
            return
        chosen = settings.series
        target = InfluxTarget(url=chosen.url or "", token=chosen.token or "", org=chosen.org, bucket=chosen.bucket)
        server = kept.enter_context(closing(InfluxSeries(target, Outbox(places.outbox))))
        async with running(_send_for_ever(server)):
            yield Stores(recordings=recordings, journal=journal, series=MirroredSeries(local, server))


async def _send_for_ever(server: InfluxSeries) -> None:
    while True:
        try:
            await server.run()
        except UnderfootError as error:
            log.warning("%s", error.fault)
            await asyncio.sleep(_OUTBOX_RETRY_S)


@dataclass(frozen=True, slots=True)
class Processing:
    service: ProcessingService
    stores: Stores


@asynccontextmanager
async def processing(
    settings: Settings, at: BrokerAddress, onlookers: Sequence[Onlooker] = ()
) -> AsyncIterator[Processing]:
    """The half that judges and stores."""
    async with stores(settings) as kept:
        service = ProcessingService(
            lambda greet: Subscriber(at, hub=settings.hub, on_connected=greet),
            kept,
            terms_maker(settings.rules.preset, kept.journal),
            onlookers,
        )
        async with service.subscriber, running(service.run()):
            yield Processing(service, kept)


def screen_onlooker(model: ScreenModel) -> Onlooker:
    def look(message: AnyMessage) -> None:
        show(model, message, time.time_ns())

    return look


@asynccontextmanager
async def page(
    settings: Settings, model: ScreenModel, half: Processing, labels: Labels | None = None
) -> AsyncIterator[Served]:
    """The page over a model that an onlooker feeds."""
    address = Address(settings.hub, settings.person)
    viewers = Viewers(half.service.subscriber, address)

    async def acknowledge(reply: AlertReply) -> None:
        await half.service.subscriber.publish(address.reply(reply.id), reply)

    app = create_app(
        model,
        acknowledge=acknowledge,
        usual=lambda: _usual(half.stores.journal, settings),
        on_viewers=viewers.count,
        labels=labels,
    )
    async with running(viewers.run()), serve(app, settings.web.host, settings.web.port) as served:
        yield served


class Viewers:
    """While somebody looks, ingest is asked for small blocks."""

    def __init__(self, subscriber: Subscriber, address: Address) -> None:
        self._subscriber = subscriber
        self._address = address
        self._somebody = asyncio.Event()

    def count(self, viewers: int) -> None:
        if viewers:
            self._somebody.set()
        else:
            self._somebody.clear()

    async def run(self) -> None:
        while True:
            await self._somebody.wait()
            await self._subscriber.publish(self._address.live, LiveRequest(seconds=_LIVE_S))
            await asyncio.sleep(_LIVE_S / 3)


def _usual(journal: JournalReading, settings: Settings) -> Usual:
    found = journal.baseline(settings.person)
    if found is None or found.baseline is None:
        return Usual()
    usual, rules = found.baseline, load_preset(settings.rules.preset)
    margins = {rule.figure: rule.enter_points for rule in rules.rules if isinstance(rule, DeviationRule)}
    return Usual(
        left_forefoot_share_pct=usual.forefoot_share_pct.left.median,
        right_forefoot_share_pct=usual.forefoot_share_pct.right.median,
        forefoot_margin_points=margins.get(Watched.FOREFOOT_SHARE),
        load_si_pct=usual.load_si_pct.median,
        load_si_margin_points=margins.get(Watched.LOAD_SI),
    )


@dataclass(frozen=True, slots=True)
class Feet:
    """The half that reads the insoles, running."""

    service: IngestService
    _run: asyncio.Task[bool]

    async def finish(self) -> bool:
        """End every stream in good order; whether all rows have their receipt."""
        await self.service.stop()
        return await self._run


@asynccontextmanager
async def ingest(
    settings: Settings, at: BrokerAddress, sources: Sequence[Source], drain_s: float = 5.0
) -> AsyncIterator[Feet]:
    """The half that reads the insoles. `drain_s`: how long the end waits for receipts; the rest stays in the spool."""
    spool = Spool(Places(settings.data_dir).spool, max_bytes=settings.spool.max_mb * 2**20)
    try:
        publisher = Publisher(at, Address(settings.hub, settings.person), spool)
        service = IngestService(sources, publisher, spool, now_ns=time.time_ns)
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(service.run(drain_s))
            try:
                yield Feet(service, run)
            finally:
                run.cancel()
    finally:
        spool.close()


@asynccontextmanager
async def real_insoles(settings: Settings) -> AsyncIterator[tuple[Source, ...]]:
    """The wearer's insoles through BlueZ: those that the settings name, else the first that says its foot."""
    named = {Side.LEFT: settings.insoles.left, Side.RIGHT: settings.insoles.right}
    make = driver_class("open-insole")
    async with Adapter.bluez(settings.radio.adapter) as adapter:
        yield tuple(
            adapter.source(make(insole, side), address, insole=insole, side=side)
            for side, address in named.items()
            for insole in [address or f"{settings.person}-{side}"]
        )


def books(feet: Feet, half: Processing) -> dict[str, dict[str, int]]:
    """Rows of this data folder: taken by the insoles, received in the spool, published, stored, missing."""
    stored = dict.fromkeys(Side, 0)
    for info in half.stores.recordings.walks():
        for side, rows in info.rows.items():
            stored[side] += rows
    pages = feet.service.books()
    taken = {side: pages[side].taken if side in pages else 0 for side in Side}
    return {
        **taken_books(feet),
        "stored": {str(side): stored[side] for side in Side},
        "missing": {str(side): taken[side] - stored[side] for side in Side},
    }


def taken_books(feet: Feet) -> dict[str, dict[str, int]]:
    """What ingest alone can say."""
    pages = feet.service.books()
    return {
        name: {str(side): getattr(pages[side], name) if side in pages else 0 for side in Side}
        for name in ("taken", "received", "published")
    }


async def until_stopped(*ends: asyncio.Event) -> None:
    """Until somebody says stop (SIGINT, SIGTERM), or one of `ends` is set."""
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, enough.set)
    waits = [asyncio.create_task(event.wait()) for event in (enough, *ends)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
