"""Who may ask what of the page: headers of every answer, the host it is asked by, and where a reply comes from."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.wire.faults import FaultCode, UnderfootError

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
}


class SafeHeaders:
    """Adds the security headers to every answer, errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def check_host(headers: Headers, allowed: Collection[str]) -> None:
    """Refuse names that a stranger's DNS could point at this machine (DNS rebinding); addresses cannot be.

    :raises UnderfootError: REQUEST_REFUSED.
    """
    host = host_of(headers)
    if host in allowed or host.endswith(".local") or cannot_be_pointed(host):
        return
    raise UnderfootError(FaultCode.REQUEST_REFUSED, f"asked for as {host!r}")


def check_origin(headers: Headers, *, vouched: bool = False) -> None:
    """Refuse what another site's page sends in this browser's name; programs without an origin may reply.

    :param vouched: the home hub hands it on, and says for which host the browser asked.
    :raises UnderfootError: REQUEST_REFUSED.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise UnderfootError(FaultCode.REQUEST_REFUSED, f"sent from a {site} page")
    origin = headers.get("origin")
    asked = {headers.get("host"), headers.get("x-forwarded-host") if vouched else None}
    if origin is not None and site is None and _split(origin).netloc not in asked:
        raise UnderfootError(FaultCode.REQUEST_REFUSED, f"sent from {origin!r}")


def host_of(headers: Headers) -> str:
    """The name or address that was asked for, "" for what is none."""
    return _split(f"//{headers.get('host', '')}").hostname or ""


def cannot_be_pointed(host: str) -> bool:
    """Whether it means the same machine whatever a stranger's DNS says; names that end in `.local` may be anybody's."""
    return host == "localhost" or host.endswith(".localhost") or _is_address(host)


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # such as [ without its end
        return urlsplit("")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
