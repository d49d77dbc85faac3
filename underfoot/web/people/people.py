"""Who may sign in, as whom and for which wearers; what the wearers are called here; what happened."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.account import Account, fit_name, fit_roles
from underfoot.accounts.keeping import new_account
from underfoot.accounts.passwords import made_up
from underfoot.accounts.rights import Right, SiteRole
from underfoot.accounts.unfit import UnfitError
from underfoot.web.door import Ask, Door
from underfoot.web.people.signing import Wrong, gate_of, refusal
from underfoot.web.rendering import page
from underfoot.web.site import Site

_TRAIL_SHOWN = 200


def _people_page(
    site: Site, ask: Ask, wrong: Wrong | None = None, at: str = "", told: tuple[str, str] | None = None
) -> Response:
    """`at`: the form that was not taken, an account's id or `add` or `labels`. `told`: a name and its new password."""
    accounts = gate_of(site).accounts
    wrong = wrong or Wrong()
    people = sorted(site.people())
    typed = ask.form if at else {}
    return page(
        site,
        ask,
        "people.html",
        status=wrong.status,
        wrong=wrong,
        at=at,
        typed=typed,
        told=told,
        accounts=accounts.register.accounts(),
        now_ns=accounts.now_ns(),
        people=people,
        names={each: accounts.register.label(each) for each in people},
        known=accounts.register.labels(),
        all_roles=list(SiteRole),
        trail=accounts.trail.steps(_TRAIL_SHOWN),
    )


async def show(site: Site, ask: Ask) -> Response:
    return _people_page(site, ask)


async def add(site: Site, ask: Ask) -> Response:
    """With a password that is made up, shown this once."""
    accounts = gate_of(site).accounts
    password = made_up()
    try:
        name, roles, people = fit_name(ask.form.get("name", "")), _roles(ask), _people(site, ask)
        account = new_account(
            name,
            roles,
            people,
            await accounts.signing_in.hash(password),
            accounts.now_ns(),
            one_time=True,
            home_hub_user=ask.form.get("home_hub_user", ""),
        )
        accounts.keeping.add(ask.viewer.name, account)
    except UnderfootError as error:
        return _not_taken(site, ask, error, "add")
    return _told(site, ask, account, password)


async def change(site: Site, ask: Ask) -> Response:
    keeping = gate_of(site).accounts.keeping
    account_id = ask.path("account")
    try:
        roles, people = fit_roles(_roles(ask)), _people(site, ask)
        keeping.change(ask.viewer.name, account_id, roles, people, ask.form.get("home_hub_user", ""))
    except UnderfootError as error:
        return _not_taken(site, ask, error, account_id)
    return site.done(ask, "setup/people")


async def new_password(site: Site, ask: Ask) -> Response:
    accounts = gate_of(site).accounts
    password = made_up()
    try:
        kept = await accounts.signing_in.hash(password)
        account = accounts.keeping.set_password(ask.viewer.name, ask.path("account"), kept, one_time=True)
    except UnderfootError as error:
        return _not_taken(site, ask, error, ask.path("account"))
    return _told(site, ask, account, password)


async def remove(site: Site, ask: Ask) -> Response:
    try:
        gate_of(site).accounts.keeping.remove(ask.viewer.name, ask.path("account"))
    except UnderfootError as error:
        return _not_taken(site, ask, error, ask.path("account"))
    return site.done(ask, "setup/people")


async def labels(site: Site, ask: Ask) -> Response:
    accounts = gate_of(site).accounts
    known = accounts.register.labels()
    try:
        for person in site.people():
            label = ask.form.get(f"label:{person}")
            if label is not None and " ".join(label.split()) != known.get(person, ""):
                accounts.keeping.label(ask.viewer.name, person, label)
    except UnderfootError as error:
        return _not_taken(site, ask, error, "labels")
    return site.done(ask, "setup/people")


def _roles(ask: Ask) -> list[str]:
    return [role for role in ask.form.get("roles", "").split(",") if role]


def _people(site: Site, ask: Ask) -> frozenset[str] | None:
    """None: all.

    :raises UnfitError: for a wearer that there is not.
    """
    if ask.form.get("sees", "all") == "all":
        return None
    chosen = frozenset(name.removeprefix("person:") for name in ask.form if name.startswith("person:"))
    if not chosen <= set(site.people()):
        raise UnfitError("people", "person")
    return chosen


def _told(site: Site, ask: Ask, account: Account, password: str) -> Response:
    if ask.wants_json:
        return JSONResponse({"done": True, "name": account.name, "password": password})
    return _people_page(site, ask, told=(account.name, password))


def _not_taken(site: Site, ask: Ask, error: UnderfootError, at: str) -> Response:
    if error.code not in (FaultCode.ENTRY_REFUSED, FaultCode.TRIED_TOO_OFTEN):
        raise error
    return refusal(ask, error, lambda wrong: _people_page(site, ask, wrong, at))


DOORS: tuple[Door, ...] = (
    Door("/setup/people", show, Right.MANAGE_PEOPLE),
    Door("/setup/people/add", add, Right.MANAGE_PEOPLE, post=True),
    Door("/setup/people/labels", labels, Right.MANAGE_PEOPLE, post=True),
    Door("/setup/people/{account}/change", change, Right.MANAGE_PEOPLE, post=True),
    Door("/setup/people/{account}/password", new_password, Right.MANAGE_PEOPLE, post=True),
    Door("/setup/people/{account}/remove", remove, Right.MANAGE_PEOPLE, post=True),
)
