"""The pages of those at home over the twelve weeks: real broker, real processing, and a week after the last data."""

from __future__ import annotations

import os
import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_kit import serious
from browser_kit import Watched, alert_at, chromium, open_page
from playwright.async_api import BrowserContext, Page, expect
from site_kit import PERSON, copy_of, site_over

from ingest.wire.alerts import AlertLevel, AlertState
from ingest.wire.entries import AllRight, FootCheck, NoWalk, RedFlag, Skin, Symptoms
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from underfoot.settings import Settings
from underfoot.web.home.diary_said import KINDS

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))
LATER = date(2026, 4, 14)  # eight whole days after the story's last one
RAISED_NS = int(datetime(2026, 4, 14, 19, tzinfo=ZoneInfo("Europe/Vienna")).timestamp()) * 10**9
DESKTOP, PHONE = {"width": 1100, "height": 900}, {"width": 320, "height": 720}
ZERO_OR_CALM = re.compile(r"\b0 (min|%|steps)|No alert in|all is well\b(?<!sign that all is well)")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def story(twelve_weeks: Path, tmp_path: Path) -> Settings:
    """With an alert of that later day."""
    settings = copy_of(twelve_weeks, tmp_path / "story")
    journal = SqliteJournal(settings.data_dir / "journal.sqlite")
    journal.put_alert(PERSON, alert_at(RAISED_NS, id="A3-left-x", level=AlertLevel.LOW), by="rule A3", t_ns=RAISED_NS)
    journal.close()
    return settings


def read(tmp_path: Path) -> SqliteJournalReader:
    return SqliteJournalReader(tmp_path / "story" / "journal.sqlite")


async def whole(page: Page, name: str) -> None:
    """Nothing wider than the window, nothing that axe calls serious, and a picture to look at."""
    size = page.viewport_size
    assert size is not None
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert await serious(page) == []
    await page.screenshot(path=ARTEFACTS / f"home-{name}-{size['width']}.png", full_page=True)


async def test_a_week_without_data_is_unmistakable(story: Settings, tmp_path: Path) -> None:
    async with site_over(story, LATER) as url, chromium() as browser:
        watched = await open_page(browser, f"{url}p/{PERSON}/contact")
        await the_carer_sees_it(watched.page)
        await the_carer_answers_and_asks_the_clinic(watched.page, tmp_path)
        await the_wearer_sees_it_and_is_all_right(watched.page, url, tmp_path)
        assert watched.complaints == []
        assert watched.strangers(url) == []
        context = await browser.new_context(locale="de-AT", viewport={"width": 320, "height": 720})
        await in_german_on_a_phone(context, url)


async def the_carer_sees_it(page: Page) -> None:
    silence = page.get_by_test_id("silence")
    await expect(silence).to_have_attribute("data-days", "8")
    await expect(silence).to_have_attribute("data-long", "true")
    await expect(silence).to_contain_text("No data for 8 days, since Monday 6 April 2026.")
    await expect(silence).to_contain_text("Call the wearer today.")
    for side in ("left", "right"):
        insole = page.get_by_test_id(f"insole-{side}")
        for fact in ("last-contact", "battery", "cells", "clock"):
            await expect(insole.get_by_test_id(f"fact-{fact}")).to_have_attribute("data-known", "false")
    await expect(page.get_by_test_id("fact-worn")).to_contain_text("not measured")
    await expect(page.get_by_test_id("fact-last-day")).to_contain_text("Sunday 5 April 2026")
    await expect(page.locator("tr[data-measured=no-data]")).to_have_count(9)
    await expect(page.locator("tr[data-measured=no-data]").first).to_contain_text("the hub did not run")
    assert not ZERO_OR_CALM.search(await page.locator("main").inner_text())
    await whole(page, "contact")


async def the_carer_answers_and_asks_the_clinic(page: Page, tmp_path: Path) -> None:
    alert = page.get_by_test_id("alert")
    await expect(alert).to_have_attribute("data-state", "active")
    await alert.get_by_label("What did you do?").select_option("checked the foot")
    await page.get_by_test_id("acknowledge").press("Enter")
    await expect(page.get_by_test_id("said")).to_have_text("Sent: you have seen it.")
    await reloaded(page, "acknowledged")
    await alert.get_by_label("A word to the clinic").fill("Her shoe is new.")
    await page.get_by_test_id("escalate").press("Enter")
    await expect(page.get_by_test_id("said")).to_contain_text("nobody is watching live")
    await reloaded(page, "escalated")
    (kept,) = [each for each in read(tmp_path).alerts(PERSON) if each.id == "A3-left-x"]
    assert (kept.state, kept.action) == (AlertState.ESCALATED, "checked the foot")
    assert "Her shoe is new." in str(kept.escalated_because)


async def reloaded(page: Page, state: str) -> None:
    """Processing has answered a moment later."""
    for _ in range(50):
        await page.reload()
        if await page.get_by_test_id("alert").get_attribute("data-state") == state:
            return
    pytest.fail(f"never {state}")


async def the_wearer_sees_it_and_is_all_right(page: Page, url: str, tmp_path: Path) -> None:
    await page.goto(f"{url}p/{PERSON}/")
    await expect(page.get_by_test_id("silence")).to_contain_text("No data since Monday 6 April 2026: 8 days.")
    assert not ZERO_OR_CALM.search(await page.locator("main").inner_text())
    await whole(page, "feet")
    await page.set_viewport_size({"width": 320, "height": 720})
    await whole(page, "feet")
    big = page.get_by_test_id("big")
    await expect(big).to_have_text("I'm all right")
    await expect(big).to_be_enabled()
    await big.click()
    await expect(page.get_by_test_id("big-answer")).to_have_text(
        re.compile(r"told at home at 20:0\d\. It changes no alert")
    )
    assert len(read(tmp_path).entries(PERSON, AllRight)) == 1
    await page.goto(f"{url}p/{PERSON}/contact")
    await expect(page.get_by_test_id("fact-all-right")).to_contain_text("just now, by ")


async def in_german_on_a_phone(context: BrowserContext, url: str) -> None:
    watched: Watched = await open_page(context, f"{url}p/{PERSON}/contact")
    page = watched.page
    await expect(page.get_by_test_id("silence")).to_contain_text("Seit 8 Tagen keine Daten")
    await expect(page.get_by_test_id("fact-worn")).to_contain_text("nicht gemessen")
    await whole(page, "contact-de")
    await page.goto(f"{url}p/{PERSON}/diary")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Wie geht es Ihren Füßen heute")
    await whole(page, "diary-de")
    await context.close()


async def test_the_diary_answers_at_once(story: Settings, tmp_path: Path) -> None:
    async with site_over(story) as url, chromium() as browser:
        watched = await open_page(browser, f"{url}p/{PERSON}/diary", **PHONE)
        page = watched.page
        await expect(page.get_by_test_id("days").locator("> li")).to_have_count(14)
        await expect(page.get_by_test_id("call-now")).to_be_hidden()
        await whole(page, "diary")
        await a_warning_sign_is_answered_before_it_is_sent(page)
        await an_ordinary_day_is_kept(page)
        assert watched.complaints == []
        said = [each.said for each in read(tmp_path).entries(PERSON) if isinstance(each.said, KINDS)][-3:]
        day = "2026-04-05"
        assert said == [
            Symptoms(day=day, numbness=3, red_flags=(RedFlag.OPEN_SORE,)),
            FootCheck(day=day, left=Skin.CLEAR, right=Skin.CLEAR),
            NoWalk(day=day),
        ]


async def a_warning_sign_is_answered_before_it_is_sent(page: Page) -> None:
    await page.get_by_label("an open sore").check()
    await expect(page.get_by_test_id("call-now")).to_contain_text("01 234 56 78")
    await page.get_by_test_id("grade-numbness").get_by_label("3", exact=True).check()
    await page.get_by_test_id("save").press("Enter")
    answer = page.get_by_test_id("answer")
    await expect(answer).to_have_attribute("data-urgent", "true")
    await expect(answer).to_contain_text("Stop walking and call now: your foot clinic, 01 234 56 78.")
    await expect(answer.get_by_test_id("call")).to_have_attribute("href", "tel:012345678")
    today = page.get_by_test_id("days").locator("> li").first
    await expect(today).to_contain_text("Numbness 3 of 10, warning sign: an open sore")
    assert "Pain 0" not in await today.inner_text()
    await whole(page, "diary-urgent")


async def an_ordinary_day_is_kept(page: Page) -> None:
    for side in ("left", "right"):
        choice = page.get_by_test_id(f"look-{side}").get_by_label("clear")
        await choice.focus()
        await page.keyboard.press("Space")
    await page.get_by_label("There was no walk today").check()
    await page.get_by_test_id("save").press("Enter")
    await expect(page.get_by_test_id("saved")).to_have_text("It is kept.")
    await expect(page.get_by_test_id("answer")).to_have_attribute("data-urgent", "false")
