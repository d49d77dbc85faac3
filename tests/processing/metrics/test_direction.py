"""Forward and backward walking: what is stated of runs, by hand and cut in any way; ten real walks, mirrored too."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_kit import judged, section_of
from rolling_foot_kit import CELLS, rolling_layout, walk_rows

from ingest.sources.replay import Recording, open_recording
from ingest.wire.geometry import Side
from processing.judged import Reasons, WalkFacts
from processing.metrics.centre_of_pressure import missing_cells, stances_of
from processing.metrics.direction import LEAST_RISE, DirectionPart, rises
from processing.metrics.direction_runs import FootRuns, Labelled, Tally
from processing.metrics.section import FootSection, JudgedFoot
from processing.summary.progression import direction

NAMES = [
    *("GaCo01_01", "GaCo13_10", "GaPt03_01", "GaPt13_01", "JuCo01_01"),
    *("JuPt04_01", "JuPt18_01", "JuPt26_03", "SiCo01_01", "SiPt02_01"),
]
HALF_STRIDE_NS = 550_000_000


@cache
def recording(gaitpdb: Path, name: str) -> Recording:
    return open_recording(gaitpdb / f"{name}.txt.xz")


def feet_of(gaitpdb: Path, name: str, *, back: bool = False, unfit: dict[Side, int] | None = None) -> dict:
    """The recording as one judged section, read forwards or from its end."""
    sections: dict[Side, FootSection] = {}
    for side, track in recording(gaitpdb, name).tracks.items():
        ticks = track.ticks[-1] - track.ticks[::-1] if back else track.ticks
        codes = np.ascontiguousarray(track.codes[::-1]) if back else track.codes
        layout = recording(gaitpdb, name).layouts[side]
        sections[side] = section_of(layout, codes, ticks * 100_000, unfit=(unfit or {}).get(side, 0))
    return judged(sections)


def part_of(feet: dict[Side, JudgedFoot]) -> DirectionPart:
    return DirectionPart.of_pair(feet.get(Side.LEFT), feet.get(Side.RIGHT))


def tallies(feet: dict[Side, JudgedFoot]) -> dict[Side, tuple[int, int, int]]:
    """Per foot: unclear, forward, backward."""
    return {side: runs.tally.stances for side, runs in part_of(feet).runs.items()}


def walk(ways: str, other_ways: str = "") -> dict[Side, tuple[int, int, int]]:
    """An even synthetic walk, the left foot as in `ways`, the right as in `other_ways`."""
    rows = {Side.LEFT: walk_rows(Side.LEFT, len(ways), ways=ways)}
    rows[Side.RIGHT] = walk_rows(Side.RIGHT, len(ways), ways=other_ways or "f" * len(ways))
    return tallies(judged({side: section_of(rolling_layout(side), rows[side]) for side in Side}))


def raw(foot: JudgedFoot) -> np.ndarray:
    numbers = stances_of(foot)
    first, stop = foot.contacts.first[numbers], foot.contacts.stop[numbers]
    return rises(foot.section, first, stop, missing_cells(foot.section, first, stop))


@pytest.mark.parametrize("name", NAMES)
def test_no_forward_walk_is_said_to_be_backward_and_its_mirror_is_the_mirror(gaitpdb: Path, name: str) -> None:
    forth, back = tallies(feet_of(gaitpdb, name)), tallies(feet_of(gaitpdb, name, back=True))
    print(name, {side.value: (forth[side], back[side]) for side in Side})
    for side in Side:
        unclear, forward, backward = forth[side]
        assert backward == 0
        assert unclear <= 3
        assert back[side] == (unclear, 0, forward)


def test_all_ten_together(gaitpdb: Path) -> None:
    stances = [tally for name in NAMES for tally in tallies(feet_of(gaitpdb, name)).values()]
    unclear, forward, backward = (sum(each) for each in zip(*stances, strict=True))
    assert (forward + unclear, backward) == (1781, 0)
    assert unclear == 17  # turns and stops, nearly all of them


def test_single_stances_that_go_backwards_are_not_stated(gaitpdb: Path) -> None:
    for name, least in (("GaCo13_10", -0.116), ("JuCo01_01", -0.459)):
        right = feet_of(gaitpdb, name)[Side.RIGHT]
        assert np.nanmin(raw(right)) == pytest.approx(least, abs=0.002)
        assert (raw(right) < -LEAST_RISE).sum() == 1


def test_the_published_record(gaitpdb: Path) -> None:
    feet = feet_of(gaitpdb, "GaCo01_01")
    assert np.sort(raw(feet[Side.RIGHT]))[0] == pytest.approx(0.128, abs=0.02)
    assert np.sort(raw(feet[Side.LEFT]))[1] == pytest.approx(0.221, abs=0.06)  # the first is a stop of two seconds


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_left_out_makes_nobody_walk_backwards(gaitpdb: Path, name: str) -> None:
    whole = tallies(feet_of(gaitpdb, name))
    for cell in range(8):
        left_out = tallies(feet_of(gaitpdb, name, unfit=dict.fromkeys(Side, 1 << cell)))
        for side in Side:
            unclear, forward, backward = left_out[side]
            assert backward == 0
            assert unclear <= whole[side][0] + 4
            assert forward >= 0.97 * whole[side][1]


def test_three_in_a_row_are_stated_two_are_not() -> None:
    assert walk("bbbbbb", "bbbbbb") == {Side.LEFT: (0, 0, 6), Side.RIGHT: (0, 0, 6)}
    assert walk("ffffbbffff", "ffffffffff") == {Side.LEFT: (2, 8, 0), Side.RIGHT: (1, 9, 0)}
    assert walk("ffffbbbffff", "ffffbbbffff") == {Side.LEFT: (0, 8, 3), Side.RIGHT: (0, 8, 3)}


def test_feet_that_contradict_each_other_state_nothing() -> None:
    assert walk("ffffff", "bbbbbb") == {Side.LEFT: (6, 0, 0), Side.RIGHT: (6, 0, 0)}


def test_a_foot_alone_is_judged_alone() -> None:
    rows = walk_rows(Side.LEFT, 6)
    assert tallies(judged({Side.LEFT: section_of(rolling_layout(), rows)})) == {Side.LEFT: (0, 6, 0)}


def test_a_pause_ends_a_run() -> None:
    rows = walk_rows(Side.LEFT, 4)
    pause = np.zeros((300, CELLS), dtype=np.int16)
    with_pause = np.concatenate([rows[: 2 * 110 + 5], pause, rows[2 * 110 + 5 :]])
    assert tallies(judged({Side.LEFT: section_of(rolling_layout(), with_pause)})) == {Side.LEFT: (4, 0, 0)}


def test_minutes_count_whole_strides() -> None:
    rows = walk_rows(Side.LEFT, 11)
    part = part_of(judged({Side.LEFT: section_of(rolling_layout(), rows)}))
    unclear_ns, forward_ns, backward_ns = part.runs[Side.LEFT].tally.lasts_ns
    # ten strides of 1.1 s and the last stance
    assert forward_ns == pytest.approx(10 * 1.1e9 + 0.7e9, abs=0.08e9)
    assert (unclear_ns, backward_ns) == (0, 0)


def test_too_few_cells_are_null_with_a_reason() -> None:
    section = section_of(rolling_layout(), walk_rows(Side.LEFT, 6))
    foot = judged({Side.LEFT: section})[Side.LEFT]
    ends = 0b1000_0111  # heel, rearfoot, toe: what remains spans a quarter of the insole
    part = DirectionPart.of_pair(replace(foot, section=replace(section, unfit=ends)), None)
    assert part.unjudged == {Side.LEFT: 6}
    why, layouts = Reasons(), {Side.LEFT: section.layout}
    facts = WalkFacts(layouts=layouts, newton_per_unit={Side.LEFT: 1.0}, unfit={Side.LEFT: ends})
    made = direction(part, facts, why)
    assert made["direction"]["left"] == {"forward": None, "backward": None, "unclear": None}
    assert made["direction_min"] == {"forward": None, "backward": None, "unclear": None}
    assert why.said["direction.left"] == "not measured: heel, rear_lateral, rear_medial, toe"
    assert why.said["direction.right"] == "the right foot was not measured"


def test_half_of_the_insole_is_enough() -> None:
    section = section_of(rolling_layout(), walk_rows(Side.LEFT, 6), unfit=0b1000_0001)
    assert tallies(judged({Side.LEFT: section})) == {Side.LEFT: (0, 6, 0)}


def test_what_an_unfit_cell_reads_means_nothing() -> None:
    rows = walk_rows(Side.LEFT, 6)
    rows[:, 7] = np.where(np.arange(len(rows)) % 110 < 45, 3000, 0)  # a toe that is pressed while the heel is
    assert tallies(judged({Side.LEFT: section_of(rolling_layout(), rows, unfit=1 << 7)})) == {Side.LEFT: (0, 6, 0)}


def test_one_stance_without_its_heel_is_judged_by_the_rest() -> None:
    masks = np.zeros(len(walk_rows(Side.LEFT, 6)), dtype=np.int64)
    masks[250] = 1
    section = section_of(rolling_layout(), walk_rows(Side.LEFT, 6), not_measured=masks)
    foot = judged({Side.LEFT: section})[Side.LEFT]
    numbers = stances_of(foot)
    lacks = missing_cells(section, foot.contacts.first[numbers], foot.contacts.stop[numbers])
    assert lacks.tolist() == [0, 0, 1, 0, 0, 0]
    assert tallies({Side.LEFT: foot}) == {Side.LEFT: (0, 6, 0)}


WAYS = st.lists(st.tuples(st.sampled_from([-1, 0, 1, 1]), st.integers(1, 4)), max_size=60)


def labelled(steps: list[tuple[int, int]], side: Side, begin: int = 0) -> Labelled:
    """Steps of both feet in turn, each a number of half strides after the one before; those of one foot."""
    times = begin + np.cumsum([gap for _, gap in steps], dtype=np.int64) * HALF_STRIDE_NS
    mine = [number for number in range(len(steps)) if (number % 2 == 0) == (side is Side.LEFT)]
    labels = np.array([steps[number][0] for number in mine], dtype=np.int64)
    return Labelled(labels, np.full(len(mine), 2 * HALF_STRIDE_NS, dtype=np.int64), times[mine])


def between(feet: dict[Side, Labelled], begin_ns: int, stop_ns: int) -> dict[Side, FootRuns]:
    cut = {}
    for side, foot in feet.items():
        keep = (foot.middle_ns >= begin_ns) & (foot.middle_ns < stop_ns)
        cut[side] = Labelled(foot.labels[keep], foot.lasts_ns[keep], foot.middle_ns[keep])
    return {side: cut[side].runs_beside(cut[side.other]) for side in cut}


@given(WAYS, st.lists(st.integers(0, 120), max_size=4))
def test_however_a_walk_is_cut_it_adds_up(steps: list[tuple[int, int]], cuts: list[int]) -> None:
    feet = {side: labelled(steps, side) for side in Side}
    end = 10**15
    edges = [0, *(cut * HALF_STRIDE_NS for cut in sorted(cuts)), end]
    parts = [between(feet, begin, stop) for begin, stop in pairwise(edges)]
    whole = between(feet, 0, end)
    for side in Side:
        from_left = FootRuns()
        for part in parts:
            from_left = from_left + part[side]
        from_right = parts[-1][side]
        for part in reversed(parts[:-1]):
            from_right = part[side] + from_right
        assert from_left == from_right == whole[side]


@pytest.mark.parametrize("at_s", [0.2, 0.8, 1.3, 1.9, 2.5, 3.1])
@pytest.mark.parametrize(
    ("mine", "other", "stated"),
    [
        ([0.0, 1.1, 2.2], [], 3),
        ([0.0, 1.1, 2.2], [1.65], 0),  # the other foot goes backwards between the second and the third
        ([0.0, 1.1, 4.0], [], 0),  # a pause before the third
        ([0.0, 1.1, 2.2, 3.3], [0.5], 3),
    ],
)
def test_a_border_changes_nothing(mine: list[float], other: list[float], stated: int, at_s: float) -> None:
    feet = {}
    for side, seconds, label in ((Side.LEFT, mine, 1), (Side.RIGHT, other, -1)):
        middle_ns = np.array([round(each * 1e9) for each in seconds], dtype=np.int64)
        feet[side] = Labelled(np.full(len(seconds), label), np.full(len(seconds), 10**9), middle_ns)
    whole = between(feet, 0, 10**12)[Side.LEFT]
    cut = between(feet, 0, round(at_s * 1e9))[Side.LEFT] + between(feet, round(at_s * 1e9), 10**12)[Side.LEFT]
    assert cut == whole
    assert whole.tally.stances == (len(mine) - stated, stated, 0)


@given(WAYS)
def test_read_backwards_it_is_the_mirror(steps: list[tuple[int, int]]) -> None:
    feet = {side: labelled(steps, side) for side in Side}
    mirrored = {
        side: Labelled(-foot.labels[::-1], foot.lasts_ns[::-1], 10**12 - foot.middle_ns[::-1])
        for side, foot in feet.items()
    }
    for side, foot in feet.items():
        forth = foot.runs_beside(feet[side.other]).tally
        back = mirrored[side].runs_beside(mirrored[side.other]).tally
        unclear, forward, backward = forth.stances
        assert back == Tally((unclear, backward, forward), tuple(n * 2 * HALF_STRIDE_NS for n in back.stances))


@given(WAYS)
def test_every_stance_is_counted_once_and_stated_only_as_it_is(steps: list[tuple[int, int]]) -> None:
    feet = {side: labelled(steps, side) for side in Side}
    for side, foot in feet.items():
        tally = foot.runs_beside(feet[side.other]).tally
        assert tally.total == foot.labels.size
        for label in (1, -1):
            assert tally.stances[label] <= (foot.labels == label).sum()
            assert tally.stances[label] == 0 or tally.stances[label] >= 3
