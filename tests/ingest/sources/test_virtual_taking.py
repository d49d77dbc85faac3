"""From a walk to frames: recorded walks, row numbers, ticks, troubles. No radio."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.drivers.open_insole_wire import RowsFrame
from ingest.events import Rows
from ingest.sources.replay import open_recording
from ingest.sources.virtual.frames import DeviceClock, Framer
from ingest.sources.virtual.recorded import RecordedWalk
from ingest.sources.virtual.sending import Sending
from ingest.sources.virtual.taking import Taking
from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble
from ingest.sources.virtual.walk import exact_scale
from ingest.sources.virtual.walker import cells, walker
from ingest.sources.virtual.world import World
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import Layout

LAYOUT = Layout(
    insole="recorded",
    side=Side.RIGHT,
    cells=cells()[:2],
    unit=Unit.NEWTON,
    scale=0.11,
    rate_hz=100.0,
    calibration=Calibration.MAKER,
    checksum=0,
)


def rows(ticks: int, *values: int, seq: int = 0, **more: Any) -> Rows:
    codes = np.array([[value, value + 1] for value in values], dtype=np.int16)
    return Rows(boot=1, seq=seq, ticks=ticks, tick_ns=100_000, ns_per_row=10_000_000, codes=codes, **more)


def take_all(taking: Taking, cuts: list[int], trouble: Trouble = NO_TROUBLE, fits: int = 7) -> list[RowsFrame]:
    frames = [frame for upto in cuts for frame in taking.take(upto, trouble, fits)]
    return frames + taking.flush()


def seqs(frames: list[RowsFrame]) -> list[int]:
    return [frame.seq + row for frame in frames for row in range(len(frame.codes))]


def ticks(frames: list[RowsFrame]) -> list[int]:
    return [frame.ticks + 100 * row for frame in frames for row in range(len(frame.codes))]


def test_a_frame_never_spans_an_uneven_step() -> None:
    walk = RecordedWalk(LAYOUT, [rows(50, 1, 2, 3), rows(349, 4, 5), rows(549, 6, 7, not_measured=2)])
    taking = Taking(walk, boot=0x12345)
    taking.begin(boot_ns=0, now_ns=0)
    frames = take_all(taking, [10**9])
    assert [(frame.seq, frame.ticks, len(frame.codes), frame.not_measured) for frame in frames] == [
        (0, 0, 3, 0),
        (3, 299, 2, 0),
        (5, 499, 2, 2),
    ]
    assert {frame.boot_low for frame in frames} == {0x2345}
    assert np.concatenate([frame.codes for frame in frames])[:, 0].tolist() == [1, 2, 3, 4, 5, 6, 7]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3_100_000_000), max_size=30), st.integers(1, 20))
def test_however_time_goes_on_the_same_rows_are_taken(cuts: list[int], fits: int) -> None:
    walk = walker(seconds=3.0)[Side.LEFT]
    taking = Taking(walk, boot=1)
    taking.begin(boot_ns=-2_000_000_000, now_ns=-50_000_000)
    frames = take_all(taking, [*sorted(cuts), 3_100_000_000], fits=fits)
    assert seqs(frames) == list(range(300))
    assert ticks(frames) == [20_000 + 100 * row for row in range(300)]
    assert max(len(frame.codes) for frame in frames) <= fits
    [whole] = walk.rows_between(0, 3_000_000_000)
    assert np.array_equal(np.concatenate([frame.codes for frame in frames]), whole.codes)


@settings(max_examples=25, deadline=None)
@given(st.floats(-200, 200))
def test_a_drifting_clock_is_never_off_by_a_tick(ppm: float) -> None:
    taking = Taking(walker(seconds=30.0)[Side.LEFT], boot=1)
    taking.begin(boot_ns=-1_000_000_000, now_ns=0)
    counted = np.array(ticks(take_all(taking, [30_000_000_000], Trouble(drift_ppm=ppm))))
    true = 10_000 + 100 * np.arange(3000)
    assert np.abs(counted - true - (true - 10_000) * ppm * 1e-6).max() <= 1.01
    assert (np.diff(counted) > 0).all()


def test_a_changed_drift_goes_on_from_what_was_counted() -> None:
    clock = DeviceClock()
    clock.drift(1000.0, at=0)
    assert clock.count(np.array([10_000])).tolist() == [10_010]
    clock.drift(0.0, at=10_000)
    assert clock.count(np.array([10_000, 20_000])).tolist() == [10_010, 20_010]


def test_rows_before_the_stream_began_are_not_taken() -> None:
    taking = Taking(walker(seconds=1.0)[Side.LEFT], boot=1)
    taking.begin(boot_ns=300_000_000, now_ns=505_000_000)
    frames = take_all(taking, [2_000_000_000])
    assert seqs(frames) == list(range(49))
    assert ticks(frames)[0] == 2_100


def test_a_framer_goes_on_after_a_flush() -> None:
    framer = Framer(boot=1, ticks_per_row=100)
    codes = np.zeros((5, 1), dtype=np.int16)
    assert [frame.seq for frame in framer.add(np.arange(5) * 100, codes, 0, 3)] == [0]
    assert framer.pending_rows == 2
    assert [(frame.seq, len(frame.codes)) for frame in framer.flush()] == [(3, 2)]
    assert list(framer.flush()) == []
    assert framer.next_seq == 5


def test_trouble_leaves_the_walk_itself_alone() -> None:
    codes = np.ones((2, 4), dtype=np.int16)
    spoilt = Trouble(stuck={0: 7}, dead=frozenset({1}), masked=frozenset({3})).spoil(codes)
    assert spoilt.tolist() == [[7, 0, 1, 0]] * 2
    assert (codes == 1).all()
    assert NO_TROUBLE.spoil(codes) is codes


@pytest.mark.parametrize("ns", [0, 1, 9_999_999, 10_000_000, 29_900_000, 29_900_001])
def test_the_next_row_of_a_recording(ns: int) -> None:
    walk = RecordedWalk(LAYOUT, [rows(0, 1, 2, 3), rows(299, 4)])
    dues = [0, 10_000_000, 20_000_000, 29_900_000]
    assert walk.next_due_ns(ns) == next((due for due in dues if due >= ns), None)
    later = [piece.ticks * 100_000 for piece in walk.rows_between(ns, 10**12)]
    assert later[:1] == [due for due in dues if due >= ns][:1]


@pytest.mark.parametrize(
    ("recorded", "code"),
    [
        ([], FaultCode.FILE_EMPTY),
        ([rows(0, 1, 2), rows(50, 3)], FaultCode.TIME_BACKWARDS),
        ([rows(100, 1), rows(0, 2)], FaultCode.TIME_BACKWARDS),
        ([rows(0, 1), Rows(boot=1, seq=1, ticks=2, tick_ns=1, ns_per_row=5, codes=np.ones((1, 2), np.int16))], None),
    ],
)
def test_a_recording_that_cannot_be_worn(recorded: list[Rows], code: FaultCode | None) -> None:
    with pytest.raises(UnderfootError) as caught:
        RecordedWalk(LAYOUT, recorded)
    assert caught.value.code is (code or FaultCode.FILE_UNREADABLE)


def test_scales_that_an_insole_can_and_cannot_say() -> None:
    assert [str(exact_scale(scale)) for scale in (0.11, 0.05, 1.0, 2.5)] == ["11/100", "1/20", "1", "5/2"]
    for scale in (0.0, -1.0, 0.1 + 1e-12):
        with pytest.raises(UnderfootError):
            exact_scale(scale)


def test_a_real_recording_becomes_the_same_rows(gaitpdb: Path) -> None:
    recording = open_recording(gaitpdb / "GaCo01_01.txt.xz", seconds=10.0)
    for side in Side:
        source = recording.rows(side)
        walk = RecordedWalk(recording.layouts[side], source, begins_ticks=0)
        taking = Taking(walk, boot=1)
        taking.begin(boot_ns=-1_000_000_000, now_ns=-50_000_000)
        frames = take_all(taking, list(range(0, 10_100_000_000, 140_000_000)), fits=14)
        assert np.array_equal(
            np.concatenate([frame.codes for frame in frames]), np.concatenate([one.codes for one in source])
        )
        recorded = [one.ticks + 100 * row for one in source for row in range(len(one.codes))]
        assert [tick - 10_000 for tick in ticks(frames)] == recorded
        assert walk.description.cells == recording.layouts[side].cells


async def test_the_world_begins_when_all_are_told_and_ends_with_the_longest() -> None:
    world = World()
    for serial, duration_ns in (("a", 10_000_000), ("b", 30_000_000)):
        world.enlist(serial, duration_ns)
    world.told_to_start("a")
    assert not world.begun.is_set()
    with pytest.raises(ValueError, match="not begun"):
        world.elapsed_ns()
    world.told_to_start("b")
    assert world.begun.is_set()
    begins_s = world.begins_s
    world.begin()
    assert world.begins_s == begins_s
    await asyncio.wait_for(world.ended.wait(), 5)
    assert world.elapsed_ns() >= 29_000_000


async def test_a_world_that_waits_for_nobody() -> None:
    world = World(wait_for_all=False)
    world.enlist("a", None)
    world.enlist("b", 1)
    world.told_to_start("b")
    assert world.begun.is_set()
    await asyncio.sleep(0.1)
    assert not world.ended.is_set()  # one walk has no end


async def lost_of(seed: int, seqs: list[int]) -> set[int]:
    """Which of the frames `seqs` the air loses."""
    arrived: list[bytes] = []

    async def send(frame: bytes) -> None:
        arrived.append(frame)

    sending = Sending(send, seed)
    sending.trouble = Trouble(loss_share=0.3)
    task = asyncio.create_task(sending.run())
    for seq in seqs:
        sending.put(seq, seq.to_bytes(4, "little"))
    await sending.drained()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert sending.lost_frames == len(seqs) - len(arrived)
    return set(seqs) - {int.from_bytes(frame, "little") for frame in arrived}


async def test_the_same_seed_loses_the_same_frames_whatever_else_was_sent() -> None:
    every = list(range(0, 1400, 7))
    lost = await lost_of(5, every)
    assert 30 < len(lost) < 90
    assert await lost_of(5, every) == lost
    assert await lost_of(5, every[50:]) == {seq for seq in lost if seq >= every[50]}  # nobody listened before
    assert await lost_of(6, every) != lost
