"""A wearer's weeks: every day, trends with their limits, what happened, regions, before and after, notes."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.responses import JSONResponse, Response

from ingest.wire.entries import ClinicNote
from ingest.wire.faults import FaultCode, UnderfootError
from processing.times import local_day
from underfoot.accounts.rights import Right
from underfoot.playback_store import walk_under_way
from underfoot.web.door import Ask, Door
from underfoot.web.record.asked import asked
from underfoot.web.record.context import context
from underfoot.web.record.read import Record, UnderWay, read_record
from underfoot.web.rendering import page
from underfoot.web.site import Site


async def read(site: Site, ask: Ask) -> Record:
    """What the address asks for."""
    wanted = asked(ask.query, local_day(site.now_ns(), site.house.zone))
    preset = site.settings.rules.preset
    walking = await asyncio.to_thread(walk_under_way, site.places, ask.person)
    now = UnderWay(walking.walk, walking.start_t_ns) if walking and walking.start_t_ns is not None else None
    return await site.read(lambda journal: read_record(journal, ask.person, site.house.zone, preset, wanted, now))


async def show(site: Site, ask: Ask) -> Response:
    found = await read(site, ask)
    return page(site, ask, "record.html", today=_today(site), **context(ask, found, site.house.zone))


async def data(site: Site, ask: Ask) -> Response:
    """The curves alone, for scripts and other programs."""
    found = await read(site, ask)
    return JSONResponse(context(ask, found, site.house.zone)["trend"], headers={"Cache-Control": "no-store"})


async def note(site: Site, ask: Ask) -> Response:
    said = _note(ask.form.get("day", ""), ask.form.get("text", "").strip())
    await site.say(ask, said, Right.DECIDE)
    return site.done(ask, f"p/{ask.person}/record#notes")


def _note(day: str, text: str) -> ClinicNote:
    try:
        return msgspec.convert({"what": "note", "day": day, "text": text}, ClinicNote)
    except msgspec.ValidationError as error:
        raise UnderfootError(FaultCode.ENTRY_REFUSED, str(error)) from error


def _today(site: Site) -> str:
    return local_day(site.now_ns(), site.house.zone).isoformat()


DOORS = (
    Door("/p/{person}/record", show, Right.SEE_RECORD),
    Door("/p/{person}/record/data", data, Right.SEE_RECORD),
    Door("/p/{person}/record/note", note, Right.DECIDE, post=True),
)
