"""Only a stretch of a walk read: just those blocks of it that reach into the stretch, hot or cold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_kit import NS_PER_ROW, ROWS, START_NS, block, told, walk_of

from ingest.wire.block import Block
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.walk_reader import _REACHING_IN

S = 10**9
BLOCK_NS = ROWS * NS_PER_ROW


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[SqliteRecordings]:
    store = SqliteRecordings(tmp_path / "recordings.db")
    yield store
    store.close()


def odd_walk() -> list[Block]:
    """Long blocks and short ones, a gap, another boot, and a clock that steps back by most of a second."""
    long = [block(Side.LEFT, seq=0, rows=3000), block(Side.RIGHT, seq=0, rows=40)]
    short = [block(side, 3000 + n * ROWS) for n in range(20) for side in Side]
    back = [
        block(Side.LEFT, 4000 + n * ROWS, t_ns=START_NS + (3400 + n * ROWS) * NS_PER_ROW - S * 9 // 10)
        for n in range(20)
    ]
    boot = [block(Side.RIGHT, n * ROWS, boot=8, t_ns=START_NS + 50 * S + n * BLOCK_NS) for n in range(10)]
    return [*long, *short, *back, *boot]


@pytest.mark.parametrize("archived", [False, True])
def test_it_is_what_reaches_into_the_stretch(recordings: SqliteRecordings, *, archived: bool) -> None:
    recordings.append("p", "w", odd_walk())
    recordings.append("p", "other", [block(Side.LEFT, 900_000)])
    if archived:
        recordings.end_walk("w")
        assert recordings.archive("w")
        recordings.append("p", "w", [block(Side.LEFT, 6_000, t_ns=START_NS + 40 * S)])
    everything = list(recordings.blocks("w"))
    pick = random.Random(4)
    for _ in range(200):
        start = START_NS + pick.randint(-5 * S, 60 * S)
        stop = start + pick.choice([1, NS_PER_ROW, S, 30 * S])
        wanted = [each for each in everything if each.t_ns < stop and each.end_t_ns > start]
        assert told(recordings.blocks_within("w", start, stop)) == told(wanted)


def test_nothing_before_or_after_the_walk(recordings: SqliteRecordings) -> None:
    recordings.append("p", "w", walk_of(3))
    assert list(recordings.blocks_within("w", 0, START_NS)) == []
    assert list(recordings.blocks_within("w", START_NS + 60 * S, START_NS + 90 * S)) == []


def test_of_a_walk_that_there_is_not(recordings: SqliteRecordings) -> None:
    for ask in (lambda: list(recordings.blocks_within("w", 0, 1)), lambda: recordings.walk("w")):
        with pytest.raises(UnderfootError) as raised:
            ask()
        assert raised.value.code is FaultCode.UNKNOWN_NAME


def test_one_walk_is_what_the_list_says(recordings: SqliteRecordings) -> None:
    recordings.append("p", "w", walk_of(3))
    recordings.append("p", "v", [block(Side.LEFT, 900_000)])
    assert [recordings.walk(info.walk) for info in recordings.walks()] == recordings.walks()


def test_the_other_rows_of_the_walk_are_not_looked_at(recordings: SqliteRecordings) -> None:
    values = {"walk": 1, "start": 0, "stop": 1, "back": 1}
    found = recordings._db._writer.execute(f"EXPLAIN QUERY PLAN {_REACHING_IN}", values).fetchall()
    plan = [str(row[3]) for row in found]
    assert sum("COVERING INDEX block_in_time" in step for step in plan) == 2, plan
    assert not [step for step in plan if step.startswith("SCAN block")], plan
