"""What people at home answer: to an alert, and that they are all right."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from ingest.wire.alerts import AlertReply
from ingest.wire.entries import AllRight
from ingest.wire.faults import FaultCode, UnderfootError
from processing.times import local_time
from underfoot.accounts.rights import Right
from underfoot.web.door import Ask, Door
from underfoot.web.site import Site

ACTIONS = ("sat down", "checked the foot", "checked the shoe", "changed the shoe", "nothing yet")
SAID = ("seen", "judged", "asked", "well")  # keys of what a page tells after an answer
_PAGES = ("contact", "live")  # beside the feet, where an answer may be given
_MAX_CHARS = 500


async def acknowledge(site: Site, ask: Ask) -> Response:
    return await _reply(site, ask, "acknowledge", "seen")


async def judge(site: Site, ask: Ask) -> Response:
    verdicts: dict[str, Literal["useful", "not-useful"]] = {"yes": "useful", "no": "not-useful"}
    verdict = verdicts.get(ask.form.get("useful", ""))
    if verdict is None:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, "useful: yes or no")
    return await _reply(site, ask, verdict, "judged")


async def escalate(site: Site, ask: Ask) -> Response:
    return await _reply(site, ask, "escalate", "asked")


async def well(site: Site, ask: Ask) -> Response:
    """A sign of life. Its answer says that it changes no alert."""
    await site.say(ask, AllRight(), Right.ANSWER)
    time = local_time(site.now_ns(), site.house.zone).strftime("%H:%M")
    return site.done(ask, _back(ask, "well"), answer=ask.words("feet.said_well", time=time))


async def _reply(
    site: Site, ask: Ask, do: Literal["acknowledge", "escalate", "useful", "not-useful"], said: str
) -> Response:
    alert_id = ask.path("alert_id")
    if site.lives.of(ask.person).model.alert(alert_id) is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no alert {alert_id!r}")
    reply = AlertReply(
        id=alert_id,
        do=do,
        by=ask.viewer.name,
        t_ns=site.now_ns(),
        action=_tidy(ask.form.get("action")),
        note=_tidy(ask.form.get("note")),
    )
    await site.doors.reply(ask.person, reply)
    return site.done(ask, _back(ask, said), answer=ask.words(f"feet.said_{said}"))


def _back(ask: Ask, said: str) -> str:
    """Where a form without scripts leads: to the page that it stands on, which tells what was said."""
    page = ask.form.get("page", "")
    return f"p/{ask.person}/{page if page in _PAGES else ''}?said={said}"


def _tidy(text: str | None) -> str | None:
    return " ".join((text or "").split())[:_MAX_CHARS] or None


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
