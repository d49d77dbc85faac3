"""The walking programmes: what today asks for and why not more, the days so far; begun, ended, capped with a reason."""

from __future__ import annotations

from starlette.responses import Response

from ingest.wire.entries import Entry, ProgrammeChange
from ingest.wire.faults import FaultCode, UnderfootError
from processing.programme.plans import PROGRAMMES
from processing.times import local_day
from underfoot.accounts.rights import Right
from underfoot.lived import lived
from underfoot.web.clinic import programme_rows
from underfoot.web.door import Ask, Door
from underfoot.web.fields import typed
from underfoot.web.refusal import NOTHING_REFUSED, Refused, shown_beside
from underfoot.web.rendering import page
from underfoot.web.signs import PROGRAMME_SIGNS
from underfoot.web.site import Site


async def show(site: Site, ask: Ask) -> Response:
    return await _show(site, ask, NOTHING_REFUSED)


async def _show(site: Site, ask: Ask, refused: Refused) -> Response:
    today = local_day(site.now_ns(), site.house.zone)
    life = await site.read(lambda journal: lived(journal, ask.person, site.house.zone, today))
    standings = life.standings()
    t = ask.words
    said = f"programme.said.{ask.query('said')}"
    return page(
        site,
        ask,
        "programme.html",
        status=refused.status,
        programmes=[(each, standings.get(each.id)) for each in PROGRAMMES.values()],
        history=list(reversed(_changes(life.entries))),
        refused=refused,
        said=said if t.has(said) else "",
        today=today.isoformat(),
        weeks=programme_rows.weeks,
        signs=PROGRAMME_SIGNS,
        can_begin=programme_rows.can_begin,
        latest_first=programme_rows.latest_first,
        today_words=lambda now: programme_rows.today_words(now, t),
        measured_words=lambda day: programme_rows.measured_words(day, t),
    )


def _changes(entries: tuple[Entry, ...]) -> list[tuple[Entry, ProgrammeChange]]:
    return [(each, each.said) for each in entries if isinstance(each.said, ProgrammeChange)]


@shown_beside(_show, lambda ask: f"{ask.form.get('do', '')}/{ask.form.get('programme', '')}")
async def change(site: Site, ask: Ask) -> Response:
    """Everything here wants a reason, also what processing would take without one."""
    said = programme_rows.read_change(ask.form, local_day(site.now_ns(), site.house.zone))
    why = typed(ask, "why")
    if not why:
        raise UnderfootError(FaultCode.ENTRY_REFUSED, "a programme is changed for a reason: say why")
    await site.say(ask, said, Right.DECIDE, why=why)
    to = f"p/{ask.person}/programme?said={said.do}"
    return site.done(ask, to, to=to)


DOORS = (
    Door("/p/{person}/programme", show, Right.DECIDE),
    Door("/p/{person}/programme", change, Right.DECIDE, post=True),
)
