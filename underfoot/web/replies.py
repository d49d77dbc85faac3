"""A request to acknowledge or to judge an alert, JSON or form, read into an `AlertReply`."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request

from ingest.wire.alerts import AlertReply
from ingest.wire.faults import FaultCode, UnderfootError

_MAX_BYTES = 8192
_MAX_CHARS = 500


class _Body(msgspec.Struct, frozen=True):
    by: str = "the page"
    action: str | None = None
    note: str | None = None
    useful: bool | None = None


_read = msgspec.json.Decoder(_Body)


async def read_reply(request: Request, alert_id: str, t_ns: int, *, judges: bool = False) -> AlertReply:
    """The reply that a request carries: an acknowledgement, or (`judges`) whether the alert was useful.

    :raises UnderfootError: REQUEST_MALFORMED.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_BYTES:
            raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"longer than {_MAX_BYTES} bytes")
    body = _from_form(bytes(raw)) if is_form(request) else _from_json(bytes(raw))
    return AlertReply(
        id=alert_id,
        do=_verdict(body) if judges else "acknowledge",
        by=_tidy(body.by) or "the page",
        t_ns=t_ns,
        action=_tidy(body.action),
        note=_tidy(body.note),
    )


def _verdict(body: _Body) -> Literal["useful", "not-useful"]:
    if body.useful is None:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, "useful: yes or no")
    return "useful" if body.useful else "not-useful"


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _from_json(raw: bytes) -> _Body:
    try:
        return _read.decode(raw or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, str(error)) from error


def _from_form(raw: bytes) -> _Body:
    try:
        fields = parse_qs(raw.decode(), max_num_fields=10)
    except (ValueError, UnicodeDecodeError) as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, str(error)) from error
    named = {name: values[0] for name, values in fields.items()}
    useful = {"yes": True, "no": False}.get(named.get("useful", ""))
    return _Body(by=named.get("by", ""), action=named.get("action"), note=named.get("note"), useful=useful)


def _tidy(text: str | None) -> str | None:
    words = " ".join((text or "").split())[:_MAX_CHARS]
    return words or None
