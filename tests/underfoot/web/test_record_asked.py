"""What an address may ask of a record, and what is refused."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs

import pytest

from ingest.wire.entries import ProgrammeId
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.web.record.asked import Asked, asked

TODAY = date(2026, 4, 5)


def ask(query: str) -> Asked:
    given = {name: values[0] for name, values in parse_qs(query).items()}
    return asked(given.get, TODAY)


def test_left_out_it_is_twelve_weeks_until_today_and_their_first_third_against_the_last() -> None:
    found = ask("")
    assert (found.first, found.until) == (date(2026, 1, 12), TODAY)
    assert found.before == (date(2026, 1, 12), date(2026, 2, 8))
    assert found.after == (date(2026, 3, 9), TODAY)


@pytest.mark.parametrize(
    "query",
    [
        "until=2026-03-01&weeks=4",
        "before=2026-01-01..2026-01-14&after=2026-02-01&figure=peak_kpa",
        "before_first=2026-01-01&before_last=2026-01-14",
        "programmes=daily-walking,backward-walking",
    ],
)
def test_its_own_words_ask_the_same_again(query: str) -> None:
    found = ask(query)
    again = ask(found.query)
    assert (again.until, again.weeks, again.figure, again.programmes) == (
        found.until,
        found.weeks,
        found.figure,
        found.programmes,
    )
    assert found.programmes or (again.before, again.after) == (found.before, found.after)


def test_no_day_is_later_than_today() -> None:
    assert ask("until=2150-01-01").until == TODAY


def test_programmes_are_told_apart() -> None:
    assert ask("programmes=backward-walking,daily-walking").programmes == (
        ProgrammeId.BACKWARD_WALKING,
        ProgrammeId.DAILY_WALKING,
    )


@pytest.mark.parametrize(
    "query",
    [
        "until=yesterday", "until=0001-01-01", "until=9999-12-31", "weeks=0", "weeks=105", "weeks=-3", "weeks=１２",
        "weeks=99999999999999999999", "before=2026-02-01..2026-01-01", "before_first=2026-02-01", "after=x..y",
        "before=2001-01-01..2026-01-01", "programmes=daily-walking", "programmes=daily-walking,daily-walking",
        "programmes=a,b", "programmes=daily-walking,backward-walking,x", "figure=../etc",
    ],
)  # fmt: skip
def test_nonsense_is_refused(query: str) -> None:
    with pytest.raises(UnderfootError) as refused:
        ask(query)
    assert refused.value.code is FaultCode.REQUEST_MALFORMED
