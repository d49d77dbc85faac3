"""What a record is asked for: until which day, how many weeks, and which two times are compared. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.wire.entries import ProgrammeId
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.web.fields import iso_day, whole_number
from underfoot.web.record.days import first_day

WEEKS, MOST_WEEKS = 12, 104
FIGURES = ("share_pct", "max_force_n", "fti_n_s", "peak_kpa", "contact_pct")
Query = Callable[[str], str | None]
Stretch = tuple[date, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`before`, `after`: first and last day, both included; `programmes`: two of them, or none: compare the days."""

    until: date
    weeks: int
    before: Stretch
    after: Stretch
    programmes: tuple[ProgrammeId, ...]
    figure: str

    @property
    def first(self) -> date:
        return first_day(self.until, self.weeks)

    @property
    def query(self) -> str:
        """The same question, as the part of an address after its ?."""
        words = [f"until={self.until}", f"weeks={self.weeks}", f"figure={self.figure}"]
        if self.programmes:
            return "&".join([*words, f"programmes={','.join(self.programmes)}"])
        pairs = (("before", self.before), ("after", self.after))
        return "&".join([*words, *(f"{name}={first}..{last}" for name, (first, last) in pairs)])


def asked(query: Query, today: date) -> Asked:
    """Left out: twelve weeks until today, which no record outruns, and their first third against their last.

    :raises UnderfootError: REQUEST_MALFORMED.
    """
    until = min(iso_day(query("until")) or today, today)
    weeks = whole_number(query("weeks"), 1, MOST_WEEKS) or WEEKS
    first = first_day(until, weeks)
    third = timedelta(days=7 * weeks // 3 - 1)
    return Asked(
        until=until,
        weeks=weeks,
        before=_stretch(query, "before") or (first, first + third),
        after=_stretch(query, "after") or (until - third, until),
        programmes=_programmes(query("programmes")),
        figure=_figure(query("figure")),
    )


def _stretch(query: Query, name: str) -> Stretch | None:
    """`before=A..B`, or from a form `before_first` and `before_last`."""
    whole = query(name)
    if whole:
        first, dots, last = whole.partition("..")
        days = iso_day(first), iso_day(last if dots else first)
    else:
        days = iso_day(query(f"{name}_first")), iso_day(query(f"{name}_last"))
    if days == (None, None):
        return None
    if days[0] is None or days[1] is None:
        raise _malformed(f"{name}: both its first and its last day are needed")
    if days[0] > days[1] or (days[1] - days[0]).days > 7 * MOST_WEEKS:
        raise _malformed(f"{name}: {days[0]} … {days[1]}")
    return days[0], days[1]


def _programmes(text: str | None) -> tuple[ProgrammeId, ...]:
    if not text:
        return ()
    known = {each.value: each for each in ProgrammeId}
    found = tuple(known[name] for name in text.split(",") if name in known)
    if len(found) != 2 or found[0] is found[1] or text.count(",") != 1:
        raise _malformed(f"{text!r} names no two programmes")
    return found


def _figure(text: str | None) -> str:
    if text and text not in FIGURES:
        raise _malformed(f"no figure {text!r}")
    return text or FIGURES[0]


def _malformed(detail: str) -> UnderfootError:
    return UnderfootError(FaultCode.REQUEST_MALFORMED, detail)
