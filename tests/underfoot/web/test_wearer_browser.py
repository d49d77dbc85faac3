"""The wearer's own page in a real Chromium: one sentence, one big button, and what it says when it knows nothing."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_kit import serious
from browser_kit import TEXT, Watched, alert_at, open_page, until
from live_page_kit import Shown, live_page
from playwright.async_api import Browser, Page, expect

from ingest.wire.alerts import AlertState
from ingest.wire.entries import AllRight, ProgrammeId
from ingest.wire.geometry import Side
from ingest.wire.person import PersonState, Plan
from processing.programme.words import BACKWARD_STOP_RULES, STOP_RULES
from underfoot.accounts.rights import SiteRole
from underfoot.web.home.shell import SHELL
from underfoot.words import words_in

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))
PHONE = {"width": 320, "height": 720}
BIGGER_TEXT = "document.documentElement.style.fontSize = '225%'"  # twice the page's own
WIDTH = "document.documentElement.scrollWidth"
COUNT_DRAWINGS = """() => {
  window.drawings = 0;
  new MutationObserver(() => { window.drawings += 1; })
    .observe(document.querySelector("#foot-left .cell"), { attributes: true });
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all


@pytest_asyncio.fixture(loop_scope="module")
async def shown() -> AsyncIterator[Shown]:
    async with live_page(before_s=200, roles=(SiteRole.PATIENT,)) as page:
        yield page


def is_clean(watched: Watched, shown: Shown) -> bool:
    return watched.complaints == [] and watched.strangers(shown.url) == []


def day_at(t_ns: int, done_min: float | None = 12.0) -> PersonState:
    plan = Plan(
        programme=ProgrammeId.DAILY_WALKING, minutes=20.0, done_min=done_min, words="Walk for 20 minutes today."
    )
    worn_min = None if done_min is None else 95.0
    return PersonState(t_ns=t_ns, text="", plans=(plan,), worn_today_min=worn_min)


async def keep(page: Page, name: str) -> None:
    await page.screenshot(path=ARTEFACTS / f"wearer-{name}.png")


async def above_the_fold(page: Page, *ids: str) -> None:
    """Seen without scrolling, and not covered by the button that stays at the bottom of a telephone."""
    big = await page.get_by_test_id("big").bounding_box()
    assert big is not None
    assert page.viewport_size is not None
    assert big["y"] + big["height"] <= page.viewport_size["height"]
    for name in ids:
        box = await page.get_by_test_id(name).bounding_box()
        assert box is not None, name
        beside = box["x"] + box["width"] <= big["x"]
        assert beside or box["y"] + box["height"] <= big["y"], (name, box, big)


@pytest.mark.parametrize("size", [{"width": 1100, "height": 900}, PHONE], ids=["desktop", "phone"])
async def test_what_it_shows_and_what_the_button_does(browser: Browser, shown: Shown, size: dict[str, int]) -> None:
    shown.model.feed(day_at(time.time_ns()), time.time_ns())
    watched = await open_page(browser, shown.at(), **size)
    page = watched.page
    big, answer = page.get_by_test_id("big"), page.get_by_test_id("big-answer")
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "calm")
    await expect(page.get_by_test_id("plan-daily-walking")).to_contain_text("12 of 20 min measured")
    await expect(page.get_by_test_id("today-worn")).to_contain_text("1 h 35 min")
    await expect(page.locator("#figures, #history, .alert:visible")).to_have_count(0)
    await expect(big).to_have_text("I'm all right")
    assert await page.evaluate(WIDTH) <= size["width"]
    assert await serious(page) == []
    await above_the_fold(page, "headline", "foot-left", "foot-right", "plan-daily-walking", "today-worn")
    await keep(page, f"calm-{size['width']}")
    await big.click()
    await expect(answer).to_have_text(re.compile(r"told at home at \d\d:\d\d\. It changes no alert"))
    assert [entry.said for entry in shown.walk.said] == [AllRight()]
    shown.model.feed(alert_at(time.time_ns()), time.time_ns())
    await expect(big).to_have_text("I have seen it")
    await expect(page.get_by_test_id("headline")).to_have_text(TEXT)
    await keep(page, f"alert-{size['width']}")
    assert await serious(page) == []
    await page.wait_for_timeout(1300)  # a press meant for what the button did before is not taken
    await big.press("Enter")
    await expect(page.get_by_test_id("alert")).to_have_attribute("data-state", "acknowledged")
    await page.get_by_test_id("did").get_by_role("button", name="sat down").click()
    await expect(page.get_by_test_id("alert")).to_contain_text("Acknowledged by the page: sat down")
    await expect(big).to_have_text("I'm all right")
    assert [(reply.do, reply.action) for reply in shown.walk.replies] == [
        ("acknowledge", None),
        ("acknowledge", "sat down"),
    ]
    await page.evaluate(BIGGER_TEXT)
    assert await page.evaluate(WIDTH) <= size["width"]
    await keep(page, f"bigger-text-{size['width']}")
    assert is_clean(watched, shown)


async def test_a_press_meant_for_what_the_button_did_before_is_not_taken(browser: Browser, shown: Shown) -> None:
    page = (await open_page(browser, shown.at())).page
    await expect(page.get_by_test_id("big")).to_be_enabled()
    shown.model.feed(alert_at(time.time_ns()), time.time_ns())
    await expect(page.get_by_test_id("big")).to_have_text("I have seen it")
    await page.get_by_test_id("big").click()
    await page.wait_for_timeout(300)
    assert shown.walk.replies == []


async def test_what_is_not_known_is_never_zero_nor_calm(browser: Browser, shown: Shown) -> None:
    shown.model.feed(day_at(time.time_ns(), done_min=None), time.time_ns())
    shown.walk.away = set(Side)
    page = (await open_page(browser, shown.at(), **PHONE)).page
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "not-measured")
    await expect(page.get_by_test_id("headline")).to_contain_text("No signal from your insoles")
    plan = page.get_by_test_id("plan-daily-walking")
    await expect(plan).to_have_attribute("data-known", "false")
    await expect(plan).to_contain_text("what was walked is not measured")
    await expect(plan.locator(".bar-done")).to_have_count(0)
    await expect(page.get_by_test_id("today-worn")).to_contain_text("not measured")
    assert not re.search(r"\b0 (min|%)|No alert", await page.locator("main").inner_text())
    await keep(page, "not-measured")


async def test_without_a_connection_it_says_so_and_sends_nothing(browser: Browser, shown: Shown) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 720})
    watched = await open_page(context, shown.at())
    page = watched.page
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    await page.evaluate("navigator.serviceWorker.ready")
    kept = "caches.open('underfoot-page').then((cache) => cache.keys()).then((keys) => keys.map((each) => each.url))"
    await _until(page, f"{kept}.then((urls) => urls.length === 1)")
    assert await page.evaluate(kept) == [shown.at()]
    own = [url.removeprefix(f"{shown.url}static/") for url in watched.requests if "/static/" in url]
    assert set(own) - set(SHELL) == set()
    await context.set_offline(True)
    await page.reload()
    await expect(page.get_by_test_id("lost")).to_have_text(
        re.compile(r"No connection to the hub\. What you see is from \d\d:\d\d\.")
    )
    await expect(page.get_by_test_id("headline")).to_have_text("This page has lost its connection.")
    await expect(page.get_by_test_id("detail")).to_contain_text(re.compile(r"At \d\d:\d\d it said: “"))
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "not-measured")
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "false")
    await expect(page.get_by_test_id("big")).to_be_disabled()
    await expect(page.get_by_test_id("big")).to_have_text("No connection")
    await keep(page, "offline")
    assert shown.walk.said == []
    await context.set_offline(False)
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true", timeout=15_000)
    await expect(page.get_by_test_id("big")).to_be_enabled()
    await page.evaluate("fetch('../../sign-out', { method: 'POST' })")
    await _until(page, f"{kept}.then((urls) => urls.length === 0)")
    await context.close()


async def test_a_broker_that_is_away_is_not_called_sent(browser: Browser, shown: Shown) -> None:
    shown.walk.unreachable = True
    page = (await open_page(browser, shown.at())).page
    await expect(page.get_by_test_id("big")).to_be_enabled()
    await page.get_by_test_id("big").click()
    await expect(page.get_by_test_id("big-answer")).to_contain_text("Not sent.")
    assert shown.walk.said == []


async def test_in_german_with_less_motion_and_by_keyboard_alone(browser: Browser, shown: Shown) -> None:
    context = await browser.new_context(
        locale="de-AT", reduced_motion="reduce", viewport={"width": 1100, "height": 900}
    )
    watched = await open_page(context, shown.at())
    page = watched.page
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.get_by_test_id("tone")).to_have_text("Keine Meldung")
    await page.evaluate(COUNT_DRAWINGS)
    await page.wait_for_timeout(3000)
    assert 2 <= await page.evaluate("window.drawings") <= 8  # each drawing changes one or two attributes of a cell
    await _tab_to(page, "big")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("big-answer")).to_contain_text("zu Hause mitgeteilt")
    assert len(shown.walk.said) == 1
    shown.model.feed(alert_at(time.time_ns(), AlertState.CLEARED, cleared_t_ns=time.time_ns()), time.time_ns())
    await expect(page.get_by_test_id("alert")).to_be_visible()
    await _tab_to(page, "acknowledge")
    await page.keyboard.press("Enter")
    await until(lambda: len(shown.walk.replies) == 1)
    assert await serious(page) == []
    await keep(page, "german")
    assert is_clean(watched, shown)
    await context.close()


async def test_without_scripts_the_big_button_is_a_form(browser: Browser, shown: Shown) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = (await open_page(context, shown.at())).page
    await page.get_by_role("button", name="I'm all right").click()
    await expect(page.get_by_test_id("big-answer")).to_contain_text("It was told at home at")
    shown.model.feed(alert_at(time.time_ns()), time.time_ns())
    await page.goto(shown.at())
    await page.get_by_test_id("big").click()
    await expect(page.get_by_test_id("big-answer")).to_have_text("Sent: you have seen it.")
    assert len(shown.walk.replies) == 1
    await context.close()


async def test_the_stop_rules_are_those_of_the_programmes() -> None:
    words = words_in("en")
    assert tuple(words(f"feet.stop_{n}") for n in range(1, len(STOP_RULES) + 1)) == STOP_RULES
    backward = tuple(words(f"feet.stop_backward_{n}") for n in range(1, len(BACKWARD_STOP_RULES) + 1))
    assert backward == BACKWARD_STOP_RULES


async def _tab_to(page: Page, testid: str) -> None:
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement?.dataset.testid") == testid:
            return
    pytest.fail(f"{testid} is not reached by the keyboard")


async def _until(page: Page, holds: str) -> None:
    """Chromium's own waiting takes a promise for a yes."""
    for _ in range(200):
        if await page.evaluate(holds):
            return
        await page.wait_for_timeout(50)
    pytest.fail(holds)
