"""Numbers, spans and days in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from underfoot.words import ENGLISH, words_in
from underfoot.words.areas import area_words
from underfoot.words.times import ago, day_short, day_words, minutes, span

GERMAN = words_in("de")
MIN, H, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("value", "digits", "english", "german"),
    [
        (12_500.0, 0, "12,500", "12.500"),
        (1_234_567.891, 2, "1,234,567.89", "1.234.567,89"),
        (0.36, 2, "0.36", "0,36"),
        (-4.05, 1, "-4.0", "-4,0"),
        (0, 0, "0", "0"),
    ],
)
def test_a_number_as_the_language_writes_it(value: float, digits: int, english: str, german: str) -> None:
    assert (ENGLISH.number(value, digits), GERMAN.number(value, digits)) == (english, german)
    assert GERMAN.percent(value, digits) == f"{german} %"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (59 * MIN, "59 min"), (2 * H, "2 h"), (3 * H + 610, "3 h 10 min")],
)
def test_a_span(seconds: float, words: str) -> None:
    assert span(seconds, ENGLISH) == span(seconds, GERMAN) == words


def test_minutes_of_a_day_keep_their_minutes() -> None:
    assert [minutes(count, GERMAN) for count in (0.9, 59.9, 120)] == ["0 min", "59 min", "2 h 0 min"]


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (59, "just now", "gerade eben"),
        (5 * MIN, "5 min ago", "vor 5 min"),
        (47 * H, "47 h ago", "vor 47 h"),
        (2 * DAY, "2 days ago", "vor 2 Tagen"),
    ],
)
def test_how_long_ago(seconds: float, english: str, german: str) -> None:
    assert (ago(seconds, ENGLISH), ago(seconds, GERMAN)) == (english, german)


def test_a_day_has_a_name() -> None:
    sunday = date(2026, 4, 5)
    assert (day_words(sunday, ENGLISH), day_words(sunday, GERMAN)) == ("Sunday 5 April 2026", "Sonntag, 5. April 2026")
    assert (day_short(sunday, ENGLISH), day_short(sunday, GERMAN)) == ("5 Apr", "5. Apr.")


@pytest.mark.parametrize(
    ("area", "german"),
    [
        ("T1", "Großzehe"),
        ("heel_medial_rear", "Ferse innen hinten"),
        ("rear_lateral", "Ferse außen"),
        ("first metatarsal head", "1. Mittelfußköpfchen"),
        ("cell_7", "cell 7"),  # a name that nobody knows stays as it is
    ],
)
def test_an_area_of_the_foot_or_of_an_insole(area: str, german: str) -> None:
    assert area_words(area, GERMAN) == german
    assert area_words(area, ENGLISH) == area.replace("_", " ")
