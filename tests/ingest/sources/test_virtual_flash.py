"""The virtual insole's memory: what is kept, in which order it goes, what a power cut takes. No radio."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.drivers.open_insole_records import HeldBoot, pack_records, unpack_record
from ingest.drivers.open_insole_wire import RowsFrame
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.walker import walker
from ingest.wire.block import Codes
from ingest.wire.geometry import Side

CELLS = 16
WALK = walker(seed=4)[Side.LEFT]


def codes_of(rows: int) -> Codes:
    return WALK.rows_between(0, rows * 10_000_000)[0].codes


def frame(codes: Codes, seq: int, *, ticks: int | None = None, boot: int = 7, not_measured: int = 0) -> RowsFrame:
    at = seq * 100 if ticks is None else ticks
    return RowsFrame(boot_low=boot, seq=seq, ticks=at, codes=codes, not_measured=not_measured)


def flash_with(rows: int, capacity_octets: int = 10**9) -> Flash:
    flash = Flash(capacity_octets)
    flash.begin_boot(7, 100)
    flash.add(frame(codes_of(rows), 0))
    return flash


def read(flash: Flash, first: int, last: int, boot: int = 7) -> list[RowsFrame]:
    return [unpack_record(record, CELLS) for record in flash.records(boot, first, last)]


def seqs(frames: list[RowsFrame]) -> list[int]:
    return [one.seq + k for one in frames for k in range(len(one.codes))]


def test_rows_come_back_as_they_went_in() -> None:
    flash = flash_with(1000)
    frames = read(flash, 0, 999)
    assert seqs(frames) == list(range(1000))
    assert np.array_equal(np.concatenate([one.codes for one in frames]), codes_of(1000))
    assert [one.ticks for one in frames] == [100 * one.seq for one in frames]
    assert flash.held() == (HeldBoot(7, 0, 1000),)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 600), min_size=1, max_size=12))
def test_however_rows_are_added_the_records_are_the_same(parts: list[int]) -> None:
    codes, flash, at = codes_of(sum(parts)), Flash(), 0
    flash.begin_boot(7, 100)
    for rows in parts:
        flash.add(frame(codes[at : at + rows], at))
        at += rows
    assert flash.records(7, 0, at) == pack_records(7, 0, 0, 100, codes)


def test_a_record_never_spans_an_uneven_step_or_another_mask() -> None:
    flash, codes = Flash(), codes_of(30)
    flash.begin_boot(7, 100)
    flash.add(frame(codes[:10], 0))
    flash.add(frame(codes[10:20], 10, ticks=1001))
    flash.add(frame(codes[20:], 20, ticks=2001, not_measured=2))
    assert [(one.seq, one.ticks, len(one.codes), one.not_measured) for one in read(flash, 0, 29)] == [
        (0, 0, 10, 0),
        (10, 1001, 10, 0),
        (20, 2001, 10, 2),
    ]


@pytest.mark.parametrize(("first", "last"), [(0, 0), (100, 100), (250, 400), (995, 999), (990, 5000), (5000, 6000)])
def test_a_report_is_of_whole_records_and_no_more_than_needed(first: int, last: int) -> None:
    flash = flash_with(1000)
    asked = range(first, min(last, 999) + 1)
    frames = read(flash, first, last)
    assert set(asked) <= set(seqs(frames))
    assert all(set(range(one.seq, one.seq + len(one.codes))) & set(asked) for one in frames)
    assert flash.count(7, first, last) == len(asked)


def test_another_boot_is_asked_for_in_vain() -> None:
    flash = flash_with(10)
    assert (flash.records(8, 0, 9), flash.count(8, 0, 9), flash.release(8, 9)) == ([], 0, 0)


def test_a_release_frees_whole_records_and_a_straddling_one_stays() -> None:
    flash = flash_with(1000)
    octets, records = flash.octets, read(flash, 0, 999)
    straddling = records[20]
    freed = flash.release(7, straddling.seq)
    assert freed == straddling.seq
    assert flash.held() == (HeldBoot(7, straddling.seq, 1000),)
    assert 0 < flash.octets < octets
    assert flash.count(7, 0, 999) == 1000 - freed
    assert flash.release(7, straddling.seq) == 0


def test_everything_released_leaves_the_running_boot_and_nothing_in_it() -> None:
    flash = flash_with(1000)
    assert flash.release(7, 999) == 1000
    assert flash.octets == 0
    assert flash.held() == (HeldBoot(7, 1000, 1000),)
    flash.begin_boot(8, 100, 5)
    assert flash.held() == (HeldBoot(8, 0, 0, 5),)


def test_the_oldest_rows_of_the_oldest_boot_go_first_when_it_is_full() -> None:
    flash = flash_with(1000)
    flash.held()
    flash.capacity_octets = flash.octets
    flash.begin_boot(8, 100)
    assert not flash.full or flash.overwritten[7] < 40  # closing the open record may need its room
    flash.add(frame(codes_of(600), 0, boot=8))
    assert flash.full
    assert flash.octets <= flash.capacity_octets
    first, second = flash.held()
    assert (first.boot, first.first_seq, first.next_seq) == (7, flash.overwritten[7], 1000)
    assert (second.boot, second.first_seq, second.next_seq) == (8, 0, 600)
    assert min(seqs(read(flash, 0, 999))) == flash.overwritten[7] > 500
    flash.add(frame(codes_of(2000), 600, boot=8))
    (only,) = flash.held()
    assert flash.overwritten[7] == 1000
    assert only.first_seq == flash.overwritten[8] > 0
    flash.release(8, only.first_seq + 100)
    assert not flash.full


def test_a_power_cut_loses_the_open_record_and_says_so() -> None:
    flash = flash_with(1000)
    last = unpack_record(pack_records(7, 0, 0, 100, codes_of(1000))[-1], CELLS)
    flash.power_cut()
    assert flash.never_recorded == {7: len(last.codes)}
    flash.begin_boot(8, 100)
    assert flash.held() == (HeldBoot(7, 0, last.seq), HeldBoot(8, 0, 0))
    assert seqs(read(flash, 0, 5000)) == list(range(last.seq))


def test_a_reset_in_good_order_loses_nothing() -> None:
    flash = flash_with(1000)
    flash.set_booted(123)
    flash.begin_boot(8, 100)
    flash.set_booted(None)
    assert flash.held() == (HeldBoot(7, 0, 1000, 123), HeldBoot(8, 0, 0))
    assert seqs(read(flash, 0, 5000)) == list(range(1000))
    assert not flash.never_recorded


def test_a_seventeenth_boot_pushes_the_oldest_out() -> None:
    flash = Flash()
    for boot in range(1, 18):
        flash.begin_boot(boot, 100)
        flash.add(frame(codes_of(5), 0, boot=boot))
    assert [one.boot for one in flash.held()] == list(range(2, 18))
    assert flash.overwritten == {1: 5}
    assert flash.full


def test_a_boot_in_which_nothing_was_taken_is_forgotten() -> None:
    flash = flash_with(10)
    for boot in (8, 9, 10):
        flash.begin_boot(boot, 100)
    assert [one.boot for one in flash.held()] == [7, 10]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 700)),
        st.tuples(st.just("release"), st.integers(0, 3000)),
        st.tuples(st.just("boot"), st.booleans()),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(STEPS, st.integers(5_000, 40_000))
def test_every_row_is_kept_or_released_or_overwritten_or_was_never_recorded(
    steps: list[tuple[str, int]], capacity_octets: int
) -> None:
    flash, walked = Flash(capacity_octets), codes_of(700)
    boot, taken, released = 1, {1: 0}, {1: 0}
    flash.begin_boot(boot, 100)
    for what, number in steps:
        if what == "add":
            flash.add(frame(walked[:number], taken[boot], boot=boot))
            taken[boot] += number
        elif what == "release":
            released[boot] += flash.release(boot, number)
        else:
            if number:
                before = flash.never_recorded[boot]
                flash.power_cut()
                assert flash.never_recorded[boot] - before < 255
            boot += 1
            taken[boot] = released[boot] = 0
            flash.begin_boot(boot, 100)
    flash.records(boot, 0, 1 << 31)  # the open record is written, which takes room
    for one in flash.held():
        rows = seqs(read(flash, 0, 1 << 31, one.boot))
        assert rows == list(range(one.first_seq, one.next_seq))
    assert flash.octets <= flash.capacity_octets
    kept = {one.boot: one.next_seq - one.first_seq for one in flash.held()}
    for of_boot, rows_taken in taken.items():
        gone = released[of_boot] + flash.overwritten[of_boot] + flash.never_recorded[of_boot]
        assert kept.get(of_boot, 0) + gone == rows_taken
