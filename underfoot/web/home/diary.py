"""The wearer's diary: how the feet look and feel today, what to do about it now, and what was said of late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from ingest.wire.entries import Entry, FootCheck, NoWalk, RedFlag, Said, Skin, Symptoms
from ingest.wire.faults import UnderfootError
from processing.times import local_day
from underfoot.accounts.rights import Right
from underfoot.web.door import Ask, Door
from underfoot.web.home.diary_said import FEELINGS, KINDS, URGENT, call_words, calls_of, said_in
from underfoot.web.home.feet import stop_rules, summary_of
from underfoot.web.rendering import page
from underfoot.web.site import Site
from underfoot.words.advice import advice
from underfoot.words.times import day_words

DAYS_LISTED = 14


@dataclass(frozen=True, slots=True)
class DayLines:
    """What was said of one day, in words; none: nothing was."""

    day: str
    lines: tuple[str, ...]


async def show(site: Site, ask: Ask) -> Response:
    """`?said=`: ids of what was just said, whose answer is told."""
    entries = await _entries(site, ask)
    ids = frozenset((ask.query("said") or "").split(","))
    return _page(site, ask, entries, just_said=[each.said for each in entries if each.id in ids])


async def say(site: Site, ask: Ask) -> Response:
    """Whatever becomes of it, what has to be done at once is told."""
    said = said_in(ask.form, _today(site))
    try:
        taken = [await site.say(ask, each, Right.DIARY) for each in said]
    except UnderfootError as error:
        if not URGENT.intersection(calls_of(said, site.house)):
            raise
        entries = await _entries(site, ask)
        return _page(site, ask, entries, just_said=said, fault=advice(error.code, ask.words), status=503)
    return site.done(ask, f"p/{ask.person}/diary?said={','.join(each.id for each in taken)}#answer")


def _page(
    site: Site, ask: Ask, entries: Iterable[Entry], *, just_said: list[Said], fault: str = "", status: int = 200
) -> Response:
    calls = calls_of(just_said, site.house)
    plans: list[dict[str, Any]] = summary_of(site, ask)["plans"]
    return page(
        site, ask, "diary.html", status=status,
        fault=fault,
        is_said=bool(just_said),
        answers=[(call_words(each, site.house, ask.words), each in URGENT) for each in calls],
        is_urgent=bool(URGENT.intersection(calls)),
        phone=site.house.clinic_phone,
        days=_days(site, ask, entries),
        day_said=day_words(_today(site), ask.words),
        skins=list(Skin), flags=list(RedFlag), feelings=FEELINGS,
        stop_rules=stop_rules(ask.words, {plan["programme"] for plan in plans}),
    )  # fmt: skip


async def _entries(site: Site, ask: Ask) -> list[Entry]:
    if not site.places.journal.is_file():
        return []
    found = await site.read(lambda journal: journal.entries(ask.person))
    return [each for each in found if isinstance(each.said, KINDS)]


def _today(site: Site) -> date:
    return local_day(site.now_ns(), site.house.zone)


def _days(site: Site, ask: Ask, entries: Iterable[Entry]) -> list[DayLines]:
    """The last two weeks, the newest day first; a day of which nothing was said stands there as such."""
    said: dict[str, list[str]] = {}
    for each in entries:
        if isinstance(each.said, KINDS):
            said.setdefault(each.said.day, []).append(_words(ask, each.said))
    days = [_today(site) - timedelta(days=n) for n in range(DAYS_LISTED)]
    return [DayLines(day_words(day, ask.words), tuple(said.get(day.isoformat(), ()))) for day in days]


def _words(ask: Ask, said: Symptoms | FootCheck | NoWalk) -> str:
    t = ask.words
    match said:
        case FootCheck(left=left, right=right):
            return t("diary.looked", left=t(f"skin.{left}"), right=t(f"skin.{right}"))
        case Symptoms():
            grades = [
                t("diary.grade", feeling=t(f"diary.{name}"), grade=grade)
                for name in FEELINGS
                if (grade := getattr(said, name)) is not None
            ]
            flags = [t("diary.flagged", flag=t(f"flag.{flag}")) for flag in said.red_flags]
            return ", ".join([*grades, *flags])
    return t("diary.no_walk_said")


DOORS: tuple[Door, ...] = (
    Door("/p/{person}/diary", show, Right.DIARY),
    Door("/p/{person}/diary", say, Right.DIARY, post=True),
)
