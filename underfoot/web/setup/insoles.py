"""Set-up of insoles: find, choose, stamp, forget; every step works as a plain form, a script only looks more often."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import JSONResponse, Response

from ingest.laterality import STAMPS
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.accounts.rights import Right
from underfoot.in_reach import signal_word
from underfoot.known import KnownFile
from underfoot.screen import ScreenState
from underfoot.setting_up.setter import Setter
from underfoot.setting_up.steps import Progress, Step
from underfoot.web.door import Ask, Door
from underfoot.web.rendering import page
from underfoot.web.setup.wearer import must_be_own
from underfoot.web.site import Site
from underfoot.words import Words
from underfoot.words.advice import advice

_HERE = "setup/insoles"
_SAID = frozenset({"choose", "taken"})


async def show(site: Site, ask: Ask) -> Response:
    must_be_own(site, ask)
    setter = _setter_or_none(site)
    known = await asyncio.to_thread(KnownFile(site.places.known_insoles).read)
    state = site.lives.of(site.settings.person).model.state(site.now_ns(), ask.words)
    progress = Progress() if setter is None else setter.progress
    said = ask.query("said")
    return page(
        site,
        ask,
        "setup_insoles.html",
        can=setter is not None,
        advice=advice,
        known=known,
        feet=state.feet,
        link_words=_links(state, progress, ask.words),
        progress=progress,
        contrary=[(side, each) for side, each in progress.pair.items() if each.says not in (None, side)],
        mine=progress.by == ask.viewer.name,
        wanted=STAMPS,
        Step=Step,
        signal=lambda dbm: signal_word(dbm).partition(" ")[0],
        said=said if said in _SAID else "",
        named=bool(site.settings.insoles.left or site.settings.insoles.right),
    )


async def state(site: Site, ask: Ask) -> Response:
    progress = _setter(site, ask).progress
    now = site.lives.of(site.settings.person).model.state(site.now_ns())
    told = {**_told(progress), "links": _links(now, progress, ask.words)}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


async def find(site: Site, ask: Ask) -> Response:
    return _answer(site, ask, "" if _setter(site, ask).find(ask.viewer.name) else "taken")


async def choose(site: Site, ask: Ask) -> Response:
    chosen = [each for each in ask.form.get("insole", "").split(",") if each]
    return _answer(site, ask, "" if _setter(site, ask).choose(chosen, ask.viewer.name) else "choose")


async def stop(site: Site, ask: Ask) -> Response:
    setter = _setter(site, ask)
    if setter.progress.busy and setter.progress.by != ask.viewer.name:
        await _note(site, ask, "stop pairing", setter.progress.by)
    await setter.stop()
    return _answer(site, ask, "")


async def forget(site: Site, ask: Ask) -> Response:
    side = ask.form.get("side", "")
    if side not in tuple(Side):
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"no foot {side!r}")
    return _answer(site, ask, "" if _setter(site, ask).forget(Side(side), ask.viewer.name) else "taken")


def _answer(site: Site, ask: Ask, said: str) -> Response:
    return site.done(ask, f"{_HERE}?said={said}" if said else _HERE, said=said)


def _told(progress: Progress) -> dict[str, Any]:
    return {
        "number": progress.number,
        "step": progress.step,
        "busy": progress.busy,
        "gone_s": round(progress.gone_s, 1),
        "wait_s": progress.wait_s,
        "stamps": dict(progress.stamps),
    }


def _links(state: ScreenState, progress: Progress, t: Words) -> dict[Side, str]:
    if progress.busy:
        return dict.fromkeys(Side, t("setup.insoles.being_set_up"))
    return {foot.side: t(f"state.link.{foot.link}") if foot.link else t("setup.link_unknown") for foot in state.feet}


async def _note(site: Site, ask: Ask, what: str, detail: str) -> None:
    if site.setting_up is not None:
        await site.setting_up.note(ask.viewer.name, what, site.settings.person, detail)


def _setter_or_none(site: Site) -> Setter | None:
    return None if site.setting_up is None else site.setting_up.setter


def _setter(site: Site, ask: Ask) -> Setter:
    must_be_own(site, ask)
    setter = _setter_or_none(site)
    if setter is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, "this program has no radio")
    return setter


DOORS = (
    Door("/setup/insoles", show, Right.SET_UP),
    Door("/setup/insoles/state", state, Right.SET_UP),
    Door("/setup/insoles/find", find, Right.SET_UP, post=True),
    Door("/setup/insoles/choose", choose, Right.SET_UP, post=True),
    Door("/setup/insoles/stop", stop, Right.SET_UP, post=True),
    Door("/setup/insoles/forget", forget, Right.SET_UP, post=True),
)
