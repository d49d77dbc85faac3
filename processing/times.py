"""Event times as a person's clock and calendar show them. Pure: the time zone comes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_S = 10**9


def local_day(t_ns: int, zone: tzinfo) -> date:
    """The person's day on which a time falls."""
    return local_time(t_ns, zone).date()


def local_time(t_ns: int, zone: tzinfo) -> datetime:
    """To the second."""
    return datetime.fromtimestamp(t_ns // _S, UTC).astimezone(zone)


def day_bounds_ns(day: date, zone: tzinfo) -> tuple[int, int]:
    """UTC ns at which the person's day begins and ends; 23 or 25 h apart where the clocks change."""
    return _midnight_ns(day, zone), _midnight_ns(day + timedelta(days=1), zone)


def each_day(first: date, last: date) -> Iterator[date]:
    """From `first` to `last`, both included; none where `last` is earlier."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def stamp(t_ns: int) -> str:
    """To the second, in UTC, as it stands in names: 20260105T090000Z."""
    return f"{datetime.fromtimestamp(t_ns // _S, UTC):%Y%m%dT%H%M%SZ}"


def _midnight_ns(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp()) * _S
