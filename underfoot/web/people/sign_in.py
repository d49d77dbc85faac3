"""Signing in and out, and the first account of an installation."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.account import fit_name
from underfoot.accounts.keeping import new_account
from underfoot.accounts.passwords import check_fit
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.unfit import UnfitError
from underfoot.web.door import Ask, Door
from underfoot.web.people import own_account
from underfoot.web.people.gate import COOKIE, device_of
from underfoot.web.people.signing import Wrong, gate_of, refusal, where_to, with_cookie
from underfoot.web.rendering import page
from underfoot.web.site import Site


def _sign_in_page(site: Site, ask: Ask, wrong: Wrong, name: str = "", to: str = "") -> Response:
    out = ask.query("out") is not None
    return page(site, ask, "sign_in.html", status=wrong.status, wrong=wrong, name=name, to=to, out=out)


async def sign_in(site: Site, ask: Ask) -> Response:
    gate = gate_of(site)
    if gate.accounts.register.empty():
        return RedirectResponse(f"{ask.up}{'' if ask.viewer.roles else 'first'}", status_code=303)
    if ask.viewer.name:
        return RedirectResponse(ask.up + where_to(ask.query("to") or ""), status_code=303)
    return _sign_in_page(site, ask, Wrong(), to=where_to(ask.query("to") or ""))


async def let_in(site: Site, ask: Ask) -> Response:
    gate = gate_of(site)
    name, to, stays = ask.form.get("name", ""), where_to(ask.form.get("to", "")), ask.form.get("stay") == "yes"
    try:
        account, token = await gate.accounts.signing_in.sign_in(
            name,
            ask.form.get("password", ""),
            device_of(ask.request),
            stays=stays,
            before=gate.session(ask.request),
        )
    except UnderfootError as error:
        if error.code not in (FaultCode.SIGN_IN_REFUSED, FaultCode.TRIED_TOO_OFTEN):
            raise
        return refusal(ask, error, lambda wrong: _sign_in_page(site, ask, wrong, name, to))
    return with_cookie(ask, site.done(ask, "account" if account.one_time else to), token, stays=stays)


async def sign_out(site: Site, ask: Ask) -> Response:
    gate = gate_of(site)
    signed_in = gate.signed_in(ask.request)
    if signed_in is not None:
        gate.accounts.signing_in.sign_out(*signed_in, device_of(ask.request))
    said = site.done(ask, "sign-in?out")
    said.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    said.headers["Clear-Site-Data"] = '"cache", "storage"'
    return said


def _first_page(site: Site, ask: Ask, wrong: Wrong, **typed: object) -> Response:
    values = {"name": "", "roles": {SiteRole.KEEPER}, "code": "", **typed}
    return page(site, ask, "first.html", status=wrong.status, wrong=wrong, all_roles=list(SiteRole), **values)


async def first(site: Site, ask: Ask) -> Response:
    if not gate_of(site).accounts.register.empty():
        return RedirectResponse(f"{ask.up}sign-in", status_code=303)
    return _first_page(site, ask, Wrong())


async def make_first(site: Site, ask: Ask) -> Response:
    gate = gate_of(site)
    accounts = gate.accounts
    name, code = ask.form.get("name", ""), ask.form.get("code", "")
    roles = [role for role in ask.form.get("roles", "").split(",") if role]
    user = gate.home_hub_user(ask.request)
    try:
        if not accounts.register.empty():
            raise UnfitError("code", "code")
        password = ask.form.get("password", "")
        check_fit(password, fit_name(name))
        link = user.id if user else ""
        account = new_account(name, roles, None, "", accounts.now_ns(), home_hub_user=link)
        token = await accounts.signing_in.begin_first(account, password, code, device_of(ask.request))
    except UnderfootError as error:
        if error.code not in (FaultCode.ENTRY_REFUSED, FaultCode.TRIED_TOO_OFTEN):
            raise
        return refusal(ask, error, lambda wrong: _first_page(site, ask, wrong, name=name, code=code, roles=set(roles)))
    return with_cookie(ask, site.done(ask, ""), token, stays=False)


DOORS: tuple[Door, ...] = (
    Door("/sign-in", sign_in, None, public=True),
    Door("/sign-in", let_in, None, post=True, public=True),
    Door("/sign-out", sign_out, None, post=True),
    Door("/first", first, None, public=True),
    Door("/first", make_first, None, post=True, public=True),
    *own_account.DOORS,
)
