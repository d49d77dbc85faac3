"""What a hub in trouble must never do: have an insole forget rows that are not here, or keep a row twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from remembering_kit import Home, Insole, Name
from samples_kit import samples

from ingest import held, ledger
from ingest.events import FetchEnded, FetchResult, SourceEvent
from ingest.held import Held, RowRange
from ingest.ledger import Ledger
from ingest.placing import place
from ingest.spool import Spool
from ingest.wire.block import GapReason, Origin
from ingest.wire.codec import encode
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import BootReceipt, Receipt, Samples


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    it = Spool(tmp_path / "spool.db")
    yield it
    it.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Callable[[Insole], Home]]:
    made: list[Home] = []

    def make(insole: Insole) -> Home:
        made.append(Home(tmp_path / "spool.db", insole))
        return made[-1]

    yield make
    for each in made:
        each.spool.close()


def taken(home: Home) -> set[Name]:
    return {(boot.boot, seq) for boot in home.insole.boots for seq in range(boot.taken)}


# what is released


def test_a_gap_holds_the_release_although_nothing_is_noted_of_the_memory(spool: Spool) -> None:
    spool.append(samples(0))
    spool.append(samples(40, lost_before=20))
    assert spool.memory.settled_upto("L1", 1, 0) == 20


def test_rows_before_the_first_that_is_known_hold_the_release(spool: Spool) -> None:
    spool.append(samples(100))
    assert spool.memory.settled_upto("L1", 1, 0) == 0
    spool.memory.note("L1", 1, RowRange(0, 120), running=True)
    assert spool.memory.settled_upto("L1", 1, 0) == 0
    assert spool.memory.settled_upto("L1", 1, 100) == 120


async def test_a_full_disk_while_the_memory_is_noted_forgets_no_boot(
    home: Callable[[Insole], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    it = home(Insole())
    it.away(50)
    it.reboot()
    it.away(50)
    it.reboot()
    full = [4]
    real = Held.note

    def note(self: Held, *args: object, **more: object) -> None:
        if full[0]:
            full[0] -= 1
            raise sqlite3.OperationalError("database or disk is full")
        real(self, *args, **more)

    monkeypatch.setattr(Held, "note", note)
    await it.live(60)
    await it.foot.flush()
    assert not full[0]
    assert it.insole.forgotten <= set(it.stored())
    assert sorted(it.stored()) == sorted(taken(it))


async def test_a_full_disk_at_the_end_of_a_piece_stops_the_fetching_for_seconds_only(
    home: Callable[[Insole], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    it = home(Insole())
    await it.live(15)
    await it.leave()
    it.away(12)
    full = [3]  # blocks: all of the first piece, and the last of them comes with its end
    real = Spool.append_late

    def append_late(self: Spool, blocks: Sequence[Samples]) -> int:
        if full[0]:
            full[0] -= 1
            raise UnderfootError(FaultCode.DISK_FULL, "spool.db")
        return real(self, blocks)

    monkeypatch.setattr(Spool, "append_late", append_late)
    await it.live(25)
    assert not full[0]
    assert it.spool.books("L1").to_fetch == 0
    assert it.insole.forgotten <= set(it.stored())


# what is stored once


def test_rows_that_were_refused_and_fetched_are_not_lost_anew_by_the_next_block(tmp_path: Path) -> None:
    size = len(encode(samples(0))) + 96
    spool = Spool(tmp_path / "small.db", max_bytes=5 * size - 50)
    for seq in (0, 20, 40, 60):
        spool.append(samples(seq))
    with pytest.raises(UnderfootError, match="wait"):
        spool.append(samples(80))
    upto = (BootReceipt(boot=1, stored_upto=79),)
    spool.release(Receipt(insole="L1", side=Side.LEFT, session="s", boots=upto))
    assert spool.append_late([samples(80, origin=Origin.BACKFILL)]) == 20
    spool.append(samples(100, lost_before=20, lost_reason=GapReason.SPOOL_FULL))
    assert spool.gaps("L1") == ()
    books = spool.books("L1")
    assert (books.taken, books.received, books.missing) == (120, 120, 0)
    assert spool.append_late([samples(80, origin=Origin.BACKFILL)]) == 0
    spool.close()


# what is given up


class Deaf(Insole):
    """The hub hears that all was sent, and `deaf` of the rows not."""

    deaf = range(0)

    def answer(self, *, torn_after: int | None = None) -> list[SourceEvent]:
        flash = self.now.flash
        self.now.flash = flash - set(self.deaf)
        said = super().answer(torn_after=torn_after)
        self.now.flash = flash
        end = said[-1]
        assert isinstance(end, FetchEnded)
        if end.result is FetchResult.NOTHING:
            said[-1] = FetchEnded(
                boot=end.boot, first_seq=end.first_seq, next_seq=end.next_seq, result=FetchResult.DONE
            )
        return said


async def test_rows_that_do_not_get_through_today_are_not_released_and_come_another_time(
    home: Callable[[Insole], Home],
) -> None:
    insole = Deaf()
    it = home(insole)
    await it.live(15)
    await it.leave()
    it.away(60)
    insole.deaf = range(3000, 3100)
    await it.live(40)
    assert (it.insole.now.boot, 3000) not in it.insole.forgotten
    assert it.spool.books("L1").to_fetch == 100
    assert set(range(1500, 3000)) <= {seq for _, seq in it.stored()}, "what lies before it is not held up"
    insole.deaf = range(0)
    await it.leave()
    await it.live(40)
    await it.foot.flush()
    assert sorted(it.stored()) == sorted(taken(it))


async def test_rows_that_never_get_through_are_final_after_several_links(home: Callable[[Insole], Home]) -> None:
    insole = Deaf()
    it = home(insole)
    await it.live(15)
    await it.leave()
    it.away(60)
    insole.deaf = range(3000, 3100)
    for _ in range(3):
        await it.live(30)
        await it.leave()
    await it.live(20)
    (gap,) = it.spool.gaps("L1")
    assert (gap.first, gap.last, gap.reason) == (3000, 3099, GapReason.NOT_KEPT)
    assert len(it.insole.now.flash) < 2_500


class Hasty(Insole):
    """Says of rows that it has not put down yet that they are not there."""

    hasty = False

    def answer(self, *, torn_after: int | None = None) -> list[SourceEvent]:
        if not self.hasty:
            return super().answer(torn_after=torn_after)
        self.hasty = False
        fetch = self.asked.pop()
        end = FetchEnded(
            boot=fetch.boot, first_seq=fetch.first_seq, next_seq=fetch.next_seq, result=FetchResult.NOTHING
        )
        return [end]


async def test_that_nothing_is_there_is_believed_when_it_is_said_again(home: Callable[[Insole], Home]) -> None:
    insole = Hasty()
    it = home(insole)
    await it.live(15)
    await it.leave()
    it.away(10)
    insole.hasty = True
    await it.live(30)
    await it.foot.flush()
    assert sorted(it.stored()) == sorted(taken(it))


async def test_a_clock_that_cannot_be_read_costs_no_rows(home: Callable[[Insole], Home]) -> None:
    it = home(Insole())
    await it.live(30)
    await it.leave()
    it.away(60)
    it.reboot()
    boot = it.insole.boots[0].boot
    await it.restart_hub(killed=False)
    it.spool.memory.keep_clock("L1", boot, "[[1,")
    await it.live(40)
    await it.foot.flush()
    assert it.insole.forgotten <= set(it.stored())
    assert sorted(it.stored()) == sorted(taken(it))


# time


def test_a_clock_that_tells_the_future_is_no_clock() -> None:
    now_ns = 1_700_000_000 * 10**9
    at = place(10**9, None, now_ns + 10 * 365 * 86_400 * 10**9, None, now_ns)
    assert (at.t_ns, at.time_known) == (10**9, False)
    assert place(10**9, None, now_ns - 10**12, None, now_ns).time_known


# cost


def test_ten_thousand_losses_cost_the_newest_piece_hardly_anything() -> None:
    """Steps of SQLite's machine, so that no clock is in it."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(ledger.SCHEMA + held.SCHEMA)
    rows = [("L1", 1, 100 * k, 100 * k + 9, "radio") for k in range(10_000)]
    db.executemany("INSERT INTO gaps (insole, boot, first, last, reason) VALUES (?, ?, ?, ?, ?)", rows)
    it = Held(db, Ledger(db))

    def steps(what: Callable[[], object]) -> int:
        count = [0]
        db.set_progress_handler(lambda: count.__setitem__(0, count[0] + 1), 10)
        what()
        db.set_progress_handler(None, 0)
        return 10 * count[0]

    assert it.lacking("L1", 1, RowRange(100, 1_100)) == [RowRange(100 * k, 100 * k + 10) for k in range(1, 11)]
    assert steps(lambda: it.lacking("L1", 1, RowRange(100, 1_100))) < 1_000
    assert steps(lambda: it.is_lacking("L1", 1, 100, 10)) < 1_000
    assert it.is_lacking("L1", 1, 100, 10)
    assert not it.is_lacking("L1", 1, 100, 11)
