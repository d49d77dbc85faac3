"""The synthetic walker: what was asked for is what its feet bear."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.sources.virtual.gait import Gait, Story
from ingest.sources.virtual.stamping import stamping
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.walker import SCALE, TICK_NS, cells, walker
from ingest.wire.geometry import Region, Side, Zone, region_at

ROW_NS = 10_000_000


def forces(walk: Walk, start_s: float, stop_s: float) -> NDArray[np.float64]:
    pieces = walk.rows_between(round(start_s * 1e9), round(stop_s * 1e9))
    newtons: NDArray[np.float64] = np.concatenate([piece.codes for piece in pieces]) * float(SCALE)
    return newtons


def contacts(total: NDArray[np.float64]) -> NDArray[np.int64]:
    on = total > 20.0
    return np.flatnonzero(on[1:] & ~on[:-1]) + 1


def whole_strides(gait: Gait) -> tuple[dict[Side, NDArray[np.float64]], NDArray[np.int64]]:
    """Forces of both feet from one contact of the left foot to another some thirty strides later."""
    feet = {side: forces(foot, 0.0, 40.0) for side, foot in walker(gait, seed=11).items()}
    edges = contacts(feet[Side.LEFT].sum(axis=1))
    return {side: newtons[edges[0] : edges[-1]] for side, newtons in feet.items()}, edges


def from_contact_to_contact(newtons: NDArray[np.float64]) -> NDArray[np.float64]:
    edges = contacts(newtons.sum(axis=1))
    return newtons[edges[0] : edges[-1]]


FOREFOOT = np.array([cell.zone is Zone.FOREFOOT for cell in cells()])


def forefoot_share_pct(newtons: NDArray[np.float64]) -> float:
    return float(100 * newtons[:, FOREFOOT].sum() / newtons.sum())


GAITS = st.builds(
    Gait,
    cadence_spm=st.floats(70, 130),
    body_weight_n=st.floats(450, 1200),
    forefoot_share_left_pct=st.floats(25, 70),
    forefoot_share_right_pct=st.floats(25, 70),
    load_si_pct=st.floats(-30, 30),
    backward=st.sampled_from([0.0, 1.0]),
)


@settings(max_examples=15, deadline=None)
@given(GAITS)
def test_over_whole_strides_the_feet_bear_what_was_asked(gait: Gait) -> None:
    feet, _ = whole_strides(gait)
    left, right = (feet[side].sum(axis=1).mean() for side in (Side.LEFT, Side.RIGHT))
    assert left + right == pytest.approx(gait.body_weight_n, rel=0.005)
    assert forefoot_share_pct(feet[Side.LEFT]) == pytest.approx(gait.forefoot_share_left_pct, abs=1.0)
    assert forefoot_share_pct(feet[Side.RIGHT]) == pytest.approx(gait.forefoot_share_right_pct, abs=1.0)
    assert 100 * (right - left) / ((right + left) / 2) == pytest.approx(gait.load_si_pct, abs=1.5)


@pytest.mark.parametrize("cadence_spm", [80.0, 108.0, 125.0])
def test_stance_cadence_and_the_half_stride_between_the_feet(cadence_spm: float) -> None:
    gait = Gait(cadence_spm=cadence_spm)
    feet, edges = whole_strides(gait)
    strides_s = np.diff(edges) / 100
    assert strides_s.mean() == pytest.approx(120 / cadence_spm, rel=0.01)
    assert 0.005 < strides_s.std() / strides_s.mean() < 0.03
    for newtons in feet.values():
        assert 100 * (newtons.sum(axis=1) > 20.0).mean() == pytest.approx(62.0, abs=1.5)
    of_right = contacts(feet[Side.RIGHT].sum(axis=1)) + edges[0]
    apart = [(right - edges[edges < right][-1]) / 100 for right in of_right]
    assert np.mean(apart) == pytest.approx(60 / cadence_spm, rel=0.02)


def centre_y(newtons: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.array([cell.y for cell in cells()])
    centre: NDArray[np.float64] = newtons @ places / newtons.sum(axis=1)
    return centre


@pytest.mark.parametrize(("backward", "rises"), [(0.0, True), (1.0, False)])
def test_the_centre_of_pressure_says_which_way(backward: float, rises: bool) -> None:
    feet, _ = whole_strides(Gait(backward=backward))
    newtons = feet[Side.LEFT]
    on = newtons.sum(axis=1) > 40.0
    starts = np.flatnonzero(on[1:] & ~on[:-1]) + 1
    for start in starts[1:10]:
        stance = centre_y(newtons[start : start + int(np.argmin(on[start:]))])
        fifth = len(stance) // 5
        moved = stance[-fifth:].mean() - stance[:fifth].mean()
        assert (moved > 0.1) if rises else (moved < -0.1)


def test_standing_still() -> None:
    feet = {side: forces(foot, 0.0, 30.0).sum(axis=1) for side, foot in walker(Gait(cadence_spm=0.0)).items()}
    assert np.mean(feet[Side.LEFT] + feet[Side.RIGHT]) == pytest.approx(750.0, rel=0.005)
    assert min(newtons.min() for newtons in feet.values()) > 300.0


def test_a_story_goes_over_without_a_jump() -> None:
    story = Story(Gait(noise_pct=0.0))
    story.change(5.0, Gait(noise_pct=0.0, forefoot_share_left_pct=62.0), over_s=1.0)
    story.change(12.0, Gait(noise_pct=0.0, cadence_spm=0.0), over_s=2.0)
    story.change(18.0, Gait(noise_pct=0.0, cadence_spm=120.0, backward=1.0))
    fine = walker(story)[Side.LEFT]
    times = np.arange(0.0, 25.0, 0.001)
    steps = np.abs(np.diff(fine.forces_n(times).sum(axis=1)))
    assert steps.max() < 40.0  # newtons in a millisecond, at the steepest of a heel strike
    for foot, stretch, share_pct in (
        (fine, (0.5, 5.0), 45.0),
        (fine, (6.1, 12.0), 62.0),
        (walker(story)[Side.RIGHT], (6.1, 12.0), 45.0),
    ):
        strides = from_contact_to_contact(forces(foot, *stretch))
        assert forefoot_share_pct(strides) == pytest.approx(share_pct, abs=1.0)


def test_telling_on_while_it_walks_changes_nothing_that_was() -> None:
    story = Story()
    foot = walker(story, seed=4)[Side.LEFT]
    before = forces(foot, 0.0, 10.0)
    story.change(10.0, Gait(forefoot_share_left_pct=65.0, cadence_spm=90.0))
    assert np.array_equal(forces(foot, 0.0, 10.0), before)
    assert not np.array_equal(forces(foot, 10.0, 20.0), forces(walker(seed=4)[Side.LEFT], 10.0, 20.0))
    with pytest.raises(ValueError, match="told already"):
        story.change(11.0, Gait())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 4_000_000_000), max_size=8), st.integers(0, 99))
def test_however_it_is_asked_the_rows_are_the_same(cuts: list[int], seed: int) -> None:
    foot = walker(seed=seed, seconds=4.0)[Side.RIGHT]
    [whole] = foot.rows_between(0, 4_000_000_000)
    edges = [0, *sorted(cuts), 5_000_000_000]
    parts = [piece for start, stop in pairwise(edges) for piece in foot.rows_between(start, stop)]
    assert np.array_equal(np.concatenate([piece.codes for piece in parts]), whole.codes)
    assert len(whole.codes) == 400
    due = 0
    for piece in parts:
        assert piece.ticks * TICK_NS == due
        due += len(piece.codes) * ROW_NS


def test_the_seed_makes_the_noise() -> None:
    feet = [forces(walker(seed=seed)[Side.LEFT], 0.0, 2.0) for seed in (1, 1, 2)]
    assert np.array_equal(feet[0], feet[1])
    assert not np.array_equal(feet[0], feet[2])


def test_the_cells_fill_the_ten_regions() -> None:
    assert len(cells()) == 16
    assert {cell.region for cell in cells()} == set(Region)
    assert all(cell.region is region_at(cell.x, cell.y) for cell in cells())
    assert len({cell.area for cell in cells()}) == 16


def test_the_end() -> None:
    foot = walker(seconds=1.0)[Side.LEFT]
    assert foot.duration_ns == 1_000_000_000
    assert foot.next_due_ns(990_000_000) == 990_000_000
    assert foot.next_due_ns(990_000_001) is None
    assert foot.rows_between(1_000_000_000, 2_000_000_000) == []
    endless = walker()[Side.LEFT]
    assert endless.duration_ns is None
    assert endless.next_due_ns(10**15 + 1) == 10**15 + ROW_NS


def test_strides_are_the_integral_of_the_cadence() -> None:
    even = Gait(stride_wobble_pct=0.0)
    story = (
        Story(even).change(3.0, Gait(stride_wobble_pct=0.0, cadence_spm=0.0), over_s=2.0).change(7.0, even, over_s=4.0)
    )
    times = np.arange(0.0, 15.0, 0.001)
    summed = np.concatenate([[0.0], np.cumsum(story.at("cadence_spm", times)[:-1] / 120.0 * 0.001)])
    assert np.abs(story.strides(times) - summed).max() < 0.001


def test_a_stamp_is_seen_under_the_foot_that_stamps_and_under_no_other() -> None:
    feet = stamping(Side.RIGHT, [2.0, 4.0], seconds=6.0)
    total_n = {side: forces(walk, 0.0, 6.0).sum(axis=1) for side, walk in feet.items()}
    standing_n = total_n[Side.RIGHT][:150].mean()
    assert total_n[Side.LEFT][:150].mean() == pytest.approx(standing_n, rel=0.1)
    for stamp in (200, 400):
        assert total_n[Side.RIGHT][stamp - 38 : stamp].max() == 0
        assert 2.5 < total_n[Side.RIGHT][stamp : stamp + 15].max() / standing_n < 3.5
        assert 1.7 < total_n[Side.LEFT][stamp - 38 : stamp].mean() / standing_n < 2.3
    assert total_n[Side.LEFT].max() < 2.4 * standing_n
    assert feet[Side.RIGHT].duration_ns == 6_000_000_000
