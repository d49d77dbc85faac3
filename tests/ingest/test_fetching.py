from __future__ import annotations

import pytest

from ingest.events import Fetch, FetchEnded, FetchResult, HeldSeen
from ingest.fetching import PIECE_ROWS, Fetching, Phase
from ingest.held import RowRange


def held(boot: int = 1, first: int = 0, end: int = 10_000) -> HeldSeen:
    return HeldSeen(boot=boot, first_seq=first, next_seq=end)


def ended(asked: Fetch, result: FetchResult = FetchResult.DONE) -> FetchEnded:
    return FetchEnded(boot=asked.boot, first_seq=asked.first_seq, next_seq=asked.next_seq, result=result)


@pytest.fixture
def streaming() -> Fetching:
    fetching = Fetching()
    fetching.told(held())
    fetching.stream_up()
    return fetching


def test_nothing_is_asked_while_nothing_streams() -> None:
    fetching = Fetching()
    fetching.told(held())
    assert not fetching.may_ask(0.0)
    assert not fetching.release_due(100.0)
    fetching.stream_up()
    assert fetching.may_ask(0.0)
    fetching.stream_down()
    assert not fetching.may_ask(100.0)


def test_a_piece_is_the_newest_of_what_lacks_and_one_at_a_time(streaming: Fetching) -> None:
    asked = streaming.ask(1, RowRange(0, 5000), 0.0)
    assert (asked.first_seq, asked.next_seq) == (5000 - PIECE_ROWS, 5000)
    assert streaming.phase is Phase.ASKED
    assert not streaming.may_ask(1.0)
    assert not streaming.release_due(1.0)
    assert streaming.ended(ended(asked), [], 1.0, refused=False) == []
    assert streaming.may_ask(1.0)


def test_what_a_piece_did_not_bring_is_asked_for_twice_more_on_each_of_three_links_and_given_up(
    streaming: Fetching,
) -> None:
    lacking = [RowRange(4000, 4010), RowRange(4100, 4110)]
    before = RowRange(0, 100)
    given_up = []
    for k in range(9):
        now = float(k)
        assert streaming.newest(1, [before, *lacking], now) == lacking[-1]
        asked = streaming.ask(1, RowRange(3000, 5000) if k == 0 else lacking[-1], now)
        streaming.came(now)
        given_up.append(streaming.ended(ended(asked), lacking, now, refused=False))
        if k in (2, 5):
            assert streaming.newest(1, [before, *lacking], 1e9) == before
            assert streaming.newest(2, lacking, now) == lacking[-1]
            streaming.stream_down()
            streaming.stream_up()
    assert given_up == [[]] * 8 + [lacking]


def test_what_the_hub_itself_refused_is_never_given_up(streaming: Fetching) -> None:
    for k in range(10):
        asked = streaming.ask(1, RowRange(0, 100), float(k))
        assert streaming.ended(ended(asked), [RowRange(0, 100)], float(k), refused=True) == []


def test_nothing_there_is_final_when_it_is_said_again_and_holds_up_nothing_meanwhile(streaming: Fetching) -> None:
    gone, all_that_lacks = RowRange(3000, 5000), [RowRange(0, 5000)]
    asked = streaming.ask(1, all_that_lacks[0], 0.0)
    assert streaming.ended(ended(asked, FetchResult.NOTHING), [gone], 0.0, refused=False) == []
    assert streaming.newest(1, all_that_lacks, 4.9) == RowRange(0, 3000)
    assert streaming.newest(1, [gone], 4.9) is None
    assert streaming.newest(1, all_that_lacks, 5.0) == all_that_lacks[0]
    asked = streaming.ask(1, all_that_lacks[0], 5.0)
    assert streaming.ended(ended(asked, FetchResult.NOTHING), [gone], 5.0, refused=False) == [gone]


@pytest.mark.parametrize(
    ("aside", "newest"),
    [
        ([], (0, 100)),
        ([(90, 100)], (0, 90)),
        ([(50, 60)], (60, 100)),
        ([(50, 60), (60, 100)], (0, 50)),
        ([(0, 100)], None),
        ([(0, 50), (50, 120)], None),
        ([(100, 200)], (0, 100)),
        ([(95, 200), (80, 90)], (90, 95)),
    ],
)
def test_the_newest_is_what_is_not_aside(
    streaming: Fetching, aside: list[tuple[int, int]], newest: tuple[int, int] | None
) -> None:
    for first, stop in aside:
        asked = streaming.ask(1, RowRange(first, stop), 0.0)
        streaming.ended(ended(asked, FetchResult.NOTHING), [RowRange(first, stop)], 0.0, refused=False)
    assert streaming.newest(1, [RowRange(0, 100)], 1.0) == (newest and RowRange(*newest))


def test_a_piece_that_breaks_off_is_asked_for_less_and_less_often_and_never_given_up(streaming: Fetching) -> None:
    now, waits = 0.0, []
    for _ in range(7):
        asked = streaming.ask(1, RowRange(0, 100), now)
        assert streaming.ended(ended(asked, FetchResult.BROKEN_OFF), [RowRange(0, 100)], now, refused=False) == []
        began = now
        while not streaming.may_ask(now):
            now += 1.0
        waits.append(now - began)
    assert waits == [2, 4, 8, 16, 30, 30, 30]
    streaming.came(now)
    asked = streaming.ask(1, RowRange(0, 100), now)
    streaming.came(now)
    streaming.ended(ended(asked, FetchResult.BROKEN_OFF), [RowRange(0, 50)], now, refused=False)
    assert streaming.may_ask(now + 1.0)


def test_an_answer_that_never_ends_is_noticed(streaming: Fetching) -> None:
    streaming.ask(1, RowRange(0, 100), 0.0)
    streaming.came(20.0)
    assert not streaming.silent(45.0)
    assert streaming.silent(51.0)


def test_a_lost_link_takes_the_question_along_and_the_next_one_may_be_asked_at_once(streaming: Fetching) -> None:
    asked = streaming.ask(1, RowRange(0, 100), 0.0)
    streaming.stream_down()
    assert streaming.asked is None
    assert streaming.ended(ended(asked), [RowRange(0, 100)], 1.0, refused=False) == []
    streaming.told(held())
    streaming.stream_up()
    assert streaming.may_ask(1.0)


def test_trouble_of_the_live_stream_makes_it_wait(streaming: Fetching) -> None:
    streaming.trouble(10.0)
    assert not streaming.may_ask(14.9)
    assert streaming.may_ask(15.0)


def test_what_was_told_on_an_earlier_link_is_void_with_the_first_word_on_the_next(streaming: Fetching) -> None:
    assert not streaming.told(held(boot=2))
    assert [seen.boot for seen in streaming.held] == [2, 1]
    streaming.stream_down()
    assert [seen.boot for seen in streaming.held] == [2, 1]
    assert streaming.told(held(boot=2))
    assert [seen.boot for seen in streaming.held] == [2]


def test_news_is_told_once(streaming: Fetching) -> None:
    assert streaming.unnoted == (held(),)
    streaming.noted(held())
    streaming.told(held())
    assert streaming.unnoted == ()
    streaming.told(held(end=10_100))
    streaming.noted(held())
    assert streaming.unnoted == (held(end=10_100),)


def test_release_is_due_every_ten_seconds_and_after_a_piece(streaming: Fetching) -> None:
    assert [now for now in range(25) if streaming.release_due(float(now))] == [0, 10, 20]
    asked = streaming.ask(1, RowRange(0, 100), 25.0)
    streaming.came(25.0)
    streaming.ended(ended(asked), [], 25.5, refused=False)
    assert streaming.release_due(25.5)
