"""Contacts: two thresholds, holes of a row or two, a foot that stands, an insole without newton."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from section_kit import signal_of
from walk_kit import gait

from ingest.wire.geometry import Side
from processing.metrics.contacts import Thresholds, find_contacts
from processing.metrics.recipe import RATIO, STEADY, VENDOR
from processing.metrics.signal import FootSignal
from processing.metrics.strides import find_strides


def steps(seconds: float = 20, rest: int = 0) -> np.ndarray:
    """Load of an even walk, stance 0.70 of 1.10 s, with so much left in swing."""
    load: np.ndarray = np.maximum(gait(Side.RIGHT, seconds).sum(axis=1).astype(np.int64), rest)
    return load


def without_rows(load: np.ndarray, first: int, count: int, *, restart: bool = False) -> FootSignal:
    kept = np.concatenate([np.arange(first), np.arange(first + count, load.size)])
    made = signal_of(load[kept], own_ns=kept * 10**7, stretches=((0, first), (first, kept.size)))
    return replace(made, restarts=frozenset([first])) if restart else made


def test_a_contact_begins_over_one_threshold_and_ends_below_the_other() -> None:
    load = np.array([0, 30, 60, 90, 120, 90, 60, 30, 0] + [0] * 15 + [0, 30, 60, 90, 60, 30, 0, 0])
    rises_then_falls = replace(RATIO, on_n=50.0, off_n=25.0, shortest_contact_s=0.0)
    assert find_contacts(signal_of(load), rises_then_falls).first.tolist() == [2, 26]
    assert find_contacts(signal_of(load), rises_then_falls).stop.tolist() == [8, 30]
    makers = replace(RATIO, on_n=50.0, off_n=100.0, shortest_contact_s=0.0)
    found = find_contacts(signal_of(load), makers)
    assert (found.first.tolist(), found.stop.tolist()) == ([2], [5])  # the second one never bore 100 N


def test_a_load_between_the_thresholds_neither_begins_nor_ends_a_contact() -> None:
    load = np.array([0, 0, 60, 60, 30, 30, 30, 60, 60, 0, 0, 30, 30, 0, 0])
    recipe = replace(RATIO, on_n=50.0, off_n=25.0, shortest_contact_s=0.0, shortest_gap_s=0.0)
    found = find_contacts(signal_of(load), recipe)
    assert (found.first.tolist(), found.stop.tolist()) == ([2], [9])


def test_edges_lie_where_each_threshold_is_crossed() -> None:
    load = np.array([0, 100, 200, 200, 0] + [0] * 30)
    recipe = replace(VENDOR, shortest_contact_s=0.0, above_baseline=False, grounded_pct=None)
    found = find_contacts(signal_of(load), recipe)
    assert found.initial_contact_s.tolist() == pytest.approx([0.005])
    assert found.foot_off_s.tolist() == pytest.approx([0.035])


@pytest.mark.parametrize("hole", [(250, 2), (300, 2), (371, 1)])
def test_a_hole_of_two_rows_breaks_nothing(hole: tuple[int, int]) -> None:
    whole, torn = signal_of(steps()), without_rows(steps(), *hole)
    want = find_strides(find_contacts(whole, STEADY), whole, STEADY)
    got = find_strides(find_contacts(torn, STEADY), torn, STEADY)
    assert got.stride_s == pytest.approx(want.stride_s, abs=0.02)
    assert got.count == want.count


@pytest.mark.parametrize(("rows", "restart", "recipe"), [(3, False, STEADY), (2, True, STEADY), (2, False, RATIO)])
def test_a_longer_hole_a_restart_or_a_strict_recipe_costs_the_stride(rows: int, restart: bool, recipe) -> None:
    whole, torn = signal_of(steps()), without_rows(steps(), 300, rows, restart=restart)
    want = find_strides(find_contacts(whole, recipe), whole, recipe)
    got = find_strides(find_contacts(torn, recipe), torn, recipe)
    assert want.count - got.count in (1, 2)


def test_an_edge_in_a_hole_is_interpolated_across_it() -> None:
    load = np.array([0.0] * 40 + [200.0] * 40 + [0.0] * 40)
    torn = without_rows(load, 39, 2)  # 0 at 0.38 s, 200 at 0.41 s
    found = find_contacts(torn, replace(STEADY, above_baseline=False, grounded_pct=None))
    assert found.initial_contact_s.tolist() == pytest.approx([0.38 + 0.03 * 20 / 200])


def test_standing_is_no_walk_though_it_sways() -> None:
    sway = signal_of(400 + (40 * np.sin(np.arange(6000) / 40)).astype(np.int64))
    assert find_contacts(sway, STEADY).count == 0
    assert (
        find_contacts(signal_of(steps(60, rest=35)), STEADY).count == find_contacts(signal_of(steps(60)), STEADY).count
    )


def test_without_newton_the_thresholds_are_shares_of_the_range() -> None:
    raw = signal_of(steps(), newton_per_unit=None)
    span = raw.p95 - raw.swing_baseline
    assert Thresholds.of(raw, VENDOR) == Thresholds(raw.swing_baseline + 0.05 * span, raw.swing_baseline + 0.10 * span)
    assert find_contacts(raw, STEADY).count == find_contacts(signal_of(steps()), STEADY).count


def test_nothing_at_all_has_no_contacts() -> None:
    for load in ([0], [0] * 500, [500] * 500):
        assert not find_contacts(signal_of(np.array(load)), STEADY).begins_known.any()
