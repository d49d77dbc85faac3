"""Processing that is told to stop in the middle of its work ends as a task that was cancelled, whatever it was at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import aiomqtt
import pytest
from broker_kit import Mosquitto
from custody_kit import until
from desk_kit import judging

from ingest.wire.codec import encode
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, LinkState, Status
from ingest.wire.topics import Address
from processing.outgoing import Stores
from processing.service import ProcessingService
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.series_sqlite import SqliteSeries
from processing.subscribe import Subscriber

ADDRESS = Address("h", "p1")


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with (
        closing(SqliteRecordings(tmp_path / "recordings")) as recordings,
        closing(SqliteJournal(tmp_path / "journal")) as journal,
        closing(SqliteSeries(tmp_path / "series")) as series,
    ):
        yield Stores(recordings=recordings, journal=journal, series=series)


async def test_stopped_while_it_hands_a_message_over(stores: Stores, tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "mosquitto") as broker:
        running: list[asyncio.Task[None]] = []

        def stop(_person: str, _message: AnyMessage) -> None:
            running[0].cancel()

        service = ProcessingService(
            lambda greet: Subscriber(broker.address, on_connected=greet),
            stores,
            *judging(stores.journal),
            [stop],
        )
        async with service.subscriber:
            running.append(asyncio.create_task(service.run()))
            await until(lambda: service.subscriber.connected)
            async with aiomqtt.Client(broker.address.host, broker.port) as hub:
                status = Status(insole="left", side=Side.LEFT, t_ns=1, link=LinkState.STREAMING)
                await hub.publish(ADDRESS.of_side(Side.LEFT, "status"), encode(status), qos=1)
            await asyncio.wait(running, timeout=10)
            assert running[0].cancelled()
