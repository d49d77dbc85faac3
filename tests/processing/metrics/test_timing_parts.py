"""Timing and support of a walk cut in two are those of the whole; single support, steps and coverage by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from section_kit import judged_walk, sections_from
from walk_kit import even_walk

from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.coverage import CoveragePart, duration_s
from processing.metrics.moments import Moments
from processing.metrics.recipe import RATIO, STEADY, Recipe
from processing.metrics.section import JudgedFoot
from processing.metrics.timing import TimingPart
from processing.parts import SectionParts, Tally


def parts_of(items: list[Layout | Block], recipe: Recipe) -> SectionParts:
    layouts = {each.side: each for each in items if isinstance(each, Layout)}
    blocks = [each for each in items if isinstance(each, Block)]
    return Tally(recipe).with_section(sections_from(layouts, blocks)).parts


def halves(foot: JudgedFoot) -> tuple[JudgedFoot, JudgedFoot]:
    middle = np.median(foot.used.begins_s)
    return tuple(
        replace(
            foot,
            contacts=foot.contacts.cut(*span),
            found=foot.found.only(keep(foot.found.begins_s, middle)),
            used=foot.used.only(keep(foot.used.begins_s, middle)),
        )
        for span, keep in (
            ((0, 40), np.less),
            ((40, foot.contacts.count), np.greater_equal),
        )
    )


def test_two_halves_pool_to_the_whole(gaitpdb: Path) -> None:
    foot = judged_walk(gaitpdb / "GaCo01_01.txt.xz", STEADY)[0][Side.LEFT]
    whole = TimingPart.of(foot)
    first, second = (TimingPart.of(half) for half in halves(foot))
    pooled = first + second
    assert (pooled.steps, pooled.complete, pooled.used) == (whole.steps, whole.complete, whole.used)
    for name in ("stride", "stance", "swing", "swing_pct"):
        one, two = getattr(pooled, name), getattr(whole, name)
        assert one.mean == pytest.approx(two.mean, rel=1e-12)
        assert one.cv_pct == pytest.approx(two.cv_pct, rel=1e-9)


@pytest.mark.parametrize("recipe", [STEADY, RATIO])
def test_support_of_an_even_walk(recipe: Recipe) -> None:
    """The feet half a stride apart: what the stances take beyond the stride is double, each swing single support."""
    parts = parts_of(even_walk(66), recipe)
    for side, part in parts.support.items():
        times = parts.timing[side]
        double_s, single_s = 2 * times.stance.mean - times.stride.mean, times.swing.mean
        if recipe is STEADY:
            double, single = part.double_pct.mean, part.single_pct.mean
        else:
            double, single = 100 * part.both_ns / part.measured_ns, 100 * part.alone_ns / part.measured_ns
        assert double == pytest.approx(100 * double_s / 1.10, abs=0.01)
        assert single == pytest.approx(100 * single_s / 1.10, abs=0.01)
        assert part.step.mean == pytest.approx(0.55, abs=0.001)


def without_left_rows(seconds: int, first: int, stop: int) -> list[Layout | Block]:
    rows = (first, stop)
    items: list[Layout | Block] = []
    for each in even_walk(seconds):
        if isinstance(each, Block) and each.side is Side.LEFT:
            cuts = (0, *(min(max(row - each.seq, 0), each.rows) for row in rows), each.rows)
            items += [each.cut(*cut) for cut in (cuts[:2], cuts[2:]) if cut[0] < cut[1]]
        else:
            items.append(each)
    return items


def test_a_step_over_which_data_lacks_is_none() -> None:
    """Ten rows of a left stance are missing, between its beginning and the right foot's next one."""
    whole = parts_of(even_walk(60), RATIO).support
    torn = parts_of(without_left_rows(60, 3045, 3055), RATIO).support
    assert whole[Side.RIGHT].step.n - torn[Side.RIGHT].step.n == 1
    assert whole[Side.LEFT].step.n == torn[Side.LEFT].step.n
    assert torn[Side.RIGHT].step.mean == pytest.approx(0.55, abs=0.001)


def test_a_bridged_hole_costs_no_support_either() -> None:
    parts = parts_of(without_left_rows(60, 3000, 3002), STEADY)
    assert [parts.support[side].double_pct.n for side in Side] == [parts.timing[side].used for side in Side]


def test_a_pause_is_no_step() -> None:
    """Three seconds in which neither foot bears anything: the steps on either side of it are apart by more."""
    items = [
        replace(each, codes=each.codes * 0) if isinstance(each, Block) and 3000 <= each.seq < 3300 else each
        for each in even_walk(60)
    ]
    for part in parts_of(items, RATIO).support.values():
        assert part.step.mean == pytest.approx(0.55, abs=0.02)
        assert part.step.sd < 0.1


def test_duration_is_the_longest_foots_own_unless_the_feet_are_apart() -> None:
    def foot(first_s: float, last_s: float, own_s: float) -> CoveragePart:
        return CoveragePart(100, 10**7, int(own_s * 1e9), int(first_s * 1e9), int(last_s * 1e9))

    assert duration_s({}) is None
    assert duration_s({Side.LEFT: foot(0, 60.02, 60), Side.RIGHT: foot(0, 60, 59.99)}) == 60
    assert duration_s({Side.LEFT: foot(0, 60, 60), Side.RIGHT: foot(20, 80, 60)}) == 80


def test_coverage_counts_rows_of_all_sections() -> None:
    first, later = CoveragePart(60_000, 10**7, 0, 0, 0), CoveragePart(30_000, 10**7, 1_199_990_000_000, 0, 0)
    assert (first + later).pct(1199.99) == pytest.approx(75)


def test_moments_of_parts_are_those_of_the_whole() -> None:
    values = np.random.default_rng(3).normal(1.1, 0.05, 400)
    pooled = sum((Moments.of(part) for part in np.split(values, [1, 7, 390])), Moments())
    assert pooled.n == 400
    assert pooled.mean == pytest.approx(float(values.mean()), rel=1e-12)
    assert pooled.sd == pytest.approx(float(values.std(ddof=1)), rel=1e-12)
    assert Moments().value is None
    assert Moments.of(values[:1]).sd is None
