"""The strip keeps worn, partly, not worn and no data apart, and says of which days nothing is known."""

from __future__ import annotations

from datetime import date

import pytest
from programme_kit import Life
from record_kit import day, fact, strip_of

from ingest.wire.entries import ProgrammeId
from processing.rules.day_facts import DayMeasured
from underfoot.web.record.days import first_day, strip
from underfoot.web.record.said import gaps_said, number
from underfoot.words import words_in

LOST, WORN = DayMeasured.NO_DATA, DayMeasured.MEASURED


def test_every_day_has_a_cell_and_what_is_not_in_the_facts_is_not_known() -> None:
    found = strip_of([fact(2), fact(3, DayMeasured.NOT_WORN)], 6)
    assert [each.facts.measured for each in found.days] == [LOST, LOST, WORN, DayMeasured.NOT_WORN, LOST, LOST]
    assert found.days[0].facts.steps is None
    assert found.days[0].facts.reason == "before anything was recorded"
    assert (found.count(LOST), found.count(DayMeasured.PARTLY)) == (4, 0)


def test_days_without_data_are_told_as_stretches_since_the_record_began() -> None:
    found = strip_of([fact(1), fact(2, LOST), fact(3), fact(4, LOST), fact(5, LOST)], 6)
    assert [(gap.first, gap.last, gap.days) for gap in found.gaps] == [(day(2), day(2), 1), (day(4), day(5), 2)]
    assert strip_of([], 6).gaps == ()


def test_a_day_that_was_not_worn_is_no_gap() -> None:
    assert strip_of([fact(0), fact(1, DayMeasured.NOT_WORN), fact(2)], 3).gaps == ()


def test_weeks_of_seven_days_end_with_the_last() -> None:
    until = date(2026, 4, 5)
    assert first_day(until, 12) == date(2026, 1, 12)
    assert [len(week) for week in strip([], {}, {}, first_day(until, 12), until).weeks] == [7] * 12


def test_what_became_of_each_programme_stands_by_its_day() -> None:
    life = Life()
    life.live(range(3))
    standing = life.on_day(2)
    found = strip([], {ProgrammeId.DAILY_WALKING: standing}, {}, standing.begun, standing.today)
    assert [dict(each.programmes) for each in found.days] == [
        {ProgrammeId.DAILY_WALKING: each.state} for each in standing.days
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["No data for 1 day: 4 Mar", "No data for 2 days: 6 Mar – 7 Mar"]),
        ("de", ["Keine Daten an 1 Tag: 4. März", "Keine Daten an 2 Tagen: 6. März – 7. März"]),
    ],
)
def test_gaps_in_words(language: str, said: list[str]) -> None:
    found = strip_of([fact(1), fact(2, LOST), fact(3), fact(4, LOST), fact(5, LOST)], 6)
    assert gaps_said(words_in(language), found.gaps) == said


def test_of_many_gaps_the_longest_are_told_and_the_rest_counted() -> None:
    facts = [fact(n, LOST if n % 2 else WORN) for n in range(20)]
    said = gaps_said(words_in("en"), strip_of(facts, 20).gaps)
    assert len(said) == 7
    assert said[-1] == "And 4 shorter stretches without data."


@pytest.mark.parametrize(
    ("value", "signed", "en", "de"),
    [
        (1.25, False, "1.2", "1,2"),
        (-0.04, True, "0.0", "0,0"),
        (0.3, True, "+0.3", "+0,3"),
        (-3.0, False, "−3.0", "−3,0"),
        (12345.6, True, "+12,345.6", "+12.345,6"),
        (None, True, "not measured", "nicht gemessen"),
    ],
)
def test_numbers_in_words(value: float | None, signed: bool, en: str, de: str) -> None:
    assert number(words_in("en"), value, 1, signed=signed) == en
    assert number(words_in("de"), value, 1, signed=signed) == de


def test_a_day_of_which_a_walk_is_under_way_is_still_open() -> None:
    found = strip([fact(2, LOST, reason="the hub met no insole")], {}, {}, day(0), day(13), day(13))
    assert (found.began, found.days[-1].facts.reason) == (day(2), "a walk is under way")
    assert [(gap.first, gap.last) for gap in found.gaps] == [(day(2), day(12))]
    assert strip([], {}, {}, day(0), day(13), day(13)).gaps == (), "it is the first day"
    worn = strip([fact(13)], {}, {}, day(0), day(13), day(13))
    assert worn.days[-1].facts.measured is WORN, "a walk before it is over"


def test_weeks_before_the_record_began_are_not_drawn() -> None:
    found = strip([fact(9)], {}, {}, day(0), day(27))
    assert [week[0].day for week in found.weeks_since_began] == [day(7), day(14), day(21)]
    assert [each.day for each in found.days_since_began] == [day(n) for n in range(9, 28)]
    nothing = strip([], {}, {}, day(0), day(27))
    assert ([week[0].day for week in nothing.weeks_since_began], nothing.days_since_began) == ([day(21)], ())
