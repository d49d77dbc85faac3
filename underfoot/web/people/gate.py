"""Who is known: by Home Assistant's word, by a session, or by standing at the only machine that has the page."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass

from starlette.requests import Request

from underfoot.accounts.account import Account
from underfoot.accounts.device import Device, device
from underfoot.accounts.house import Accounts
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.sessions import Session, Standing
from underfoot.accounts.trail import Happened, Step
from underfoot.mistakes import THIS_MACHINE
from underfoot.settings import Settings, SignIn
from underfoot.web.gate import open_viewer
from underfoot.web.guard import cannot_be_pointed, host_of
from underfoot.web.viewer import Via, Viewer

log = logging.getLogger(__name__)

COOKIE = "underfoot"
INGRESS_PEER = "172.30.32.2"  # the Supervisor's, on the network of Home Assistant's apps alone
_FORWARDED = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-server", "x-real-ip",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HomeHubUser:
    """Whom Home Assistant has signed in. `shown`: their name there."""

    id: str
    name: str
    shown: str


class AccountGate:
    def __init__(self, settings: Settings, accounts: Accounts) -> None:
        self._person = settings.person
        self._web = settings.web
        self.accounts = accounts
        self._open = open_viewer()
        self._secret = accounts.register.secret()

    def viewer(self, request: Request) -> Viewer | None:
        user = self.home_hub_user(request)
        if user is not None:
            return self._from_home_hub(user)
        if self._open_to(request):
            return self._open
        signed_in = self.signed_in(request)
        return None if signed_in is None else _viewer(*signed_in)

    def signed_in(self, request: Request) -> tuple[Account, Session] | None:
        """Whose session the request carries; one that comes from elsewhere is over."""
        session = self.session(request)
        if session is None:
            return None
        account = self.accounts.register.get(session.account)
        here, now_ns = device_of(request), self.accounts.now_ns()
        standing = session.standing(here, now_ns)
        if standing is Standing.HOLDS:
            self.accounts.sessions.seen(session, now_ns)
            return account, session
        self.accounts.sessions.end(session)
        if standing is Standing.STOLEN:
            detail = f"begun in {session.device.network}, {session.device.browser}; came with {here.browser}"
            self._refuse(Happened.STOLEN_SESSION, account.name, here.network, detail)
        return None

    def session(self, request: Request) -> Session | None:
        token = request.cookies.get(COOKIE, "")
        return self.accounts.sessions.find(token) if token else None

    def vouched(self, request: Request) -> bool:
        return self._web.ingress and peer_of(request) == INGRESS_PEER

    def home_hub_user(self, request: Request) -> HomeHubUser | None:
        """None where it is not Home Assistant that hands the request on."""
        user_id = request.headers.get("x-remote-user-id", "").strip()
        if not self.vouched(request) or not user_id:
            return None
        name = request.headers.get("x-remote-user-name", "").strip()
        return HomeHubUser(user_id, name, request.headers.get("x-remote-user-display-name", "").strip() or name)

    def label(self, person: str) -> str:
        return self.accounts.register.label(person)

    def refused(self, request: Request, viewer: Viewer | None, what: Happened) -> None:
        who = viewer.name if viewer is not None else ""
        self._refuse(what, who, device_of(request).network, f"{request.method} {request.url.path}")

    def _refuse(self, what: Happened, who: str, place: str, detail: str) -> None:
        step = Step(t_ns=self.accounts.now_ns(), what=what, who=who, place=place, detail=detail)
        self.accounts.trail.refuse(step)

    def _open_to(self, request: Request) -> bool:
        """A proxy in front, which others can reach, gives itself away by what it adds, or by the name that it was asked
        by; a tunnel such as `ssh -L` does neither: whoever may open one counts as standing at this machine."""
        if self._web.sign_in is SignIn.ALWAYS or self._web.host not in THIS_MACHINE:
            return False
        if self._web.sign_in is SignIn.NEVER:
            return True
        if any(name in request.headers for name in _FORWARDED) or not cannot_be_pointed(host_of(request.headers)):
            return False
        return self.accounts.register.empty()

    def _from_home_hub(self, user: HomeHubUser) -> Viewer:
        account = self.accounts.register.of_home_hub(user.id, user.name)
        said = hmac.new(self._secret, f"csrf {user.id}".encode(), hashlib.sha256).hexdigest()
        return Viewer(
            name=account.name if account else user.shown or "Home Assistant",
            roles=account.roles if account else frozenset({SiteRole(self._web.ingress_role)}),
            people=account.people if account else frozenset({self._person}),
            csrf=said,
            via=Via.HOME_HUB,
            language=account.language if account else None,
        )


def _viewer(account: Account, session: Session) -> Viewer:
    """Nobody is anything before a password that another has seen is changed."""
    return Viewer(
        name=account.name,
        roles=frozenset() if account.one_time else account.roles,
        people=account.people,
        csrf=session.csrf,
        via=Via.SESSION,
        language=account.language,
    )


def peer_of(request: Request) -> str:
    return request.client.host if request.client else ""


def device_of(request: Request) -> Device:
    return device(peer_of(request), request.headers.get("user-agent", ""))


def is_secure(request: Request) -> bool:
    """Whether the browser came by https; a lie of its own only takes the cookie from itself."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"


def tell_how_to_begin(settings: Settings, accounts: Accounts) -> None:
    """Where somebody has to sign in and nobody can yet: the code of the first account, on this machine alone."""
    if settings.web.host in THIS_MACHINE and settings.web.sign_in is not SignIn.ALWAYS:
        return
    code = accounts.register.first_code()
    if code is not None:
        log.info("nobody has an account yet: make the first one on the page with the code %s", code)
