"""A foot of a recording, or of rows made by hand, as one judged section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.judged import Reasons, WalkFacts
from processing.metrics.contacts import Contacts, find_contacts
from processing.metrics.learned import LearnedCells
from processing.metrics.load import LoadScale
from processing.metrics.load_part import LoadPart
from processing.metrics.recipe import STEADY, Recipe
from processing.metrics.regions import RegionsPart
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.signal import FootSignal
from processing.metrics.strides import Strides, find_strides, kept
from processing.metrics.support import SupportPart
from processing.metrics.timing import TimingPart
from processing.summary.asymmetry import asymmetry
from processing.summary.load import load
from processing.summary.regions import forefoot_rearfoot, regions


def section_of(
    layout: Layout,
    codes: np.ndarray,
    own_ns: np.ndarray | None = None,
    *,
    not_measured: np.ndarray | None = None,
    unfit: int = 0,
    inside: slice | None = None,
) -> FootSection:
    """Rows without a break, 10 ms apart."""
    scale = LoadScale.of(layout)
    times = np.arange(len(codes), dtype=np.int64) * 10**7 if own_ns is None else own_ns
    fit = np.array([not unfit >> cell & 1 for cell in range(len(layout.cells))])
    load = codes.astype(np.int64) @ (scale.weights * fit)
    return FootSection(
        layout=layout,
        scale=scale,
        codes=np.asarray(codes, dtype=np.int16),
        not_measured=np.zeros(len(codes), dtype=np.int64) if not_measured is None else not_measured,
        unfit=unfit,
        signal=FootSignal(load, scale.newton_per_unit, times, times, 10**7, ((0, len(codes)),)),
        inside=slice(0, len(codes)) if inside is None else inside,
    )


def judged(sections: Mapping[Side, FootSection], recipe: Recipe = STEADY) -> dict[Side, JudgedFoot]:
    contacts = {side: find_contacts(section.signal, recipe) for side, section in sections.items()}
    found = {side: find_strides(contacts[side], section.signal, recipe) for side, section in sections.items()}
    keep = kept(found, {side: section.signal.own_s for side, section in sections.items()}, recipe)
    return {
        side: JudgedFoot(section, contacts[side], found[side], found[side].only(keep[side]))
        for side, section in sections.items()
    }


def judged_recording(
    file: Path, recipe: Recipe = STEADY, unfit: Mapping[Side, int] | None = None
) -> dict[Side, JudgedFoot]:
    recording = open_recording(file)
    sections = {
        side: section_of(
            recording.layouts[side],
            track.codes,
            (track.ticks - track.ticks[0]) * 100_000,
            unfit=(unfit or {}).get(side, 0),
        )
        for side, track in recording.tracks.items()
    }
    return judged(sections, recipe)


def with_stances(section: FootSection, first: list[int], stop: list[int]) -> JudgedFoot:
    """Stances where the caller wants them; every one but the last begins a stride that counts."""
    begins, ends = np.array(first, dtype=np.int64), np.array(stop, dtype=np.int64)
    known = np.ones(begins.size, dtype=np.bool_)
    none = np.zeros(begins.size)
    contacts = Contacts(
        begins, ends, begins / 100, ends / 100, none, none, known, known, np.zeros(begins.size, dtype=np.int64)
    )
    here = np.arange(begins.size - 1)
    strides = Strides(
        here, begins[:-1] / 100, np.diff(begins) / 100, (ends - begins)[:-1] / 100, (begins[1:] - ends[:-1]) / 100
    )
    return JudgedFoot(section, contacts, strides, strides)


def rows_split(foot: JudgedFoot, at: int) -> tuple[JudgedFoot, JudgedFoot]:
    """The same judged foot as two sections that share it: strides that begin before row `at`, and the others."""
    first = foot.contacts.first[foot.used.contact] < at
    whole = len(foot.section.codes)
    return (
        replace(foot, section=replace(foot.section, inside=slice(0, at)), used=foot.used.only(first)),
        replace(foot, section=replace(foot.section, inside=slice(at, whole)), used=foot.used.only(~first)),
    )


def load_figures(
    feet: Mapping[Side, JudgedFoot], *, unfit: Mapping[Side, int] | None = None, recipe: Recipe = STEADY,
    learned: Mapping[Side, LearnedCells | None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The load part of the summary of these feet, with its `reasons`."""
    facts = WalkFacts(
        layouts={side: foot.section.layout for side, foot in feet.items()},
        newton_per_unit={side: foot.section.scale.newton_per_unit for side, foot in feet.items()},
        unfit=unfit or {},
        learned=learned or {},
    )
    why = Reasons()
    loads = {side: LoadPart.of(foot, feet.get(side.other)) for side, foot in feet.items()}
    areas = {side: RegionsPart.of(foot) for side, foot in feet.items()}
    timing = {side: TimingPart.of(foot) for side, foot in feet.items()}
    support = {side: SupportPart.of_pair(feet[side], feet[side.other], recipe) for side in feet if side.other in feet}
    made = {
        **load(loads, facts, why),
        **regions(areas, facts, why),
        **forefoot_rearfoot(areas, loads, facts, why),
        **asymmetry(loads, areas, timing, support, facts, why),
    }
    return {**made, "reasons": why.said}
