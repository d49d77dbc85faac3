"""What every store of recordings must do: keep each row once, bit for bit, and say truly what it has."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_kit import START_NS, block, layout, odd_block, rows_told, told, walk_of

from ingest.wire.block import Block, GapReason
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap
from processing.store.recordings import Portion, Recordings, SideBooks
from processing.store.recordings_sqlite import SqliteRecordings

LEFT, RIGHT = Side.LEFT, Side.RIGHT


@pytest.fixture(params=["hot", "archived"])
def read_back(request: pytest.FixtureRequest) -> Callable[[Recordings, str], list[Block]]:
    """The blocks of a walk, straight away or after it moved to the cold end."""

    def read(recordings: Recordings, walk: str) -> list[Block]:
        if request.param == "archived":
            recordings.end_walk(walk)
            assert recordings.archive(walk)
        return list(recordings.blocks(walk))

    return read


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[Recordings]:
    store = SqliteRecordings(tmp_path / "recordings.db")
    yield store
    store.close()


def test_gives_back_what_it_took_bit_for_bit(recordings: Recordings, read_back: Callable[..., list[Block]]) -> None:
    taken = [*walk_of(30), odd_block()]
    assert told(recordings.append("p", "w", taken)) == told(taken)
    assert told(read_back(recordings, "w")) == told(taken)


def test_gives_blocks_in_event_time_order_across_the_feet(
    recordings: Recordings, read_back: Callable[..., list[Block]]
) -> None:
    taken = walk_of(40)
    shuffled = random.Random(3).sample(taken, len(taken))
    for one in shuffled:
        recordings.append("p", "w", [one])
    assert told(read_back(recordings, "w")) == told(taken)


def test_a_block_that_comes_again_is_not_new(recordings: Recordings) -> None:
    taken = walk_of(5)
    recordings.append("p", "w", taken)
    assert recordings.append("p", "w", taken) == []
    assert recordings.append("p", "w", [taken[0], taken[0]]) == []
    assert recordings.walks()[0].rows == {LEFT: 100, RIGHT: 100}


def test_only_the_rows_not_yet_kept_come_back(recordings: Recordings) -> None:
    recordings.append("p", "w", [block(seq=10, rows=10), block(seq=40, rows=10)])
    new = recordings.append("p", "w", [block(seq=0, rows=60)])
    assert [(one.seq, one.end_seq) for one in new] == [(0, 10), (20, 40), (50, 60)]
    assert rows_told(recordings.blocks("w")) == rows_told([block(seq=0, rows=60)])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 60)), min_size=1, max_size=12))
def test_however_it_is_cut_no_row_is_kept_twice(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, int]]
) -> None:
    store = SqliteRecordings(tmp_path_factory.mktemp("cuts") / "recordings.db")
    new = [part for seq, rows in cuts for part in store.append("p", "w", [block(seq=seq, rows=rows)])]
    expected = {seq + k for seq, rows in cuts for k in range(rows)}
    assert {seq for _, _, seq in rows_told(new)} == expected
    assert rows_told(store.blocks("w")) == rows_told(new)
    (boot,) = store.receipt("insole-left", LEFT, "s").boots
    holes = {seq for first, last in boot.holes for seq in range(first, last + 1)}
    assert set(range(boot.stored_upto + 1)) - holes == expected
    assert store.books("w")[LEFT].missing == len(set(range(min(expected), max(expected) + 1)) - expected)
    store.close()


def test_the_books_tell_stored_declared_and_missing_apart(recordings: Recordings) -> None:
    recordings.append("p", "w", [block(seq=100, rows=20)])
    recordings.append("p", "w", [block(seq=130, rows=20, lost_before=6, lost_reason=GapReason.AWAY)])
    gap = Gap(boot=7, first=124, last=129, reason=GapReason.AWAY)
    assert recordings.books("w") == {
        LEFT: SideBooks(stored=40, declared=6, missing=4, gaps=(gap,)),
        RIGHT: SideBooks(),
    }


def test_a_loss_declared_before_the_first_row_is_in_the_books(recordings: Recordings) -> None:
    recordings.append("p", "w", [block(seq=100, rows=20, lost_before=100, lost_reason=GapReason.RADIO)])
    assert recordings.books("w")[LEFT].declared == 100
    assert recordings.receipt("insole-left", LEFT, "s").boots[0].holes == ()


def test_rows_that_come_after_all_close_their_gap(recordings: Recordings) -> None:
    recordings.append("p", "w", [block(seq=0), block(seq=40, lost_before=20, lost_reason=GapReason.AWAY)])
    recordings.append("p", "w", [block(seq=20, rows=15)])
    books = recordings.books("w")[LEFT]
    assert (books.stored, books.declared, books.missing) == (55, 5, 0)
    assert books.gaps == (Gap(boot=7, first=35, last=39, reason=GapReason.AWAY),)


def test_a_gap_declared_twice_counts_once(recordings: Recordings) -> None:
    later = block(seq=40, lost_before=20, lost_reason=GapReason.AWAY)
    recordings.append("p", "w", [block(seq=0), later])
    recordings.append("p", "w", [later, block(seq=35, rows=0, lost_before=30, lost_reason=GapReason.RADIO)])
    assert recordings.books("w")[LEFT].gaps == (Gap(boot=7, first=20, last=39, reason=GapReason.AWAY),)


def test_the_receipt_names_undeclared_holes_only(recordings: Recordings) -> None:
    recordings.append("p", "w", [block(seq=10, rows=10), block(seq=30, rows=10, lost_before=4)])
    receipt = recordings.receipt("insole-left", LEFT, "s1")
    assert (receipt.insole, receipt.side, receipt.session) == ("insole-left", LEFT, "s1")
    (boot,) = receipt.boots
    assert (boot.boot, boot.stored_upto, boot.holes) == (7, 39, ((0, 9), (20, 25)))


def test_the_receipt_covers_the_latest_eight_boots(recordings: Recordings) -> None:
    for boot in range(12):
        recordings.append("p", "w", [block(boot=1000 - boot)])
    recordings.append("p", "w", [block(seq=20, boot=1000)])
    assert [one.boot for one in recordings.receipt("insole-left", LEFT, "s").boots] == [1000, *range(989, 996)]


def test_a_receipt_with_many_holes_promises_less(recordings: Recordings) -> None:
    recordings.append("p", "w", [block(seq=2 * index, rows=1) for index in range(1000)])
    (boot,) = recordings.receipt("insole-left", LEFT, "s").boots
    assert len(boot.holes) == 256
    assert boot.stored_upto == boot.holes[-1][1] + 1


def test_no_receipt_for_what_never_came(recordings: Recordings) -> None:
    assert recordings.receipt("insole-left", LEFT, "s").boots == ()


def test_lists_walks_by_person_oldest_first(recordings: Recordings) -> None:
    recordings.append("p", "second", walk_of(3, start=5000))
    recordings.append("p", "first", walk_of(2))
    recordings.append("q", "other", [block(insole="theirs")])
    recordings.end_walk("first")
    first, second = recordings.walks("p")
    assert (first.walk, first.ended, second.walk, second.ended) == ("first", True, "second", False)
    assert (first.start_t_ns, first.end_t_ns) == (START_NS, START_NS + 40 * 10_000_000 + 3_000_000)
    assert first.insoles == ("insole-left", "insole-right")
    assert first.rows == {LEFT: 40, RIGHT: 40}
    assert {info.walk for info in recordings.walks()} == {"first", "second", "other"}


def test_knows_which_walk_is_open(recordings: Recordings) -> None:
    assert recordings.open_walk("p") is None
    recordings.append("p", "w1", walk_of(1))
    recordings.end_walk("w1")
    recordings.append("p", "w2", walk_of(1, start=100))
    recordings.append("q", "w3", [block(insole="theirs")])
    found = recordings.open_walk("p")
    assert found is not None
    assert found.walk == "w2"


def test_rows_after_the_end_make_a_walk_late(recordings: Recordings, read_back: Callable[..., list[Block]]) -> None:
    taken = walk_of(10)
    recordings.append("p", "w", taken[:10] + taken[12:])
    recordings.end_walk("w")
    assert recordings.archive("w")
    recordings.append("p", "w", taken[:4])
    assert not recordings.walks()[0].late
    recordings.append("p", "w", taken[10:12])
    assert recordings.walks()[0].late
    assert told(read_back(recordings, "w")) == told(taken)
    recordings.mark_recomputed("w")
    assert not recordings.walks()[0].late


def test_keeps_layouts_in_order_and_once(recordings: Recordings) -> None:
    for described in (layout(RIGHT), layout(LEFT), layout(RIGHT)):
        recordings.put_layout("p", "w", described)
    assert recordings.layouts("w") == [layout(RIGHT), layout(LEFT)]
    info = recordings.walks()[0]
    assert (info.start_t_ns, info.rows) == (None, {LEFT: 0, RIGHT: 0})


def test_reading_sees_the_walk_as_it_was_when_it_began(recordings: Recordings) -> None:
    taken = walk_of(6)
    recordings.append("p", "w", taken)
    reading = recordings.blocks("w")
    first = next(reading)
    recordings.append("p", "w", walk_of(6, start=1000))
    recordings.end_walk("w")
    recordings.archive("w")
    assert told([first, *reading]) == told(taken)
    assert len(list(recordings.blocks("w"))) == 24


def test_an_open_walk_is_not_archived(recordings: Recordings) -> None:
    recordings.append("p", "w", walk_of(1))
    assert not recordings.archive("w")


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: list(store.blocks("none")),
        lambda store: store.layouts("none"),
        lambda store: store.books("none"),
        lambda store: store.end_walk("none"),
        lambda store: store.archive("none"),
    ],
)
def test_an_unknown_walk_has_a_fault_of_its_own(recordings: Recordings, ask: Callable[[Recordings], object]) -> None:
    with pytest.raises(UnderfootError) as caught:
        ask(recordings)
    assert caught.value.code is FaultCode.UNKNOWN_NAME


def test_a_walk_belongs_to_one_person(recordings: Recordings) -> None:
    recordings.append("p", "w", walk_of(1))
    with pytest.raises(UnderfootError):
        recordings.append("q", "w", walk_of(1, start=100))
    assert len(list(recordings.blocks("w"))) == 2


def test_impossible_numbers_are_left_out_and_the_rest_goes_on(tmp_path: Path) -> None:
    faults = FaultBook()
    store = SqliteRecordings(tmp_path / "recordings.db", faults)
    numbers = ({"seq": 2**63 - 5}, {"boot": 2**64}, {"ns_per_row": 2**62}, {"lost_before": 2**70})
    wild = [replace(block(), **wrong) for wrong in numbers]
    good = block(seq=40, lost_before=10_000)
    assert told(store.append("p", "w", [*wild, good])) == told([good])
    assert faults.counts == {"payload-not-ours": 4}
    assert store.books("w")[LEFT].declared == 40
    store.close()


def test_knows_everything_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "recordings.db"
    taken = [*walk_of(5), *walk_of(5, start=300), block(seq=420, lost_before=10)]
    before = SqliteRecordings(path)
    before.append("p", "w", taken)
    facts = (before.receipt("insole-left", LEFT, "s"), before.books("w"), before.walks())
    before.close()
    after = SqliteRecordings(path)
    assert after.append("p", "w", taken) == []
    assert (after.receipt("insole-left", LEFT, "s"), after.books("w"), after.walks()) == facts
    assert told(after.blocks("w")) == told(sorted(taken, key=lambda one: (one.t_ns, one.side)))
    after.close()


def test_takes_a_backlog_of_ten_thousand_blocks(recordings: Recordings) -> None:
    taken = walk_of(5_000)
    assert len(recordings.append("p", "w", taken)) == 10_000
    assert recordings.books("w")[LEFT] == SideBooks(stored=100_000)
    seen = 0
    for earlier, later in pairwise(recordings.blocks("w")):
        assert earlier.t_ns < later.t_ns
        seen += 1
    assert seen == 9_999


def test_walks_of_several_people_are_kept_together_or_not_at_all(recordings: Recordings) -> None:
    portions = [Portion(f"p{number}", f"w{number}", [block(seq=20 * number)]) for number in range(3)]
    assert [told(new) for new in recordings.append_all(portions)] == [told(each.blocks) for each in portions]
    assert recordings.append_all(portions) == [[], [], []]

    fresh = Portion("p3", "w3", [block(seq=60)])
    with pytest.raises(UnderfootError, match="unknown-name"):
        recordings.append_all([fresh, Portion("p4", "w0", [block(seq=80)])])
    assert {info.walk for info in recordings.walks()} == {"w0", "w1", "w2"}
    assert told(recordings.append_all([fresh])[0]) == told(fresh.blocks)
