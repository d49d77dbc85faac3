"""All work at the desks is one thread's: with more, a walk takes more memory the longer it is, a heap for each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import aiomqtt
from bench_kit import pair_layouts, pair_second
from broker_kit import Mosquitto
from custody_kit import until
from desk_kit import judging

from ingest.wire.block import Block
from ingest.wire.codec import encode, to_message
from ingest.wire.geometry import Side
from ingest.wire.topics import Address
from processing.outgoing import Stores
from processing.service import ProcessingService
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings import Portion
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.series_sqlite import SqliteSeries
from processing.subscribe import Subscriber

ADDRESS = Address("h", "p1")
SECONDS, OTHER_THREADS = 20, 4


class Noting(SqliteRecordings):
    """In which threads rows were kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.threads: set[int] = set()

    def append_all(self, portions: Sequence[Portion]) -> list[list[Block]]:
        self.threads.add(threading.get_ident())
        return super().append_all(portions)

    def rows(self) -> int:
        return sum(sum(info.rows.values()) for info in self.walks())


async def pool_at_work() -> None:
    """The event loop's own threads are there, as when ingest runs beside processing."""
    together = threading.Barrier(OTHER_THREADS)
    await asyncio.gather(*(asyncio.to_thread(together.wait) for _ in range(OTHER_THREADS)))


async def test_one_thread_whatever_else_runs(tmp_path: Path) -> None:
    with (
        closing(Noting(tmp_path / "recordings")) as recordings,
        closing(SqliteJournal(tmp_path / "journal")) as journal,
        closing(SqliteSeries(tmp_path / "series")) as series,
    ):
        stores = Stores(recordings=recordings, journal=journal, series=series)
        async with Mosquitto(tmp_path / "mosquitto") as broker:
            service = ProcessingService(
                lambda greet: Subscriber(broker.address, on_connected=greet),
                stores,
                *judging(journal),
            )
            await pool_at_work()
            async with service.subscriber, aiomqtt.Client(broker.address.host, broker.port) as hub:
                running = asyncio.create_task(service.run())
                await until(lambda: service.subscriber.connected)
                for layout in pair_layouts(ADDRESS.person):
                    await hub.publish(ADDRESS.of_side(layout.side, "layout"), encode(layout), qos=1)
                for second in range(SECONDS):
                    for block in pair_second(ADDRESS.person, second):
                        topic = ADDRESS.of_side(block.side, "samples")
                        await hub.publish(topic, encode(to_message(block)), qos=1)
                    due = (second + 1) * 100 * len(Side)
                    await until(lambda due=due: recordings.rows() == due)
                running.cancel()
                await asyncio.wait([running])
    assert len(recordings.threads) == 1
