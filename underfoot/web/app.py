"""The page as a Starlette application."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ingest.wire.alerts import AlertReply
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from underfoot.screen import HistoryPoint, ScreenModel
from underfoot.sentence import waits
from underfoot.web.guard import SafeHeaders, check_host, check_origin
from underfoot.web.history import SPAN_S, Usual, binned
from underfoot.web.live import LiveFeed
from underfoot.web.replies import is_form, read_reply
from underfoot.web.shapes import parts, summary

log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_STATUS = {
    FaultCode.UNKNOWN_NAME: 404,
    FaultCode.REQUEST_REFUSED: 403,
    FaultCode.REQUEST_MALFORMED: 400,
    FaultCode.BROKER_UNREACHABLE: 503,
    FaultCode.STORE_UNREACHABLE: 503,
}

Acknowledge = Callable[[AlertReply], Awaitable[None]]
History = Callable[[int], Sequence[HistoryPoint] | Awaitable[Sequence[HistoryPoint]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Words of this installation.

    `banner`: one line at the top, such as that this is a demonstration. `span`: what the rolling figures are over.
    """

    title: str = "underfoot"
    banner: str = ""
    span: str = "The last minute"


@dataclass(slots=True, kw_only=True)
class _Page:
    """What the handlers share."""

    model: ScreenModel
    feed: LiveFeed
    acknowledge: Acknowledge
    history: History
    usual: Callable[[], Usual]
    faults: Callable[[], Mapping[str, int]]
    labels: Labels
    allowed_hosts: Collection[str]
    now_ns: Callable[[], int]
    templates: Environment = field(
        default_factory=lambda: Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
    )

    async def page(self, request: Request) -> Response:
        check_host(request.headers, self.allowed_hosts)
        state = summary(self.model.state(self.now_ns()))
        html = self.templates.get_template("page.html").render(state=state, labels=self.labels)
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    async def events(self, request: Request) -> Response:
        check_host(request.headers, self.allowed_hosts)
        return StreamingResponse(
            self.feed.events(request.headers.get("last-event-id")),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def recent(self, request: Request) -> Response:
        check_host(request.headers, self.allowed_hosts)
        now_ns = self.now_ns()
        found = self.history(now_ns - SPAN_S * 1_000_000_000)
        points = await found if inspect.isawaitable(found) else found
        return JSONResponse(binned(points, self.usual(), now_ns), headers={"Cache-Control": "no-store"})

    async def acknowledged(self, request: Request) -> Response:
        return await self._reply(request, judges=False)

    async def judged(self, request: Request) -> Response:
        return await self._reply(request, judges=True)

    async def _reply(self, request: Request, *, judges: bool) -> Response:
        check_host(request.headers, self.allowed_hosts)
        check_origin(request.headers)
        alert_id: str = request.path_params["alert_id"]
        alert = self.model.alert(alert_id)
        if alert is None:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no alert {alert_id!r}")
        reply = await read_reply(request, alert_id, self.now_ns(), judges=judges)
        wanted = judges or waits(alert)
        if wanted:
            await self.acknowledge(reply)
        if is_form(request):
            return RedirectResponse("../../", status_code=303)
        return JSONResponse({"id": alert_id, "sent": wanted, "state": alert.state})

    async def health(self, request: Request) -> Response:
        check_host(request.headers, self.allowed_hosts)
        state = self.model.state(self.now_ns())
        return JSONResponse(
            {
                "ok": True,
                "viewers": self.feed.viewers,
                "measured": {foot.side: foot.words for foot in state.feet},
                "coverage_pct": round(state.coverage_pct, 1),
                "last_t_ns": state.last_t_ns,
                "faults": dict(self.faults()),
            }
        )


def create_app(
    model: ScreenModel,
    *,
    acknowledge: Acknowledge,
    history: History | None = None,
    usual: Callable[[], Usual] = Usual,
    faults: Callable[[], Mapping[str, int]] = dict,
    on_viewers: Callable[[int], None] = lambda _: None,
    labels: Labels | None = None,
    allowed_hosts: Collection[str] = (),
    now_ns: Callable[[], int] = time.time_ns,
) -> Starlette:
    """The page over a model that others feed.

    `acknowledge` carries a reply to processing. `history(since_ns)` gives points in order of time (default: what the
    model has seen). `faults` counts what went wrong, by code, for `/health`. `on_viewers(count)` is called when
    somebody opens or leaves. `allowed_hosts`: names, beside addresses, localhost and *.local, by which the page may be
    asked for.
    """
    feed = LiveFeed(lambda: parts(model.state(now_ns())), on_viewers, epoch=uuid4().hex[:12])
    page = _Page(
        model=model,
        feed=feed,
        acknowledge=acknowledge,
        history=history or model.history,
        usual=usual,
        faults=faults,
        labels=labels or Labels(),
        allowed_hosts=allowed_hosts,
        now_ns=now_ns,
    )
    app = Starlette(
        routes=[
            Route("/", page.page),
            Route("/events", page.events),
            Route("/history", page.recent),
            Route("/alerts/{alert_id}/acknowledge", page.acknowledged, methods=["POST"]),
            Route("/alerts/{alert_id}/judge", page.judged, methods=["POST"]),
            Route("/health", page.health),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={UnderfootError: _on_fault, HTTPException: _on_http, Exception: _on_crash},
    )
    app.state.feed = feed
    return app


def _answer(fault: Fault, status: int) -> Response:
    return JSONResponse({"code": fault.code, "detail": fault.detail, "advice": fault.advice}, status_code=status)


async def _on_fault(_: Request, error: Exception) -> Response:
    assert isinstance(error, UnderfootError)  # noqa: S101 - starlette's signature is wider than its promise
    return _answer(error.fault, _STATUS.get(error.code, 500))


async def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = FaultCode.UNKNOWN_NAME if status == 404 else FaultCode.REQUEST_MALFORMED
    return _answer(Fault(code, f"{request.method} {request.url.path}"), status)


async def _on_crash(_: Request, error: Exception) -> Response:
    log.error("a request to the page failed", exc_info=error)
    return _answer(Fault(FaultCode.INTERNAL, type(error).__name__), 500)
