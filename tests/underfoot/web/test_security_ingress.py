"""Home Assistant's word for who looks: believed from its own address alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_kit import ELSEWHERE, HOME, house

from underfoot.accounts.rights import SiteRole
from underfoot.settings import IngressRole, WebSettings
from underfoot.web.people.gate import INGRESS_PEER

EVERYWHERE = WebSettings(host="0.0.0.0", ingress=True)
USER = {
    "x-remote-user-id": "u1",
    "x-remote-user-name": "otto",
    "x-remote-user-display-name": "Otto Fuß".encode().decode("latin-1"),
}
PAGE = {"accept": "text/html"}


async def test_a_user_of_home_assistant_is_a_patient_of_this_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house(tmp_path, monkeypatch, web=EVERYWHERE) as home:
        browser = home.browser(address=INGRESS_PEER, headers={**USER, "host": "homeassistant.example:8123"})
        answer = await browser.get("/p/p1/", **PAGE)
        assert (answer.status, answer.text[:15]) == (200, "reached as Otto")
        assert (await browser.get("/p/p2/")).code == "unknown-name", "the hub's own wearer alone"
        assert (await browser.get("/inbox")).code == "not-yours"
        assert (await browser.get("/setup/people")).code == "not-yours"


async def test_a_linked_account_and_the_setting_say_who_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web = WebSettings(host="0.0.0.0", ingress=True, ingress_role=IngressRole.CARER)
    with house(tmp_path, monkeypatch, web=web) as home:
        home.add("anna", SiteRole.KEEPER, SiteRole.CLINICIAN, home_hub_user="u9")
        linked = home.browser(address=INGRESS_PEER, headers={**USER, "x-remote-user-id": "u9"})
        assert (await linked.get("/inbox")).text == "reached as anna"
        by_setting = home.browser(address=INGRESS_PEER, headers=USER)
        assert (await by_setting.get("/p/p1/contact")).status == 200
        assert (await by_setting.get("/inbox")).code == "not-yours"


@pytest.mark.parametrize("address", [HOME, ELSEWHERE, "127.0.0.1", "172.30.32.1", "::ffff:172.30.32.3"])
async def test_the_same_headers_from_anybody_else_are_nothing(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house(tmp_path, monkeypatch, web=EVERYWHERE) as home:
        browser = home.browser(address=address, headers=USER)
        assert (await browser.get("/p/p1/")).code == "sign-in-first"
        strange = home.browser(address=address, headers={**USER, "host": "homeassistant.example:8123"})
        assert (await strange.get("/p/p1/")).code == "request-refused"


async def test_without_the_setting_its_own_address_is_nothing_special(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house(tmp_path, monkeypatch) as home:
        browser = home.browser(address=INGRESS_PEER, headers=USER)
        assert (await browser.get("/p/p1/")).code == "sign-in-first"


async def test_a_form_behind_ingress_carries_the_users_own_word(tmp_path: Path) -> None:
    with house(tmp_path, web=EVERYWHERE) as home:
        first, second = (
            home.browser(address=INGRESS_PEER, headers={**USER, "x-remote-user-id": user}) for user in ("u1", "u2")
        )
        csrf = (await first.get("/account", **PAGE)).csrf
        assert csrf == (await first.get("/account", **PAGE)).csrf != (await second.get("/account", **PAGE)).csrf
        sent_from = {"origin": "http://homeassistant.example:8123", "x-forwarded-host": "homeassistant.example:8123"}
        mine = await first.post("/account/language", {"csrf": csrf}, **sent_from)
        assert mine.code == "sign-in-first", "through every check, and only an account has a language"
        theirs = await second.post("/account/language", {"csrf": csrf}, **sent_from)
        assert theirs.code == "request-refused"
        evil = await first.post("/account/language", {"csrf": csrf}, **{**sent_from, "origin": "http://evil.example"})
        assert evil.code == "request-refused"
