"""Frames of a walk: the rows that were taken, nothing in between, and a centre of pressure that can be worked out."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace as changed
from walk_kit import START_NS, block, cut_at_random, even_walk, layout

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout
from processing.metrics.calibration import CalibrationVersion, InsoleCalibration
from underfoot.playback import FRAME_NS, NOT_MEASURED, TOP, Film, Frames, film_of, frames_of
from underfoot.shown import ShownUnit

S = 10**9
LEFT, RIGHT = Side.LEFT, Side.RIGHT


def four_cells(side: Side = LEFT, **changes: object) -> Layout:
    """Heel medial and lateral, toe medial and lateral."""
    places = [(0.25, 0.0), (0.75, 0.0), (0.25, 1.0), (0.75, 1.0)]
    cells = tuple(
        Cell(area=f"c{n}", zone=Zone.REARFOOT if y < 0.5 else Zone.FOREFOOT, x=x, y=y, full_scale=4000)
        for n, (x, y) in enumerate(places)
    )
    return changed(layout(side), cells=cells, checksum=checksum(cells), **changes)


def filmed(layouts: list[Layout], blocks: list[Block], seconds: float, **known: object) -> Film:
    return film_of(START_NS, START_NS + round(seconds * S), layouts, blocks, **known)


def same(one: dict[Side, Frames], other: dict[Side, Frames]) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(getattr(one[side], name), getattr(other[side], name))
        for side in one
        for name in ("levels", "x", "y")
    )


def test_the_centre_of_pressure_worked_out_by_hand() -> None:
    codes = np.tile([100, 100, 100, 300], (100, 1))  # 600 N: x = (0.25·200 + 0.75·400) / 600, y = 400 / 600
    blocks = [block(LEFT, codes)]
    film = filmed([four_cells()], blocks, 1)
    frames = frames_of(film, blocks, 0, film.frames)[LEFT]
    assert film.frames == 25
    assert film.feet[LEFT].peak == 300.0
    assert film.feet[LEFT].unit is ShownUnit.NEWTON
    assert np.unique(frames.levels, axis=0).tolist() == [[85, 85, 85, TOP]]  # 254 / 3 = 84.67
    assert np.unique(frames.x).tolist() == [round(350 / 600 * TOP)]
    assert np.unique(frames.y).tolist() == [round(400 / 600 * TOP)]


def test_below_forty_newton_there_is_no_centre() -> None:
    codes = np.zeros((100, 4))
    codes[:50, 0], codes[50:, 0] = 39, 40
    blocks = [block(LEFT, codes)]
    frames = frames_of(filmed([four_cells()], blocks, 1), blocks, 0, 25)[LEFT]
    assert (frames.y[:13] == NOT_MEASURED).all()
    assert (frames.y[13:] == 0).all()
    assert not (frames.levels == NOT_MEASURED).any()


def test_five_percent_of_the_body_where_it_is_heavy() -> None:
    heavy = CalibrationVersion(version=1, t_ns=0, by="c", what="weight", weight_kg=120.0)  # 5 %: 58.8 N
    codes = np.zeros((100, 4))
    codes[:50, 0], codes[50:, 0] = 58, 59
    blocks = [block(LEFT, codes)]
    frames = frames_of(filmed([four_cells()], blocks, 1, version=heavy), blocks, 0, 25)[LEFT]
    assert np.flatnonzero(frames.y != NOT_MEASURED).tolist() == list(range(13, 25))


def test_without_newton_a_tenth_of_what_the_foot_carries() -> None:
    plain = four_cells(calibration=Calibration.NONE, unit=Unit.RAW)
    codes = np.zeros((100, 4))
    codes[:, 2] = np.where(np.arange(100) < 20, 99, 1000)
    blocks = [block(LEFT, codes, unit=Unit.RAW)]
    film = filmed([plain], blocks, 1)
    assert film.feet[LEFT].unit is ShownUnit.SHARE
    assert film.feet[LEFT].least == 100.0
    frames = frames_of(film, blocks, 0, 25)[LEFT]
    assert np.flatnonzero(frames.y == NOT_MEASURED).tolist() == [0, 1, 2, 3, 4]


def test_a_gap_stays_a_gap() -> None:
    codes = np.full((100, 4), 100)
    blocks = [block(LEFT, codes), block(LEFT, codes, seq=300)]
    film = filmed([four_cells()], blocks, 4)
    frames = frames_of(film, blocks, 0, 100)[LEFT]
    nothing = np.flatnonzero((frames.levels == NOT_MEASURED).all(axis=1))
    assert nothing.tolist() == list(range(26, 75))  # the row of 0.99 s shows until 1.005 s
    assert (frames.x[nothing] == NOT_MEASURED).all()
    assert film.feet[LEFT].gaps == ((START_NS + S, START_NS + 3 * S),)


def test_a_foot_that_ends_early_is_not_measured_from_then_on() -> None:
    blocks = [block(LEFT, np.full((200, 4), 100)), block(RIGHT, np.full((100, 4), 100))]
    film = filmed([four_cells(), four_cells(RIGHT)], blocks, 2)
    assert film.feet[LEFT].gaps == ()
    assert film.feet[RIGHT].gaps == ((START_NS + S, START_NS + 2 * S),)
    frames = frames_of(film, blocks, 0, 50)
    assert (frames[RIGHT].levels[26:] == NOT_MEASURED).all()
    assert not (frames[LEFT].levels == NOT_MEASURED).any()


def test_unfit_and_missing_cells_are_left_out_and_never_zero() -> None:
    codes = np.tile([100, 100, 100, 4000], (100, 1))
    blocks = [block(LEFT, codes, not_measured=0b0010)]
    film = filmed([four_cells()], blocks, 1, unfit={LEFT: 0b1000})
    frames = frames_of(film, blocks, 0, 25)[LEFT]
    assert film.feet[LEFT].peak == 100.0  # the stuck cell would have made all others dark
    assert np.unique(frames.levels, axis=0).tolist() == [[TOP, NOT_MEASURED, TOP, NOT_MEASURED]]
    assert np.unique(frames.y).tolist() == [TOP // 2]
    assert np.unique(frames.x).tolist() == [round(0.25 * TOP)]


def test_a_foot_found_frozen_is_not_measured() -> None:
    blocks = [block(LEFT, np.full((100, 4), 100))]
    film = filmed([four_cells()], blocks, 1, unfit={LEFT: -1})
    assert (frames_of(film, blocks, 0, 25)[LEFT].levels == NOT_MEASURED).all()
    assert film.feet[LEFT].gaps == ((START_NS, START_NS + S),)


@pytest.mark.parametrize("other", [{"scale": 2.0}, {"unit": Unit.RAW}, {"insole": "another"}])
def test_rows_that_the_layout_does_not_describe_mean_nothing(other: dict[str, object]) -> None:
    blocks = [replace(block(LEFT, np.full((100, 4), 100)), **other)]
    film = filmed([four_cells()], blocks, 1)
    assert (frames_of(film, blocks, 0, 25)[LEFT].levels == NOT_MEASURED).all()
    assert film.feet[LEFT].peak == 0.0


def test_rows_are_corrected_by_the_calibration_in_force() -> None:
    given = four_cells()
    known = InsoleCalibration(insole=given.insole, layout_checksum=given.checksum, zero_codes=(50, 0, 0, 0), gain=2.0)
    version = CalibrationVersion(version=1, t_ns=0, by="c", what="zero and gain", insoles=(known,))
    blocks = [block(LEFT, np.tile([150, 0, 0, 100], (100, 1)))]
    film = filmed([given], blocks, 1, version=version)
    frames = frames_of(film, blocks, 0, 25)[LEFT]
    assert film.feet[LEFT].peak == 200.0  # (150 − 50) × 2 N
    assert film.feet[LEFT].layout.calibration is Calibration.WEIGHT
    assert np.unique(frames.levels, axis=0).tolist() == [[TOP, 0, 0, TOP]]


def test_more_cells_than_a_number_of_sqlite_has_bits() -> None:
    cells = tuple(
        Cell(area=f"c{n}", zone=Zone.FOREFOOT, x=n % 10 / 9, y=n // 10 / 9, full_scale=4000) for n in range(99)
    )
    given = changed(layout(LEFT), cells=cells, checksum=checksum(cells))
    blocks = [block(LEFT, np.full((100, 99), 100), not_measured=1 << 98)]
    frames = frames_of(filmed([given], blocks, 1), blocks, 0, 25)[LEFT]
    assert frames.levels.shape == (25, 99)
    assert (frames.levels[:, 98] == NOT_MEASURED).all()
    assert (frames.levels[:, :98] == TOP).all()


@pytest.mark.parametrize("seed", range(5))
def test_however_the_rows_were_cut_the_frames_are_the_same(seed: int) -> None:
    pick = random.Random(seed)
    items = even_walk(20)
    layouts = [each for each in items if isinstance(each, Layout)]
    blocks = [each for each in items if isinstance(each, Block)]
    blocks = [each for each in blocks if each.seq not in (400, 420, 440, 1020)]
    whole_film = filmed(layouts, blocks, 20)
    whole = frames_of(whole_film, blocks, 0, 500)
    pieces = cut_at_random(blocks, pick.randint)
    pick.shuffle(pieces)
    film = filmed(layouts, pieces, 20)
    assert [(foot.peak, foot.least, foot.gaps) for foot in film.feet.values()] == [
        (foot.peak, foot.least, foot.gaps) for foot in whole_film.feet.values()
    ]
    assert same(frames_of(film, pieces, 0, 500), whole)
    border = pick.randint(1, 499)
    first, second = frames_of(film, pieces, 0, border), frames_of(film, pieces, border, 500 - border)
    joined = {
        side: Frames(
            *(np.concatenate([getattr(each[side], name) for each in (first, second)]) for name in ["levels", "x", "y"])
        )
        for side in Side
    }
    assert same(joined, whole)


def test_in_a_recorded_walk_the_centre_goes_from_heel_to_toe(gaitpdb: Path) -> None:
    recording = open_recording(gaitpdb / "GaCo01_01.txt.xz", 60)
    blocks = list(recording.blocks())
    start = min(each.t_ns for each in blocks)
    film = film_of(start, max(each.end_t_ns for each in blocks), recording.layouts.values(), blocks)
    frames = frames_of(film, blocks, 0, film.frames)
    for side in Side:
        feet_down = [stance.astype(float) / TOP for stance in stances(frames[side].y) if stance.size >= 10]
        risen = [float(stance[-stance.size // 5 :].mean() - stance[: stance.size // 5].mean()) for stance in feet_down]
        forward = sum(each > 0.2 for each in risen)
        print(f"{side}: {forward} of {len(risen)} stances go forward, by {np.mean(risen):.2f} of the insole")
        assert len(risen) > 40
        assert forward >= 0.9 * len(risen)  # the others are those in which the walker turns round
        assert np.median(risen) > 0.4


def stances(y: np.ndarray) -> list[np.ndarray]:
    """Frames with a centre of pressure, run by run."""
    known = np.flatnonzero(y != NOT_MEASURED)
    return [y[run] for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)]


def test_frames_are_forty_milliseconds_apart() -> None:
    assert S // FRAME_NS == 25
    blocks = [block(LEFT, np.full((100, 4), 100))]
    film = filmed([four_cells()], blocks, 1)
    assert film_of(START_NS, START_NS + S + 1, [four_cells()], blocks).frames == film.frames + 1
    later = [replace(blocks[0], t_ns=START_NS + FRAME_NS)]
    frames = frames_of(filmed([four_cells()], later, 2), later, 0, 2)[LEFT]
    assert frames.levels[:, 0].tolist() == [NOT_MEASURED, TOP]
