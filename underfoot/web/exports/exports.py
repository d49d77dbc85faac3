"""What is stored, to take away: a page that offers it, and the files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ingest.wire.faults import FaultCode, UnderfootError
from processing.metrics.recipe import STEADY
from processing.times import local_day
from underfoot.accounts.rights import Right
from underfoot.downloads import MEDIA, Download, Format, made, missing
from underfoot.exporting import DAYS, Asked, last_days
from underfoot.web.door import Ask, Door
from underfoot.web.fields import iso_day
from underfoot.web.rendering import page
from underfoot.web.site import Site

log = logging.getLogger(__name__)

_AT_ONCE = 2  # made at a time, whoever asks; the next one waits
_MAKERS = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="export")
_CHUNK_BYTES = 65_536
_LISTED = 400
_OF_DAYS = (Format.CSV, Format.PARQUET, Format.FHIR)
_OF_A_WALK = (Format.CSV, Format.PARQUET, Format.EDF, Format.FHIR)


@dataclass(frozen=True, slots=True)
class Offered:
    """A walk in the list."""

    walk: str
    begun_t_ns: int


async def show(site: Site, ask: Ask) -> Response:
    today = local_day(site.now_ns(), site.house.zone)
    first, last = last_days(today)
    kept = await site.read(lambda journal: journal.walks(ask.person, STEADY.name))
    walks = [
        Offered(each.walk, each.begun_t_ns) for each in kept if local_day(each.begun_t_ns, site.house.zone) <= today
    ]
    return page(
        site,
        ask,
        "exports.html",
        first=first,
        last=last,
        days=DAYS,
        walks=walks[::-1][:_LISTED],
        count=len(walks),
        since=walks[0].begun_t_ns if walks else None,
        of_days=_OF_DAYS,
        of_a_walk=_OF_A_WALK,
        missing=missing(),
    )


async def download(site: Site, ask: Ask) -> Response:
    """A file of days (`from`, `to`; at most 84), or of one `walk`. It changes nothing."""
    kind = _kind(ask)
    asked = _asked(site, ask, kind)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(_MAKERS, made, site.places, kind, asked)
    except OSError as error:
        raise UnderfootError(FaultCode.DISK_FULL, f"the export could not be made: {error.strerror}") from error
    log.info("an export was taken as %s, %d bytes, by %s", kind, found.size, ask.viewer.via)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Length": str(found.size),
        "Cache-Control": "no-store",
    }
    return _Sent(found, MEDIA[kind], headers)


class _Sent(StreamingResponse):
    """Closes its file also when nobody stays to take it, or only the head was asked for."""

    def __init__(self, found: Download, media_type: str, headers: Mapping[str, str]) -> None:
        self._file = found.file
        super().__init__(iter(lambda: self._file.read(_CHUNK_BYTES), b""), media_type=media_type, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with closing(self._file):
            await super().__call__(scope, receive, send)


def _kind(ask: Ask) -> Format:
    try:
        return Format(ask.path("kind"))
    except ValueError as error:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no export {ask.path('kind')!r}") from error


def _asked(site: Site, ask: Ask, kind: Format) -> Asked:
    today = local_day(site.now_ns(), site.house.zone)
    first, last = last_days(today)
    walk = ask.query("walk") or None
    if kind is Format.EDF and walk is None:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, "EDF holds one walk: say which")
    if walk is None:
        last = _day(ask, "to") or last
        first = _day(ask, "from") or last - timedelta(days=DAYS - 1)
    if first > last or last - first >= timedelta(days=DAYS):
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"{first} to {last}: from 1 to {DAYS} days at once")
    return Asked(person=ask.person, zone=site.house.zone, first=first, last=last, walk=walk, today=today)


def _day(ask: Ask, name: str) -> date | None:
    return iso_day(ask.query(name))


DOORS: tuple[Door, ...] = (
    Door("/p/{person}/export", show, Right.SEE_RECORD),
    Door("/p/{person}/export/{kind}", download, Right.SEE_RECORD),
)
