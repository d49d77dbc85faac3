"""Walking programmes as a clinician's page shows them: today in the reader's words, and the days in weeks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.wire.entries import ProgrammeChange, ProgrammeId
from ingest.wire.faults import FaultCode, UnderfootError
from processing.programme.day import DayState, ProgrammeDay
from processing.programme.run import RunState
from processing.programme.standing import Standing
from underfoot.web.fields import iso_day, whole_number
from underfoot.words import Words

WEEK = 7
_STRIP_DAYS = 12 * WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Monday to Sunday; None: a day on which the programme was not on."""

    monday: str
    days: tuple[ProgrammeDay | None, ...]


def weeks(now: Standing) -> tuple[Week, ...]:
    """The last twelve weeks of days, the latest week last."""
    shown = {each.day: each for each in now.days[-_STRIP_DAYS:]}
    if not shown:
        return ()
    monday = min(shown) - timedelta(days=min(shown).weekday())
    count = (max(shown) - monday).days // WEEK + 1
    starts = (monday + timedelta(days=WEEK * n) for n in range(count))
    return tuple(
        Week(monday=start.isoformat(), days=tuple(shown.get(start + timedelta(days=n)) for n in range(WEEK)))
        for start in starts
    )


def today_words(now: Standing, t: Words) -> str:
    """What today asks for, in one sentence."""
    day = now.of_today
    if day is None:
        return t("programme.today.ended")
    if now.stopped_by:
        flags = ", ".join(t(f"flag.{flag}") for flag in now.stopped_by)
        return t("programme.today.stopped", flags=flags)
    if now.resting is not None:
        return t("programme.today.resting", skin=t(f"skin.{now.resting}"))
    if day.state is DayState.REST:
        return t("programme.today.rest")
    key = "done" if day.state is DayState.DONE else "asks"
    return t(f"programme.today.{key}", n=day.planned_min, how=t(f"programme.phase.{day.phase}"))


def measured_words(day: ProgrammeDay, t: Words) -> str:
    """What was measured of a day; none of it is not 0."""
    if day.done_min is None:
        return t("programme.not_measured_yet" if day.state is DayState.TODAY else "page.not_measured")
    said = t("programme.of_minutes", done=f"{day.done_min:.0f}", planned=day.planned_min)
    if day.backward_min is not None:
        apart = t("programme.apart", forward=f"{day.forward_min or 0:.0f}", backward=f"{day.backward_min:.0f}")
        said = f"{said} ({apart})" if day.forward_min is not None else said
    return said


def can_begin(state: RunState | None) -> bool:
    """None: it never was."""
    return state is not RunState.RUNNING


def read_change(form: Mapping[str, str], today: date) -> ProgrammeChange:
    """:raises UnderfootError: REQUEST_MALFORMED for a programme, a deed or a number that there is not."""
    try:
        programme = ProgrammeId(form.get("programme", ""))
    except ValueError as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, "no such programme") from error
    day = (iso_day(form.get("day")) or today).isoformat()
    match form.get("do"):
        case "begin":
            return ProgrammeChange(
                programme=programme,
                do="begin",
                day=day,
                step_min=whole_number(form.get("step_min"), 1, 5),
                support_present=form.get("support_present") == "yes",
            )
        case "cap":
            steps = None if form.get("no_cap") == "yes" else whole_number(form.get("cap_steps"), 0, 20_000)
            if steps is None and form.get("no_cap") != "yes":
                raise UnderfootError(FaultCode.REQUEST_MALFORMED, "say how many steps, or that there is no cap")
            return ProgrammeChange(programme=programme, do="cap", day=day, cap_steps=steps)
        case "end":
            return ProgrammeChange(programme=programme, do="end", day=day)
        case _:
            raise UnderfootError(FaultCode.REQUEST_MALFORMED, "begin, end or cap")


def latest_first(now: Standing) -> Iterator[ProgrammeDay]:
    return reversed(now.days)
