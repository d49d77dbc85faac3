from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from remembering_kit import Home, Insole

from ingest.wire.block import GapReason, Origin

Make = Callable[..., Home]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Make]:
    made: list[Home] = []

    def make(insole: Insole | None = None, **more: int) -> Home:
        made.append(Home(tmp_path / "spool.db", insole or Insole(), **more))
        return made[-1]

    yield make
    for each in made:
        each.spool.close()


def all_taken(home: Home) -> set[tuple[int, int]]:
    return {(boot.boot, seq) for boot in home.insole.boots for seq in range(boot.taken)}


async def test_a_walk_away_comes_home_whole_and_once(home: Make) -> None:
    it = home()
    await it.live(15)
    await it.leave()
    it.away(720)
    await it.live(40)
    await it.foot.flush()
    stored = it.stored()
    assert len(stored) == len(set(stored))
    assert set(stored) == all_taken(it)
    books = it.spool.books("L1")
    assert (books.taken, books.missing, books.to_fetch) == (books.received, 0, 0)
    late = [block for block in it.blocks() if block.origin is Origin.BACKFILL]
    assert sum(block.rows for block in late) == 72_000
    assert not any(block.lost_before for block in late)
    assert all(block.time_known and block.t_error_ns is not None for block in late)


async def test_newest_comes_first_in_pieces_and_only_when_the_clock_has_settled(home: Make) -> None:
    it = home()
    await it.live(15)
    await it.leave()
    it.away(100)
    await it.live(9)
    assert not [block for block in it.blocks() if block.origin is Origin.BACKFILL]
    await it.live(10)
    late = [block for block in it.blocks() if block.origin is Origin.BACKFILL]
    pieces = [block.seq for block in late if block.seq % 500 == 0][::4]
    assert pieces == sorted(pieces, reverse=True)
    assert late[0].seq == 1500 + 10_000 - 2000


async def test_the_insole_forgets_only_what_is_durable_here(home: Make) -> None:
    it = home()
    await it.live(15)
    await it.leave()
    it.away(100)
    await it.live(40)
    assert it.insole.forgotten
    assert it.insole.forgotten <= set(it.stored())
    assert len(it.insole.now.flash) < 2000


async def test_rows_lost_on_the_air_are_fetched_as_well(home: Make) -> None:
    it = home()
    await it.live(60, lost=0.1)
    await it.live(6)
    await it.foot.flush()
    stored = it.stored()
    assert len(stored) == len(set(stored))
    assert set(stored) == all_taken(it)
    assert it.spool.gaps("L1") == ()


async def test_a_torn_piece_goes_on_where_it_stopped(home: Make) -> None:
    it = home()
    await it.live(15)
    await it.leave()
    it.away(100)
    await it.live(30, torn=True)
    assert 0 < it.spool.books("L1").to_fetch < 10_000
    await it.live(60)
    await it.foot.flush()
    assert sorted(it.stored()) == sorted(all_taken(it))


async def test_what_the_insole_no_longer_has_is_asked_for_again_and_final_then(home: Make) -> None:
    it = home()
    await it.live(15)
    await it.leave()
    it.away(30)
    it.insole.now.flash -= set(range(2000, 2100))
    await it.live(30)
    (gap,) = it.spool.gaps("L1")
    assert (gap.first, gap.last) == (2000, 2099)
    assert gap.reason in (GapReason.NOT_KEPT, GapReason.AWAY)  # the insole says so, or that it begins after them
    books = it.spool.books("L1")
    assert books.taken == books.received + 100
    assert (books.missing, books.to_fetch) == (100, 0)
    assert len(it.insole.now.flash) < 2000  # and what comes after it was released


async def test_a_reboot_away_and_a_hub_that_was_off_lose_nothing(home: Make) -> None:
    it = home(Insole(ppm=50))
    await it.live(30)
    await it.restart_hub(killed=True)
    it.away(100)
    it.reboot()
    it.away(200)
    it.reboot()
    await it.live(60)
    await it.foot.flush()
    assert sorted(it.stored()) == sorted(all_taken(it))
    first, second, _ = it.insole.boots
    assert max(map(abs, it.errors_ms(first, 3000, 13_000))) < 15
    assert max(map(abs, it.errors_ms(second, 0, 20_000))) < 60  # by the insole's own clock
    books = it.spool.books("L1")
    assert (books.taken, books.missing) == (books.received, 0)


async def test_a_boot_that_no_clock_knows_is_kept_without_a_time(home: Make) -> None:
    it = home(Insole(knows_time=False))
    it.away(50)
    it.reboot()
    await it.live(30)
    await it.foot.flush()
    unknown = [block for block in it.blocks() if not block.time_known]
    assert sum(block.rows for block in unknown) == 5000
    assert {block.boot for block in unknown} == {it.insole.boots[0].boot}
    assert all(block.t_ns == block.device_ns and block.t_error_ns is None for block in unknown)
    assert sorted(it.stored()) == sorted(all_taken(it))


async def test_a_spool_that_is_half_full_leaves_the_rest_with_the_insole(home: Make) -> None:
    it = home(max_bytes=400_000)
    await it.live(15)
    await it.leave()
    it.away(600)
    await it.live(60)
    assert it.spool.waiting_bytes < 300_000
    books = it.spool.books("L1")
    assert books.to_fetch > 30_000
    assert books.taken == books.received + books.missing
    assert it.foot.faults.counts.get("spool-full") is None
    assert it.insole.forgotten <= set(it.stored())


async def test_progress_is_told(home: Make) -> None:
    it = home()
    await it.live(15)
    await it.leave()
    it.away(100)
    await it.live(30)
    told = [status.to_fetch for status in it.statuses]
    assert told[0] > 0  # without receipts late rows count until processing has them
    assert it.spool.late_waiting("L1") == 10_000


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("live"), st.sampled_from([1, 4, 14]), st.sampled_from([0.0, 0.2])),
        st.tuples(st.just("torn"), st.sampled_from([3, 14]), st.just(0.0)),
        st.tuples(st.just("away"), st.sampled_from([0.05, 7, 45]), st.just(0.0)),
        st.tuples(st.sampled_from(["reboot", "restart", "kill", "forget"]), st.just(0), st.just(0.0)),
    ),
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(steps=_STEPS, seed=st.integers(0, 1000))
async def test_whatever_happens_every_row_is_stored_once_and_the_books_balance(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float, float]], seed: int
) -> None:
    it = Home(tmp_path_factory.mktemp("any") / "spool.db", Insole(ppm=-30), seed=seed)
    gone: set[tuple[int, int]] = set()
    for what, seconds, lost in steps:
        if what in ("live", "torn"):
            await it.live(seconds, lost=lost, torn=what == "torn")
        elif what == "away":
            await it.leave()
            it.away(seconds)
        elif what == "reboot":
            await it.leave()
            it.reboot()
        elif what == "forget":  # its memory was full
            oldest = sorted(it.insole.now.flash)[:150]
            it.insole.now.flash -= set(oldest)
            gone |= {(it.insole.now.boot, seq) for seq in oldest}
        else:
            await it.restart_hub(killed=what == "kill")
    await it.live(60)
    await it.foot.flush()
    stored, taken = it.stored(), all_taken(it)
    assert len(stored) == len(set(stored))
    assert taken - set(stored) <= gone
    assert it.insole.forgotten <= set(stored)
    books = it.spool.books("L1")
    it.spool.close()
    assert books.received == len(stored)
    assert books.taken == books.received + books.missing
    # of a boot that nobody had met, the hub cannot know what was forgotten at its beginning
    assert len(taken) - len(gone) <= books.taken <= len(taken)
    assert books.to_fetch == 0
