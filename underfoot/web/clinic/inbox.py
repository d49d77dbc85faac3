"""The clinician's inbox: what is open of every wearer whom they see, and what they say to it."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import quote

from starlette.responses import Response

from ingest.wire.alerts import AlertLevel
from ingest.wire.entries import Mute, TaskDone
from ingest.wire.faults import FaultCode, UnderfootError
from processing.times import local_day
from underfoot.accounts.rights import Right
from underfoot.accounts.trail import Happened
from underfoot.web.answering import answer, check_known, verdict
from underfoot.web.clinic.inbox_rows import RECENT_DAYS, Filter, inbox, wearer
from underfoot.web.clinic.mute_choices import Until, choices, until_t_ns
from underfoot.web.door import Ask, Door
from underfoot.web.fields import LONGEST_NOTE, typed
from underfoot.web.refusal import NOTHING_REFUSED, Refused, shown_beside
from underfoot.web.rendering import page
from underfoot.web.site import Site


async def show(site: Site, ask: Ask) -> Response:
    return await _show(site, ask, NOTHING_REFUSED)


async def _show(site: Site, ask: Ask, refused: Refused) -> Response:
    seen = [person for person in site.people() if ask.viewer.sees(person)]
    now_ns, zone = site.now_ns(), site.house.zone
    wanted = Filter(**{name: ask.query(name) or "" for name in ("person", "rule", "level")})
    live = {person: site.lives.of(person).model.state(now_ns).last_t_ns for person in site.lives.people}
    rows = await site.read(lambda journal: [wearer(journal, person, zone, now_ns, live.get(person)) for person in seen])
    return page(
        site,
        ask,
        "inbox.html",
        status=refused.status,
        inbox=inbox(rows, wanted, now_ns),
        label=site.gate.label,
        refused=refused,
        said=_said(ask),
        wanted=wanted,
        now_ns=now_ns,
        today=_today(site),
        recent_days=RECENT_DAYS,
        longest_note=LONGEST_NOTE,
        choices=lambda alert: choices(alert, now_ns, zone),
        walk_link=walk_link,
    )


def _said(ask: Ask) -> str:
    """The key of the line that tells what was just done."""
    key = f"inbox.said.{ask.query('said')}"
    return key if ask.words.has(key) else ""


def _today(site: Site) -> str:
    return local_day(site.now_ns(), site.house.zone).isoformat()


def _of_alert(ask: Ask) -> str:
    return f"{ask.person}/{ask.path('alert_id')}"


def _done(site: Site, ask: Ask, said: str) -> Response:
    to = f"inbox?said={said}"
    return site.done(ask, to, to=to)


@shown_beside(_show, _of_alert)
async def acknowledge(site: Site, ask: Ask) -> Response:
    await answer(site, ask, ask.person, [ask.path("alert_id")], "acknowledge", typed(ask, "note"))
    return _done(site, ask, "acknowledged")


@shown_beside(_show, _of_alert)
async def escalate(site: Site, ask: Ask) -> Response:
    note = typed(ask, "note")
    if not note:
        raise UnderfootError(FaultCode.ENTRY_REFUSED, "an alert is handed on for a reason: say why")
    await answer(site, ask, ask.person, [ask.path("alert_id")], "escalate", note)
    return _done(site, ask, "escalated")


@shown_beside(_show, _of_alert)
async def judge(site: Site, ask: Ask) -> Response:
    await answer(site, ask, ask.person, [ask.path("alert_id")], verdict(ask), typed(ask, "note"))
    return _done(site, ask, "judged")


def _level(ask: Ask) -> AlertLevel | None:
    """As it stood on the page; it may have grown since."""
    return next((each for each in AlertLevel if each == ask.form.get("level")), None)


@shown_beside(_show, _of_alert)
async def mute(site: Site, ask: Ask) -> Response:
    await check_known(site, ask.person, [ask.path("alert_id")])
    until = ask.form.get("until", "")
    t_ns = until_t_ns(until, ask.form.get("own", ""), site.now_ns(), site.house.zone)
    said = Mute(alert=ask.path("alert_id"), until_t_ns=t_ns, level=_level(ask))
    await site.say(ask, said, Right.DECIDE, why=typed(ask, "why"))
    return _done(site, ask, "unmuted" if until == Until.OVER else "muted")


@shown_beside(_show, lambda _: "bulk")
async def acknowledge_all(site: Site, ask: Ask) -> Response:
    """`alerts`: `person/id` of each one that was ticked."""
    ticked = sorted(filter(None, ask.form.get("alerts", "").split(",")))
    if not ticked:
        raise UnderfootError(FaultCode.ENTRY_REFUSED, "no alert was ticked")
    known = site.people()
    for person in {each.partition("/")[0] for each in ticked}:
        if not (ask.viewer.sees(person) and person in known):
            site.refused(ask.request, ask.viewer, Happened.WRONG_PERSON)
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no person {person!r} here")
    for person, names in groupby(ticked, key=lambda each: each.partition("/")[0]):
        await answer(site, ask, person, [each.partition("/")[2] for each in names], "acknowledge", typed(ask, "note"))
    return _done(site, ask, "acknowledged")


@shown_beside(_show, lambda ask: f"task/{ask.path('task_id')}")
async def task_done(site: Site, ask: Ask) -> Response:
    await site.say(ask, TaskDone(task=ask.path("task_id")), Right.DECIDE, why=typed(ask, "note"))
    return _done(site, ask, "task-done")


def walk_link(person: str, walk: str, t_ns: int) -> str:
    """Where the playback of a walk begins at a moment, relative to the root of ours."""
    return f"p/{person}/walks/{quote(walk, safe='')}?at={t_ns}"


DOORS = (
    Door("/inbox", show, Right.DECIDE),
    Door("/inbox/acknowledge", acknowledge_all, Right.DECIDE, post=True),
    Door("/inbox/{person}/{alert_id}/acknowledge", acknowledge, Right.DECIDE, post=True),
    Door("/inbox/{person}/{alert_id}/escalate", escalate, Right.DECIDE, post=True),
    Door("/inbox/{person}/{alert_id}/judge", judge, Right.DECIDE, post=True),
    Door("/inbox/{person}/tasks/{task_id}/done", task_done, Right.DECIDE, post=True),
    Door("/p/{person}/alerts/{alert_id}/mute", mute, Right.DECIDE, post=True),
)
