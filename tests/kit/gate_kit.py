"""The real gate and doors over accounts in a test's folder, asked inside this process from any address one likes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response

from processing.household import Household
from processing.store.series import Series
from underfoot.accounts.account import Account
from underfoot.accounts.house import Accounts
from underfoot.accounts.keeping import new_account
from underfoot.accounts.passwords import hashed
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.trail import Happened
from underfoot.settings import Settings, WebSettings
from underfoot.web import app
from underfoot.web.app import create_app
from underfoot.web.door import Ask, Door
from underfoot.web.lives import Lives
from underfoot.web.people.gate import AccountGate, device
from underfoot.web.site import Site

S = 10**9
HOUR = 3600 * S
DAY = 24 * HOUR
PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOST = "192.168.1.5:8099"
HOME, ELSEWHERE = "192.168.1.20", "10.9.8.7"


@dataclass(slots=True)
class Clock:
    t_ns: int = 1_760_000_000 * S

    def __call__(self) -> int:
        return self.t_ns


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def code(self) -> str:
        return str(json.loads(self.text).get("code", "")) if self.text.startswith("{") else ""

    @property
    def cookie(self) -> str:
        return self.headers.get("set-cookie", "")

    @property
    def token(self) -> str:
        return self.cookie.partition("underfoot=")[2].partition(";")[0]

    @property
    def csrf(self) -> str:
        return self.text.partition('data-csrf="')[2].partition('"')[0]


@dataclass(slots=True, kw_only=True)
class Browser:
    """Somebody at an address with a browser; keeps the cookie."""

    asgi: Starlette
    address: str = HOME
    agent: str = FIREFOX
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self._ask("GET", path, headers, b"")

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        form = {"content-type": "application/x-www-form-urlencoded"}
        return await self._ask("POST", path, form | headers, urlencode(fields).encode())

    async def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> Answer:
        csrf = (await self.get("/sign-in", accept="text/html")).csrf
        return await self.post("/sign-in", {"csrf": csrf, "name": name, "password": password, **fields})

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        cookie = {"cookie": f"underfoot={self.token}"} if self.token else {}
        said = {"host": HOST, "user-agent": self.agent, **cookie, **self.headers, **headers}
        where, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": where, "raw_path": where.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in said.items()],
            "client": (self.address, 4711), "server": ("192.168.1.5", 8099),
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        waiting = [False]

        async def receive() -> dict[str, Any]:
            if waiting[0]:
                await asyncio.Event().wait()  # somebody who stays on the line
            waiting[0] = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.asgi(scope, receive, send)
        told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        text = b"".join(each.get("body", b"") for each in sent[1:]).decode("utf-8", "replace")
        answer = Answer(sent[0]["status"], told, text)
        if answer.cookie:
            self.token = answer.token.strip('"')
        return answer


@dataclass(slots=True, kw_only=True)
class House:
    accounts: Accounts
    site: Site
    asgi: Starlette
    clock: Clock

    def browser(self, **at: Any) -> Browser:
        return Browser(asgi=self.asgi, **at)

    def add(self, name: str, *roles: SiteRole, people: frozenset[str] | None = None, **more: Any) -> Account:
        """Their password is PASSWORD."""
        kept = _KEPT
        account = new_account(name, [*map(str, roles)], people, kept, self.clock(), **more)
        self.accounts.register.add(account)
        return account

    def signed_in(self, account: Account, **at: Any) -> Browser:
        """Without the cost of a password."""
        browser = self.browser(**at)
        here = device(browser.address, browser.agent)
        browser.token = self.accounts.sessions.begin(account.id, here, self.clock(), stays=False)
        return browser

    def happened(self) -> list[tuple[Happened, int]]:
        return [(step.what, step.times) for step in self.accounts.trail.steps()]


_KEPT = hashed(PASSWORD)


async def _reached(_site: Site, ask: Ask) -> Response:
    return PlainTextResponse(f"reached as {ask.viewer.name or 'nobody'}")


@contextmanager
def house(
    folder: Path, monkeypatch: pytest.MonkeyPatch | None = None, *, web: WebSettings | None = None
) -> Iterator[House]:
    """The page of wearers p1 and p2, on an address that others reach; `monkeypatch`: every handler only says that it
    was reached, so that a test may ask every door without changing anything."""
    clock = Clock()
    settings = Settings(data_dir=folder, web=web or WebSettings(host="192.168.1.5"))
    with closing(Accounts(folder / "accounts.sqlite", clock, clock)) as accounts:
        site = Site(
            settings=settings,
            gate=AccountGate(settings, accounts),
            lives=Lives(clock, seed=lambda _person: (), version_of=lambda _person: None),
            doors=cast(Any, None),
            series=cast(Series, None),
            house=Household(zone=ZoneInfo("Europe/Vienna"), clinic_phone=""),
            people=lambda: ("p1", "p2"),
            now_ns=clock,
        )
        if monkeypatch is not None:
            monkeypatch.setattr(app, "DOORS", tuple(replace(door, handle=_reached) for door in app.DOORS))
        yield House(accounts=accounts, site=site, asgi=create_app(site), clock=clock)


def address_of(door: Door, **named: str) -> str:
    """The door's path with something for each name in it."""
    words = {"person": "p1", **named}
    parts = [part.partition(":")[0] for part in door.path.replace("}", "{").split("{")]
    return "".join(part if index % 2 == 0 else words.get(part, "1") for index, part in enumerate(parts))
