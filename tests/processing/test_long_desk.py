"""A walk of 25 minutes at the desk: a restart in the middle changes no byte, and the walk's length costs no memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_kit import START_NS, pair_layouts, pair_second
from desk_kit import PERSON, desk_over, stores_in, take

from ingest.wire.codec import to_message
from ingest.wire.messages import AnyMessage, LinkState, Status
from processing.metrics.section import SECTION_NS
from processing.outgoing import Stores
from processing.store.series import Bucket

SECOND_NS = 10**9
WALK_S, BATCH_S = 1500, 5
SECTION_S = SECTION_NS // SECOND_NS
FIELDS = ("forefoot_share_left_pct", "load_si_pct", "load_right", "forefoot_load_15_min_left", "cadence_spm")
MB = 2**20


def said(first_s: int, stop_s: int) -> Iterator[list[AnyMessage]]:
    """What ingest sends of these seconds, batch after batch."""
    for begin in range(first_s, stop_s, BATCH_S):
        rows = [to_message(block) for second in range(begin, begin + BATCH_S) for block in pair_second(PERSON, second)]
        yield [*rows, *statuses(LinkState.STREAMING, begin + BATCH_S)]


def statuses(link: LinkState, at_s: int) -> list[Status]:
    t_ns = START_NS + at_s * SECOND_NS
    return [Status(insole=each.insole, side=each.side, t_ns=t_ns, link=link) for each in pair_layouts(PERSON)]


def walked(stores: Stores, restarts_s: Sequence[int] = ()) -> tuple[bytes, dict[str, list[Bucket]]]:
    """The summary and the series of the walk, at whose `restarts_s` processing was killed and began again."""
    desk = desk_over(stores)
    take(desk, stores, list(pair_layouts(PERSON)))
    for begin, end in zip((0, *restarts_s), (*restarts_s, WALK_S), strict=True):
        if begin:
            desk = desk_over(stores, str(begin))
            desk.resume()
        for batch in said(begin, end):
            take(desk, stores, batch)
    take(desk, stores, statuses(LinkState.ENDED, WALK_S + 1))
    (walk,) = stores.journal.walks(PERSON)
    stop_ns = START_NS + 2 * WALK_S * SECOND_NS
    series = {name: stores.series.query(PERSON, "gait", name, START_NS, stop_ns, 1.0) for name in FIELDS}
    return walk.summary, series


def test_killed_in_the_middle_it_leaves_the_same_summary_and_the_same_series(tmp_path: Path) -> None:
    with stores_in(tmp_path / "whole") as one, stores_in(tmp_path / "killed") as other:
        summary, series = walked(one)
        again, series_again = walked(other, [SECTION_S - 5, SECTION_S + 5, WALK_S - 300])
    assert again == summary
    assert series_again == series
    assert len(series["load_right"]) >= WALK_S - 1


def test_the_desk_holds_no_more_after_twenty_minutes_than_after_ten(tmp_path: Path) -> None:
    with stores_in(tmp_path / "stores") as stores:
        desk = desk_over(stores)
        take(desk, stores, list(pair_layouts(PERSON)))
        held: list[int] = []
        tracemalloc.start()
        for number, batch in enumerate(said(0, 2 * SECTION_S + 60), 1):
            take(desk, stores, batch)
            if number * BATCH_S % SECTION_S == 60:  # a section is judged, and let go
                held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    print([round(each / MB, 2) for each in held])
    _, first, second = held
    assert second < first + 0.5 * MB
