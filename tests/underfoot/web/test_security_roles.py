"""Every door, asked by every role: it opens as the table of rights says, and to no other wearer's."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_kit import Browser, address_of, house

from underfoot.accounts.rights import RIGHTS, SiteRole
from underfoot.accounts.trail import Happened
from underfoot.web import app
from underfoot.web.door import Door

DOORS = app.DOORS
PAGE = {"accept": "text/html"}


async def ask(browser: Browser, door: Door, csrf: str = "", **named: str) -> tuple[int, str]:
    """Status, and the code or the first words."""
    path = address_of(door, **named)
    answer = await (browser.post(path, {"csrf": csrf}) if door.post else browser.get(path))
    return answer.status, answer.code or answer.text


@pytest.mark.parametrize("role", SiteRole)
async def test_a_role_comes_through_its_doors_and_no_others(
    role: SiteRole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house(tmp_path, monkeypatch) as home:
        home.add("keeper", SiteRole.KEEPER)
        account = home.add("somebody", role)
        browser = home.signed_in(account)
        session = home.accounts.sessions.find(browser.token)
        assert session is not None
        for door in DOORS:
            allowed = door.right is None or door.right in RIGHTS[role]
            expected = (200, "reached as somebody") if allowed else (403, "not-yours")
            assert await ask(browser, door, session.csrf) == expected, (role, door.path)
        refused = sum(times for what, times in home.happened() if what is Happened.WRONG_ROLE)
        assert refused == sum(door.right is not None and door.right not in RIGHTS[role] for door in DOORS)


async def test_nobody_comes_through_any_but_the_public_doors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with house(tmp_path, monkeypatch) as home:
        home.add("keeper", SiteRole.KEEPER)
        stranger = home.browser()
        public = {door.path for door in DOORS if door.public}
        for door in DOORS:
            expected = (200, "reached as nobody") if door.public else (401, "sign-in-first")
            assert await ask(stranger, door, home.site.stranger.csrf) == expected, door.path
        assert {"/sign-in", "/first", "/health"} <= public
        assert not [path for path in public if path.startswith(("/p/", "/setup", "/inbox", "/account"))]
        answer = await stranger.get("/p/p1/walks?at=12", **PAGE)
        assert (answer.status, answer.headers["location"]) == (303, "../../sign-in?to=p/p1/walks%3Fat%3D12")


@pytest.mark.parametrize("role", SiteRole)
async def test_another_wearer_is_not_there(role: SiteRole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with house(tmp_path, monkeypatch) as home:
        home.add("keeper", SiteRole.KEEPER)
        browser = home.signed_in(home.add("somebody", role, people=frozenset({"p1"})))
        for door in DOORS:
            if "{person}" in door.path and door.right in RIGHTS[role]:
                assert await ask(browser, door, person="p2") == (404, "unknown-name"), door.path
                assert await ask(browser, door, person="p9") == (404, "unknown-name"), door.path


async def test_a_form_without_the_sessions_word_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house(tmp_path, monkeypatch) as home:
        everything = home.add("anna", *SiteRole)
        browser = home.signed_in(everything)
        mine, others = home.accounts.sessions.of(everything.id)[0].csrf, home.signed_in(everything)
        theirs = home.accounts.sessions.find(others.token)
        assert theirs is not None
        posts = [door for door in DOORS if door.post]
        assert len(posts) > 10
        for door in posts:
            for said in ("", "x" * 32, theirs.csrf, home.site.stranger.csrf):
                assert await ask(browser, door, said) == (403, "request-refused"), door.path
            foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
            answer = await browser.post(address_of(door), {"csrf": mine}, **foreign)
            assert (answer.status, answer.code) == (403, "request-refused"), door.path
            assert (await browser.get(address_of(door))).status in (200, 405)
        forged = sum(times for what, times in home.happened() if what is Happened.FORGED_FORM)
        assert forged == 5 * len(posts)


async def test_a_name_of_a_stranger_is_not_answered_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What DNS rebinding needs."""
    with house(tmp_path, monkeypatch) as home:
        browser = home.signed_in(home.add("anna", SiteRole.KEEPER))
        answer = await browser.get("/setup", host="evil.example:8099")
        assert (answer.status, answer.code) == (403, "request-refused")
        assert home.happened() == [(Happened.STRANGE_HOST, 1)]


async def test_whose_password_was_made_up_by_another_does_nothing_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house(tmp_path, monkeypatch) as home:
        browser = home.signed_in(home.add("otto", *SiteRole, one_time=True))
        answer = await browser.get("/p/p1/", **PAGE)
        assert (answer.status, answer.headers["location"]) == (303, "../../account")
        session = home.accounts.sessions.find(browser.token)
        assert session is not None
        for door in DOORS:
            if door.right is not None and door.post:
                assert await ask(browser, door, session.csrf) == (403, "not-yours"), door.path
