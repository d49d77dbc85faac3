"""Processing killed twice and the broker restarted in the middle of a walk: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from broker_kit import Mosquitto
from journey_kit import House, kill, recorded_codes, stored_codes, wait_for

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.recordings_reader import SqliteRecordingsReader
from underfoot.places import Places

SECONDS = 60

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


async def test_killed_twice_and_the_broker_restarted(mosquitto: Mosquitto, tmp_path: Path, gaitpdb: Path) -> None:
    walk = gaitpdb / "GaCo01_01.txt.xz"
    house = House(tmp_path, f"mqtt://{mosquitto.address.host}:{mosquitto.port}")
    places = Places(tmp_path)
    try:
        first = house.start("processing")
        ingest = house.start("ingest", "--radio", "virtual", "--walk", str(walk), "--seconds", str(SECONDS), "--json")
        wait_for(lambda: _rows(places) > 500, 40, "the first rows to be stored")
        kill(first)
        await asyncio.sleep(3)
        second = house.start("processing")
        before = _rows(places)
        wait_for(lambda: _rows(places) > before + 500, 40, "rows after the first kill")
        await mosquitto.restart(away_s=3.0)
        before = _rows(places)
        wait_for(lambda: _rows(places) > before + 500, 40, "rows after the broker's restart")
        kill(second)
        await asyncio.sleep(3)
        house.start("processing")
        printed, told = ingest.communicate(timeout=150)
        assert ingest.returncode == 0, told
        wait_for(lambda: SqliteJournalReader(places.journal).walks("p1"), 20, "the walk's summary")
    finally:
        house.end_all()

    rows = {"left": 6001, "right": 6001}
    assert json.loads(printed)["books"] == {"taken": rows, "received": rows, "published": rows}
    kept = SqliteJournalReader(places.journal).walks("p1")
    assert len(kept) == 1
    with closing(SqliteRecordingsReader(places.recordings)) as recordings:
        assert len(recordings.walks()) == 1
        for side in Side:
            stored = stored_codes(recordings, kept[0].walk, side)
            assert [stored[seq] for seq in sorted(stored)] == recorded_codes(walk, SECONDS, side)
    again = house.run("replay", "--stored", kept[0].walk, "--json")
    assert again.stdout.encode() == kept[0].summary + b"\n", again.stderr


def _rows(places: Places) -> int:
    try:
        with closing(SqliteRecordingsReader(places.recordings)) as recordings:
            return sum(sum(info.rows.values()) for info in recordings.walks())
    except UnderfootError as error:
        if error.code is FaultCode.FILE_UNREADABLE:  # not there yet
            return 0
        raise
