"""Walks of a store laid out in time and made one: no row is lost, changed or kept twice, and the books still add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_kit import NS_PER_ROW, START_NS, block, layout, rows_told, told, walk_of

from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap
from processing.store.recordings import Portion, SideBooks
from processing.store.recordings_reader import SqliteRecordingsReader
from processing.store.recordings_sqlite import SqliteRecordings

LEFT, RIGHT = Side.LEFT, Side.RIGHT


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[SqliteRecordings]:
    store = SqliteRecordings(tmp_path / "recordings.db")
    yield store
    store.close()


def late(*blocks: Block) -> list[Block]:
    return [replace(each, origin=Origin.BACKFILL) for each in blocks]


def keep_late(recordings: SqliteRecordings, walk: str, *blocks: Block) -> None:
    recordings.append_all([Portion("p", walk, late(*blocks), late=True)])


@pytest.mark.parametrize("archived", [(), ("a",), ("b",), ("a", "b")])
def test_joined_walks_hold_the_rows_of_both(recordings: SqliteRecordings, archived: tuple[str, ...]) -> None:
    first, second = walk_of(5), walk_of(9, start=200)
    recordings.append("p", "a", first)
    recordings.append("p", "b", second)
    for walk in ("a", "b"):
        recordings.put_layout("p", walk, layout())
        recordings.end_walk(walk)
    for walk in archived:
        assert recordings.archive(walk)
    recordings.join(["a", "b"], "a")
    (walk,) = recordings.walks("p")
    assert (walk.walk, walk.rows, walk.ended, walk.late) == ("a", dict.fromkeys(Side, 280), True, True)
    assert told(recordings.blocks("a")) == told([*first, *second])
    assert recordings.layouts("a") == [layout()]
    assert recordings.archive("a")
    assert rows_told(recordings.blocks("a")) == rows_told([*first, *second])
    with pytest.raises(UnderfootError):
        recordings.layouts("b")


def test_a_gap_of_a_joined_walk_shrinks_when_its_rows_come(recordings: SqliteRecordings) -> None:
    recordings.append("p", "a", [block(seq=0)])
    recordings.append("p", "b", [block(seq=60, lost_before=40, lost_reason=GapReason.AWAY)])
    recordings.join(["a", "b"], "a")
    gap = Gap(boot=7, first=20, last=59, reason=GapReason.AWAY)
    assert recordings.books("a")[LEFT] == SideBooks(stored=40, declared=40, gaps=(gap,))
    assert recordings.lacks(block(seq=20))
    keep_late(recordings, "a", block(seq=20), block(seq=40))
    assert recordings.books("a")[LEFT] == SideBooks(stored=80)
    assert not recordings.lacks(block(seq=0, rows=80))


def test_a_walk_that_goes_on_stays_open_when_it_is_joined(recordings: SqliteRecordings) -> None:
    recordings.append("p", "a", [block(seq=0)])
    recordings.end_walk("a")
    recordings.append("p", "b", [block(seq=60)])
    recordings.join(["a", "b"], "a")
    found = recordings.open_walk("p")
    assert found is not None
    assert (found.walk, found.late) == ("a", True)
    recordings.mark_recomputed("a")
    assert not recordings.walks("p")[0].late


def test_joining_what_is_not_there_changes_nothing(recordings: SqliteRecordings) -> None:
    recordings.append("p", "a", [block(seq=0)])
    with pytest.raises(UnderfootError) as caught:
        recordings.join(["a", "nothing"], "z")
    assert caught.value.code is FaultCode.UNKNOWN_NAME
    assert [walk.walk for walk in recordings.walks()] == ["a"]


def test_stretches_tell_which_edges_late_rows_have_made(recordings: SqliteRecordings) -> None:
    recordings.append("p", "a", [block(seq=100)])
    recordings.append("other", "c", [block(seq=100, insole="theirs")])
    keep_late(recordings, "a", block(seq=80), block(RIGHT, seq=80))
    keep_late(recordings, "b", block(seq=900), block(seq=920))
    one, two = recordings.stretches("p")
    assert (one.walk, one.start_t_ns, one.ended, one.late, one.late_start, one.late_end) == (
        "a", START_NS + 80 * NS_PER_ROW, False, True, True, False,
    )  # fmt: skip
    assert (two.walk, two.ended, two.late, two.late_start, two.late_end) == ("b", True, True, True, True)
    assert two.end_t_ns == START_NS + 940 * NS_PER_ROW
    keep_late(recordings, "a", block(RIGHT, seq=100))
    assert recordings.stretches("p")[0].late_end  # 3 ms later than the left foot


@pytest.mark.parametrize("archived", [False, True])
def test_rows_without_a_time_come_back_as_such_and_are_in_no_stretch(
    recordings: SqliteRecordings, archived: bool, tmp_path: Path
) -> None:
    undated = replace(block(), t_ns=0, time_known=False)
    assert recordings.append_all([Portion("p", "u", [undated], late=True)]) == [[undated]]
    if archived:
        recordings.end_walk("u")
        assert recordings.archive("u")
    assert told(recordings.blocks("u")) == told([undated])
    assert recordings.stretches("p") == []
    assert recordings.open_walk("p") is None
    (walk,) = SqliteRecordingsReader(tmp_path / "recordings.db").walks("p")
    assert (walk.time_known, walk.ended, walk.late) == (False, True, False)
