"""Spans, days and how long ago, in plain words of one language. Pure: the time comes in."""

from __future__ import annotations

from datetime import date

from underfoot.words import Words

_MIN_S = 60
_DAY_S = 86_400


def span(seconds: float, words: Words) -> str:
    """40 s, 3 min, 3 h 10 min; whole minutes begun are not counted."""
    whole = int(seconds)
    return words("time.s", count=whole) if whole < _MIN_S else _minutes(whole // _MIN_S, words, bare_hours=True)


def minutes(count: float, words: Words) -> str:
    """0 min, 59 min, 2 h 0 min."""
    return _minutes(int(count), words, bare_hours=False)


def ago(seconds: float, words: Words) -> str:
    """In days from two days on; "just now" below a minute."""
    if seconds < _MIN_S:
        return words("time.now")
    if seconds >= 2 * _DAY_S:
        return words("time.days_ago", count=int(seconds // _DAY_S))
    return words("time.ago", span=span(seconds, words))


def day_words(day: date, words: Words) -> str:
    """Monday 5 April 2026."""
    return words(
        "time.date",
        weekday=words(f"time.weekday.{day.isoweekday()}"),
        day=day.day,
        month=words(f"time.month.{day.month}"),
        year=day.year,
    )


def day_short(day: date, words: Words) -> str:
    """5 Apr."""
    return words("time.date_short", day=day.day, month=words(f"time.month_short.{day.month}"))


def _minutes(whole: int, words: Words, *, bare_hours: bool) -> str:
    hours, rest = divmod(whole, 60)
    if not hours:
        return words("time.min", count=whole)
    return words("time.h", hours=hours) if bare_hours and not rest else words("time.h_min", hours=hours, count=rest)
