"""Order and de-duplication by row name."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from walk_kit import block

from ingest.wire.block import Block
from ingest.wire.geometry import Side
from processing.stream import FootStream


def rows(first: int, stop: int, *, boot: int = 1, lost_before: int = 0) -> Block:
    codes = np.arange(first, stop)[:, None].repeat(2, axis=1)
    return block(Side.LEFT, codes, seq=first, boot=boot, lost_before=lost_before)


def seqs(blocks: tuple[Block, ...] | list[Block]) -> list[int]:
    """The rows' own numbers, as they stand in their codes."""
    for each in blocks:
        assert each.codes[:, 0].tolist() == list(range(each.seq, each.end_seq))
    return [seq for each in blocks for seq in range(each.seq, each.end_seq)]


def test_rows_in_order_pass_through() -> None:
    stream = FootStream()
    assert seqs(stream.push(rows(0, 5)).ready) == [0, 1, 2, 3, 4]
    assert seqs(stream.push(rows(5, 7)).ready) == [5, 6]


def test_repeated_rows_come_once() -> None:
    stream = FootStream()
    stream.push(rows(0, 10))
    assert stream.push(rows(0, 10)).ready == ()
    assert seqs(stream.push(rows(5, 12)).ready) == [10, 11]
    assert stream.repeated_rows == 15


def test_a_hole_is_waited_for() -> None:
    stream = FootStream()
    stream.push(rows(0, 10))
    assert stream.push(rows(20, 30)).ready == ()
    assert seqs(stream.push(rows(10, 20)).ready) == list(range(10, 30))


def test_a_declared_hole_is_not_waited_for() -> None:
    stream = FootStream()
    stream.push(rows(0, 10))
    assert seqs(stream.push(rows(20, 30, lost_before=10)).ready) == list(range(20, 30))


def test_after_two_seconds_a_hole_is_passed_over_and_its_rows_are_late() -> None:
    stream = FootStream()
    stream.push(rows(0, 10))
    assert stream.push(rows(20, 120)).ready == ()
    assert seqs(stream.push(rows(120, 220)).ready) == list(range(20, 220))
    again = stream.push(rows(12, 22))
    assert again.ready == ()
    assert seqs(again.late) == list(range(12, 20))
    assert stream.push(rows(12, 22)).late == ()


def test_a_new_boot_ends_the_old_one() -> None:
    stream = FootStream()
    stream.push(rows(0, 10))
    stream.push(rows(20, 30))
    out = stream.push(rows(0, 5, boot=2)).ready
    assert [(each.boot, each.seq, each.end_seq) for each in out] == [(1, 20, 30), (2, 0, 5)]
    assert seqs(stream.push(rows(10, 20)).late) == list(range(10, 20))


def test_a_boot_first_heard_of_when_a_later_one_has_begun_is_late_and_ends_nothing() -> None:
    stream = FootStream()
    now = rows(0, 10, boot=2)
    assert seqs(stream.push(now).ready) == list(range(10))
    before = [replace(rows(first, first + 10), t_ns=now.t_ns - (100 - first) * 10**7) for first in (50, 0)]
    for each in before:
        done = stream.push(each)
        assert done.ready == ()
        assert seqs(done.late) == list(range(each.seq, each.end_seq))
    assert stream.push(before[0]).late == ()
    assert seqs(stream.push(rows(10, 20, boot=2)).ready) == list(range(10, 20))


def test_what_is_held_back_comes_at_the_end() -> None:
    stream = FootStream()
    stream.push(rows(0, 10))
    stream.push(rows(20, 30))
    assert seqs(stream.flush().ready) == list(range(20, 30))


@given(st.data())
def test_any_shuffle_within_the_wait_comes_out_in_order(data: st.DataObject) -> None:
    edges = sorted({0, 150, *data.draw(st.lists(st.integers(1, 149), max_size=12))})
    first, *others = [rows(a, b) for a, b in pairwise(edges)]
    stream = FootStream()
    out = list(stream.push(first).ready)
    repeats = data.draw(st.lists(st.sampled_from([first, *others]), max_size=4))
    for each in data.draw(st.permutations([*others, *repeats])):
        done = stream.push(each)
        assert not done.late
        out += done.ready
    assert seqs(out) == list(range(150))
    assert stream.repeated_rows == sum(each.rows for each in repeats)
