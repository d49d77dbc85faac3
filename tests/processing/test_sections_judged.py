"""A walk of several sections: nothing is lost or counted twice where two of them meet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from section_kit import sections_from, signal_of
from walk_kit import block, gait, items_of, layout

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.contacts import find_contacts
from processing.metrics.recipe import RATIO, STEADY, Recipe
from processing.metrics.section import JudgedFoot
from processing.parts import Tally
from processing.pipeline import Pipeline


class Seen:
    """Initial contacts and strides of all sections, on the foot's own clock."""

    def __init__(self) -> None:
        self.sections = 0
        self.contacts: dict[Side, list[float]] = {side: [] for side in Side}
        self.found: dict[Side, list[float]] = {side: [] for side in Side}

    def take(self, feet: dict[Side, JudgedFoot]) -> None:
        self.sections += 1
        for side, foot in feet.items():
            assert foot.used.count <= foot.found.count <= foot.contacts.count
            row = foot.contacts.first[foot.contacts.begins_known]
            lead_ns = foot.contacts.on_lead_s[foot.contacts.begins_known] * 1e9
            self.contacts[side] += ((foot.section.signal.own_ns[row] + lead_ns) / 1e9).tolist()
            self.found[side] += foot.found.stride_s.tolist()


def walked(items: list, recipe: Recipe) -> tuple[Seen, dict]:
    pipeline, seen = Pipeline(walk="w", recipe=recipe), Seen()
    pipeline.watch_sections(seen.take)
    for item in items:
        pipeline.feed(item)
    pipeline.close()
    return seen, pipeline.summary()


def repeated(items: list, times: int) -> list:
    """The recording over and over, as one walk without a break."""
    blocks = [each for each in items if isinstance(each, Block)]
    rows = max(each.seq + each.rows for each in blocks)
    made = [each for each in items if not isinstance(each, Block)]
    begins = {side: next(each for each in blocks if each.side is side) for side in Side}
    for turn in range(times):
        for each in blocks:
            first = begins[each.side]
            seq = each.seq + turn * rows
            made.append(
                replace(each, seq=seq, ticks=first.ticks + seq * 100, t_ns=first.t_ns + seq * 10**7, ns_per_row=10**7)
            )
    return made


def in_long_blocks(seconds: int) -> list[Layout | Block]:
    """An even walk in blocks of ten seconds."""
    items: list[Layout | Block] = [layout(side) for side in Side]
    feet = {side: gait(side, seconds) for side in Side}
    for first in range(0, seconds * 100, 1000):
        items += [block(side, feet[side][first : first + 1000], seq=first) for side in Side]
    return items


@pytest.mark.parametrize("recipe", [STEADY, RATIO])
def test_contacts_at_the_borders_are_taken_once(gaitpdb: Path, recipe: Recipe) -> None:
    items = repeated(items_of(open_recording(gaitpdb / "GaCo01_01.txt.xz")), 12)
    seen, summary = walked(items, recipe)
    assert seen.sections == 3
    for side in Side:
        codes = np.concatenate([each.codes for each in items if isinstance(each, Block) and each.side is side])
        layout = next(each for each in items if not isinstance(each, Block) and each.side is side)
        whole = signal_of(codes.astype(np.int64).sum(axis=1), newton_per_unit=layout.scale)
        want = find_contacts(whole, recipe)
        assert seen.contacts[side] == pytest.approx(want.initial_contact_s[want.begins_known].tolist(), abs=1e-6)
        assert summary["steps"][side.value] == int(want.begins_known.sum())
    kept = sum(summary["stride"]["kept"].values())
    assert kept + summary["stride"]["removed"] == sum(len(found) for found in seen.found.values())
    assert summary["coverage_pct"] == {"left": 100, "right": 100}


def test_a_long_even_walk_has_the_figures_of_a_short_one() -> None:
    long, short = (walked(in_long_blocks(seconds), STEADY)[1] for seconds in (1900, 300))
    assert long["steps"]["left"] == pytest.approx(1900 / 1.1, abs=2)
    for key in ("cadence_spm", "double_support_pct"):
        assert long[key] == pytest.approx(short[key], rel=1e-3)
    assert long["stride"]["removed"] == short["stride"]["removed"]  # the ends of the walk, not of its sections
    assert long["step"]["mean_s"]["left"] == pytest.approx(short["step"]["mean_s"]["left"], abs=1e-4)


def test_a_summary_in_mid_walk_changes_nothing() -> None:
    items = in_long_blocks(640)
    pipeline = Pipeline(walk="w")
    for number, item in enumerate(items):
        pipeline.feed(item)
        if number in (20, 60, len(items) - 1):
            pipeline.summary()
    pipeline.close()
    assert pipeline.summary() == walked(items, STEADY)[1]


def test_the_time_of_a_margin_counts_once() -> None:
    items = in_long_blocks(1300)
    layouts = {each.side: each for each in items if isinstance(each, Layout)}
    blocks = [each for each in items if isinstance(each, Block)]
    tally = Tally(RATIO)
    for number in range(3):
        tally = tally.with_section(sections_from(layouts, blocks, number))
    for side in Side:
        assert tally.parts.support[side].measured_ns == 1300e9
        assert tally.parts.coverage[side].rows == 130_000
