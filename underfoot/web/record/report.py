"""The record on paper: the same figures, charts drawn without scripts, and what they rest on."""

from __future__ import annotations

from starlette.responses import Response

from underfoot import __version__
from underfoot.accounts.rights import Right
from underfoot.web.door import Ask, Door
from underfoot.web.record.context import context
from underfoot.web.record.record import read
from underfoot.web.rendering import page
from underfoot.web.site import Site


async def show(site: Site, ask: Ask) -> Response:
    found = await read(site, ask)
    values = context(ask, found, site.house.zone)
    return page(site, ask, "report.html", version=__version__, made_t_ns=site.now_ns(), **values)


DOORS = (Door("/p/{person}/report", show, Right.SEE_RECORD),)
