"""Insoles of ninety-nine cells: the same figures as from few, and a cell that lacks named wherever it lies."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from walk_kit import block, layout

from ingest.wire.block import Block
from ingest.wire.geometry import Cell, Side, Zone, checksum, region_at
from ingest.wire.messages import Layout, Metrics
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.walk import Item, Terms, Walk

ROWS, SECONDS, CELLS = 11, 100, 99
BITS = (0, 61, 62, 63, 70, 98)


def insole(side: Side) -> Layout:
    """Nine cells across in eleven rows from the heel to the toes."""
    places = [((n % 9 + 0.5) / 9, (n // 9 + 0.5) / ROWS) for n in range(CELLS)]
    cells = tuple(
        Cell(
            area=f"area{n}", zone=Zone.FOREFOOT if y > 0.5 else Zone.REARFOOT, x=x, y=y, area_mm2=100.0, full_scale=4000
        )
        for n, (x, y) in enumerate(places)
    )
    few = layout(side)
    return Layout(**{name: getattr(few, name) for name in few.__struct_fields__ if name not in ("cells", "checksum")},
                  cells=cells, checksum=checksum(cells))  # fmt: skip


def steps(side: Side) -> np.ndarray:
    """Codes of an even walk that rolls from heel to toe."""
    rows = np.arange(SECONDS * 100) + (55 if side is Side.LEFT else 0)
    phase = (rows % 110) / 70
    y = (np.arange(CELLS) // 9 + 0.5) / ROWS
    pressed = np.exp(-(((phase[:, None] - y) / 0.3) ** 2)) * np.sin(np.pi * np.clip(phase, 0, 1))[:, None]
    return (100 * pressed).astype(np.int16)


@cache
def walk(missing: int = 0, flicker: tuple[int, int] | None = None) -> tuple[Item, ...]:
    """The left insole lacks the cells `missing`, all the time or from one second to another."""
    items: list[Item] = [insole(side) for side in Side]
    for side in Side:
        codes = steps(side)
        for first in range(0, len(codes), 50):
            lacks = side is Side.LEFT and (flicker is None or flicker[0] <= first // 100 < flicker[1])
            items.append(block(side, codes[first : first + 50], seq=first, not_measured=missing if lacks else 0))
    return tuple(sorted(items, key=lambda item: item.t_ns if isinstance(item, Block) else 0))


def walked(items: tuple[Item, ...], at_once_s: int = 60) -> tuple[dict, list[Metrics]]:
    made = Walk(Terms(walk="w", recipe=STEADY, rules=load_preset("clinical"), baseline=None), at_once_s=at_once_s)
    said = [each for item in items for each in made.feed(item)] + list(made.close())
    return made.summary(), [each for each in said if isinstance(each, Metrics)]


def test_a_healthy_walk_is_judged_in_full() -> None:
    summary, said = walked(walk())
    assert summary["health"]["left"]["faults"] == []
    assert summary["forefoot_share_pct"]["left"] == pytest.approx(summary["forefoot_share_pct"]["right"], rel=0.01)
    assert abs(summary["asymmetry"]["load_si_pct"]) < 1
    assert len(summary["regions"]["left"]) == 10
    assert all(area["share_pct"] is not None for area in summary["regions"]["left"].values())
    assert said[-1].forefoot_share_pct.left.value is not None
    assert walked(walk(), 1)[0] == summary


@pytest.mark.parametrize("cell", BITS)
def test_a_cell_that_lacks_is_named_and_costs_its_region_alone(cell: int) -> None:
    healthy, _ = walked(walk())
    summary, said = walked(walk(1 << cell))
    place = insole(Side.LEFT).cells[cell]
    region = region_at(place.x, place.y).value
    of_left = summary["regions"]["left"]
    assert [name for name, area in of_left.items() if area is None or area["fti_n_s"] is None] == [region]
    assert summary["regions"]["right"] == healthy["regions"]["right"]
    for path in ("forefoot_share_pct.left", "dose.left.impulse_n_s", f"regions.left.{region}"):
        told = [why for each, why in summary["reasons"].items() if each.startswith(path)]
        assert {area for why in told for area in re.findall(r"area\d+", why)} == {f"area{cell}"}, path
    assert summary["stride"]["mean_s"] == pytest.approx(healthy["stride"]["mean_s"], rel=1e-9)
    last = said[-1].forefoot_share_pct.left
    assert last.value is None
    assert last.low is not None
    assert last.reason == f"not measured on the left: area{cell}"
    assert said[-1].forefoot_share_pct.right.value is not None


def test_several_of_them() -> None:
    summary, said = walked(walk(sum(1 << cell for cell in BITS)))
    assert said[-1].forefoot_share_pct.left.reason == "not measured on the left: " + ", ".join(f"area{n}" for n in BITS)
    assert summary["asymmetry"]["load_si_pct"] is None or summary["asymmetry"]["rests_on"] == "93 of 99 pairs"


@pytest.mark.parametrize("cell", BITS)
def test_however_many_seconds_are_closed_at_once(cell: int) -> None:
    items = walk(1 << cell, (40, 43))
    summary, said = walked(items, 60)
    again, said_again = walked(items, 1)
    assert said == said_again
    assert again == summary
    assert said[30].forefoot_share_pct.left.reason != said[50].forefoot_share_pct.left.reason


@pytest.mark.parametrize("cell", BITS)
def test_a_dead_cell_is_found(cell: int) -> None:
    items: list[Item] = []
    for item in walk():
        if isinstance(item, Block) and item.side is Side.LEFT:
            codes = item.codes.copy()
            codes[:, cell] = 0
            items.append(replace(item, codes=codes))
        else:
            items.append(item)
    summary, said = walked(tuple(items))
    assert [fault["cell"] for fault in summary["health"]["left"]["faults"]] == [cell]
    assert [fault.cell for fault in said[-1].cell_faults] == [cell]
    assert said == walked(tuple(items), 1)[1]
