"""A link that loses rows all the time: they come late all the time, and cost no more than a multiple of the walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from away_kit import Tick, ended, rows, status, walking
from desk_kit import PERSON, stores_in
from hub_at_home import Hub

from ingest.wire.block import Origin
from ingest.wire.codec import to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState


def trickling(stop_s: int) -> Iterator[Tick]:
    """The left foot loses a second of five; it comes when the next five are there."""
    for second in range(0, stop_s, 5):
        live = [each for each in rows(second, second + 5) if (each.side, each.seq) != (Side.LEFT, 100 * (second + 2))]
        late = [each for each in rows(second - 3, second - 2) if each.side is Side.LEFT] if second else []
        came = [to_message(replace(each, origin=Origin.BACKFILL)) for each in late]
        yield [*map(to_message, live), *came, *status(LinkState.STREAMING, second + 5)]
    last = [to_message(replace(each, origin=Origin.BACKFILL)) for each in rows(stop_s - 3, stop_s - 2)[:1]]
    yield [*last, *status(LinkState.STREAMING, stop_s)]


def slices(folder: Path, stop_s: int) -> tuple[int, dict[str, object]]:
    with stores_in(folder) as stores:
        hub = Hub(stores)
        done = 0
        for tick in [*trickling(stop_s), *ended(stop_s + 1), *ended(stop_s + 5)]:
            hub.take(tick, work=False)
            while hub.desk.busy:
                hub.desk.work()
                done += 1
        return done, hub.left()


def test_what_late_rows_cost_grows_with_the_walk_and_not_with_its_square(tmp_path: Path) -> None:
    short, _ = slices(tmp_path / "short", 240)
    long, left = slices(tmp_path / "long", 480)
    assert long <= 3 * short
    assert long <= 60  # in slices of two and a half minutes; every five seconds would be more than a hundred
    with stores_in(tmp_path / "in-time") as stores:
        assert left == Hub(stores).live_through([*walking(0, 480), *ended(481)]).left()


def test_a_walk_is_computed_to_the_end_although_late_rows_go_on_coming(tmp_path: Path) -> None:
    """One slice of computing between any two of them."""
    with stores_in(tmp_path / "busy") as stores:
        hub = Hub(stores)
        finished = 0
        for number, tick in enumerate(trickling(900)):
            hub.take(tick, work=False)
            was_busy = hub.desk.busy
            hub.desk.work()
            finished += number > 90 and was_busy and not hub.desk.busy  # by then it takes three slices
        assert finished >= 2
        assert stores.recordings.walks(PERSON)[0].late, "it still lacks what came since"
