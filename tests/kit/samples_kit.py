"""Sample messages and layouts to send through spool and broker."""

from __future__ import annotations

import numpy as np

from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.codec import to_message
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout, Samples

CELLS = tuple(Cell(area=f"a{i}", zone=Zone.FOREFOOT, x=0.5, y=i / 4) for i in range(4))
T0_NS = 1_700_000_000_000_000_000
ROW_NS = 10_000_000


def layout(insole: str = "L1", side: Side = Side.LEFT) -> Layout:
    return Layout(
        insole=insole,
        side=side,
        cells=CELLS,
        unit=Unit.NEWTON,
        scale=0.1,
        rate_hz=100.0,
        calibration=Calibration.MAKER,
        checksum=checksum(CELLS),
    )


def samples(
    seq: int,
    rows: int = 20,
    *,
    insole: str = "L1",
    side: Side = Side.LEFT,
    boot: int = 1,
    lost_before: int = 0,
    lost_reason: GapReason | None = None,
    origin: Origin = Origin.LIVE,
) -> Samples:
    """Rows whose every code is its own row's number."""
    return to_message(
        Block(
            insole=insole,
            side=side,
            boot=boot,
            seq=seq,
            ticks=seq * 100,
            tick_ns=100_000,
            t_ns=T0_NS + seq * ROW_NS,
            ns_per_row=ROW_NS,
            codes=np.repeat(np.arange(seq, seq + rows, dtype=np.int16)[:, None], len(CELLS), axis=1),
            unit=Unit.NEWTON,
            scale=0.1,
            lost_before=lost_before,
            lost_reason=lost_reason,
            origin=origin,
        )
    )
