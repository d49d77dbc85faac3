"""Sessions: begun anew, bound, ended, expired; the first account; a password of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gate_kit import DAY, ELSEWHERE, FIREFOX, HOUR, PASSWORD, Browser, S, house
from starlette.responses import Response, StreamingResponse

from underfoot.accounts.rights import Right, SiteRole
from underfoot.accounts.trail import Happened
from underfoot.settings import SignIn, WebSettings
from underfoot.web import app
from underfoot.web.door import Ask, Door
from underfoot.web.people.signing import where_to
from underfoot.web.site import Site

PAGE = {"accept": "text/html"}


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def is_in(browser: Browser) -> bool:
    return (await browser.get("/account", **PAGE)).status == 200


async def test_signing_in_and_out(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        browser = home.browser()
        answer = await browser.sign_in("Anna", to="setup/people")
        assert (answer.status, answer.headers["location"]) == (303, "./setup/people")
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(answer.cookie.split("; "))
        assert "Secure" not in answer.cookie
        assert "Max-Age" not in answer.cookie, "it goes with the browser"
        account = await browser.get("/account", **PAGE)
        assert account.headers["cache-control"] == "no-store"
        kept = browser.token
        out = await browser.post("/sign-out", {"csrf": account.csrf})
        assert (out.status, out.headers["location"]) == (303, "./sign-in?out")
        assert not await is_in(home.browser(token=kept)), "the token is of no use any more"
        assert {Happened.SIGNED_IN, Happened.SIGNED_OUT} == {what for what, _ in home.happened()}
        assert kept.encode() not in on_disk(tmp_path), "its digest is kept"


async def test_a_session_over_https_is_never_sent_in_the_open(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        browser = home.browser(headers={"x-forwarded-proto": "https"})
        assert "Secure" in (await browser.sign_in("anna")).cookie


async def test_no_session_is_taken_over_from_before_the_sign_in(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        anna = home.add("anna", SiteRole.KEEPER)
        planted = home.browser(token="planted-by-somebody-who-waits")
        await planted.sign_in("anna")
        assert planted.token != "planted-by-somebody-who-waits"
        before = planted.token
        page = await planted.get("/account", **PAGE)
        again = await planted.post("/sign-in", {"csrf": page.csrf, "name": "anna", "password": PASSWORD})
        assert again.token != before
        assert not await is_in(home.browser(token=before))
        assert len(home.accounts.sessions.of(anna.id)) == 1


@pytest.mark.expects_log
@pytest.mark.parametrize("thief", [{"address": ELSEWHERE}, {"agent": "curl/8.0"}], ids=["elsewhere", "another browser"])
async def test_a_stolen_session_is_refused_ended_and_told(tmp_path: Path, thief: dict[str, str]) -> None:
    with house(tmp_path) as home:
        anna = home.add("anna", SiteRole.KEEPER)
        browser = home.signed_in(anna)
        neighbour = home.browser(token=browser.token, address="192.168.1.99", agent=FIREFOX.replace("140", "141"))
        assert await is_in(neighbour), "a new lease and an update are nobody else"
        assert not await is_in(home.browser(token=browser.token, **thief))
        assert not await is_in(browser), "it is over for both"
        step = home.accounts.trail.steps()[0]
        assert (step.what, step.who) == (Happened.STOLEN_SESSION, "anna")
        assert "192.168.1.0/24" in step.detail


async def test_a_session_ends_after_idle_hours_and_after_a_month(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        browser = home.signed_in(home.add("anna", SiteRole.KEEPER))
        home.clock.t_ns += 12 * HOUR
        assert await is_in(browser)
        home.clock.t_ns += 12 * HOUR + 1
        assert not await is_in(browser)
        browser = home.signed_in(home.accounts.register.accounts()[0])
        for _ in range(120):
            assert await is_in(browser)
            home.clock.t_ns += 6 * HOUR
        home.clock.t_ns += 1
        assert not await is_in(browser), "used all the time, but begun thirty days ago"


async def test_a_patients_tablet_stays_signed_in(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("otto", *SiteRole)
        browser = home.browser()
        assert f"Max-Age={90 * 86_400}" in (await browser.sign_in("otto", stay="yes")).cookie
        for _ in range(5):
            home.clock.t_ns += 89 * DAY
            answer = await browser.get("/account", **PAGE)
            assert answer.status == 200
        home.clock.t_ns += 91 * DAY
        assert not await is_in(browser)


async def test_sessions_end_with_the_role_the_password_and_the_account(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("keeper", SiteRole.KEEPER)
        keeping = home.accounts.keeping
        otto = home.add("otto", SiteRole.PATIENT)
        browser = home.signed_in(otto)
        keeping.change("keeper", otto.id, otto.roles, None, "u1")
        assert await is_in(browser), "what he may do is the same"
        keeping.change("keeper", otto.id, frozenset({SiteRole.CARER}), None)
        assert not await is_in(browser)
        browser = home.signed_in(otto)
        keeping.set_password("keeper", otto.id, otto.password, one_time=True)
        assert not await is_in(browser)
        browser = home.signed_in(otto)
        keeping.remove("keeper", otto.id)
        assert not await is_in(browser)


async def test_other_devices_are_listed_and_signed_out(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        anna = home.add("anna", SiteRole.KEEPER)
        here, phone, tablet = (home.signed_in(anna) for _ in range(3))
        page = await here.get("/account", **PAGE)
        assert page.text.count("Firefox, Linux</strong>") == 3
        session = home.accounts.sessions.find(phone.token)
        assert session is not None
        assert session.digest not in page.text
        await here.post("/account/sessions", {"csrf": page.csrf, "session": session.id})
        assert [await is_in(each) for each in (here, phone, tablet)] == [True, False, True]
        await here.post("/account/sessions", {"csrf": page.csrf})
        assert [await is_in(each) for each in (here, phone, tablet)] == [True, False, False]


async def test_what_is_streamed_ends_with_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    async def stream(site: Site, ask: Ask) -> Response:
        async def chunks() -> AsyncIterator[str]:
            try:
                yield "first "
                home.clock.t_ns += 11 * S
                yield "still "
                home.accounts.sessions.end_all(anna.id)
                home.clock.t_ns += 11 * S
                yield "never"
            finally:
                closed.append(f"{site.labels.title} {ask.person}")

        return StreamingResponse(chunks())

    monkeypatch.setattr(app, "DOORS", (Door("/p/{person}/events", stream, Right.SEE_FEET),))
    with house(tmp_path) as home:
        anna = home.add("anna", *SiteRole)
        assert (await home.signed_in(anna).get("/p/p1/events")).text == "first still "
    assert closed == ["underfoot p1"]


async def test_a_password_of_ones_own(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.add("anna", SiteRole.KEEPER)
        home.add("otto", SiteRole.PATIENT, one_time=True)
        browser = home.browser()
        assert (await browser.sign_in("otto")).headers["location"] == "./account"
        csrf = (await browser.get("/account", **PAGE)).csrf
        wrong = await browser.post(
            "/account/password", {"csrf": csrf, "present": "no", "password": "a better one yet"}, **PAGE
        )
        assert wrong.status == 400
        assert 'aria-describedby="present-wrong' in wrong.text
        same = await browser.post(
            "/account/password", {"csrf": csrf, "present": PASSWORD, "password": PASSWORD}, **PAGE
        )
        assert (same.status, "the one you have" in same.text) == (400, True)
        before = browser.token
        done = await browser.post(
            "/account/password", {"csrf": csrf, "present": PASSWORD, "password": "a better one yet"}, **PAGE
        )
        assert (done.status, done.headers["location"]) == (303, "../account?saved=password")
        assert browser.token != before
        assert not home.accounts.register.get(home.accounts.sessions.find(browser.token).account).one_time


async def test_the_first_account_wants_the_code(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        browser = home.browser()
        answer = await browser.get("/p/p1/", **PAGE)
        assert answer.headers["location"] == "../../sign-in?to=p/p1/"
        assert (await browser.get("/sign-in", **PAGE)).headers["location"] == "./first"
        csrf = (await browser.get("/first", **PAGE)).csrf
        fields = {"csrf": csrf, "name": "anna", "password": PASSWORD, "roles": "keeper"}
        for _ in range(5):
            wrong = await browser.post("/first", {**fields, "code": "1234"}, **PAGE)
            assert (wrong.status, "This is not the code" in wrong.text) == (400, True)
        code = home.accounts.register.first_code()
        assert code is not None
        often = await browser.post("/first", {**fields, "code": code}, **PAGE)
        assert (often.status, often.headers["retry-after"]) == (429, "30")
        home.clock.t_ns += 31 * 10**9
        done = await browser.post("/first", {**fields, "code": code}, **PAGE)
        assert done.status == 303
        assert await is_in(browser)
        late = await home.browser().post("/first", {**fields, "name": "eve", "code": code, "csrf": csrf}, **PAGE)
        assert late.status == 400


@pytest.mark.parametrize(
    ("sign_in", "accounts", "forwarded", "opens"),
    [
        (SignIn.AUTO, False, False, True),
        (SignIn.AUTO, True, False, False),
        (SignIn.AUTO, False, True, False),
        (SignIn.ALWAYS, False, False, False),
        (SignIn.NEVER, True, False, True),
    ],
)
async def test_when_nobody_has_to_sign_in(
    tmp_path: Path, sign_in: SignIn, accounts: bool, forwarded: bool, opens: bool
) -> None:
    with house(tmp_path, web=WebSettings(host="127.0.0.1", sign_in=sign_in)) as home:
        if accounts:
            home.add("anna", SiteRole.KEEPER)
        browser = home.browser(address="127.0.0.1", headers={"x-forwarded-for": ELSEWHERE} if forwarded else {})
        assert ((await browser.get("/setup/people", **PAGE)).status == 200) is opens


@pytest.mark.parametrize(
    "said",
    ["//evil.example", "https://evil.example", "javascript:alert(1)", "../../x", "a\\b", "\tx", "/p/p1/", "a//b"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(said: str) -> None:
    assert where_to(said) == ""


def test_one_is_sent_where_one_wanted_to_go() -> None:
    assert where_to("p/p1/walks/w-1?at=1760000000") == "p/p1/walks/w-1?at=1760000000"


async def test_the_last_keeper_stays_and_mistakes_stand_beside_their_fields(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        anna = home.add("anna", SiteRole.KEEPER)
        browser = home.signed_in(anna)
        csrf = (await browser.get("/setup/people", **PAGE)).csrf
        gone = await browser.post(f"/setup/people/{anna.id}/remove", {"csrf": csrf}, **PAGE)
        assert (gone.status, "last keeper" in gone.text) == (400, True)
        none = await browser.post(f"/setup/people/{anna.id}/change", {"csrf": csrf}, **PAGE)
        assert (none.status, "at least one role" in none.text) == (400, True)
        twice = await browser.post("/setup/people/add", {"csrf": csrf, "name": "ANNA", "roles": "carer"}, **PAGE)
        assert 'aria-describedby="add-name-wrong' in twice.text
        json = {"accept": "application/json"}
        made = await browser.post("/setup/people/add", {"csrf": csrf, "name": "otto", "roles": "patient"}, **json)
        password = made.text.partition('"password":"')[2].partition('"')[0]
        assert len(password) == 19
        other = home.browser()
        assert (await other.sign_in("otto", password)).headers["location"] == "./account"
        assert password.encode() not in on_disk(tmp_path)
