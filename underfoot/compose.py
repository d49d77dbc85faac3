"""The composition root: settings in, running halves out. Each half is a context; leaving it ends it in good order."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from ingest.events import Source
from ingest.publish import Publisher
from ingest.service import IngestService
from ingest.spool import Spool
from ingest.wire.address import BrokerAddress
from ingest.wire.block import GapReason
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.topics import Address
from processing.rules.preset import load_preset
from underfoot.broker import EmbeddedBroker
from underfoot.judging import Processing
from underfoot.places import Places
from underfoot.reach import broker_address
from underfoot.settings import Settings

log = logging.getLogger(__name__)

_OUTBOX_RETRY_S = 5.0
_ALL_GAPS = 10_000
GOOD_BYE_S = 15.0  # for the end of a service that is told to stop: insoles stopped, last rows sent


def check(settings: Settings) -> None:
    """What would stop the start half-way, found before anything is opened.

    :raises UnderfootError: CONFIG_INVALID, PORT_IN_USE.
    """
    load_preset(settings.rules.preset)
    if not settings.web.enabled:
        return
    try:
        with socket.create_server((settings.web.host, settings.web.port)):
            pass
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            detail = f"{settings.web.host}:{settings.web.port}, for the page; web.port sets another"
            raise UnderfootError(FaultCode.PORT_IN_USE, detail) from error


@asynccontextmanager
async def broker(settings: Settings, port: int = 1883) -> AsyncIterator[BrokerAddress]:
    """The configured broker, or an embedded one while the context is open."""
    if settings.broker.url is not None:
        yield broker_address(settings)
        return
    async with EmbeddedBroker(port) as embedded:
        log.info("no broker is configured: an embedded one serves this machine; a real installation wants Mosquitto")
        yield embedded.address


@dataclass(frozen=True, slots=True)
class Feet:
    """The half that reads the insoles, running."""

    service: IngestService
    _run: asyncio.Task[bool]
    _spool: Spool
    _insoles: tuple[str, ...]

    def fault_books(self) -> Iterator[FaultBook]:
        """Wherever this half notes what went wrong."""
        yield self.service.faults
        yield from (self.service.faults_of(insole) for insole in self._insoles)

    def losses(self, insole: str) -> dict[GapReason, int]:
        """Rows of the insole that are not here, by reason."""
        lost: Counter[GapReason] = Counter()
        for gap in self._spool.gaps(insole, limit=_ALL_GAPS):
            lost[gap.reason] += gap.last - gap.first + 1
        return dict(lost)

    async def finish(self, within_s: float | None = None) -> bool:
        """End every stream in good order; whether all rows have their receipt. Those that have none stay in the spool.

        :param within_s: whatever is not done by then is cut off.
        """
        try:
            async with asyncio.timeout(within_s):
                await self.service.stop()
                return await self._run
        except TimeoutError:
            return False


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
                yield Feet(service, run, spool, tuple(source.insole for source in sources))
            finally:
                run.cancel()
    finally:
        spool.close()


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


async def first_of(*events: asyncio.Event) -> None:
    """Until one of them is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set; a second signal ends the program at once."""
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        enough.set()
        release()

    def release() -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop)
    try:
        yield enough
    finally:
        release()
