"""The books of a data folder: every row is accounted for, and what is not known is not zero."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from ingest.held import RowRange
from ingest.spool import Spool
from ingest.wire.block import Block, GapReason
from ingest.wire.codec import to_message
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side, Unit
from ingest.wire.messages import Gap
from processing.metrics.recipe import STEADY
from processing.store.recordings import Portion
from processing.store.recordings_reader import SqliteRecordingsReader
from processing.store.recordings_sqlite import SqliteRecordings
from underfoot.account import as_json, of_folder, of_walk
from underfoot.cli import underfoot
from underfoot.places import Places
from underfoot.stored import replay_stored


def block(side: Side, seq: int, rows: int, lost_before: int = 0) -> Block:
    return Block(
        insole=f"insole-{side}", side=side, boot=1, seq=seq, ticks=seq * 100, tick_ns=100_000, t_ns=seq * 10_000_000,
        ns_per_row=10_000_000, codes=np.ones((rows, 4), np.int16), unit=Unit.RAW, scale=1.0, lost_before=lost_before,
        lost_reason=GapReason.AWAY if lost_before else None,
    )  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Left: 100 rows stored, 20 lost out of reach, 30 more waiting. Right: 100 rows stored."""
    places = Places(tmp_path)
    spool, recordings = Spool(places.spool), SqliteRecordings(places.recordings)
    left, right = Side.LEFT, Side.RIGHT
    stored = [block(left, 0, 60), block(left, 80, 40, lost_before=20), block(right, 0, 100)]
    waiting = block(left, 120, 30)
    for each in [*stored, waiting]:
        spool.append(to_message(each))
    spool.mark_published(spooled.id for spooled in spool.unsent())
    recordings.append("p1", "walk-1", stored)
    for side in Side:
        spool.release(recordings.receipt(f"insole-{side}", side, "s"))
    spool.close()
    recordings.close()
    return places


def account(*words: str) -> Result:
    return CliRunner().invoke(underfoot, ["account", *words])


def test_every_row_is_accounted_for(places: Places) -> None:
    feet = of_folder(places)
    left, right = feet[Side.LEFT], feet[Side.RIGHT]
    assert (left.taken, left.received, left.published, left.stored, left.waiting) == (150, 130, 130, 100, 30)
    assert (left.missing, left.why) == (20, {"away": 20})
    assert (right.taken, right.received, right.published, right.stored, right.waiting) == (100, 100, 100, 100, 0)
    assert (right.missing, right.why) == (0, {})


def test_rows_that_got_lost_between_spool_and_store_are_missing_without_a_reason(places: Places) -> None:
    places.recordings.unlink()
    recordings = SqliteRecordings(places.recordings)
    recordings.append("p1", "walk-1", [block(Side.RIGHT, 0, 90)])
    recordings.close()
    right = of_folder(places)[Side.RIGHT]
    assert (right.stored, right.missing, right.why) == (90, 10, {"unexplained": 10})


def test_rows_that_the_insole_still_has_are_neither_stored_nor_missing(places: Places) -> None:
    spool = Spool(places.spool)
    spool.memory.note("insole-left", 1, RowRange(65, 150), running=True)
    spool.close()
    left = of_folder(places)[Side.LEFT]
    assert (left.taken, left.stored, left.waiting, left.to_fetch, left.missing) == (150, 100, 30, 15, 5)
    assert left.why == {"away": 5}
    table = account("--data", str(places.data_dir)).output
    assert "still in the left insole: 15 rows" in table
    assert "missing, left: 5 away" in table


def test_where_only_one_half_runs_the_other_is_not_known(places: Places) -> None:
    places.spool.unlink()
    left = of_folder(places)[Side.LEFT]
    assert (left.taken, left.received, left.published, left.waiting) == (None, None, None, None)
    assert (left.stored, left.missing, left.why) == (100, 20, {"away": 20})
    assert as_json(of_folder(places))["taken"] == {"left": None, "right": None}
    assert "not known" in account("--data", str(places.data_dir)).output


def test_one_walk(places: Places) -> None:
    left = of_walk(places, "walk-1")[Side.LEFT]
    assert (left.taken, left.stored, left.missing) == (None, 100, 20)
    with pytest.raises(UnderfootError) as caught:
        of_walk(places, "walk-9")
    assert caught.value.code is FaultCode.UNKNOWN_NAME


def test_the_command_prints_the_books(places: Places) -> None:
    told = json.loads(account("--data", str(places.data_dir), "--json").output)
    assert told["books"]["stored"] == {"left": 100, "right": 100}
    assert told["walks"] == ["walk-1"]
    table = account("--data", str(places.data_dir)).output
    assert "missing, left: 20 away" in table
    assert json.loads(account("--data", str(places.data_dir), "--walk", "walk-1", "--json").output)["walk"] == "walk-1"


def test_rows_that_no_clock_can_place_are_listed_apart_and_add_up(places: Places) -> None:
    recordings = SqliteRecordings(places.recordings)
    unplaced = replace(block(Side.LEFT, 0, 50), boot=2, time_known=False)
    recordings.append_all([Portion("p1", "p1-undated-1", [unplaced], late=True)])
    recordings.close()
    told = json.loads(account("--data", str(places.data_dir), "--json").output)
    assert told["books"]["stored"] == {"left": 150, "right": 100}
    assert (told["walks"], told["time_unknown"]) == (["walk-1"], {"p1-undated-1": {"left": 50, "right": 0}})
    assert "time unknown, p1-undated-1: 50 rows left" in account("--data", str(places.data_dir)).output
    with pytest.raises(UnderfootError, match=r"p1-undated-1 \(time unknown, 50 rows\)") as caught:
        replay_stored(places, "p1-undated-1", STEADY, "clinical")
    assert caught.value.code is FaultCode.CLOCK_UNKNOWN
    with pytest.raises(UnderfootError, match=r"p1-undated-1 \(time unknown, 50 rows\), walk-1") as caught:
        replay_stored(places, "nothing", STEADY, "clinical")
    assert caught.value.code is FaultCode.UNKNOWN_NAME


def test_a_folder_without_books_is_a_fault(tmp_path: Path) -> None:
    done = account("--data", str(tmp_path))
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.NOTHING_STORED


def test_looking_works_beside_the_writer_and_cannot_write(places: Places) -> None:
    writer = SqliteRecordings(places.recordings)
    before = SqliteRecordingsReader(places.recordings)
    writer.append("p1", "walk-2", [block(Side.RIGHT, 100, 7)])
    after = SqliteRecordingsReader(places.recordings)
    assert of_folder(places)[Side.RIGHT].stored == 107
    assert [info.walk for info in after.walks()] == ["walk-1", "walk-2"]
    assert sum(each.rows for each in after.blocks("walk-2")) == 7
    with pytest.raises(UnderfootError):
        after.append("p1", "walk-2", [block(Side.RIGHT, 107, 7)])
    with pytest.raises(UnderfootError):
        after.end_walk("walk-2")
    for each in (writer, before, after):
        each.close()


def test_a_gap_that_the_insole_told_of_counts(places: Places) -> None:
    spool = Spool(places.spool)
    spool.note_gap("insole-right", Gap(boot=1, first=100, last=104, reason=GapReason.RADIO))
    spool.close()
    right = of_folder(places)[Side.RIGHT]
    assert (right.taken, right.missing, right.why) == (105, 5, {"radio": 5})
