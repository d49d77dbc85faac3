"""Fields of forms and addresses as values: what nobody may have meant is refused, with a word about it. Pure."""

from __future__ import annotations

from datetime import date

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.web.door import Ask

LONGEST_NOTE = 500  # characters, as long as a reason may be

_FIRST_YEAR, _LAST_YEAR = 2000, 2200  # every day between them has a midnight in ns, and a day before and after it


def typed(ask: Ask, name: str) -> str:
    """A note or a reason of the form, on one line.

    :raises UnderfootError: REQUEST_MALFORMED for one that is longer than a message takes.
    """
    said = " ".join(ask.form.get(name, "").split())
    if len(said) > LONGEST_NOTE:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"a note has {LONGEST_NOTE} characters at most")
    return said


def iso_day(text: str | None) -> date | None:
    """None where nothing was said.

    :raises UnderfootError: REQUEST_MALFORMED for what is no day, or none of our time.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"{text!r} is no day such as 2026-03-28") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"{day} lies outside {_FIRST_YEAR} … {_LAST_YEAR}")
    return day


def whole_number(text: str | None, least: int, most: int) -> int | None:
    """None where nothing was said.

    :raises UnderfootError: REQUEST_MALFORMED for what is no whole number from `least` to `most`.
    """
    said = (text or "").strip()
    if not said:
        return None
    digits = len(str(most))
    if not said.isascii() or not said.isdigit() or len(said) > digits or not least <= int(said) <= most:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"{said!r} is no whole number from {least} to {most}")
    return int(said)
