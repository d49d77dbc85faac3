"""The page as a Starlette application: every door of every view, and what happens to what goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from ingest.wire.faults import Fault, FaultCode, UnderfootError
from underfoot.web import first_page
from underfoot.web.clinic import inbox, limits, programme
from underfoot.web.door import Ask, Door, asked_as_ours
from underfoot.web.exports import exports
from underfoot.web.guard import SafeHeaders
from underfoot.web.home import contact, diary, feet, figures, shell
from underfoot.web.people import people, sign_in
from underfoot.web.record import record, report
from underfoot.web.rendering import page
from underfoot.web.setup import setup
from underfoot.web.site import Site
from underfoot.web.walks import walks
from underfoot.words import chosen
from underfoot.words.advice import advice

log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_STATUS = {
    FaultCode.UNKNOWN_NAME: 404,
    FaultCode.NOTHING_STORED: 404,
    FaultCode.CLOCK_UNKNOWN: 409,
    FaultCode.SIGN_IN_FIRST: 401,
    FaultCode.SIGN_IN_REFUSED: 401,
    FaultCode.NOT_YOURS: 403,
    FaultCode.REQUEST_REFUSED: 403,
    FaultCode.REQUEST_MALFORMED: 400,
    FaultCode.ENTRY_REFUSED: 400,
    FaultCode.RULE_REFUSED: 400,
    FaultCode.CALIBRATION_REFUSED: 400,
    FaultCode.CONFIG_INVALID: 400,
    FaultCode.TRIED_TOO_OFTEN: 429,
    FaultCode.BROKER_UNREACHABLE: 503,
    FaultCode.STORE_UNREACHABLE: 503,
    FaultCode.DEPENDENCY_MISSING: 501,
}

DOORS: tuple[Door, ...] = (
    *first_page.DOORS,
    *shell.DOORS,
    *sign_in.DOORS,
    *feet.DOORS,
    *diary.DOORS,
    *contact.DOORS,
    *figures.DOORS,
    *inbox.DOORS,
    *record.DOORS,
    *report.DOORS,
    *limits.DOORS,
    *programme.DOORS,
    *walks.DOORS,
    *exports.DOORS,
    *setup.DOORS,
    *people.DOORS,
)


def create_app(site: Site) -> Starlette:
    app = Starlette(
        routes=[*(door.route(site) for door in DOORS), Mount("/static", StaticFiles(directory=_HERE / "static"))],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            UnderfootError: _on_fault(site),
            HTTPException: _on_http(site),
            Exception: _on_crash(site),
        },
    )
    app.router.redirect_slashes = False  # its redirects are absolute, by whatever host was asked for
    app.state.lives = site.lives
    return app


_Handle = Callable[[Request, Exception], Awaitable[Response]]


def _answer(site: Site, request: Request, fault: Fault, status: int) -> Response:
    """For people a page, for programs the code; both with what to do."""
    viewer = (site.gate.viewer(request) if asked_as_ours(site, request) else None) or site.stranger
    words = chosen(viewer.language, request.headers.get("accept-language", ""))
    do = advice(fault.code, words)
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"code": fault.code, "detail": fault.detail, "advice": do}, status_code=status)
    ask = Ask(request=request, viewer=viewer, words=words)
    return page(site, ask, "error.html", status=status, fault=fault, advice=do)


def _on_fault(site: Site) -> _Handle:
    async def handle(request: Request, error: Exception) -> Response:
        assert isinstance(error, UnderfootError)  # noqa: S101 - starlette's signature is wider than its promise
        return _answer(site, request, error.fault, _STATUS.get(error.code, 500))

    return handle


def _on_http(site: Site) -> _Handle:
    async def handle(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        code = FaultCode.UNKNOWN_NAME if status == 404 else FaultCode.REQUEST_MALFORMED
        said = _answer(site, request, Fault(code, f"{request.method} {request.url.path}"), status)
        said.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return said

    return handle


def _on_crash(site: Site) -> _Handle:
    async def handle(request: Request, error: Exception) -> Response:
        log.error("a request to the page failed", exc_info=error)
        return _answer(site, request, Fault(FaultCode.INTERNAL, type(error).__name__), 500)

    return handle
