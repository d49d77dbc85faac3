from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples_kit import samples

from ingest.books import SpoolReader
from ingest.held import RowRange
from ingest.ledger import Books
from ingest.spool import Spool
from ingest.spooled import Lane
from ingest.wire.block import GapReason
from ingest.wire.codec import encode
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import BootReceipt, Gap, LateRows, Receipt

HERE = Path(__file__).resolve().parents[2]


def receipt(stored_upto: int, *holes: tuple[int, int], insole: str = "L1", boot: int = 1) -> Receipt:
    boots = (BootReceipt(boot=boot, stored_upto=stored_upto, holes=holes),)
    return Receipt(insole=insole, side=Side.LEFT, session="s", boots=boots)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    it = Spool(tmp_path / "spool.db")
    yield it
    it.close()


def test_the_same_bytes_come_out_in_the_order_of_going_in(spool: Spool) -> None:
    sent = [
        samples(0),
        samples(0, insole="R1", side=Side.RIGHT),
        samples(20),
        samples(20, insole="R1", side=Side.RIGHT),
    ]
    for message in sent:
        spool.append(message)
    waiting = spool.unsent()
    assert [block.payload for block in waiting] == [encode(message) for message in sent]
    assert [(block.insole, block.first, block.last) for block in waiting][:2] == [("L1", 0, 19), ("R1", 0, 19)]
    assert spool.unsent(after_id=waiting[1].id, limit=1) == [waiting[2]]


def test_nothing_leaves_without_a_receipt(spool: Spool) -> None:
    spool.append(samples(0))
    spool.mark_published([spool.unsent()[0].id])
    assert spool.books("L1") == Books(taken=20, received=20, published=20, waiting=20)
    assert spool.release(receipt(19)) == (20, 0)
    assert spool.empty
    assert spool.waiting_bytes == 0
    assert spool.books("L1") == Books(taken=20, received=20, published=20)


def test_a_block_that_is_covered_in_part_stays_whole(spool: Spool) -> None:
    for seq in (0, 20, 40):
        spool.append(samples(seq))
    assert spool.release(receipt(50)) == (40, 0)
    assert [block.first for block in spool.unsent()] == [40]


def test_holes_stay_and_are_found_again(spool: Spool) -> None:
    for seq in (0, 20, 40):
        spool.append(samples(seq))
    word = receipt(59, (25, 29))
    assert spool.release(word) == (40, 0)
    assert [block.first for block in spool.unsent()] == [20]
    assert spool.in_holes(word) == [spool.unsent()[0].id]


def test_more_holes_than_one_condition_may_have(spool: Spool) -> None:
    for seq in range(0, 40, 20):
        spool.append(samples(seq))
    holes = tuple((100 + 2 * k, 100 + 2 * k) for k in range(1000))
    assert spool.release(receipt(5000, *holes)) == (40, 0)


def test_a_receipt_for_another_boot_or_insole_frees_nothing(spool: Spool) -> None:
    spool.append(samples(0))
    assert spool.release(receipt(99, boot=2)) == (0, 0)
    assert spool.release(receipt(99, insole="R1")) == (0, 0)


def test_a_block_counts_as_published_once(spool: Spool) -> None:
    spool.append(samples(0))
    block_id = spool.unsent()[0].id
    spool.mark_published([block_id])
    spool.mark_published([block_id])
    spool.release(receipt(19))
    assert spool.books("L1").published == 20


def test_losses_stand_in_the_ledger_once_and_add_up(spool: Spool) -> None:
    spool.append(samples(0))
    spool.append(samples(25, lost_before=5, lost_reason=GapReason.AWAY))
    spool.note_taken("L1", 1, 0, 50)
    spool.note_gap("L1", Gap(boot=1, first=45, last=49, reason=GapReason.RADIO))
    spool.note_gap("L1", Gap(boot=1, first=45, last=49, reason=GapReason.RADIO))
    assert spool.gaps("L1") == (
        Gap(boot=1, first=20, last=24, reason=GapReason.AWAY),
        Gap(boot=1, first=45, last=49, reason=GapReason.RADIO),
    )
    books = spool.books("L1")
    assert books.taken == 50 == books.received + books.missing
    assert spool.next_seq("L1", 1) == 50
    assert spool.next_seq("L1", 2) is None


def test_a_full_spool_refuses_the_newest_and_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db", max_bytes=1000)
    spool.append(samples(0))
    spool.append(samples(20))
    for seq in (40, 60):
        with pytest.raises(UnderfootError) as refused:
            spool.append(samples(seq))
        assert refused.value.code is FaultCode.SPOOL_FULL
    assert spool.gaps("L1") == (Gap(boot=1, first=40, last=79, reason=GapReason.SPOOL_FULL),)
    assert [block.first for block in spool.unsent()] == [0, 20]
    spool.release(receipt(39))
    spool.append(samples(80, lost_before=40, lost_reason=GapReason.SPOOL_FULL))
    assert spool.books("L1") == Books(taken=100, received=60, published=40, waiting=20, missing=40)
    spool.close()


def test_a_full_disk_refuses_and_the_ledger_catches_up(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    pages = spool._db.execute("PRAGMA page_count").fetchone()[0]
    spool._db.execute(f"PRAGMA max_page_count={pages + 3}")
    seq = 0
    with pytest.raises(UnderfootError) as full:  # noqa: PT012 - which append is the first that fails is SQLite's affair
        while True:
            spool.append(samples(seq))
            seq += 20
    assert full.value.code is FaultCode.DISK_FULL
    assert seq > 0
    assert [block.first for block in spool.unsent()] == list(range(0, seq, 20))
    spool._db.execute("PRAGMA max_page_count=100000")
    spool.append(samples(seq + 20, lost_before=20, lost_reason=GapReason.SPOOL_FULL))
    books = spool.books("L1")
    assert (books.taken, books.missing) == (seq + 40, 20)
    assert books.received == seq + 20
    spool.close()


def test_a_disk_that_takes_nothing_for_long_takes_no_memory_for_each_refusal(spool: Spool) -> None:
    spool.append(samples(0))
    spool._db.execute("PRAGMA query_only=1")
    for refused in range(50):
        before = 20 * refused
        reason = GapReason.SPOOL_FULL if before else None
        with pytest.raises(UnderfootError):
            spool.append(samples(20 + before, lost_before=before, lost_reason=reason))
    assert len(spool._unwritten) == 1
    spool._db.execute("PRAGMA query_only=0")
    spool.append(samples(1020, lost_before=1000, lost_reason=GapReason.SPOOL_FULL))
    assert spool.gaps("L1") == (Gap(boot=1, first=20, last=1019, reason=GapReason.SPOOL_FULL),)
    assert spool.books("L1") == Books(taken=1040, received=40, waiting=40, missing=1000)


def test_a_second_program_on_the_same_spool_is_refused(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(UnderfootError) as refused:
        Spool(tmp_path / "spool.db")
    assert refused.value.code is FaultCode.STORE_IN_USE
    spool.append(samples(0))  # the first one is none the worse
    spool.close()
    after = Spool(tmp_path / "spool.db")
    assert after.books("L1") == Books(taken=20, received=20, waiting=20)
    after.close()


def test_what_an_insole_took_in_another_stream_is_not_settled_by_its_word(spool: Spool) -> None:
    spool.append(samples(0))
    spool.note_taken("L1", 1, 500, 600)  # somebody else had it stream from 20 to 499
    assert spool.next_seq("L1", 1) == 20
    spool.append(samples(500, lost_before=480, lost_reason=GapReason.AWAY))
    books = spool.books("L1")
    assert (books.taken, books.received, books.missing) == (600, 40, 480)


def test_the_books_know_what_waits_after_a_restart(spool: Spool, tmp_path: Path) -> None:
    for seq in (0, 20, 40):
        spool.append(samples(seq))
    spool.append(samples(0, insole="R1", side=Side.RIGHT))
    spool.release(receipt(19))
    spool.close()
    again = Spool(tmp_path / "spool.db")
    assert [again.books(insole).waiting for insole in ("L1", "R1", "X")] == [40, 20, 0]
    again.release(receipt(59))
    assert [again.books(insole).waiting for insole in ("L1", "R1")] == [0, 20]
    again.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 50])
def test_a_file_that_is_no_spool_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "spool.db").write_bytes(content)
    with pytest.raises(UnderfootError) as damaged:
        Spool(tmp_path / "spool.db")
    assert damaged.value.code is FaultCode.STORE_DAMAGED


_WRITER = """
import sys
from pathlib import Path
from ingest.spool import Spool
from samples_kit import samples
spool = Spool(Path(sys.argv[1]))
for k in range(100_000):
    spool.append(samples((k * 20) % 30_000, boot=1 + k * 20 // 30_000))
    print(k, flush=True)
"""


def test_what_append_has_taken_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    environment = {**os.environ, "PYTHONPATH": f"{HERE}:{HERE / 'tests' / 'kit'}"}
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        said += [int(line) for line in writer.stdout.read().split()]
    spool = Spool(path)
    firsts = [block.first for block in spool.unsent(limit=100_000)]
    assert firsts[: len(said)] == [(k * 20) % 30_000 for k in said]
    assert len(firsts) <= len(said) + 1
    assert spool.books("L1").received == 20 * len(firsts)
    assert spool._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    spool.close()


def test_every_append_is_synced_to_disk_and_wal_is_on(spool: Spool) -> None:
    spool.append(samples(0))
    assert spool._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert spool._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_books_can_be_read_from_elsewhere_meanwhile(spool: Spool, tmp_path: Path) -> None:
    spool.append(samples(0))
    reader = sqlite3.connect(f"file:{tmp_path / 'spool.db'}?mode=ro", uri=True)
    assert reader.execute("SELECT sum(received) FROM boots").fetchone() == (20,)
    reader.close()


_LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=8)
_HOLES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(lengths=_LENGTHS, words=st.lists(st.tuples(st.integers(-1, 45), _HOLES), max_size=4))
def test_release_deletes_what_a_set_of_rows_says(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], words: list[tuple[int, list[tuple[int, int]]]]
) -> None:
    spool = Spool(tmp_path_factory.mktemp("model") / "spool.db")
    model, seq = [], 0
    for length in lengths:
        spool.append(samples(seq, rows=length))
        model.append(set(range(seq, seq + length)))
        seq += length
    for upto, spans in words:
        holes = [(first, first + more) for first, more in spans]
        stored = set(range(upto + 1)) - {row for first, last in holes for row in range(first, last + 1)}
        released = sum(len(rows) for rows in model if rows <= stored)
        model = [rows for rows in model if not rows <= stored]
        assert spool.release(receipt(upto, *holes)) == (released, 0)
        assert [set(range(block.first, block.last + 1)) for block in spool.unsent()] == model
    books = spool.books("L1")
    assert books.received == books.taken == seq
    assert books.waiting == sum(map(len, model))
    assert books.published == seq - books.waiting
    spool.close()


def late(first: int, last: int) -> Receipt:
    return Receipt(insole="L1", side=Side.LEFT, session="s", boots=(), late=(LateRows(boot=1, first=first, last=last),))


@pytest.fixture
def gapped(spool: Spool) -> Spool:
    """Rows 20-119 were missed."""
    spool.append(samples(0))
    spool.append(samples(120, lost_before=100, lost_reason=GapReason.AWAY))
    return spool


def test_late_rows_fill_their_gap_and_wait_in_a_lane_of_their_own(gapped: Spool) -> None:
    assert gapped.append_late([samples(100), samples(60)]) == 40
    assert [(gap.first, gap.last) for gap in gapped.gaps("L1")] == [(20, 59), (80, 99)]
    assert gapped.books("L1") == Books(taken=140, received=80, waiting=80, missing=60)
    assert [block.first for block in gapped.unsent(lane=Lane.LIVE)] == [0, 120]
    assert [block.first for block in gapped.unsent(lane=Lane.LATE)] == [100, 60]
    assert gapped.late_waiting("L1") == 40


def test_rows_that_are_here_are_not_taken_again(gapped: Spool) -> None:
    gapped.append_late([samples(60)])
    assert gapped.append_late([samples(60), samples(70), samples(110), samples(130), samples(40)]) == 20
    assert gapped.books("L1").received == 80


def test_a_receipt_that_covers_a_declared_gap_frees_no_late_rows_but_those_it_names(gapped: Spool) -> None:
    gapped.append_late([samples(60), samples(80)])
    assert gapped.release(receipt(139)) == (40, 0)
    assert gapped.release(late(60, 79)) == (0, 20)
    assert [block.first for block in gapped.unsent()] == [80]
    assert gapped.release(late(60, 98)) == (0, 0)
    assert gapped.books("L1").waiting == 20


def test_late_rows_are_refused_before_live_ones_and_nothing_is_lost_by_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "small.db", max_bytes=2000)
    spool.append(samples(0))
    spool.append(samples(120, lost_before=100, lost_reason=GapReason.AWAY))
    assert spool.has_room_for_late
    spool.append_late([samples(20)])
    with pytest.raises(UnderfootError) as refused:
        spool.append_late([samples(40), samples(60)])
    assert refused.value.code is FaultCode.SPOOL_FULL
    assert not spool.has_room_for_late
    assert spool.books("L1") == Books(taken=140, received=60, waiting=60, missing=80)
    spool.append(samples(140))
    spool.close()


def test_what_an_insole_holds_tells_what_to_fetch_and_what_to_release(gapped: Spool) -> None:
    memory = gapped.memory
    memory.note("L1", 1, RowRange(50, 300), running=True)
    assert memory.lacking("L1", 1, RowRange(50, 300)) == [RowRange(50, 120)]
    assert gapped.books("L1").to_fetch == 70
    assert memory.settled_upto("L1", 1, 50) == 50
    gapped.append_late([samples(50), samples(70)])
    assert memory.settled_upto("L1", 1, 50) == 90
    memory.give_up("L1", 1, RowRange(90, 100))
    assert memory.settled_upto("L1", 1, 50) == 100
    assert gapped.gaps("L1")[-1] == Gap(boot=1, first=90, last=99, reason=GapReason.NOT_KEPT)
    gapped.append_late([samples(100)])
    assert memory.settled_upto("L1", 1, 50) == 140
    assert gapped.books("L1") == Books(taken=140, received=100, waiting=100, missing=40)


def test_a_boot_that_ended_out_of_hearing_is_all_to_fetch(spool: Spool) -> None:
    spool.append(samples(0))
    spool.note_taken("L1", 1, 0, 50)
    spool.memory.note("L1", 1, RowRange(0, 400), running=False)
    spool.memory.note("L1", 2, RowRange(30, 100), running=False)
    spool.memory.note("L1", 3, RowRange(0, 10), running=True)
    assert spool.books("L1") == Books(taken=470, received=20, waiting=20, missing=450, to_fetch=450)
    spool.memory.forget("L1")
    assert spool.books("L1").to_fetch == 0
    assert spool.memory.settled_upto("L1", 3, 5) == 5


def test_a_late_write_keeps_the_gaps_that_a_full_disk_did_not_take(gapped: Spool) -> None:
    gapped._db.execute("PRAGMA query_only=1")
    with pytest.raises(UnderfootError):
        gapped.append(samples(140))
    gapped._db.execute("PRAGMA query_only=0")
    gapped.append_late([samples(20)])
    assert gapped.gaps("L1")[-1] == Gap(boot=1, first=140, last=159, reason=GapReason.SPOOL_FULL)


def test_landmarks_of_clocks_outlive_a_restart_and_old_boots_make_room(spool: Spool, tmp_path: Path) -> None:
    for boot in range(70):
        spool.memory.keep_clock("L1", boot, f"[{boot}]")
    spool.memory.keep_clock("L1", 69, "[0]")
    spool.close()
    again = Spool(tmp_path / "spool.db")
    assert [again.memory.clock("L1", boot) for boot in (5, 6, 69)] == [None, "[6]", "[0]"]
    again.close()


def test_a_spool_of_before_there_were_lanes_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    spool = Spool(path)
    spool.append(samples(0))
    for old in ("DROP INDEX blocks_by_lane", "ALTER TABLE blocks DROP COLUMN lane", "DROP TABLE held"):
        spool._db.execute(old)
    assert SpoolReader(path).books("L1") == Books(taken=20, received=20, waiting=20)
    spool.close()
    again = Spool(path)
    assert [block.first for block in again.unsent(lane=Lane.LIVE)] == [0]
    assert again.books("L1").waiting == 20
    again.close()


def test_whether_there_is_a_new_block_is_known_without_asking_the_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    assert not spool.has_after(0, Lane.LIVE)
    spool.append(samples(seq=0))
    (block,) = spool.unsent()
    assert spool.has_after(0, Lane.LIVE)
    assert not spool.has_after(block.id, Lane.LIVE)
    assert not spool.has_after(0, Lane.LATE)
    spool.close()
    again = Spool(tmp_path / "spool.sqlite")
    assert again.has_after(0, Lane.LIVE)
    assert not again.has_after(block.id, Lane.LIVE)
    again.close()
