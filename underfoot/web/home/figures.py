"""The live feet with their figures, and the last 15 minutes: for who looks after the wearer."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from ingest.wire.faults import FaultCode, UnderfootError
from processing.rule_changes import rules_maker
from processing.rules.preset import load_preset
from underfoot.accounts.rights import Right
from underfoot.web.door import Ask, Door
from underfoot.web.home.answers import ACTIONS, said_words
from underfoot.web.home.feet import summary_of, zone_name
from underfoot.web.home.history import SPAN_S, Usual, binned
from underfoot.web.home.recent import recent, usual_of
from underfoot.web.rendering import page
from underfoot.web.site import Site

_S = 1_000_000_000


async def show(site: Site, ask: Ask) -> Response:
    if not ask.viewer.may(Right.SEE_FEET):
        raise UnderfootError(FaultCode.NOT_YOURS, f"{Right.SEE_FEET} is not among your rights")
    window_s = await _window_s(site, ask.person)
    span = ask.words("live.minute") if window_s == 60 else ask.words("live.span", seconds=window_s)
    return page(
        site, ask, "live.html",
        state=summary_of(site, ask), span=span, said=said_words(ask), actions=ACTIONS, zone=zone_name(site.house.zone),
        now_ms=site.now_ns() // 1_000_000,
    )  # fmt: skip


async def _window_s(site: Site, person: str) -> int:
    preset = site.settings.rules.preset
    if not site.places.journal.is_file():
        return load_preset(preset).window_s
    rules = await site.read(lambda journal: rules_maker(preset, journal)(person, site.now_ns()))
    return rules.window_s


async def history(site: Site, ask: Ask) -> Response:
    now_ns = site.now_ns()
    model = site.lives.of(ask.person).model
    points = await recent(site.series, model, ask.person, now_ns - SPAN_S * _S, now_ns + _S)
    usual = Usual()
    if site.places.journal.is_file():
        usual = await site.read(lambda journal: usual_of(journal, ask.person, site.settings.rules.preset))
    return JSONResponse(binned(points, usual, now_ns), headers={"Cache-Control": "no-store"})


DOORS = (
    Door("/p/{person}/live", show, Right.SEE_CONTACT),
    Door("/p/{person}/history", history, Right.SEE_CONTACT),
)
