"""The rows of a foot that wait for their section."""

from __future__ import annotations

import numpy as np
from walk_kit import START_NS, block, layout

from ingest.wire.geometry import Side
from processing.metrics.load import LoadScale
from processing.metrics.rows import FootRows
from processing.metrics.section import SECTION_NS

CODES = np.ones((100, 2), dtype=np.int16)


def test_the_earliest_row_is_of_those_still_held() -> None:
    one = layout(Side.LEFT)
    rows = FootRows(one, LoadScale.of(one))
    assert rows.first_t_ns is None
    for seq in (200, 100, 300, 90_000):
        rows.add(block(Side.LEFT, CODES, seq=seq))
    assert rows.first_t_ns == START_NS + 10**9
    rows.forget(0, START_NS)
    assert rows.first_t_ns == START_NS + 900 * 10**9
    assert rows.first_t_ns > START_NS + SECTION_NS
    assert rows.held_rows == 100
