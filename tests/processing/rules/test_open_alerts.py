"""What is asked with every status is as it would be if it were looked for anew each time."""

from __future__ import annotations

from alerts_kit import MIN, NINE, an_alert, medium, over
from msgspec.structs import replace

from processing.rules.lifecycle import CLOSE_AFTER_NS, UNANSWERED_FOR_NS, AlertBook
from processing.rules.open_alerts import OpenAlerts, SoundedAlerts
from processing.rules.peace import waits


def test_what_asks_follows_every_change_of_an_alert() -> None:
    book = AlertBook()
    waiting = OpenAlerts(book, waits)
    assert waiting.all() == ()
    first, second = medium("A1"), an_alert("A3", NINE - MIN)
    book.restore([first, second])
    assert waiting.all() == (second, first)
    assert waiting.all() is waiting.all()
    book.keep(replace(second, sounded_t_ns=(NINE,)))
    assert waiting.all() == (first,)
    book.keep(over(first, NINE + MIN))
    assert waiting.all() == ()


def test_what_has_sounded_stays_known_when_it_is_closed() -> None:
    book = AlertBook()
    sounded = SoundedAlerts(book)
    assert (sounded.of_rule("A3"), sounded.since(0)) == ((), [])
    told = an_alert(sounded_t_ns=(NINE, NINE + 30 * MIN))
    book.restore([told, medium("A1", NINE + MIN, sounded_t_ns=(NINE + MIN,)), an_alert("A4")])
    assert sounded.since(NINE + MIN) == [NINE + MIN, NINE + 30 * MIN]
    closed = replace(over(told, NINE + 2 * MIN), acknowledged_t_ns=NINE)
    book.keep(closed)
    assert list(sounded.of_rule("A3")) == [closed]
    book.as_of(NINE + 2 * MIN + CLOSE_AFTER_NS)
    assert [each.state for each in sounded.of_rule("A3")] == ["closed"]
    assert sounded.since(NINE) == [NINE, NINE + MIN, NINE + 30 * MIN]
    assert sounded.of_rule("A4") == ()


def test_one_that_ends_later_may_close_sooner() -> None:
    book = AlertBook()
    unanswered, answered = over(medium("A1"), NINE), over(an_alert("A3"), NINE + MIN)
    book.restore([unanswered])
    assert book.as_of(NINE + MIN) == []
    book.keep(replace(answered, acknowledged_t_ns=NINE))
    assert book.as_of(NINE + MIN + CLOSE_AFTER_NS - 1) == []
    assert [each.rule for each in book.as_of(NINE + MIN + CLOSE_AFTER_NS)] == ["A3"]
    assert book.as_of(NINE + UNANSWERED_FOR_NS - 1) == []
    assert [each.rule for each in book.as_of(NINE + UNANSWERED_FOR_NS)] == ["A1"]
