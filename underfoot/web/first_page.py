"""The way in: each viewer to the page that is theirs, and the health that a watchdog asks for."""

from __future__ import annotations

from starlette.responses import JSONResponse, RedirectResponse, Response

from underfoot.accounts.rights import Right
from underfoot.web.door import Ask, Door
from underfoot.web.site import Site


async def home(site: Site, ask: Ask) -> Response:
    """The wearer's own page; for who decides about several, the inbox; for who only looks after things, set-up."""
    return RedirectResponse(ask.up + _home_of(site, ask), status_code=303)


def _home_of(site: Site, ask: Ask) -> str:
    viewer = ask.viewer
    seen = [person for person in site.people() if viewer.sees(person)]
    own = seen[0] if seen else ""
    if viewer.may(Right.DIARY) and own:
        return f"p/{own}/" if not viewer.may(Right.SEE_CONTACT) or viewer.may(Right.DECIDE) else f"p/{own}/contact"
    if viewer.may(Right.DECIDE):
        return "inbox"
    return "setup"


async def health(site: Site, ask: Ask) -> Response:
    """That the page answers; counts to who looks after it: to others they would tell when somebody is at home."""
    if not ask.viewer.may(Right.SET_UP):
        return JSONResponse({"ok": True})
    return JSONResponse({"ok": True, "viewers": site.lives.viewers, "faults": dict(site.counts())})


DOORS = (
    Door("/", home, None),
    Door("/health", health, None, public=True),
)
