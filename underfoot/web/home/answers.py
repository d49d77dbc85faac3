"""What people at home answer: to an alert, and that they are all right."""

from __future__ import annotations

from starlette.responses import Response

from ingest.wire.entries import AllRight
from processing.times import local_time
from underfoot.accounts.rights import Right
from underfoot.web.answering import Do, answer, verdict
from underfoot.web.door import Ask, Door
from underfoot.web.fields import typed
from underfoot.web.site import Site

ACTIONS = ("sat down", "checked the foot", "checked the shoe", "changed the shoe", "nothing yet")
SAID = ("seen", "judged", "asked", "well")  # keys of what a page tells after an answer
_PAGES = ("contact", "live")  # beside the feet, where an answer may be given


async def acknowledge(site: Site, ask: Ask) -> Response:
    return await _reply(site, ask, "acknowledge", "seen")


async def judge(site: Site, ask: Ask) -> Response:
    return await _reply(site, ask, verdict(ask), "judged")


async def escalate(site: Site, ask: Ask) -> Response:
    return await _reply(site, ask, "escalate", "asked")


async def well(site: Site, ask: Ask) -> Response:
    """A sign of life. Its answer says that it changes no alert."""
    await site.say(ask, AllRight(), Right.ANSWER)
    time = local_time(site.now_ns(), site.house.zone).strftime("%H:%M")
    return site.done(ask, _back(ask, "well"), answer=ask.words("feet.said_well", time=time))


async def _reply(site: Site, ask: Ask, do: Do, said: str) -> Response:
    await answer(site, ask, ask.person, [ask.path("alert_id")], do, typed(ask, "note"), typed(ask, "action"))
    return site.done(ask, _back(ask, said), answer=ask.words(f"feet.said_{said}"))


def _back(ask: Ask, said: str) -> str:
    """Where a form without scripts leads: to the page that it stands on, which tells what was said."""
    page = ask.form.get("page", "")
    return f"p/{ask.person}/{page if page in _PAGES else ''}?said={said}"


def said_words(ask: Ask, all_right_time: str = "") -> str:
    """What the answer told of in the address has become; "" where there was none."""
    said = ask.query("said")
    return ask.words(f"feet.said_{said}", time=all_right_time) if said in SAID else ""


_ALERT = "/p/{person}/alerts/{alert_id}"
DOORS = (
    Door(f"{_ALERT}/acknowledge", acknowledge, Right.ANSWER, post=True),
    Door(f"{_ALERT}/judge", judge, Right.ANSWER, post=True),
    Door(f"{_ALERT}/escalate", escalate, Right.ESCALATE, post=True),
    Door("/p/{person}/well", well, Right.ANSWER, post=True),
)
