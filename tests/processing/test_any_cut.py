"""Law 3: the same rows give the same bytes, however they are cut, shifted, shuffled or repeated on their way.

What is compared: the bytes of every Metrics, Stride and Alert in the order said, and of the summary. For rows that come
too late for their second: after the walk is computed again from the rows kept, all of it; before, the summary but for
what is told of seconds already closed (activity, sustained, health, alerts).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import pytest
from cut_kit import cut_anew, dealt, held_up, merged, repeated, swapped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from walk_kit import START_NS, block, gait, items_of, layout, told_by_rows

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.recipe import STEADY
from processing.pipeline import Heartbeat
from processing.rules.preset import load_preset
from processing.summary import as_json
from processing.walk import Item, Terms, Walk

SECOND = 10**9
TERMS = Terms(walk="w", recipe=STEADY, rules=load_preset("demo"), baseline=None)
Feet = dict[Side, list[Block]]


def told(items: list[Item], at_once_s: int = 1) -> tuple[Walk, bytes]:
    walk = Walk(TERMS, at_once_s=at_once_s)
    said = [each for item in items for each in walk.feed(item)]
    return walk, msgspec.json.encode(said + walk.close())


def said_and_summed(items: list[Item]) -> tuple[bytes, str]:
    walk, said = told(items)
    assert walk.pipeline.late_rows == 0
    return said, as_json(walk.summary())


@cache
def recorded(folder: Path, name: str, seconds: float) -> tuple[list[Layout], Feet, tuple[bytes, str]]:
    items = items_of(open_recording(folder / name, seconds))
    layouts = [each for each in items if isinstance(each, Layout)]
    feet = {side: merged([each for each in items if isinstance(each, Block) and each.side is side]) for side in Side}
    return layouts, feet, said_and_summed(items)


@cache
def stuck(folder: Path, name: str) -> tuple[list[Layout], Feet, tuple[bytes, str]]:
    """A cell of the left foot reads 50 N more from the middle on: it is found, and left out of later contacts."""
    recording = open_recording(folder / name)
    codes = recording.tracks[Side.LEFT].codes
    codes[len(codes) // 2 :, 6] += round(50 / recording.layouts[Side.LEFT].scale)
    items = items_of(recording)
    layouts = [each for each in items if isinstance(each, Layout)]
    feet = {side: merged([each for each in items if isinstance(each, Block) and each.side is side]) for side in Side}
    clean = said_and_summed(items)
    assert b'"kind":"stuck"' in clean[0]
    return layouts, feet, clean


@cache
def made_up(seconds: float) -> tuple[list[Layout], Feet, tuple[bytes, str]]:
    """An even walk with a hole, a restart and a clock that steps back."""
    layouts = [layout(side) for side in Side]
    feet: Feet = {}
    for side in Side:
        codes = gait(side, seconds)
        third = len(codes) // 3
        begun_ns = START_NS + (3 if side is Side.RIGHT else 0) * 1_700_000
        feet[side] = [
            block(side, codes[:third], t_ns=begun_ns),
            block(side, codes[third + 70 : 2 * third], seq=third + 70, lost_before=70,
                  t_ns=begun_ns + (third + 70) * 10**7 - 150_000_000),
            block(side, codes[2 * third :], boot=2, t_ns=begun_ns + 2 * third * 10**7),
        ]  # fmt: skip
    whole: list[Item] = [*layouts, *sorted((each for own in feet.values() for each in own), key=lambda each: each.t_ns)]
    return layouts, feet, said_and_summed(whole)


Source = Callable[[Path], tuple[list[Layout], Feet, tuple[bytes, str]]]
SOURCES: dict[str, Source] = {
    "GaPt03_01": lambda folder: recorded(folder, "GaPt03_01.txt.xz", 70),
    "GaCo13_10": lambda folder: recorded(folder, "GaCo13_10.txt.xz", 45),
    "GaCo01_01, a cell sticks": lambda folder: stuck(folder, "GaCo01_01.txt.xz"),
    "an even walk": lambda _: made_up(90),
}


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_cut_shifted_shuffled_and_repeated_rows_give_the_same_bytes(gaitpdb: Path, source: str, seed: int) -> None:
    layouts, feet, clean = SOURCES[source](gaitpdb)
    chance = random.Random(seed)
    order = repeated(dealt(arriving(feet, chance, swapped), chance), chance)
    assert said_and_summed([*layouts, *order]) == clean


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_rows_too_late_for_their_second_are_made_good(gaitpdb: Path, source: str, seed: int) -> None:
    layouts, feet, clean = SOURCES[source](gaitpdb)
    chance = random.Random(seed)
    order: list[Item] = list(repeated(dealt(arriving(feet, chance, held_up), chance), chance))
    walk, _ = told([*layouts, *order])
    assert as_json(told_by_rows(walk.summary())) == as_json(told_by_rows(msgspec.json.decode(clean[1])))
    kept = [each for side in Side for each in merged([one for one in order if one.side is side])]
    assert said_and_summed([*layouts, *sorted(kept, key=lambda each: each.t_ns)]) == clean


def test_a_walk_of_several_sections_gives_the_same_bytes() -> None:
    layouts, feet, clean = made_up(1500)
    for seed in range(4):
        chance = random.Random(seed)
        order = dealt({side: cut_anew(own, chance) for side, own in feet.items()}, chance)
        assert said_and_summed([*layouts, *order]) == clean


@pytest.mark.parametrize("source", SOURCES)
def test_however_many_seconds_are_closed_at_once_the_bytes_are_the_same(gaitpdb: Path, source: str) -> None:
    layouts, feet, clean = SOURCES[source](gaitpdb)
    order = sorted((piece for own in feet.values() for piece in cut_anew(own, random.Random(1), 200)), key=end)
    for at_once_s in (1, 7, 60):
        walk, said = told([*layouts, *order], at_once_s)
        assert (said, as_json(walk.summary())) == clean


def test_a_heartbeat_within_the_waiting_time_changes_no_byte(gaitpdb: Path) -> None:
    layouts, feet, clean = SOURCES["an even walk"](gaitpdb)
    items: list[Item] = [*layouts]
    for each in sorted((piece for own in feet.values() for piece in cut_anew(own, random.Random(1), 200)), key=end):
        items += [each, Heartbeat(each.end_t_ns + SECOND // 2)]
    assert said_and_summed(items) == clean


def test_a_clock_that_steps_back_into_a_closed_second_loses_no_row() -> None:
    """A heartbeat has closed the second meanwhile: the rows count to the one that the foot had reached."""
    codes = gait(Side.LEFT, 20)
    early = block(Side.LEFT, codes[:1005])
    later = block(Side.LEFT, codes[1005:], seq=1005, t_ns=early.end_t_ns - 150_000_000)
    clean = said_and_summed([layout(Side.LEFT), early, later])
    assert said_and_summed([layout(Side.LEFT), early, Heartbeat(START_NS + 13 * SECOND), later]) == clean


def test_silence_after_the_last_row_is_no_part_of_the_summary(gaitpdb: Path) -> None:
    layouts, feet, clean = SOURCES["an even walk"](gaitpdb)
    ended = max(own[-1].end_t_ns for own in feet.values())
    in_order = sorted((each for own in feet.values() for each in own), key=end)
    walk, _ = told([*layouts, *in_order, *(Heartbeat(ended + after * SECOND) for after in range(0, 600, 7))])
    assert as_json(walk.summary()) == clean[1]


def end(each: Block) -> tuple[int, int, int]:
    return each.end_t_ns, each.boot, each.seq


def arriving(feet: Feet, chance: random.Random, trouble: Callable[[list[Block], random.Random], list[Block]]) -> Feet:
    """Each block of a foot cut anew, its pieces in the order in which they arrive."""
    return {
        side: [each for one in own for each in trouble(cut_anew([one], chance), chance)] for side, own in feet.items()
    }
