"""Blocks and layouts for the tests of the stores, and how to tell two blocks apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import numpy as np

from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout

START_NS = 1_700_000_000_000_000_000
NS_PER_ROW = 10_000_000
ROWS = 20


def block(side: Side = Side.LEFT, seq: int = 0, rows: int = ROWS, cells: int = 16, **other: object) -> Block:
    """Rows whose numbers depend on their names alone, so that any two cuts of a stream can be compared."""
    boot = int(other.get("boot", 7))
    names = (np.arange(seq, seq + rows)[:, None] * 31 + np.arange(cells)[None, :] * 7919 + boot) * 2_654_435_761
    known = {
        "insole": f"insole-{side}",
        "boot": boot,
        "ticks": 5_000 + seq * 100,
        "tick_ns": 100_000,
        "t_ns": START_NS + seq * NS_PER_ROW + (3_000_000 if side is Side.RIGHT else 0),
        "ns_per_row": NS_PER_ROW,
        "codes": (names >> 7).astype(np.int16),
        "unit": Unit.NEWTON,
        "scale": 0.11,
    }
    return Block(side=side, seq=seq, **{**known, **other})


def walk_of(blocks: int, start: int = 0) -> list[Block]:
    """Both feet, `blocks` blocks each, in event-time order."""
    return [block(side, start + index * ROWS) for index in range(blocks) for side in Side]


def odd_block() -> Block:
    """Every field away from its default and near its edge."""
    return block(
        Side.RIGHT,
        seq=123_456_789_012,
        rows=3,
        cells=99,
        insole="C0:FF:EE \u00fc'; DROP TABLE block",
        boot=2**62,
        unit=Unit.KILOPASCAL,
        scale=0.1 + 0.2,
        not_measured=(1 << 98) | 5,
        origin=Origin.BACKFILL,
        lost_before=17,
        lost_reason=GapReason.AWAY,
        t_error_ns=2_500_000,
        codes=np.array([[-32768, 32767, 0] * 33, [32767, -32768, -1] * 33, [0, 1, -1] * 33], dtype=np.int16),
    )


def layout(side: Side = Side.LEFT, cells: int = 16) -> Layout:
    described = tuple(Cell(area=f"a{i}", zone=Zone.FOREFOOT, x=0.5, y=i / cells) for i in range(cells))
    return Layout(
        insole=f"insole-{side}",
        side=side,
        cells=described,
        unit=Unit.NEWTON,
        scale=0.11,
        rate_hz=100.0,
        calibration=Calibration.MAKER,
        checksum=checksum(described),
    )


def told(blocks: Iterable[Block]) -> list[tuple[object, ...]]:
    """Blocks as values that compare equal when every field and every number is."""
    names = [field.name for field in fields(Block) if field.name != "codes"]
    return [(*(getattr(one, name) for name in names), one.codes.shape, one.codes.tobytes()) for one in blocks]


def rows_told(blocks: Iterable[Block]) -> dict[tuple[str, int, int], tuple[object, ...]]:
    """Row name → its times and numbers, however the blocks were cut; a row that is there twice fails."""
    rows: dict[tuple[str, int, int], tuple[object, ...]] = {}
    for one in blocks:
        for k in range(one.rows):
            name = (one.insole, one.boot, one.seq + k)
            assert name not in rows, f"row {name} is there twice"
            times = (one.device_ns + k * one.ns_per_row, one.t_ns + k * one.ns_per_row)
            rows[name] = (*times, one.codes[k].tobytes())
    return rows
