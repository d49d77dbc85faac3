"""One's own account: password, language, where one is signed in."""

from __future__ import annotations

from starlette.responses import Response

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.account import Account
from underfoot.accounts.house import Accounts
from underfoot.accounts.sessions import Session
from underfoot.accounts.trail import Happened, Step
from underfoot.accounts.unfit import UnfitError
from underfoot.web.door import Ask, Door
from underfoot.web.people.gate import device_of
from underfoot.web.people.signing import Wrong, gate_of, refusal, with_cookie
from underfoot.web.rendering import page
from underfoot.web.site import Site
from underfoot.words import LANGUAGES


def _account_page(site: Site, ask: Ask, wrong: Wrong, told: str = "") -> Response:
    gate = gate_of(site)
    signed_in = gate.signed_in(ask.request)
    account, session = signed_in or (None, None)
    return page(
        site,
        ask,
        "account.html",
        status=wrong.status,
        wrong=wrong,
        told=told,
        account=account,
        session=session,
        sessions=gate.accounts.sessions.of(account.id) if account else [],
        languages=LANGUAGES,
        nobody_has_one=gate.accounts.register.empty(),
    )


async def account(site: Site, ask: Ask) -> Response:
    told = {"password": "account.changed", "language": "account.saved"}.get(ask.query("saved") or "", "")
    return _account_page(site, ask, Wrong(), told)


async def change_password(site: Site, ask: Ask) -> Response:
    accounts, (account, session) = _own(site, ask)
    try:
        token = await accounts.signing_in.change_password(
            account,
            ask.form.get("present", ""),
            ask.form.get("password", ""),
            device_of(ask.request),
            stays=session.stays,
        )
    except UnderfootError as error:
        if error.code not in (FaultCode.SIGN_IN_REFUSED, FaultCode.ENTRY_REFUSED, FaultCode.TRIED_TOO_OFTEN):
            raise
        if error.code is FaultCode.SIGN_IN_REFUSED:
            error = UnfitError("present", "password_wrong")
        return refusal(ask, error, lambda wrong: _account_page(site, ask, wrong))
    return with_cookie(ask, site.done(ask, "account?saved=password"), token, stays=session.stays)


async def change_language(site: Site, ask: Ask) -> Response:
    accounts, (account, _) = _own(site, ask)
    said = ask.form.get("language", "")
    accounts.keeping.set_language(account, said if said in LANGUAGES else None)
    return site.done(ask, "account?saved=language")


async def end_sessions(site: Site, ask: Ask) -> Response:
    """One that the form names, else all but this one."""
    accounts, (account, session) = _own(site, ask)
    named = ask.form.get("session", "")
    for each in accounts.sessions.of(account.id):
        if each.id == named or (not named and each != session):
            accounts.sessions.end(each)
            place = each.device.network
            step = Step(t_ns=accounts.now_ns(), what=Happened.SESSION_ENDED, who=account.name, place=place)
            accounts.trail.keep(step)
    return site.done(ask, "account")


def _own(site: Site, ask: Ask) -> tuple[Accounts, tuple[Account, Session]]:
    """:raises UnderfootError: SIGN_IN_FIRST."""
    gate = gate_of(site)
    signed_in = gate.signed_in(ask.request)
    if signed_in is None:
        raise UnderfootError(FaultCode.SIGN_IN_FIRST, "only who is signed in here has an account to change")
    return gate.accounts, signed_in


DOORS: tuple[Door, ...] = (
    Door("/account", account, None),
    Door("/account/password", change_password, None, post=True),
    Door("/account/language", change_language, None, post=True),
    Door("/account/sessions", end_sessions, None, post=True),
)
