from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import BlockBuilder, Stretch
from ingest.events import Rows
from ingest.wire.block import GapReason
from ingest.wire.faults import FaultCode

ROW_NS = 10_000_000
SECOND = 1_000_000_000


def rows(seq: int, count: int = 10, *, boot: int = 1, ticks: int | None = None, t_ns: int | None = None) -> Rows:
    return Rows(
        boot=boot,
        seq=seq,
        ticks=seq * 100 if ticks is None else ticks,
        tick_ns=100_000,
        ns_per_row=ROW_NS,
        codes=np.arange(seq, seq + count, dtype=np.int16)[:, None],
        arrived_ns=None if t_ns is not None else 1,
        t_ns=t_ns,
    )


def build(*given_rows: Rows, block_ns: int = SECOND) -> tuple[list[Stretch], list[FaultCode]]:
    builder, done, faults = BlockBuilder(), [], []
    for each in given_rows:
        stretches, found = builder.add(each, block_ns)
        done += stretches
        faults += [fault.code for fault in found]
    return done + builder.flush(), faults


def spans(stretches: list[Stretch]) -> list[tuple[int, int, int]]:
    return [(each.rows.seq, each.end_seq, each.lost_before) for each in stretches]


def test_what_follows_is_joined_to_blocks_of_a_second() -> None:
    done, faults = build(*(rows(10 * k) for k in range(25)))
    assert spans(done) == [(0, 100, 0), (100, 200, 0), (200, 250, 0)]
    assert [int(code) for each in done for code in each.rows.codes[:, 0]] == list(range(250))
    assert faults == []


def test_a_long_chunk_is_cut_and_every_row_keeps_its_time() -> None:
    done, _ = build(rows(0, 250, t_ns=5 * SECOND))
    assert spans(done) == [(0, 100, 0), (100, 200, 0), (200, 250, 0)]
    assert [each.rows.t_ns for each in done] == [5 * SECOND, 6 * SECOND, 7 * SECOND]
    assert [each.rows.ticks for each in done] == [0, 10_000, 20_000]


def test_lost_rows_are_declared_with_their_reason() -> None:
    done, faults = build(rows(0), rows(20))
    assert spans(done) == [(0, 10, 0), (20, 30, 10)]
    assert done[1].lost_reason is GapReason.RADIO
    assert faults == [FaultCode.ROWS_LOST]


def test_away_stands_before_any_other_reason() -> None:
    builder = BlockBuilder()
    builder.add(rows(0), SECOND)
    builder.missing_because(GapReason.AWAY)
    builder.missing_because(GapReason.BAD)
    builder.add(rows(30), SECOND)
    builder.add(rows(50), SECOND)
    assert [each.lost_reason for each in builder.flush()] == [GapReason.RADIO]


def test_a_blank_stretch_of_a_recording_is_the_source_s_own() -> None:
    done, _ = build(rows(0, t_ns=0), rows(20, t_ns=200_000_000))
    assert done[1].lost_reason is GapReason.SOURCE


def test_repeated_rows_are_kept_once() -> None:
    done, faults = build(rows(0), rows(0), rows(5))
    assert spans(done) == [(0, 15, 0)]
    assert [int(code) for code in done[0].rows.codes[:, 0]] == list(range(15))
    assert faults == [FaultCode.ROWS_REPEATED] * 2


def test_a_new_boot_starts_afresh_and_declares_nothing() -> None:
    done, faults = build(rows(0), rows(7, boot=2))
    assert [(each.rows.boot, each.rows.seq, each.lost_before) for each in done] == [(1, 0, 0), (2, 7, 0)]
    assert faults == []


def test_uneven_ticks_a_changed_mask_or_width_cut() -> None:
    early = rows(10, ticks=999)  # the recorded walks have such a step of 9.9 ms
    masked = replace(rows(20, ticks=1999), not_measured=1)
    wide = replace(rows(30, ticks=2999), codes=np.zeros((10, 2), np.int16))
    done, faults = build(rows(0), early, masked, wide)
    assert spans(done) == [(0, 10, 0), (10, 20, 0), (20, 30, 0), (30, 40, 0)]
    assert faults == []


def test_time_that_runs_backwards_is_left_out_and_declared() -> None:
    done, faults = build(rows(0), rows(10, ticks=500), rows(20))
    assert spans(done) == [(0, 10, 0), (20, 30, 10)]
    assert done[1].lost_reason is GapReason.BAD
    assert faults == [FaultCode.TIME_BACKWARDS, FaultCode.ROWS_LOST]


def test_what_an_earlier_run_expected_is_declared() -> None:
    builder = BlockBuilder()
    builder.expect(1, 100)
    builder.missing_because(GapReason.AWAY)
    builder.add(rows(130), SECOND)
    (only,) = builder.flush()
    assert (only.lost_before, only.lost_reason) == (30, GapReason.AWAY)


@given(
    counts=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), min_size=1, max_size=20),
    block_ms=st.integers(10, 900),
)
def test_every_row_comes_out_once_and_every_gap_is_declared(counts: list[tuple[int, int]], block_ms: int) -> None:
    given_rows, seq = [], 0
    for count, lost in counts:
        given_rows.append(rows(seq := seq + (lost if given_rows else 0), count))
        seq += count
    done, _ = build(*given_rows, block_ns=block_ms * 1_000_000)
    out = [int(code) for each in done for code in each.rows.codes[:, 0]]
    assert out == [int(code) for each in given_rows for code in each.codes[:, 0]]
    assert sum(each.lost_before for each in done) == seq - len(out)
    for each in done:
        assert each.device_ns == each.rows.seq * ROW_NS
