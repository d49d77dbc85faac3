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


async def health(site: Site, ask: Ask) -> Response:  # noqa: ARG001 - every handler is given both
    """That the page answers, and counts; nothing of anybody's health, and nobody's id."""
    return JSONResponse({"ok": True, "viewers": site.lives.viewers, "faults": dict(site.counts())})


DOORS = (
    Door("/", home, None),
    Door("/health", health, None, public=True),
)
