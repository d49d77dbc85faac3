"""The walks of a wearer, and each of them played back as two moving feet."""

from __future__ import annotations

import asyncio
import math
import re
from hashlib import sha256
from itertools import groupby
from typing import Any

import msgspec
from starlette.responses import Response

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.rule_changes import rules_maker
from underfoot.accounts.rights import Right
from underfoot.playback import FRAME_NS
from underfoot.playback_store import Reel, alerts_of, frames, listed, reel
from underfoot.web.door import Ask, Door
from underfoot.web.rendering import page
from underfoot.web.site import Site
from underfoot.web.walks.facts import facts_of
from underfoot.web.walks.listed import line_of
from underfoot.web.walks.shapes import chunk, figures, plan, seconds

_S = 1_000_000_000
PER_PAGE = 50
LONGEST_S = 120.0
SPEEDS = ("0.25", "0.5", "1", "2", "4", "8", "16")
_LARGEST_PAGE = 1_000_000

_encode = msgspec.json.Encoder().encode


async def walks(site: Site, ask: Ask) -> Response:
    number = _page_number(ask.query("page"))
    shown, count, undated = await asyncio.to_thread(listed, site.places, ask.person, number, PER_PAGE)
    alerts = await site.read(lambda journal: journal.alerts(ask.person))
    lines = [line_of(each, alerts, site.house.zone) for each in shown]
    days = [(day, list(of_day)) for day, of_day in groupby(lines, key=lambda line: line.day)]
    pages = max(1, -(-count // PER_PAGE))
    return page(site, ask, "walks.html", days=days, undated=undated, count=count, number=number, pages=pages)


async def walk(site: Site, ask: Ask) -> Response:
    shown = await _reel(site, ask)
    alerts = await site.read(lambda journal: alerts_of(journal, ask.person, shown.info))
    preset, begun_t_ns = site.settings.rules.preset, shown.film.start_t_ns
    rules = await site.read(lambda journal: rules_maker(preset, journal)(ask.person, begun_t_ns))
    facts = facts_of(shown, alerts, rules.window_s, site.house.zone)
    begin = plan(shown, alerts, facts.offset_s, _whole(ask.query("at")))
    return page(site, ask, "walk.html", facts=facts, plan=begin, speeds=SPEEDS, Side=Side)


async def stretch(site: Site, ask: Ask) -> Response:
    """Frames `from … from + seconds` of the walk, in seconds from its first row."""
    start_s, length_s = _number(ask, "from", 0.0), _number(ask, "seconds", 60.0)
    if start_s < 0 or not 0 < length_s <= LONGEST_S:
        raise _malformed(f"from {start_s:g} for {length_s:g} s; from 0 on, at most {LONGEST_S:g} s")
    shown = await _reel(site, ask)
    if start_s >= seconds(shown.film):
        raise _malformed(f"from {start_s:g} s of a walk of {seconds(shown.film):g} s")
    first = round(start_s * _S) // FRAME_NS
    stop = -(-round((start_s + length_s) * _S) // FRAME_NS)
    count = max(min(stop, shown.film.frames) - first, 1)
    body = await asyncio.to_thread(_chunk, site, ask.person, shown, first, count)
    return _kept(ask, body, ended=shown.info.ended and shown.judged)


def _chunk(site: Site, person: str, shown: Reel, first: int, count: int) -> bytes:
    told: dict[str, Any] = chunk(
        shown.film,
        frames(site.places, shown, first, count),
        first,
        count,
        figures(site.series, person, shown.film, first, count),
    )
    return _encode(told)


def _kept(ask: Ask, body: bytes, *, ended: bool) -> Response:
    """A browser keeps what belongs to a walk that has ended, and asks whether it is still so after that."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    held = "private, max-age=600, immutable" if ended else "no-store"
    headers = {"ETag": tag, "Cache-Control": held, "Vary": "Cookie"}
    if ask.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


async def _reel(site: Site, ask: Ask) -> Reel:
    return await asyncio.to_thread(reel, site.places, ask.person, ask.path("walk"))


def _number(ask: Ask, name: str, default: float) -> float:
    told = ask.query(name)
    try:
        value = default if told is None else float(told)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _malformed(f"{name} is not a number")
    return value


def _whole(told: str | None) -> int | None:
    if told is None or told == "":
        return None
    if re.fullmatch(r"-?[0-9]{1,19}", told) is None:
        raise _malformed("at is a time in ns since 1970")
    return int(told)


def _page_number(told: str | None) -> int:
    if told is None:
        return 1
    if not (told.isascii() and told.isdigit() and len(told) < 8 and 0 < int(told) <= _LARGEST_PAGE):
        raise _malformed("there is no such page")
    return int(told)


def _malformed(why: str) -> UnderfootError:
    return UnderfootError(FaultCode.REQUEST_MALFORMED, why)


DOORS: tuple[Door, ...] = (
    Door("/p/{person}/walks", walks, Right.SEE_RECORD),
    Door("/p/{person}/walks/{walk}", walk, Right.SEE_RECORD),
    Door("/p/{person}/walks/{walk}/frames", stretch, Right.SEE_RECORD),
)
