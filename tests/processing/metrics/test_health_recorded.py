"""Faults worked into real walks that single stances do not show, and the health of a pair however its seconds come."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest
from health_kit import SPOILS, Spoil, constant, drifting, frozen, health_of, noisy, several_times, spoiled, stuck_at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from walk_kit import items_of

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import CellFaultKind, Layout
from processing.metrics.health import PairHealth
from processing.metrics.learned import LearnedCells

S = 10**9
RECORDINGS = ("GaCo01_01", "GaPt03_01", "GaPt13_01", "JuCo01_01", "JuPt04_01", "SiCo01_01", "SiPt02_01")
HEEL, MIDDLE, TOE = 0, 3, 7
HIDING = "stuck, and then another so high that no step is seen"
WAYS: dict[str, Spoil] = {
    **SPOILS,
    "noisy": noisy(8.0),
    "deafening": noisy(25.0),
    "drifting": drifting(10.0),
    "frozen": frozen,
    HIDING: stuck_at(50.0),
}
FAR_APART = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
Masks = dict[Side, list[tuple[int, int]]]


@cache
def walk_of(folder: Path, name: str) -> tuple[Layout | Block, ...]:
    return tuple(items_of(open_recording(folder / f"{name}.txt.xz")))


@cache
def bad_walk(folder: Path, name: str, way: str, cell: int, share: float) -> tuple[Layout | Block, ...]:
    items = spoiled(walk_of(folder, name), Side.LEFT, cell, WAYS[way], from_share=share)
    return tuple(spoiled(items, Side.LEFT, TOE, constant(2000.0), from_share=share + 0.1) if way == HIDING else items)


@cache
def second_by_second(folder: Path, name: str, way: str, share: float) -> tuple[PairHealth, Masks]:
    return health_of(bad_walk(folder, name, way, MIDDLE, share))


def lasted_s(items: Sequence[Layout | Block]) -> float:
    blocks = [item for item in items if isinstance(item, Block)]
    return (max(block.end_t_ns for block in blocks) - min(block.t_ns for block in blocks)) / S


def found_after_s(items: Sequence[Layout | Block], t_ns: int) -> float:
    return (t_ns - min(item.t_ns for item in items if isinstance(item, Block))) / S


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("cell", [HEEL, MIDDLE, TOE])
def test_a_cell_that_becomes_noisy_in_a_real_walk(gaitpdb: Path, name: str, cell: int) -> None:
    items = bad_walk(gaitpdb, name, "noisy", cell, 0.5)
    health, _ = health_of(items)
    (fault,) = health.findings
    assert (fault.side, fault.cell) == (Side.LEFT, cell)
    assert fault.kind is CellFaultKind.NOISY
    assert lasted_s(items) / 2 < found_after_s(items, fault.t_ns) < lasted_s(items) / 2 + 30


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("newton", [25.0, 80.0])
def test_a_cell_so_noisy_that_no_step_of_its_foot_is_seen(gaitpdb: Path, name: str, newton: float) -> None:
    items = spoiled(walk_of(gaitpdb, name), Side.LEFT, MIDDLE, noisy(newton), from_share=0.5)
    health, _ = health_of(items)
    (fault,) = health.findings
    assert (fault.side, fault.cell, fault.kind) == (Side.LEFT, MIDDLE, CellFaultKind.NOISY)
    assert lasted_s(items) / 2 + 10 < found_after_s(items, fault.t_ns) < lasted_s(items) / 2 + 40


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("cell", [HEEL, MIDDLE, TOE])
def test_a_cell_that_drifts_in_a_real_walk(gaitpdb: Path, name: str, cell: int) -> None:
    """Fast, 10 N a minute: within a minute it reads more than the limit of stuck for 20 stances."""
    items = bad_walk(gaitpdb, name, "drifting", cell, 0.0)
    health, _ = health_of(items)
    (fault,) = health.findings
    assert (fault.side, fault.cell) == (Side.LEFT, cell)
    assert fault.kind is CellFaultKind.STUCK
    assert found_after_s(items, fault.t_ns) < 60


def test_a_cell_that_drifts_slowly_is_found_before_it_is_stuck(gaitpdb: Path) -> None:
    """1 N a minute for eight minutes, where 4 N are stuck and half of them are a drift."""
    walk = several_times(walk_of(gaitpdb, "GaCo01_01"), 4)
    assert health_of(walk)[0].findings == []
    health, _ = health_of(spoiled(walk, Side.LEFT, MIDDLE, drifting(1.0)))
    (fault,) = health.findings
    assert (fault.side, fault.cell, fault.kind) == (Side.LEFT, MIDDLE, CellFaultKind.DRIFTING)
    assert found_after_s(walk_of(gaitpdb, "GaCo01_01"), fault.t_ns) < 240


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_foot_that_freezes_in_a_real_walk(gaitpdb: Path, name: str) -> None:
    items = bad_walk(gaitpdb, name, "frozen", HEEL, 0.5)
    health, masks = health_of(items)
    (fault,) = health.findings
    assert (fault.side, fault.cell, fault.kind) == (Side.LEFT, None, CellFaultKind.FROZEN)
    assert lasted_s(items) / 2 + 10 < found_after_s(items, fault.t_ns) < lasted_s(items) / 2 + 20
    assert masks[Side.LEFT][-1][0] == 0xFF
    assert not any(unfit for unfit, _ in masks[Side.RIGHT])


@pytest.mark.parametrize("way", WAYS)
@given(at_once=st.lists(st.integers(1, 90), min_size=1, max_size=12))
@FAR_APART
def test_however_many_seconds_come_at_once(gaitpdb: Path, way: str, at_once: list[int]) -> None:
    name = "GaCo01_01"
    share = 0.0 if way == "drifting" else 0.4
    one_by_one, masks = second_by_second(gaitpdb, name, way, share)
    lengths = cycle(at_once)
    in_pieces, masks_in_pieces = health_of(bad_walk(gaitpdb, name, way, MIDDLE, share), seconds=lambda: next(lengths))
    assert one_by_one.findings
    assert any(unfit for unfit, _ in masks[Side.LEFT])
    assert in_pieces.findings == one_by_one.findings
    assert masks_in_pieces == masks
    assert _taught(in_pieces) == _taught(one_by_one)


def _taught(health: PairHealth) -> list[tuple[LearnedCells | None, LearnedCells | None, int]]:
    return [(health.learned(side), health.learned_here(side), health.learned_since(side)) for side in Side]
