"""A status tells which faults there were since rows last came, so that a screen opened in the middle can say why."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from samples_kit import CELLS, layout

from ingest.events import FaultSeen, LayoutSeen, LinkChanged, Rows
from ingest.foot import Foot
from ingest.spool import Spool
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

BLOCK_NS = 10**9


def rows(seq: int, *, kept: bool = False) -> Rows:
    now_ns = time.time_ns()
    return Rows(
        boot=1, seq=seq, ticks=seq * 100, tick_ns=100_000, ns_per_row=10_000_000, arrived_ns=now_ns, kept=kept,
        codes=np.ones((20, len(CELLS)), np.int16),
    )  # fmt: skip


async def test_troubles_last_until_rows_come_live(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    foot = Foot("L1", spool, {}, time.time_ns, lambda _: None, lambda _: None)

    async def troubles() -> tuple[str, ...]:
        status = await foot.status()
        assert status is not None
        return status.troubles

    for event in (LinkChanged(LinkState.STREAMING, 0), LayoutSeen(layout("L1", Side.LEFT)), rows(0)):
        await foot.take(event, BLOCK_NS)
    assert await troubles() == ()
    await foot.take(LinkChanged(LinkState.LOST, 0), BLOCK_NS)
    for code in (FaultCode.LINK_LOST, FaultCode.ADAPTER_SILENT, FaultCode.LINK_LOST):
        await foot.take(FaultSeen(Fault(code)), BLOCK_NS)
    assert await troubles() == ("link-lost", "adapter-silent")
    await foot.take(LinkChanged(LinkState.STREAMING, 0), BLOCK_NS)
    await foot.take(rows(40, kept=True), BLOCK_NS)
    assert await troubles() == ("link-lost", "adapter-silent")
    await foot.take(rows(60), BLOCK_NS)
    assert "link-lost" not in await troubles()
    spool.close()
