"""Which insole is under the foot that was stamped: decided by the virtual person's rows, and refused in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from ingest.events import Rows
from ingest.laterality import Load, Unclear, Verdict, load_of, sides_of, who_stamped
from ingest.sources.virtual.stamping import stamping
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.walker import walker
from ingest.wire.geometry import Side

THREE = (2.0, 3.5, 5.0)


def rows_of(walk: Walk, stop_s: float = 8.0) -> list[Rows]:
    described = walk.description
    return [
        Rows(
            boot=1,
            seq=piece.ticks * described.tick_ns // described.ns_per_row,
            ticks=piece.ticks,
            tick_ns=described.tick_ns,
            ns_per_row=described.ns_per_row,
            codes=piece.codes,
        )
        for second in range(int(stop_s))
        for piece in walk.rows_between(second * 10**9, (second + 1) * 10**9)
    ]


def loads(walks: Mapping[Side, Walk]) -> dict[str, Load]:
    scales = {side: [cell.full_scale for cell in walk.description.cells] for side, walk in walks.items()}
    return {f"on {side}": load_of(rows_of(walk), scales[side]) for side, walk in walks.items()}


@pytest.mark.parametrize("foot", Side)
@pytest.mark.parametrize("stamps_s", [THREE, (2.0, 2.7, 3.4), (1.0, 2.5, 4.0, 5.5)])
def test_the_foot_that_is_stamped(foot: Side, stamps_s: tuple[float, ...]) -> None:
    verdict = who_stamped(loads(stamping(foot, stamps_s)))
    assert verdict.stamped == f"on {foot}"
    assert verdict.stamps == {f"on {foot}": len(stamps_s), f"on {foot.other}": 0}


@pytest.mark.parametrize(
    ("walks", "unclear"),
    [
        (stamping(Side.LEFT, ()), Unclear.NONE_MOVED),
        (stamping(Side.LEFT, THREE[:2]), Unclear.TOO_FEW),
        (walker(), Unclear.BOTH_MOVED),
        (
            {side: stamping(side, THREE)[side] for side in Side},
            Unclear.BOTH_MOVED,
        ),
    ],
)
def test_in_doubt_nothing_is_decided(walks: Mapping[Side, Walk], unclear: Unclear) -> None:
    verdict = who_stamped(loads(walks))
    assert (verdict.stamped, verdict.unclear) == (None, unclear)


def test_standing_up_is_no_stamp() -> None:
    codes = np.concatenate([np.zeros(200, np.int64), np.full(400, 4000, np.int64)])
    codes[205:215] = 9000
    load = Load(codes, np.arange(600, dtype=np.int64) * 10_000_000, 16 * 32767, 600)
    assert who_stamped({"one": load, "other": load}).stamps == {"one": 0, "other": 0}


def test_putting_a_foot_down_gently_is_no_stamp() -> None:
    codes = np.full(600, 4000, np.int64)
    for begin in (100, 250, 400):
        codes[begin : begin + 60] = 0
        codes[begin + 60 : begin + 120] = np.linspace(1, 4000, 60).astype(np.int64)
    load = Load(codes, np.arange(600, dtype=np.int64) * 10_000_000, 16 * 32767, 600)
    assert who_stamped({"one": load, "other": load}).stamps == {"one": 0, "other": 0}


def test_a_shoe_that_nobody_wears_decides_nothing_by_its_noise() -> None:
    noise = np.random.default_rng(1).integers(0, 60, 600)
    load = Load(noise.astype(np.int64), np.arange(600, dtype=np.int64) * 10_000_000, 16 * 32767, 600)
    assert who_stamped({"a": load, "b": load}).unclear is Unclear.NONE_MOVED


def test_missing_rows_decide_nothing() -> None:
    there = loads(stamping(Side.LEFT, THREE))
    rows = rows_of(stamping(Side.RIGHT, ())[Side.RIGHT])
    torn = load_of([*rows[:2], *rows[5:]], [32767] * 16)
    assert who_stamped({**there, "on right": torn}).unclear is Unclear.ROWS_MISSING
    assert who_stamped({**there, "on right": load_of([], [])}).unclear is Unclear.ROWS_MISSING


def test_a_cell_that_is_not_measured_is_left_out_of_all_rows() -> None:
    rows = rows_of(stamping(Side.LEFT, THREE)[Side.LEFT])
    masked = [rows[0], replace(rows[1], not_measured=0b11)]
    load = load_of(masked, [100] * 16)
    assert load.full_scale == 1400
    assert load.codes[0] == int(rows[0].codes[0, 2:].sum())


def test_both_feet_have_to_be_shown() -> None:
    def shown(insole: str) -> Verdict:
        return Verdict(insole, None, {})

    assert sides_of(Side.LEFT, shown("a"), shown("b")) == {"a": Side.LEFT, "b": Side.RIGHT}
    assert sides_of(Side.LEFT, shown("a"), shown("a")) is Unclear.SAME_FOOT
    assert sides_of(Side.LEFT, shown("a"), Verdict(None, Unclear.TOO_FEW, {})) is Unclear.TOO_FEW
