"""Which walk late rows belong to, and which walks become one by them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from walk_kit import block, gait

from ingest.wire.block import Block, Origin
from ingest.wire.geometry import Side
from processing.homecoming import Joining, grown, is_late, joinings, place, undated_name, walk_name
from processing.pauses import IDLE_ENDS_WALK_NS
from processing.store.recordings import Stretch

S = 10**9
IDLE_S = IDLE_ENDS_WALK_NS // S
DAY_NS = 1_700_000_000 * S


def stretch(begin_s: int, end_s: int, walk: str = "", **marks: bool) -> Stretch:
    start_t_ns = DAY_NS + begin_s * S
    return Stretch(
        walk=walk or walk_name("p", start_t_ns), start_t_ns=start_t_ns, end_t_ns=DAY_NS + end_s * S,
        **{"ended": True, "late": any(marks.values()), **marks},
    )  # fmt: skip


def rows(begin_s: int, seconds: int = 1) -> Block:
    made = block(Side.LEFT, gait(Side.LEFT, seconds), t_ns=DAY_NS + begin_s * S)
    return replace(made, origin=Origin.BACKFILL)


def test_rows_go_to_the_walk_that_is_nearest_and_not_too_far() -> None:
    early, later = stretch(0, 100), stretch(700, 800)
    assert place([early, later], rows(50)) is early
    assert place([early, later], rows(390)) is early
    assert place([early, later], rows(410)) is later
    assert place([early, later], rows(800 + IDLE_S)) is later
    assert place([early, later], rows(801 + IDLE_S)) is None
    assert place([], rows(0)) is None
    assert grown(early, rows(150)).end_t_ns == DAY_NS + 151 * S


def test_live_rows_are_not_late_and_those_without_a_time_always_are() -> None:
    assert is_late(rows(0))
    assert not is_late(replace(rows(0), origin=Origin.LIVE))
    assert is_late(replace(rows(0), origin=Origin.LIVE, time_known=False))


def test_a_pause_that_stood_while_rows_came_live_still_parts_two_walks() -> None:
    assert joinings("p", [stretch(0, 100), stretch(220, 300)]) == []
    assert joinings("p", [stretch(0, 100, late=True), stretch(220, 300)]) == []


def test_late_rows_join_what_they_bring_together() -> None:
    one, two = stretch(0, 100), stretch(100, 300, late_start=True, ended=False)
    assert joinings("p", [two, one]) == [Joining((one.walk, two.walk), one.walk)]
    far = stretch(101 + IDLE_S, 2000, late_start=True)
    assert joinings("p", [one, far]) == []
    three = stretch(350, 360, late_start=True)
    assert joinings("p", [one, two, three]) == [Joining((one.walk, two.walk, three.walk), one.walk)]


def test_a_walk_is_named_after_its_first_row() -> None:
    grown_back = stretch(0, 100, "p-as-it-began-live", late_start=True)
    assert joinings("p", [grown_back]) == [Joining(("p-as-it-began-live",), walk_name("p", DAY_NS))]
    live = stretch(0, 100, "p-as-it-began-live", late_end=True)
    assert joinings("p", [live]) == []


def test_a_name_that_another_walk_has_is_not_given_twice() -> None:
    taken = stretch(5000, 5100, walk_name("p", DAY_NS))
    assert joinings("p", [stretch(0, 100, "mine", late_start=True), taken]) == []


def test_rows_without_a_time_are_named_by_boot_without_the_insoles_address() -> None:
    name = undated_name("p", replace(rows(0), insole="AA:BB:CC:DD:EE:FF", boot=0x1234, time_known=False))
    assert name.startswith("p-undated-")
    assert name.endswith("-1234")
    assert ":" not in name


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 400)), min_size=1, max_size=12))
def test_joining_again_finds_nothing_left_to_join(spans: list[tuple[int, int]]) -> None:
    walks = [
        stretch(begin, begin + long, f"w{n}", late_start=True, late_end=True) for n, (begin, long) in enumerate(spans)
    ]
    done = joinings("p", walks)
    by_name = {each.walk: each for each in walks}
    for joining in done:
        those = [by_name.pop(walk) for walk in joining.walks]
        begin, end = min(each.start_t_ns for each in those), max(each.end_t_ns for each in those)
        by_name[joining.name] = replace(those[0], walk=joining.name, start_t_ns=begin, end_t_ns=end)
    assert len({walk for joining in done for walk in joining.walks}) == sum(len(joining.walks) for joining in done)
    assert joinings("p", [*by_name.values()]) == []
