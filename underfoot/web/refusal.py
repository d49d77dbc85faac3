"""What processing refuses is shown on the page that asked, beside what was asked, with what had been typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps

from starlette.responses import Response

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.web.door import Ask, Handler
from underfoot.web.site import Site
from underfoot.words.advice import advice

_STATUS = {
    FaultCode.ENTRY_REFUSED: 400,
    FaultCode.RULE_REFUSED: 400,
    FaultCode.REQUEST_MALFORMED: 400,
    FaultCode.BROKER_UNREACHABLE: 503,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`at`: the name of the form. `typed`: its fields as they came."""

    at: str
    detail: str
    advice: str
    status: int
    typed: Mapping[str, str] = field(default_factory=dict)

    def field(self, at: str, name: str, otherwise: str = "") -> str:
        """What stood in a field of the form `at`."""
        return self.typed.get(name, otherwise) if self.at == at else otherwise


NOTHING_REFUSED = Refused(at="", detail="", advice="", status=200)

Show = Callable[[Site, Ask, Refused], Awaitable[Response]]


def shown_beside(show: Show, at: Callable[[Ask], str]) -> Callable[[Handler], Handler]:
    """`show`: the page with the form that `at` names. Scripts and programs get the fault itself."""

    def around(handle: Handler) -> Handler:
        @wraps(handle)
        async def handled(site: Site, ask: Ask) -> Response:
            try:
                return await handle(site, ask)
            except UnderfootError as error:
                wants_page = "text/html" in ask.request.headers.get("accept", "")
                if ask.wants_json or not wants_page or error.code not in _STATUS:
                    raise
                refused = Refused(
                    at=at(ask),
                    detail=error.fault.detail,
                    advice=advice(error.code, ask.words),
                    status=_STATUS[error.code],
                    typed=ask.form,
                )
                return await show(site, ask, refused)

        return handled

    return around
