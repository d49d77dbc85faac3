"""One person's walks at the desk: when one begins and ends, what is receipted, what a stranger can do to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk_kit import judging
from msgspec.structs import replace
from walk_kit import START_NS, block, gait, layout

from ingest.wire.codec import to_message
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, LinkState, Receipt, Samples, Status
from ingest.wire.topics import Address
from processing.desk import Desk
from processing.outgoing import Outgoing, Stores
from processing.pauses import IDLE_ENDS_WALK_NS, stretches
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.series import Bucket
from processing.store.series_sqlite import SqliteSeries
from processing.walk import Terms

_S = 10**9


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with _stores(tmp_path) as stores:
        yield stores


@contextmanager
def _stores(folder: Path) -> Iterator[Stores]:
    folder.mkdir(exist_ok=True)
    recordings = SqliteRecordings(folder / "recordings.sqlite")
    journal, series = SqliteJournal(folder / "journal.sqlite"), SqliteSeries(folder / "series.sqlite")
    yield Stores(recordings=recordings, journal=journal, series=series)
    for each in (series, journal, recordings):
        each.close()


@pytest.fixture
def faults() -> FaultBook:
    return FaultBook()


@pytest.fixture
def desk(stores: Stores, faults: FaultBook) -> Desk:
    return _desk(stores, faults)


def _desk(stores: Stores, faults: FaultBook, session: str = "first") -> Desk:
    return Desk(Address("home", "p1"), stores, *judging(stores.journal), session, faults)


def _take(desk: Desk, stores: Stores, messages: Sequence[AnyMessage]) -> list[Outgoing]:
    out: list[Outgoing] = []
    for part in stretches(messages):
        taken = desk.receive(part)
        new = [block for some in stores.recordings.append_all(taken.portions) for block in some]
        out += desk.settle(taken, new)
        while desk.busy:
            out += desk.work()
    return out


def _samples(side: Side, *, seq: int = 0, seconds: float = 1.0) -> Samples:
    return to_message(block(side, gait(side, seconds), seq=seq))


def _status(side: Side, link: LinkState, at_s: float, waiting: int = 0) -> Status:
    return Status(insole=f"test:{side}", side=side, t_ns=START_NS + round(at_s * _S), link=link, waiting=waiting)


LAYOUTS = [layout(side) for side in Side]


def test_an_end_told_before_the_walk_does_not_end_it(desk: Desk, stores: Stores) -> None:
    yesterday = [_status(side, LinkState.ENDED, -80_000) for side in Side]
    _take(desk, stores, [*LAYOUTS, *yesterday, _samples(Side.LEFT), *yesterday])
    assert desk.walk is not None


def test_a_walk_ends_when_every_foot_that_walked_has_ended_and_nothing_waits(desk: Desk, stores: Stores) -> None:
    _take(desk, stores, [*LAYOUTS, *map(_samples, Side), _status(Side.LEFT, LinkState.ENDED, 2)])
    assert desk.walk is not None
    _take(desk, stores, [_status(Side.RIGHT, LinkState.ENDED, 2, waiting=20)])
    assert desk.walk is not None
    _take(desk, stores, [_status(Side.RIGHT, LinkState.ENDED, 3)])
    assert desk.walk is None
    assert [walk.ended for walk in stores.recordings.walks()] == [True]
    assert len(stores.journal.walks("p1")) == 1


def test_a_long_silence_ends_a_walk_but_not_while_rows_are_said_to_come(desk: Desk, stores: Stores) -> None:
    late_s = IDLE_ENDS_WALK_NS / _S + 5
    _take(desk, stores, [*LAYOUTS, _samples(Side.LEFT), _status(Side.LEFT, LinkState.STREAMING, late_s)])
    assert desk.walk is not None  # the hub's clock was set forward
    _take(desk, stores, [_status(Side.LEFT, LinkState.LOST, late_s)])
    assert desk.walk is None


def test_two_walks_in_one_batch_stay_two(desk: Desk, stores: Stores) -> None:
    evening = round(IDLE_ENDS_WALK_NS / _S + 60) * 100
    _take(desk, stores, [*LAYOUTS, _samples(Side.LEFT), _samples(Side.LEFT, seq=evening)])
    assert [walk.rows[Side.LEFT] for walk in stores.recordings.walks()] == [100, 100]


def test_what_a_stranger_sends_is_counted_and_holds_nobody_up(desk: Desk, stores: Stores, faults: FaultBook) -> None:
    nonsense = replace(_samples(Side.RIGHT), rows=7)
    out = _take(desk, stores, [*LAYOUTS, nonsense, _samples(Side.LEFT)])
    assert faults.counts == {"payload-not-ours": 1}
    assert _stored_upto(out, Side.LEFT) == 99


def test_an_insole_first_heard_of_is_told_what_is_stored(desk: Desk, stores: Stores) -> None:
    out = _take(desk, stores, [LAYOUTS[0]])
    assert [each.message for each in out] == [Receipt(insole="test:left", side=Side.LEFT, session="first", boots=())]


def test_a_walk_goes_on_after_a_restart_and_its_rows_are_asked_for(
    desk: Desk, stores: Stores, faults: FaultBook
) -> None:
    _take(desk, stores, [*LAYOUTS, *map(_samples, Side)])
    again = _desk(stores, faults, session="second")
    out = again.resume()
    assert {each.message.session for each in out if isinstance(each.message, Receipt)} == {"second"}
    assert _stored_upto(out, Side.RIGHT) == 99
    _take(again, stores, [_samples(Side.LEFT, seq=100), *(_status(side, LinkState.ENDED, 3) for side in Side)])
    (walk,) = stores.recordings.walks()
    assert walk.rows == {Side.LEFT: 200, Side.RIGHT: 100}
    assert walk.ended


def test_killed_before_its_first_rows_are_kept_a_walk_begins_with_them_all_the_same(
    stores: Stores, faults: FaultBook
) -> None:
    """Not at no time at all, on the terms of before there were any."""
    make_terms, rules_for = judging(stores.journal)
    begun: list[int] = []

    def noted(person: str, walk: str, t_ns: int) -> Terms:
        begun.append(t_ns)
        return make_terms(person, walk, t_ns)

    messages = [*LAYOUTS, *map(_samples, Side)]
    Desk(Address("home", "p1"), stores, noted, rules_for, "first", faults).receive(messages)
    again = Desk(Address("home", "p1"), stores, noted, rules_for, "second", faults)
    again.resume()
    _take(again, stores, messages)
    assert begun == [START_NS, START_NS]


def test_rows_that_are_stored_already_begin_no_walk(desk: Desk, stores: Stores) -> None:
    last = _samples(Side.LEFT, seq=100)
    ended = [_status(side, LinkState.ENDED, 3) for side in Side]
    _take(desk, stores, [*LAYOUTS, *map(_samples, Side), last, *ended])
    out = _take(desk, stores, [last])
    assert _stored_upto(out, Side.LEFT) == 199
    assert desk.walk is None
    assert len(stores.recordings.walks()) == 1


def test_figures_that_late_rows_complete_take_the_place_of_those_that_stood(
    desk: Desk, stores: Stores, faults: FaultBook, tmp_path: Path
) -> None:
    seconds = {side: [_samples(side, seq=100 * at) for at in range(40)] for side in Side}
    passing = [_status(side, LinkState.STREAMING, at) for at in range(1, 41) for side in Side]
    ended = [_status(side, LinkState.ENDED, 60) for side in Side]
    left, right = seconds[Side.LEFT], seconds[Side.RIGHT]
    _take(desk, stores, [*LAYOUTS, *right, *left[:10], *left[25:], *passing])
    stood = _series(stores)
    _take(desk, stores, [*left[10:25], *ended])
    with _stores(tmp_path / "in-time") as others:
        in_time = _desk(others, faults)
        _take(in_time, others, [*LAYOUTS, *right, *left, *passing, *ended])
        assert _series(stores) == _series(others)
    assert len(_series(stores)) > len(stood)


def _series(stores: Stores) -> list[Bucket]:
    return stores.series.query("p1", "gait", "load_left", START_NS, START_NS + 60 * _S, 1.0)


def _stored_upto(out: Sequence[Outgoing], side: Side) -> int:
    receipts = [each.message for each in out if isinstance(each.message, Receipt) and each.message.side is side]
    return receipts[-1].boots[0].stored_upto
