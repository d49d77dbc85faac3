"""Accounts in a real browser: by keyboard, on a phone, with a script for a name, and behind Home Assistant's prefix."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_kit import serious
from browser_kit import Watched, alert_at, chromium, open_page
from gate_kit import PASSWORD
from ingress_kit import PREFIX, ingress
from playwright.async_api import Dialog, Page, expect
from site_kit import copy_of, site_over

from ingest.wire.alerts import AlertState
from ingest.wire.entries import ClinicNote, Entry, Role, Symptoms
from processing.store.journal_sqlite import SqliteJournal
from underfoot.accounts.house import Accounts
from underfoot.accounts.keeping import new_account
from underfoot.accounts.passwords import hashed
from underfoot.places import Places
from underfoot.settings import Settings
from underfoot.web.people import gate as account_gate

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))
SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(2)>"

pytestmark = pytest.mark.timeout(180)


def with_accounts(settings: Settings) -> Settings:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    with closing(Accounts(Places(settings.data_dir).accounts)) as accounts:
        for name, roles in (("anna", ["keeper"]), (SCRIPT, ["keeper", "clinician", "carer", "patient"])):
            accounts.register.add(new_account(name, roles, None, hashed(PASSWORD), accounts.now_ns()))
        accounts.register.set_label("p1", IMAGE)
    return settings


def said_in_scripts(settings: Settings) -> None:
    """An alert that is answered, a note beside a day, and the symptoms of one: each with a script in its words."""
    t_ns = int(datetime(2026, 4, 5, 9, tzinfo=UTC).timestamp()) * 10**9
    alert = alert_at(
        t_ns, AlertState.ACKNOWLEDGED, acknowledged_t_ns=t_ns, acknowledged_by=SCRIPT, action=SCRIPT, text=SCRIPT,
        evidence=IMAGE,
    )  # fmt: skip
    said = (ClinicNote(day="2026-04-05", text=IMAGE), Symptoms(day="2026-04-05", pain=3))
    with closing(SqliteJournal(Places(settings.data_dir).journal)) as journal:
        journal.put_alert("p1", alert, by=SCRIPT, t_ns=t_ns)
        for number, each in enumerate(said):
            entry = Entry(id=f"script-{number}", by=SCRIPT, role=Role.CLINICIAN, t_ns=t_ns, said=each, why=SCRIPT)
            assert journal.put_entry("p1", entry)


async def press_and_go(page: Page, key: str = "Enter") -> None:
    async with page.expect_navigation():
        await page.keyboard.press(key)


async def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """By keyboard alone."""
    await page.locator("#name").focus()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await press_and_go(page)


def none_but(watched: Watched, *expected: str) -> list[str]:
    """Complaints that no refused form explains."""
    return [each for each in watched.complaints if not any(words in each for words in expected)]


async def test_people_come_in_by_keyboard_and_are_let_in_by_others(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = with_accounts(copy_of(twelve_weeks, tmp_path / "story"))
    async with site_over(settings) as url, chromium() as browser:
        desk = await open_page(await browser.new_context(viewport={"width": 1100, "height": 900}), url + "setup/people")
        page = desk.page
        assert page.url == f"{url}sign-in?to=setup/people"
        await sign_in(page, "anna", "not the password")
        await expect(page.locator("#password")).to_have_attribute("aria-describedby", "password-wrong ")
        assert await serious(page) == []
        await page.screenshot(path=ARTEFACTS / "sign-in-refused.png")
        await page.locator("#password").focus()
        await page.keyboard.type(PASSWORD)
        await press_and_go(page)
        assert page.url == f"{url}setup/people"

        await page.locator("#add-name").focus()
        await page.keyboard.type("Otto")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Add", exact=True).focus()
        await press_and_go(page)
        made = await page.get_by_test_id("told").locator("code").inner_text()
        assert await serious(page) == []
        await page.screenshot(path=ARTEFACTS / "people.png", full_page=True)

        german = await browser.new_context(viewport={"width": 320, "height": 720}, locale="de-AT")
        phone = await open_page(german, url)
        await sign_in(phone.page, "otto", made)
        await expect(phone.page.get_by_role("heading", level=1)).to_have_text("Ihr Konto")
        assert await phone.page.locator("nav a").count() == 0
        await phone.page.locator("#present").fill(made)
        await phone.page.locator("#password").fill("ein Wort und noch eins")
        await press_and_go(phone.page)
        await expect(phone.page.get_by_role("status")).to_contain_text("geändert")
        await phone.page.evaluate("document.documentElement.style.fontSize = '225%'")
        assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await serious(phone.page) == []
        await phone.page.screenshot(path=ARTEFACTS / "account-phone.png", full_page=True)
        async with phone.page.expect_navigation():
            await phone.page.get_by_role("button", name="Abmelden", exact=True).click()
        await expect(phone.page.get_by_role("status")).to_have_text("Sie sind abgemeldet.")
        assert none_but(desk, "401") == none_but(phone) == []
        assert desk.strangers(url) == phone.strangers(url) == []


async def test_a_script_in_a_name_is_shown_and_never_run(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = with_accounts(copy_of(twelve_weeks, tmp_path / "story"))
    said_in_scripts(settings)
    async with site_over(settings) as url, chromium() as browser:
        watched = await open_page(await browser.new_context(), f"{url}sign-in?to=setup/people")
        page, dialogs = watched.page, []

        async def dismissed(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            await dialog.dismiss()

        page.on("dialog", dismissed)
        await sign_in(page, SCRIPT)
        await expect(page.locator(".who a")).to_have_text(SCRIPT)
        await expect(page.locator(".accounts strong").first).to_have_text(SCRIPT)
        links = await page.locator("nav a").evaluate_all("(links) => links.map((link) => link.href)")
        assert len(links) > 5
        shown = {}
        for link in [*links, f"{url}account"]:
            answer = await page.goto(link, wait_until="domcontentloaded")
            assert answer is not None
            shown[link.removeprefix(url)] = await page.locator("main").text_content() or ""
            assert await page.locator("script:not([src]):not([type='application/json'])").count() == 0, link
            assert await page.locator("img[onerror]").count() == 0, link
        assert dialogs == []
        for page_of_p1 in ("p/p1/", "inbox", "p/p1/record"):
            assert SCRIPT in shown[page_of_p1], "as text"
        assert IMAGE in shown["p/p1/record"], "the note beside the day"
        assert none_but(watched, "status of") == []
        assert watched.strangers(url) == []


async def test_behind_home_assistants_prefix(
    twelve_weeks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_gate, "INGRESS_PEER", "127.0.0.1")
    settings = copy_of(twelve_weeks, tmp_path / "story")
    settings = with_accounts(replace(settings, web=replace(settings.web, ingress=True)))
    with closing(Accounts(Places(settings.data_dir).accounts)) as accounts:
        everything = ["keeper", "clinician", "carer", "patient"]
        linked = new_account("hub", everything, None, "", accounts.now_ns(), home_hub_user="u9")
        accounts.register.add(linked)
    async with site_over(settings) as url, chromium() as browser:
        async with ingress(url) as shown_at:
            watched = await open_page(browser, shown_at)
            assert watched.page.url == f"{shown_at}p/p1/"
            await expect(watched.page.locator(".who")).to_have_count(0)
            await expect(watched.page.get_by_role("heading", level=1)).to_be_visible()
        async with ingress(url, user_id="u9") as shown_at:
            all_of_it = await open_page(browser, shown_at)
            links = await all_of_it.page.locator("nav a").evaluate_all("(links) => links.map((link) => link.href)")
            for link in [*links, f"{shown_at}account"]:
                answer = await all_of_it.page.goto(link, wait_until="domcontentloaded")
                assert answer is not None
                assert answer.status == 200, link
                assert PREFIX in all_of_it.page.url
            await all_of_it.page.goto(f"{shown_at}setup/people")
            await all_of_it.page.locator("#label-1").fill("Frau Huber")
            await all_of_it.page.locator("#label-1").focus()
            await press_and_go(all_of_it.page)
            assert all_of_it.page.url == f"{shown_at}setup/people"
            await expect(all_of_it.page.locator("#label-1")).to_have_value("Frau Huber")
            assert all_of_it.strangers(shown_at) == []
