"""What comes late, what stood before a sleep and what the clinic muted: the wearer's page says so at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from browser_kit import PERSON, S, alert_at, chromium, open_page
from live_page_kit import Shown, live_page
from playwright.async_api import Page, expect

from ingest.wire.alerts import Quiet

WATCH = """() => { window.turned = []; new MutationObserver(() => window.turned.push(document.body.dataset.connection))
  .observe(document.body, { attributeFilter: ["data-connection"] }); }"""
WAKE = """() => { const now = Date.now; Date.now = () => now() + 7200000;
  document.dispatchEvent(new Event("visibilitychange"));
  const found = [document.body.dataset.connection, document.getElementById("state").dataset.tone,
    document.getElementById("foot-left").dataset.measured];
  Date.now = now; return found; }"""


@pytest.fixture
async def shown() -> AsyncIterator[Shown]:
    async with live_page(before_s=120) as page:
        yield page


async def test_an_old_state_is_never_taken_for_the_present_one(shown: Shown) -> None:
    async with chromium() as browser:
        page = (await open_page(browser, shown.at())).page
        await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
        assert await page.evaluate(WAKE) == ["lost", "not-measured", "false"]
        await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
        await events_of_another_time_are_left_behind(page, shown)
        await a_muted_alert_says_so(page, shown)


async def events_of_another_time_are_left_behind(page: Page, shown: Shown) -> None:
    await page.wait_for_timeout(1100)  # the hub's time has come at least once
    await page.evaluate(WATCH)
    shown.site.lives.of(PERSON)._now_ns = lambda: time.time_ns() - 8 * S
    await holds(page, "window.turned.includes('lost')")
    await holds(page, "window.turned.at(-1) === 'live'")  # a new connection is asked for what is now
    shown.site.lives.of(PERSON)._now_ns = time.time_ns


async def a_muted_alert_says_so(page: Page, shown: Shown) -> None:
    shown.model.feed(alert_at(time.time_ns(), quiet=Quiet.MUTED), time.time_ns())
    await expect(page.get_by_test_id("muted")).to_have_text("Without a sound: your clinic has muted it.")
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "alert")
    await page.reload()
    await expect(page.get_by_test_id("muted")).to_be_visible()


async def holds(page: Page, condition: str) -> None:
    async with asyncio.timeout(15):
        while not await page.evaluate(condition):  # noqa: ASYNC110 - the page tells nobody
            await asyncio.sleep(0.05)
