"""The half that judges and stores, put together: stores, the service, and who else is told."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.alone import take_alone
from ingest.wire.address import BrokerAddress
from ingest.wire.faults import FaultBook, UnderfootError
from ingest.wire.topics import Address
from processing.notify.announcer import Announcer
from processing.notify.apprise_door import AppriseDoor
from processing.notify.courier import Courier
from processing.outgoing import Stores
from processing.rule_changes import rules_maker
from processing.rules.preset import load_preset
from processing.service import Onlooker, ProcessingService
from processing.store.journal_sqlite import SqliteJournal
from processing.store.outbox import Outbox
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.seconds import SqliteSeconds
from processing.store.series import MirroredSeries
from processing.store.series_sqlite import SqliteSeries
from processing.subscribe import Subscriber
from processing.terms import terms_maker
from underfoot import __version__
from underfoot.at_home import household, page_url
from underfoot.places import Places
from underfoot.running import running
from underfoot.settings import SeriesKind, SeriesSettings, Settings

if TYPE_CHECKING:
    from processing.store.influx import InfluxSeries

log = logging.getLogger(__name__)

_OUTBOX_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Processing:
    service: ProcessingService
    stores: Stores

    def fault_books(self) -> Iterator[FaultBook]:
        """Where this half notes what went wrong."""
        yield self.service.faults


@asynccontextmanager
async def processing(
    settings: Settings, at: BrokerAddress, onlookers: Sequence[Onlooker] = ()
) -> AsyncIterator[Processing]:
    """The half that judges and stores.

    :raises UnderfootError: CONFIG_INVALID for an unknown preset, DEPENDENCY_MISSING, before anything is opened.
    """
    load_preset(settings.rules.preset)
    door = AppriseDoor() if settings.notify.channels else None
    faults = FaultBook()
    async with AsyncExitStack() as stack:
        kept = await stack.enter_async_context(stores(settings, faults))
        announcer = _announcer(settings)
        looking = list(onlookers)
        if door is not None:
            courier = _courier(settings, kept, door, faults)
            looking.append(courier.look)
            await stack.enter_async_context(running(courier.run()))
        service = ProcessingService(
            lambda greet: Subscriber(
                at,
                hub=settings.hub,
                on_connected=greet,
                presence=Address(settings.hub, settings.person).processing,
                overhears={announcer.hub_topic: announcer.hub_said},
                on_arrival=announcer.arrived,
                faults=faults,
            ),
            kept,
            terms_maker(settings.rules.preset, kept.journal, faults=faults),
            rules_maker(settings.rules.preset, kept.journal, faults),
            looking,
            faults,
            household(settings),
        )
        await stack.enter_async_context(service.subscriber)
        await stack.enter_async_context(running(announcer.run(service.subscriber.announce)))
        await stack.enter_async_context(running(service.run()))
        yield Processing(service, kept)


@asynccontextmanager
async def stores(settings: Settings, faults: FaultBook | None = None) -> AsyncIterator[Stores]:
    """Everything that processing keeps, in the data folder; what a server is to have is sent meanwhile."""
    places = Places(settings.data_dir)
    with ExitStack() as kept:
        recordings = kept.enter_context(closing(SqliteRecordings(places.recordings, faults)))
        kept.enter_context(closing(take_alone(places.recordings)))  # two would answer each other's rows
        journal = kept.enter_context(closing(SqliteJournal(places.journal)))
        seconds = kept.enter_context(closing(SqliteSeconds(places.seconds)))
        local = kept.enter_context(closing(SqliteSeries(places.series)))
        if settings.series.kind is SeriesKind.SQLITE:
            yield Stores(recordings=recordings, journal=journal, series=local, seconds=seconds)
            return
        server = kept.enter_context(closing(_server(settings.series, places)))
        async with running(_send_for_ever(server)):
            series = MirroredSeries(local, server)
            yield Stores(recordings=recordings, journal=journal, series=series, seconds=seconds)


def _announcer(settings: Settings) -> Announcer:
    notify = settings.notify
    announcer = Announcer(
        version=__version__,
        prefix=notify.discovery_prefix,
        page_url=page_url(settings),
        enabled=notify.home_assistant,
    )
    announcer.knows(Address(settings.hub, settings.person))
    return announcer


def _courier(settings: Settings, kept: Stores, door: AppriseDoor, faults: FaultBook) -> Courier:
    now_ns: Callable[[], int] = time.time_ns
    channels = settings.notify.channels or {}
    return Courier(settings.person, kept.journal, door, channels, now_ns=now_ns, faults=faults)


def _server(chosen: SeriesSettings, places: Places) -> InfluxSeries:
    from processing.store.influx import InfluxSeries, InfluxTarget  # its client takes 15 MB and half a second

    target = InfluxTarget(url=chosen.url or "", token=chosen.token or "", org=chosen.org, bucket=chosen.bucket)
    return InfluxSeries(target, Outbox(places.outbox))


async def _send_for_ever(server: InfluxSeries) -> None:
    while True:
        try:
            await server.run()
        except UnderfootError as error:
            log.warning("%s", error.fault)
            await asyncio.sleep(_OUTBOX_RETRY_S)
