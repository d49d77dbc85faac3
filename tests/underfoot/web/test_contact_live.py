"""The carer's page while insoles send: a foot lost, a cell dead, a clock unknown; each said as such."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from axe_kit import serious
from browser_kit import alert_at, chromium, open_page
from live_page_kit import Shown, live_page
from playwright.async_api import expect

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, CellFaultKind
from underfoot.accounts.rights import SiteRole


@pytest.fixture
async def shown() -> AsyncIterator[Shown]:
    async with live_page(before_s=10, roles=(SiteRole.CARER,)) as page:
        yield page


async def test_each_trouble_is_said_for_the_foot_that_has_it(shown: Shown) -> None:
    walk = shown.walk
    async with chromium() as browser:
        watched = await open_page(browser, shown.at("contact"))
        page = watched.page
        left, right = page.get_by_test_id("insole-left"), page.get_by_test_id("insole-right")
        await expect(left.get_by_test_id("fact-link")).to_have_text("Linkmeasuring now")
        await expect(left.get_by_test_id("fact-last-contact")).to_contain_text("just now")
        await expect(left.get_by_test_id("fact-battery")).to_contain_text("81 %")
        await expect(left.get_by_test_id("fact-clock")).to_have_text("Clockset")
        await expect(left.get_by_test_id("fact-cells")).to_contain_text("none found unfit")
        await expect(page.get_by_test_id("no-alerts")).to_have_text("No alert is open.")
        await expect(page.get_by_test_id("fact-worn")).to_contain_text("not measured")

        walk.away, walk.troubles, walk.clock_error_ms = {Side.RIGHT}, ("link-lost", "insole-elsewhere"), None
        walk.faults = (CellFault(side=Side.LEFT, kind=CellFaultKind.DEAD, t_ns=time.time_ns(), cell=3, area="cell 3"),)
        shown.model.feed(alert_at(time.time_ns()), time.time_ns())
        await page.wait_for_timeout(2500)
        await page.reload()
        await expect(right.get_by_test_id("fact-link")).to_contain_text("out of range or switched off")
        await expect(right.get_by_test_id("fact-clock")).to_have_attribute("data-known", "false")
        await expect(right.get_by_test_id("fact-cells")).to_contain_text("nothing is being measured")
        await expect(left.get_by_test_id("fact-cells")).to_contain_text("cell 3: does not react")
        await expect(left.get_by_test_id("fact-clock")).to_contain_text("unknown: its times may be off")
        await expect(page.get_by_test_id("advice")).to_contain_text("Right foot:")
        await expect(page.get_by_test_id("alert")).to_have_attribute("data-state", "active")
        assert not re.search(r"\b0 (min|%)", await page.locator("main").inner_text())
        assert await serious(page) == []
        assert watched.complaints == []


async def test_no_open_alert_is_no_good_sign_while_nothing_is_measured(shown: Shown) -> None:
    shown.walk.away = {Side.LEFT}
    async with chromium() as browser:
        page = (await open_page(browser, shown.at("contact"))).page
        await page.wait_for_timeout(2500)
        await page.reload()
        await expect(page.get_by_test_id("no-alerts")).to_contain_text("that is no sign that all is well")


async def test_the_page_is_asked_for_again_and_says_when_it_cannot_be(shown: Shown) -> None:
    async with chromium() as browser:
        context = await browser.new_context()
        page = (await open_page(context, shown.at("contact"))).page
        shown.model.feed(alert_at(time.time_ns()), time.time_ns())
        await expect(page.get_by_test_id("alert")).to_have_count(1, timeout=15_000)
        await context.set_offline(True)
        await expect(page.get_by_test_id("lost")).to_contain_text("No connection to the hub.", timeout=15_000)
        await context.close()


async def test_a_warning_sign_is_answered_though_it_cannot_be_kept(shown: Shown) -> None:
    shown.walk.unreachable = True
    async with aiohttp.ClientSession(shown.url, headers={"X-CSRF": shown.csrf, "Accept": "text/html"}) as http:
        urgent = await http.post("p/p1/diary", data={"flag": "chest-pain"})
        assert urgent.status == 503
        told = await urgent.text()
        assert "Stop walking and call your emergency number now." in told
        assert "It was not kept." in told
        ordinary = await http.post("p/p1/diary", data={"pain": "2"}, headers={"Accept": "application/json"})
        assert (ordinary.status, (await ordinary.json())["code"]) == (503, "broker-unreachable")
