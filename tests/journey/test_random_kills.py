"""Killed at any moment: processing again and again, the broker in between, ingest in the middle of a walk."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from broker_kit import Mosquitto
from journey_kit import House, kill, recorded_codes, stored_codes, wait_for

from ingest.books import SpoolReader
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.recordings_reader import SqliteRecordingsReader
from underfoot.places import Places

SECONDS = 45
KILLS = 8
BROKER_RESTARTS_AFTER = (2, 5)
SEED = 7
INSOLES = {Side.LEFT: "virtual-left", Side.RIGHT: "virtual-right"}

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


def house_at(mosquitto: Mosquitto, folder: Path) -> House:
    return House(folder, f"mqtt://{mosquitto.address.host}:{mosquitto.port}")


async def test_processing_killed_eight_times_and_the_broker_restarted_twice(
    mosquitto: Mosquitto, tmp_path: Path, gaitpdb: Path
) -> None:
    walk = gaitpdb / "GaCo01_01.txt.xz"
    house, places, chance = house_at(mosquitto, tmp_path), Places(tmp_path), random.Random(SEED)
    try:
        ingest = house.start("ingest", "--radio", "virtual", "--walk", str(walk), "--seconds", str(SECONDS), "--json")
        for kills in range(KILLS):
            processing = house.start("processing")
            await asyncio.sleep(chance.uniform(2.0, 5.0))
            kill(processing)
            if kills in BROKER_RESTARTS_AFTER:
                await mosquitto.restart(away_s=chance.uniform(0.0, 1.5))
        house.start("processing")
        printed, told = await asyncio.to_thread(ingest.communicate, timeout=150)
        assert ingest.returncode == 0, told
        wait_for(lambda: SqliteJournalReader(places.journal).walks("p1"), 20, "the walk's summary")
    finally:
        house.end_all()

    kept = SqliteJournalReader(places.journal).walks("p1")
    assert len(kept) == 1
    with closing(SqliteRecordingsReader(places.recordings)) as recordings:
        assert [(info.walk, info.ended) for info in recordings.walks()] == [(kept[0].walk, True)]
        for side in Side:
            stored = stored_codes(recordings, kept[0].walk, side)
            assert [stored[seq] for seq in sorted(stored)] == recorded_codes(walk, SECONDS, side)
            assert json.loads(printed)["books"]["taken"][side] == len(stored)
    assert SpoolReader(places.spool).waiting_bytes() == 0
    again = house.run("replay", "--stored", kept[0].walk, "--json")
    assert again.stdout.encode() == kept[0].summary + b"\n", again.stderr


async def test_what_reached_the_spool_of_a_killed_ingest_is_sent_by_the_next(
    mosquitto: Mosquitto, tmp_path: Path, gaitpdb: Path
) -> None:
    walk = gaitpdb / "GaCo01_01.txt.xz"
    house, places = house_at(mosquitto, tmp_path), Places(tmp_path)
    wear = ("ingest", "--radio", "virtual", "--walk", str(walk), "--json")
    try:
        processing = house.start("processing")
        ingest = house.start(*wear, "--seconds", "60")
        wait_for(lambda: _stored(places).total() > 300, 40, "the first rows to be stored")
        kill(processing)
        wait_for(lambda: SpoolReader(places.spool).books("virtual-right").waiting > 300, 20, "rows to wait")
        kill(ingest)
        spool = SpoolReader(places.spool)
        received = {insole: spool.books(insole).received for insole in INSOLES.values()}
        house.start("processing")
        again = house.start(*wear, "--seconds", "5")  # insoles that were switched off and on: new boots
        _, told = await asyncio.to_thread(again.communicate, timeout=100)
        assert again.returncode == 0, told
    finally:
        house.end_all()

    assert spool.waiting_bytes() == 0
    with closing(SqliteRecordingsReader(places.recordings)) as recordings:
        (info,) = recordings.walks()
        blocks = list(recordings.blocks(info.walk))
    for side, insole in INSOLES.items():
        boots = list(dict.fromkeys(block.boot for block in blocks if block.side is side))
        assert len(boots) == 2
        expected = recorded_codes(walk, 60, side)
        for boot, count in zip(boots, (received[insole], 501), strict=True):
            rows = {
                block.seq + k: block.codes[k].tobytes()
                for block in blocks
                if (block.insole, block.boot) == (insole, boot)
                for k in range(block.rows)
            }
            assert [rows[seq] for seq in sorted(rows)] == expected[:count]
        assert sum(block.rows for block in blocks if block.side is side) == received[insole] + 501  # none twice
        books = spool.books(insole)
        assert books.received == books.published == received[insole] + 501
        assert books.taken == books.received + books.missing


def _stored(places: Places) -> Counter[Side]:
    try:
        with closing(SqliteRecordingsReader(places.recordings)) as recordings:
            return sum((Counter(info.rows) for info in recordings.walks()), Counter())
    except UnderfootError as error:
        if error.code is not FaultCode.FILE_UNREADABLE:  # not there yet
            raise
        return Counter()
