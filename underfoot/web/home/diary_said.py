"""A filled-in diary form → what it says, and what is answered to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ingest.wire.entries import Entry, FootCheck, NoWalk, RedFlag, Role, Said, Skin, Symptoms
from ingest.wire.faults import FaultCode, UnderfootError
from processing.household import Household
from processing.programme.diary import Calls, answer
from underfoot.words import Words

FEELINGS = ("pain", "numbness", "tingling")
KINDS = (Symptoms, FootCheck, NoWalk)
_PRESSING = (  # the most urgent first
    Calls.EMERGENCY,
    Calls.STOP_AND_CALL,
    Calls.OFF_THE_FOOT,
    Calls.REST_AND_CALL,
    Calls.LOOK_AGAIN,
    Calls.LOOK_TODAY,
)
URGENT = frozenset({Calls.EMERGENCY, Calls.STOP_AND_CALL, Calls.OFF_THE_FOOT})


def said_in(form: Mapping[str, str], day: date) -> list[Said]:
    """What was filled in, the most urgent first; what was left out counts as not asked, never as 0.

    :raises UnderfootError: REQUEST_MALFORMED; ENTRY_REFUSED where nothing was said.
    """
    about = day.isoformat()
    grades = {name: _grade(form.get(name, "")) for name in FEELINGS}
    flags = tuple(_flag(each) for each in form.get("flag", "").split(",") if each)
    skins = [_skin(form.get(side, "")) for side in ("left", "right")]
    said: list[Said] = []
    if flags or any(grade is not None for grade in grades.values()):
        said.append(Symptoms(day=about, red_flags=flags, **grades))
    if any(skin is not None for skin in skins):
        left, right = (skin or Skin.NOT_LOOKED for skin in skins)
        said.append(FootCheck(day=about, left=left, right=right))
    if form.get("no_walk"):
        said.append(NoWalk(day=about))
    if not said:
        raise UnderfootError(FaultCode.ENTRY_REFUSED, "nothing was said")
    return said


def calls_of(said: Iterable[Said], house: Household) -> list[Calls]:
    """What has to be done now, the most urgent first, each thing once."""
    found = {answer(_unsigned(each), house).calls for each in said}
    return [each for each in _PRESSING if each in found]


def call_words(calls: Calls, house: Household, words: Words) -> str:
    phone = house.clinic_phone
    clinic = words("diary.clinic_with_phone", phone=phone) if phone else words("diary.clinic")
    return words(f"diary.calls.{calls}", clinic=clinic)


def _unsigned(said: Said) -> Entry:
    return Entry(id="-", by="-", role=Role.PATIENT, t_ns=0, said=said)


def _grade(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 10):
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"0 to 10, not {text[:20]!r}")
    return int(text)


def _flag(text: str) -> RedFlag:
    try:
        return RedFlag(text)
    except ValueError as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"no warning sign {text[:20]!r}") from error


def _skin(text: str) -> Skin | None:
    try:
        return Skin(text) if text else None
    except ValueError as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"no look of a foot {text[:20]!r}") from error
