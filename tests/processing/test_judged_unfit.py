"""An unfit cell and the times of the strides: its floor is taken off the load that contacts are found in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from section_kit import sections_of

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Side
from processing.judged import judge
from processing.metrics.recipe import STEADY
from processing.metrics.rows import load_of
from processing.metrics.section import FootSection, JudgedFoot

CELL = 0  # under the heel: without it every contact begins later


def with_offset(section: FootSection, newton: float, first: int) -> FootSection:
    """The cell reads so much more from row `first` on, and is known to be unfit."""
    codes = section.codes.copy()
    codes[first:, CELL] += np.int16(round(newton / section.layout.scale))
    load = load_of(codes, section.not_measured, section.scale.weights, 1 << CELL)
    return replace(section, codes=codes, unfit=1 << CELL, signal=replace(section.signal, load=load))


def left_and_clean(gaitpdb: Path, newton: float, part: float) -> tuple[JudgedFoot, JudgedFoot]:
    section = sections_of(open_recording(gaitpdb / "SiCo01_01.txt.xz"))[Side.LEFT]
    bad = with_offset(section, newton, int(part * section.signal.rows))
    return judge({Side.LEFT: bad}, STEADY)[Side.LEFT], judge({Side.LEFT: section}, STEADY)[Side.LEFT]


@pytest.mark.parametrize("newton", [10.0, 50.0])
def test_an_offset_all_along_moves_no_edge(gaitpdb: Path, newton: float) -> None:
    bad, clean = left_and_clean(gaitpdb, newton, 0.0)
    assert bad.used.stance_s == pytest.approx(clean.used.stance_s, abs=1e-6)


def test_an_offset_from_the_middle_on_hides_no_swing(gaitpdb: Path) -> None:
    bad, clean = left_and_clean(gaitpdb, 50.0, 0.6)
    assert bad.used.count >= 0.95 * clean.used.count
    assert bad.used.stride_s.mean() == pytest.approx(clean.used.stride_s.mean(), rel=0.003)
    assert bad.used.swing_s.std() == pytest.approx(clean.used.swing_s.std(), rel=0.05)
