"""What an insole recorded out of range: told while it lasts, with a share that moves; not measured and not lost."""

from __future__ import annotations

import pytest
from browser_kit import ROW_NS, LiveWalk, S, block_at, layout_of, status_at
from msgspec.structs import replace

from ingest.wire.block import Origin
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from underfoot.kept import StillKept, done_pct, kept_words
from underfoot.screen import ScreenModel

NOW = 1_760_000_000 * S
LATER = "it is fetched when the insole is near the hub"


def kept(rows: int, *, under_way: bool = True, most: int | None = None) -> StillKept:
    return StillKept(rows=rows, most=most or rows, seconds=rows / 100, under_way=under_way)


def tell(model: ScreenModel, to_fetch: int, now_ns: int = NOW, link: LinkState = LinkState.STREAMING) -> None:
    model.feed(replace(status_at(Side.RIGHT, now_ns, link), to_fetch=to_fetch), now_ns)


@pytest.mark.parametrize(
    ("feet", "words"),
    [
        ({}, ""),
        ({Side.RIGHT: kept(3000)}, "30 s of your walk are being fetched from the right insole."),
        ({Side.LEFT: kept(1)}, "1 s of your walk are being fetched from the left insole."),
        (
            {Side.LEFT: kept(720_000), Side.RIGHT: kept(18_000)},
            "2 h of your walk are being fetched from the left insole, 3 min from the right.",
        ),
        (
            {Side.RIGHT: kept(3000, under_way=False)},
            f"30 s of your walk are still in the right insole; {LATER}.",
        ),
        (
            {Side.LEFT: kept(3000, under_way=False), Side.RIGHT: kept(3000, under_way=False)},
            f"30 s of your walk are still in the left insole, 30 s in the right; {LATER}.",
        ),
    ],
)
def test_the_words(feet: dict[Side, StillKept], words: str) -> None:
    assert kept_words(feet) == words


def test_without_a_rate_it_is_told_in_rows() -> None:
    unknown = StillKept(rows=12_345, most=12_345, seconds=None, under_way=True)
    assert kept_words({Side.LEFT: unknown}).startswith("12,345 rows of your walk")


def test_the_bar_moves_with_either_foot() -> None:
    assert done_pct([]) is None
    assert done_pct([kept(3000), kept(0, most=1000)]) == 25.0


def test_the_share_moves_and_the_sentence_goes_when_all_is_here() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.RIGHT), NOW)
    told = []
    for rows in (0, 1000, 3000, 1500, 300, 0, 0):
        tell(model, rows)
        state = model.state(NOW)
        told.append((state.kept_done_pct, bool(state.kept_words)))
    assert told == [(None, False), (0.0, True), (0.0, True), (50.0, True), (90.0, True), (None, False), (None, False)]


def test_what_the_air_lost_is_no_news() -> None:
    model = ScreenModel()
    tell(model, 299)
    assert model.state(NOW).kept_words == ""
    tell(model, 300)
    assert model.state(NOW).kept_words != ""


def test_nothing_is_under_way_from_an_insole_that_is_away_or_a_hub_that_is_silent() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.RIGHT), NOW)
    tell(model, 3000)
    assert "are being fetched" in model.state(NOW + 15 * S).kept_words
    assert "are still in the right insole" in model.state(NOW + 16 * S).kept_words
    tell(model, 3000, link=LinkState.LOST)
    assert "are still in the right insole" in model.state(NOW).kept_words


def test_rows_that_came_later_count_as_measured_once_and_are_not_shown_as_now() -> None:
    model = ScreenModel()
    walk, t_ns = LiveWalk(model), NOW
    for step in range(100):
        walk.away = {Side.RIGHT} if 40 <= step < 80 else set()
        t_ns += 20 * ROW_NS
        walk.step(t_ns)
    before = model.state(t_ns)
    late = block_at(Side.RIGHT, 40 * 20, NOW + 40 * 20 * ROW_NS, rows=400, origin=Origin.BACKFILL)
    for _ in range(2):
        model.feed(late, t_ns)
    after = model.state(t_ns)
    assert (before.measured_s, after.measured_s) == (12.0, 16.0)
    assert before.coverage_pct < 70 < after.coverage_pct
    assert after.right == before.right
    model.feed(block_at(Side.RIGHT, 0, NOW - 3600 * S, boot=0, origin=Origin.BACKFILL), t_ns)
    assert model.state(t_ns).measured_s == 16.0
