"""Rows that were fetched after a walk out of range leave what they would have left had they come live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as with_
from itertools import chain
from pathlib import Path

import pytest
from away_kit import (
    END_S,
    FETCHED_S,
    HOME_S,
    OUT_S,
    away,
    ended,
    fetched,
    in_time,
    rows,
    status,
    walked_away,
    walking,
    woven,
)
from bench_kit import START_NS, pair_layouts
from desk_kit import PERSON, stores_in
from hub_at_home import Hub, stuck

from ingest.wire.alerts import Alert
from ingest.wire.block import GapReason
from ingest.wire.codec import to_message
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Metrics, Receipt
from processing.outgoing import Stores
from processing.pauses import stretches


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with stores_in(tmp_path_factory.mktemp("reference")) as stores:
        yield Hub(stores).live_through(in_time())


def test_a_walk_out_of_range_becomes_one_with_those_around_it(tmp_path: Path, reference: Hub) -> None:
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores).live_through(walked_away())
        assert hub.left() == reference.left()
        (walk,) = stores.recordings.walks(PERSON)
        assert walk.rows == dict.fromkeys(Side, END_S * 100)
        assert hub.figures(FETCHED_S + 10) == reference.figures(FETCHED_S + 10)
        told = [each.t_ns for each in hub.said if isinstance(each, Metrics)]
        assert len(told) == len(set(told))


def test_live_figures_go_on_while_the_walk_is_computed_again(tmp_path: Path, reference: Hub) -> None:
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores)
        slices = 0
        for tick in walked_away():
            hub.take(tick, work=False)
            if hub.desk.busy:
                slices += 1
                before = len(hub.said)
                hub.said += [each.message for each in hub.desk.work() if each.message]
                assert not any(isinstance(each, Metrics) for each in hub.said[before:])
        hub.finish()
        assert slices > 4
        assert hub.left() == reference.left()
        at_home = [each.t_ns for each in hub.figures(HOME_S)]
        assert at_home == [each.t_ns for each in reference.figures(HOME_S)]
        assert hub.figures(END_S - 15) == reference.figures(END_S - 15)


def test_without_the_fetch_they_stay_two(tmp_path: Path) -> None:
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores).live_through(walked_away(fetch=False))
        assert len(stores.recordings.walks(PERSON)) == len(stores.journal.walks(PERSON)) == 2
        assert len(hub.left()["walks"]) == 2


@pytest.mark.parametrize(("step", "work"), [(0, False), (2, True)])
def test_killed_at_any_moment_it_leaves_the_same(tmp_path: Path, reference: Hub, step: int, work: bool) -> None:
    ticks = walked_away()
    home = next(n for n, tick in enumerate(ticks) if any(getattr(each, "to_fetch", 0) for each in tick))
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores)
        for number, tick in enumerate(ticks):
            hub.take(tick, work=work or number > home + 7)
            if number in (home + step, home + 3 + step, home + 6 + step):
                if hub.desk.busy:
                    hub.desk.work()
                hub.start()
        hub.take(status(LinkState.ENDED, END_S + 2))
        assert hub.left() == reference.left()


@dataclass
class Torn:
    """A store that does so many things and then no more, as a machine whose power goes."""

    real: object
    lasts: list[int]

    def __getattr__(self, name: str) -> object:
        what = getattr(self.real, name)
        if name not in ("join", "drop_walk", "repaint", "put_walk", "mark_recomputed", "end_walk", "put_alert"):
            return what

        def done(*args: object, **more: object) -> object:
            if self.lasts[0] == 0:
                raise UnderfootError(FaultCode.DISK_FULL, name)
            self.lasts[0] -= 1
            return what(*args, **more)

        return done


@pytest.mark.parametrize("lasts", [0, 1, 3, 6])
def test_torn_between_any_two_writes_the_rest_is_done_after_a_restart(
    tmp_path: Path, reference: Hub, lasts: int
) -> None:
    ticks = walked_away()
    home = next(n for n, tick in enumerate(ticks) if any(getattr(each, "to_fetch", 0) for each in tick))
    with stores_in(tmp_path / "home") as stores:
        left = [10**9]
        torn = Stores(*(Torn(each, left) for each in (stores.recordings, stores.journal, stores.series)))
        hub = Hub(torn)
        for tick in ticks[: home + 4]:
            hub.take(tick)
        left[0] = lasts
        failures = 0
        for tick in ticks[home + 4 :]:
            while True:
                try:
                    hub.take(tick)
                    break
                except UnderfootError:
                    failures += 1
                    left[0] = 10**9
                    hub.start()
        assert failures == 1
        assert hub.left() == reference.left()


def test_a_walk_all_of_which_was_away_is_made_anew_and_named_after_its_first_row(tmp_path: Path) -> None:
    """In the morning at home, two hours later a walk without the hub, in the evening home again."""
    with stores_in(tmp_path / "home") as stores, stores_in(tmp_path / "in-time") as others:
        morning, noon, evening = (0, 60), (7200, 7320), (14400, 14460)
        in_order = [tick for span in (morning, noon, evening) for tick in [*walking(*span), *ended(span[1] + 1)]]
        reference = Hub(others).live_through(in_order)
        back = woven(walking(14400, 14430, to_fetch=5), fetched(*noon))
        late = [*walking(*morning), *ended(61), *back, *walking(14430, 14460), *ended(14461)]
        hub = Hub(stores).live_through(late)
        assert hub.left() == reference.left()
        assert [walk.walk for walk in stores.recordings.walks(PERSON)][1].endswith("T001320Z")


def test_a_walk_that_began_away_begins_where_it_began(tmp_path: Path) -> None:
    with stores_in(tmp_path / "home") as stores, stores_in(tmp_path / "in-time") as others:
        reference = Hub(others).live_through([*walking(0, 300), *ended(301)])
        hub = Hub(stores).live_through(
            [*woven(walking(200, 220, to_fetch=1), fetched(0, 200)), *walking(220, 300), *ended(301)]
        )
        assert hub.left() == reference.left()
        assert hub.figures(240) == reference.figures(240)


def test_a_foot_that_was_away_alone_completes_the_open_walk(tmp_path: Path) -> None:
    left, right = [Side.LEFT], [Side.RIGHT]
    with stores_in(tmp_path / "home") as stores, stores_in(tmp_path / "in-time") as others:
        reference = Hub(others).live_through([*walking(0, 300), *ended(301)])
        ticks = [*walking(0, 60), *walking(60, 200, sides=left)]
        ticks += woven(walking(200, 230, to_fetch=1), fetched(60, 200, right))
        hub = Hub(stores).live_through([*ticks, *walking(230, 300), *ended(301)])
        assert hub.left() == reference.left()
        assert hub.figures(240) == reference.figures(240)


def test_rows_that_come_when_the_walk_is_over_are_in_its_summary(tmp_path: Path) -> None:
    with stores_in(tmp_path / "home") as stores, stores_in(tmp_path / "in-time") as others:
        reference = Hub(others).live_through([*walking(0, 300), *ended(301)])
        hub = Hub(stores).live_through(
            [*walking(0, 60), *walking(200, 300), *ended(301), *fetched(60, 200), *ended(305), *ended(340)]
        )
        assert hub.left() == reference.left()


@pytest.mark.parametrize("at_leisure", [False, True])
def test_a_torn_fetch_that_goes_on_later_ends_the_same(tmp_path: Path, reference: Hub, at_leisure: bool) -> None:
    """At leisure: when the rest of it comes, the first part is still being computed."""
    half = (OUT_S + HOME_S) // 2
    with stores_in(tmp_path / "home") as stores:
        first = woven(walking(HOME_S, 790, to_fetch=5), fetched(half, HOME_S))
        second = woven(walking(825, 830, to_fetch=5), fetched(OUT_S, half))
        ticks = [*walking(0, OUT_S), *away(OUT_S, HOME_S), *first, *walking(790, 825, to_fetch=5), *second]
        hub = Hub(stores)
        for tick in [*ticks, *walking(830, END_S), *ended(END_S + 1)]:
            hub.take(tick, work=not at_leisure)
            hub.said += [each.message for each in hub.desk.work() if each.message]
        hub.finish()
        assert hub.left() == reference.left()


def test_two_walks_that_had_ended_become_one_and_nothing_of_it_stays_active(tmp_path: Path) -> None:
    with stores_in(tmp_path / "home") as stores, stores_in(tmp_path / "in-time") as others:
        in_order = [*walking(0, 60), *stuck(walking(60, HOME_S)), *stuck(walking(HOME_S, 800)), *ended(801)]
        reference = Hub(others).live_through(in_order)
        ticks = [*walking(0, OUT_S), *away(OUT_S, HOME_S), *stuck(walking(HOME_S, 800, to_fetch=5)), *ended(801)]
        hub = Hub(stores).live_through(ticks)
        assert len(stores.journal.walks(PERSON)) == 2
        hub.live_through([*stuck(fetched(OUT_S, HOME_S)), *ended(850)])
        assert hub.left() == reference.left()
        assert all(each.cleared_t_ns for each in stores.journal.alerts(PERSON))


def test_late_rows_part_no_messages() -> None:
    late = chain(*fetched(0, 20))
    assert len(stretches([*late, *chain(*walking(7200, 7205))])) == 1
    assert len(stretches([*chain(*walking(0, 5)), *chain(*walking(7200, 7205))])) == 2


def test_a_declared_loss_that_is_fetched_is_a_loss_no_more(tmp_path: Path) -> None:
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores).live_through(walking(0, 60))
        lost = [
            with_(each, lost_before=6000, lost_reason=GapReason.AWAY) if each.seq == 12000 else each
            for each in rows(120, 125)
        ]
        hub.live_through([[to_message(each) for each in lost], *walking(125, 130)])
        (walk,) = stores.recordings.walks(PERSON)
        assert stores.recordings.books(walk.walk)[Side.LEFT].declared == 6000
        hub.live_through([*fetched(60, 120), *walking(130, 160), *ended(161)])
        books = stores.recordings.books(walk.walk)[Side.LEFT]
        assert (books.stored, books.declared, books.missing) == (16000, 0, 0)
        named = [each.late for each in hub.said if isinstance(each, Receipt) and each.side is Side.LEFT]
        assert sum(late.last - late.first + 1 for some in named for late in some) == 6000


def test_what_late_rows_show_is_listed_and_buzzes_nobody(tmp_path: Path) -> None:
    """A cell that was stuck while away."""
    with stores_in(tmp_path / "home") as stores, stores_in(tmp_path / "in-time") as others:
        in_order = [*walking(0, 60), *stuck(walking(60, HOME_S)), *walking(HOME_S, END_S), *ended(END_S + 1)]
        Hub(others).live_through(in_order)
        back = woven(walking(HOME_S, FETCHED_S, to_fetch=5), stuck(fetched(OUT_S, HOME_S)))
        ticks = [*walking(0, OUT_S), *away(OUT_S, HOME_S), *back, *walking(FETCHED_S, END_S), *ended(END_S + 1)]
        hub = Hub(stores).live_through(ticks)
        told = [each for each in hub.said if isinstance(each, Alert)]
        assert {each.rule for each in told if not each.late} == {"T2"}  # no signal: that was so, and is not taken back
        found, expected = ({each.id: each for each in kept.journal.alerts(PERSON)} for kept in (stores, others))
        assert {name for name, each in found.items() if each.late} == set(expected)
        assert all(each.cleared_t_ns is not None for each in found.values())
        assert stores.journal.walks(PERSON)[0].summary == others.journal.walks(PERSON)[0].summary
        assert json.loads(stores.journal.walks(PERSON)[0].summary)["alerts"]


def test_rows_without_a_time_lie_in_a_walk_of_their_own_that_nobody_judges(tmp_path: Path) -> None:
    nobody_knows = [with_(each, boot=7, t_ns=each.t_ns - START_NS, time_known=False) for each in rows(0, 30)]
    with stores_in(tmp_path / "home") as stores:
        hub = Hub(stores).live_through([*walking(0, 20), [to_message(each) for each in nobody_knows]])
        receipts = [each for each in hub.said if isinstance(each, Receipt)]
        assert {boot.stored_upto for boot in receipts[-1].boots if boot.boot == 7} == {2999}
        hub.live_through([*walking(20, 60), *ended(61)])
        undated = [walk for walk in stores.recordings.walks(PERSON) if not walk.time_known]
        assert sorted(sum(walk.rows.values()) for walk in undated) == [3000, 3000]
        assert all("-undated-" in walk.walk and walk.ended and not walk.late for walk in undated)
        assert all(stores.recordings.layouts(walk.walk) == list(pair_layouts(PERSON)) for walk in undated)
        kept = [block for walk in undated for block in stores.recordings.blocks(walk.walk)]
        assert not any(block.time_known for block in kept)
        (summary,) = stores.journal.walks(PERSON)
        assert [walk.walk for walk in stores.recordings.walks(PERSON) if walk.time_known] == [summary.walk]
        hub.start()
        assert hub.desk.walk is None
