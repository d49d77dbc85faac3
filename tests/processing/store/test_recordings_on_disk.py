"""What recordings do when the machine does its worst: no room, a damaged file, a kill -9."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_kit import block, rows_told, told, walk_of

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.store import parquet
from processing.store.recordings_sqlite import SqliteRecordings

KEEPER = """
import sys
from pathlib import Path
from store_kit import walk_of
from processing.store.recordings_sqlite import SqliteRecordings
store = SqliteRecordings(Path(sys.argv[1]))
for start in range(0, 10**9, 40):
    store.append("p", "w", walk_of(2, start))
    print(start + 40, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recordings.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteRecordings]:
    keeper = SqliteRecordings(path)
    yield keeper
    keeper.close()


def _room(store: SqliteRecordings, pages: int) -> None:
    store._db.rows(f"PRAGMA max_page_count={pages}")


def test_a_full_disk_keeps_nothing_of_the_call_and_recovers(store: SqliteRecordings) -> None:
    store.append("p", "w", walk_of(5))
    used = store._db.rows("PRAGMA page_count")[0][0]
    _room(store, used + 2)
    lot = walk_of(500, start=100)
    with pytest.raises(UnderfootError) as caught:
        store.append("p", "w", lot)
    assert caught.value.code is FaultCode.DISK_FULL
    assert store.receipt("insole-left", Side.LEFT, "s").boots[0].stored_upto == 99
    assert len(list(store.blocks("w"))) == 10
    _room(store, 1_000_000)
    assert len(store.append("p", "w", lot)) == len(lot)
    assert store.receipt("insole-left", Side.LEFT, "s").boots[0].stored_upto == 10_099


@pytest.mark.parametrize("at_pages", [1, 3, 6, 9])
def test_a_damaged_file_is_named_as_such(path: Path, at_pages: int) -> None:
    store = SqliteRecordings(path)
    store.append("p", "w", walk_of(300))
    store.close()
    with path.open("r+b") as file:
        file.seek(at_pages * 16_384)
        file.write(os.urandom(path.stat().st_size - at_pages * 16_384))
    with pytest.raises(UnderfootError) as caught:
        list(SqliteRecordings(path).blocks("w"))
    assert caught.value.code is FaultCode.STORE_DAMAGED


def test_a_flipped_bit_in_stored_rows_is_noticed(path: Path, store: SqliteRecordings) -> None:
    store.append("p", "w", walk_of(3))
    with sqlite3.connect(path) as other:
        packed = bytearray(other.execute("SELECT codes FROM block WHERE id = 3").fetchone()[0])
        packed[len(packed) // 2] ^= 0x10
        other.execute("UPDATE block SET codes = ? WHERE id = 3", (bytes(packed),))
    other.close()
    with pytest.raises(UnderfootError) as caught:
        list(store.blocks("w"))
    assert caught.value.code is FaultCode.STORE_DAMAGED


def test_a_file_that_is_not_a_database_is_damaged(path: Path) -> None:
    path.write_bytes(b"once a recording" * 1000)
    with pytest.raises(UnderfootError) as caught:
        SqliteRecordings(path)
    assert caught.value.code is FaultCode.STORE_DAMAGED


def test_a_place_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for bad in (tmp_path, tmp_path / "file" / "recordings.db"):
        with pytest.raises(UnderfootError) as caught:
            SqliteRecordings(bad)
        assert caught.value.code is FaultCode.FILE_UNREADABLE


def test_a_file_of_a_newer_version_is_refused(path: Path, store: SqliteRecordings) -> None:
    store._db.rows("PRAGMA user_version=99")
    with pytest.raises(UnderfootError) as caught:
        SqliteRecordings(path)
    assert caught.value.code is FaultCode.PAYLOAD_VERSION


def test_kill_9_loses_nothing_that_was_returned(path: Path) -> None:
    told_upto = 0
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(path)], stdout=subprocess.PIPE, text=True, env=_env()
        )
        assert process.stdout is not None
        for _ in range(60):
            told_upto = max(told_upto, int(process.stdout.readline()))
        process.send_signal(signal.SIGKILL)
        told_upto = max([told_upto, *(int(line) for line in process.stdout.read().splitlines())])
        process.stdout.close()
        process.wait()
        store = SqliteRecordings(path)
        kept = rows_told(store.blocks("w"))
        for side in Side:
            seqs = sorted(seq for insole, _, seq in kept if insole == f"insole-{side}")
            assert seqs == list(range(len(seqs)))
            assert len(seqs) >= told_upto
            assert store.receipt(f"insole-{side}", side, "s").boots[0].stored_upto == len(seqs) - 1
        assert kept == rows_told(walk_of(len(kept) // 40))
        store.close()


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


def test_a_crash_while_archiving_leaves_every_row_once(
    path: Path, store: SqliteRecordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = walk_of(20)
    store.append("p", "w", taken[:30])
    store.end_walk("w")
    store.archive("w")
    store.append("p", "w", taken[30:])
    monkeypatch.setattr(store._db, "transaction", _stopped)  # the new file is there, its transaction never was
    with pytest.raises(KeyboardInterrupt):
        store.archive("w")
    store.close()
    again = SqliteRecordings(path)
    assert told(again.blocks("w")) == told(taken)
    assert again.archive("w")
    assert told(again.blocks("w")) == told(taken)
    assert len(list(path.with_name("recordings.db.cold").iterdir())) == 1
    again.close()


def _stopped() -> None:
    raise KeyboardInterrupt


def test_archiving_gives_the_room_back(path: Path, store: SqliteRecordings) -> None:
    store.append("p", "w", walk_of(2_000))
    store._db.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    store.end_walk("w")
    assert store.archive("w")
    store._db.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < before / 4


def test_a_damaged_archive_is_named_as_such(path: Path, store: SqliteRecordings) -> None:
    store.append("p", "w", walk_of(50))
    store.end_walk("w")
    store.archive("w")
    (cold,) = path.with_name("recordings.db.cold").iterdir()
    cold.write_bytes(cold.read_bytes()[:-20])
    with pytest.raises(UnderfootError) as caught:
        list(store.blocks("w"))
    assert caught.value.code is FaultCode.STORE_DAMAGED


def test_without_pyarrow_a_walk_stays_hot(store: SqliteRecordings, monkeypatch: pytest.MonkeyPatch) -> None:
    store.append("p", "w", walk_of(2))
    store.end_walk("w")
    monkeypatch.setattr(parquet, "available", lambda: False)
    assert not store.archive("w")
    assert len(list(store.blocks("w"))) == 4


def test_reading_a_long_walk_sorts_nothing_in_memory(store: SqliteRecordings) -> None:
    from processing.store.walk_reader import _IN_TIME

    plan = " ".join(str(row) for row in store._db.rows(f"EXPLAIN QUERY PLAN {_IN_TIME}", (1,)))
    assert "TEMP B-TREE" not in plan
    assert "block_in_time" in plan


def test_two_programs_on_one_file_keep_each_row_once(path: Path, store: SqliteRecordings) -> None:
    other = SqliteRecordings(path)
    taken = walk_of(20)
    for start in range(0, 40, 4):
        keeper, late = (store, other) if start % 8 else (other, store)
        assert len(keeper.append("p", "w", taken[start : start + 4])) == 4
        assert late.append("p", "w", taken[: start + 4]) == []
    assert told(store.blocks("w")) == told(taken)
    assert store.receipt("insole-left", Side.LEFT, "s") == other.receipt("insole-left", Side.LEFT, "s")
    other.close()


def test_threads_take_turns(store: SqliteRecordings) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(store.append, "p", "w", [block(seq=20 * (n // 2))]) for n in range(200)]
        assert sum(len(job.result()) for job in jobs) == 100


def test_a_receipt_costs_the_same_however_many_losses_were_declared(path: Path) -> None:
    store = SqliteRecordings(path)
    for start in range(40, 40_000, 40):  # every second block is lost, and said to be
        store.append("p", "w", [block(Side.LEFT, start, lost_before=20)])
    store.append("p", "w", [block(Side.LEFT, 40_100)])  # and one loss that nobody declared
    for again in (store, SqliteRecordings(path)):
        (boot,) = again.receipt("insole-left", Side.LEFT, "s").boots
        assert (boot.stored_upto, boot.holes) == (40_119, ((0, 19), (39_980, 40_099)))
        (stream,) = again._ledger._streams.values()
        assert list(stream.told_of) == [(20, 39_979), (40_100, 40_119)]
        again.close()
    assert not stream.told_of.take_changes()  # what nobody writes down must not pile up
