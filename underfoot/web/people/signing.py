"""What the pages of accounts share: what was not taken, said beside its field; where to go; the cookie."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.sessions import STAYING_IDLE_NS
from underfoot.accounts.unfit import TooOftenError, UnfitError
from underfoot.web.door import Ask
from underfoot.web.people.gate import COOKIE, AccountGate, is_secure
from underfoot.web.site import Site

_WHERE_TO = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~%?=&/-]*", re.ASCII)
_S = 10**9


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was not taken, to be said beside its field. `says`: in the viewer's words."""

    field: str = ""
    says: str = ""
    status: int = 200
    wait_s: int = 0


def gate_of(site: Site) -> AccountGate:
    """:raises UnderfootError: NOT_YOURS where the page keeps no accounts."""
    if not isinstance(site.gate, AccountGate):
        raise UnderfootError(FaultCode.NOT_YOURS, "this page keeps no accounts")
    return site.gate


def wrong_of(ask: Ask, error: UnderfootError) -> Wrong:
    if isinstance(error, UnfitError):
        return Wrong(error.field, ask.words(error.key), 400)
    if isinstance(error, TooOftenError):
        unit, n = ("s", error.wait_s) if error.wait_s < 120 else ("min", -(-error.wait_s // 60))
        wait = ask.words(f"account.wait_{unit}", n=n)
        return Wrong("all", ask.words("account.too_often", wait=wait), 429, error.wait_s)
    return Wrong("all", ask.words("account.refused"), 401)


def refusal(ask: Ask, error: UnderfootError, show: Callable[[Wrong], Response]) -> Response:
    """The page again with what is wrong, or its code for a script; both say when to try again."""
    wrong = wrong_of(ask, error)
    if ask.wants_json:
        fault = {"code": error.code, "detail": error.fault.detail, "advice": wrong.says}
        said: Response = JSONResponse(fault, status_code=wrong.status)
    else:
        said = show(wrong)
    if wrong.wait_s:
        said.headers["Retry-After"] = str(wrong.wait_s)
    return said


def where_to(said: str) -> str:
    """A place below the root of ours; the root itself for anything else."""
    return said if _WHERE_TO.fullmatch(said) and "//" not in said and ".." not in said else ""


def with_cookie(ask: Ask, said: Response, token: str, *, stays: bool) -> Response:
    """`stays`: it outlives the browser."""
    said.set_cookie(
        COOKIE,
        token,
        max_age=STAYING_IDLE_NS // _S if stays else None,
        path="/",
        secure=is_secure(ask.request),
        httponly=True,
        samesite="lax",
    )
    return said
