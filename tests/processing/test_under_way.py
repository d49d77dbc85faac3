"""A walk that goes on counts for the day at once, and is not counted twice when it has ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_kit import PERSON, desk_over, stores_in
from rule_stories import START_NS, S, Told

from ingest.wire import codec
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from ingest.wire.person import PersonState
from processing.outgoing import Outgoing


def states(out: list[Outgoing]) -> list[PersonState]:
    return [each.message for each in out if isinstance(each.message, PersonState)]


def test_steps_and_minutes_of_the_open_walk_are_told_and_stay_when_it_ends(tmp_path: Path) -> None:
    told = Told(400)
    with stores_in(tmp_path) as stores:
        desk = desk_over(stores)
        desk.receive(told.layouts())
        said: list[PersonState] = []

        def take(*messages: object) -> None:
            taken = desk.receive(messages)
            new = [block for some in stores.recordings.append_all(taken.portions) for block in some]
            said.extend(states(desk.settle(taken, new)))

        def beat(at_s: int, link: LinkState) -> None:
            take(*(Status(insole=f"virtual-{side}", side=side, t_ns=START_NS + at_s * S, link=link) for side in Side))

        blocks = told.blocks()
        for left, right in zip(blocks[::2], blocks[1::2], strict=True):
            take(codec.to_message(left), codec.to_message(right))
            beat((right.end_t_ns - START_NS) // S, LinkState.STREAMING)
        on_the_way = said[-1]
        beat(405, LinkState.ENDED)
        assert len(stores.journal.walks(PERSON)) == 1
        ended = said[-1]
    steps = [each.steps_today for each in said if each.steps_today is not None]
    assert steps == sorted(steps)
    assert on_the_way.walked_today_min == pytest.approx(400 / 60, abs=1.2)  # a state a minute
    assert ended.walked_today_min == pytest.approx(400 / 60, abs=0.3)
    assert ended.steps_today == pytest.approx(on_the_way.steps_today or 0, rel=0.2)
