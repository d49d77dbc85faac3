"""One way in for every page and every action: host, viewer, right, person, origin, form; then the handler."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.rights import Right
from underfoot.accounts.trail import Happened
from underfoot.web.guard import check_host, check_origin
from underfoot.web.viewer import Via, Viewer
from underfoot.words import Words, chosen

if TYPE_CHECKING:
    from underfoot.web.site import Site

_MAX_FORM_BYTES = 65_536
_MAX_FIELDS = 200
_FORM_S = 20.0
_ENDLESS = "text/event-stream"
_LOOK_AGAIN_NS = 10 * 10**9
_Chunk = str | bytes | memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request that was let in. `person`: the wearer that the path names, "" where it names none."""

    request: Request
    viewer: Viewer
    words: Words
    person: str = ""
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def up(self) -> str:
        """From this page's address to the root of ours, so that every link is relative whoever stands in front."""
        return up_from(self.request)

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("accept", "")

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        return self.request.query_params.get(name)


Handler = Callable[["Site", Ask], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Door:
    """`path` as Starlette's; one with `{person}` opens only to who may see that wearer. `post`: it changes something.

    `public`: to be had before anybody has signed in; its handler's viewer has no role.
    """

    path: str
    handle: Handler
    right: Right | None
    post: bool = False
    public: bool = False

    def route(self, site: Site) -> Route:
        async def endpoint(request: Request) -> Response:
            return await _through(self, site, request)

        methods = ["POST"] if self.post else ["GET"]
        return Route(self.path, endpoint, methods=methods)


async def _through(door: Door, site: Site, request: Request) -> Response:
    if not site.gate.vouched(request):
        _checked(site, request, None, Happened.STRANGE_HOST, lambda: check_host(request.headers, site.allowed_hosts))
    viewer = site.gate.viewer(request)
    if viewer is None:
        if not door.public:
            return _to_sign_in(door, request)
        viewer = site.stranger
    if door.right is not None and not viewer.may(door.right):
        if viewer.via is Via.SESSION and viewer.name and not viewer.roles and not door.post:
            return RedirectResponse(f"{up_from(request)}account", status_code=303)
        site.refused(request, viewer, Happened.WRONG_ROLE)
        raise UnderfootError(FaultCode.NOT_YOURS, f"{door.right} is not among your rights")
    person = str(request.path_params.get("person", ""))
    if person and not (viewer.sees(person) and person in site.people()):
        site.refused(request, viewer, Happened.WRONG_PERSON)
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no person {person!r} here")
    form: Mapping[str, str] = {}
    if door.post:
        vouched = site.gate.vouched(request)
        _checked(site, request, viewer, Happened.FORGED_FORM, lambda: check_origin(request.headers, vouched=vouched))
        form = await _form(request)
        said = request.headers.get("x-csrf") or form.get("csrf", "")
        if not hmac.compare_digest(said.encode(), viewer.csrf.encode()):
            site.refused(request, viewer, Happened.FORGED_FORM)
            raise UnderfootError(FaultCode.REQUEST_REFUSED, "the form is not one of this page")
    words = chosen(viewer.language, request.headers.get("accept-language", ""))
    answer = await door.handle(site, Ask(request=request, viewer=viewer, words=words, person=person, form=form))
    return answer if door.public else _held(site, request, viewer, answer)


def asked_as_ours(site: Site, request: Request) -> bool:
    """By a name of this machine, or through the home hub."""
    try:
        if not site.gate.vouched(request):
            check_host(request.headers, site.allowed_hosts)
    except UnderfootError:
        return False
    return True


def _checked(site: Site, request: Request, viewer: Viewer | None, what: Happened, check: Callable[[], None]) -> None:
    try:
        check()
    except UnderfootError:
        site.refused(request, viewer, what)
        raise


def _held(site: Site, request: Request, viewer: Viewer, answer: Response) -> Response:
    """What is sent for long, only to who may have it and takes it."""
    if request.method == "HEAD" and answer.media_type == _ENDLESS:
        return Response(headers={"Cache-Control": "no-store"}, media_type=_ENDLESS)
    if isinstance(answer, StreamingResponse):
        answer.body_iterator = _while_known(site, request, viewer, answer.body_iterator)
    return answer


async def _while_known(
    site: Site, request: Request, viewer: Viewer, chunks: AsyncIterable[_Chunk]
) -> AsyncIterator[_Chunk]:
    """What is streamed for long ends with the session that asked for it."""
    looked_ns = site.now_ns()
    async for chunk in chunks:
        if site.now_ns() - looked_ns > _LOOK_AGAIN_NS:
            looked_ns = site.now_ns()
            if site.gate.viewer(request) != viewer:
                break
        yield chunk
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


def up_from(request: Request) -> str:
    return "../" * (request.url.path.count("/") - 1) or "./"


def _to_sign_in(door: Door, request: Request) -> Response:
    if door.post or "text/html" not in request.headers.get("accept", ""):
        raise UnderfootError(FaultCode.SIGN_IN_FIRST, request.url.path)
    asked = request.url.path.lstrip("/") + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{up_from(request)}sign-in?to={quote(asked)}", status_code=303)


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a form; of one that is given twice the values are joined by a comma."""
    raw = bytearray()
    try:
        async with asyncio.timeout(_FORM_S):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > _MAX_FORM_BYTES:
                    raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"longer than {_MAX_FORM_BYTES} bytes")
    except TimeoutError as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"not whole after {_FORM_S:g} s") from error
    except ClientDisconnect as error:  # nobody is there to be told; to the log it is no failure of ours
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, "broken off") from error
    try:
        fields = parse_qs(raw.decode(), max_num_fields=_MAX_FIELDS, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, str(error)) from error
    return {name: ",".join(values) for name, values in fields.items()}
