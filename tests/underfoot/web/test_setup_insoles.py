"""Insoles are found, chosen, stamped and forgotten in a real Chromium, while the service runs over virtual air."""

from __future__ import annotations

import os
from pathlib import Path

import aiohttp
import pytest
from axe_kit import serious
from browser_kit import Watched, chromium, open_page, until
from playwright.async_api import Page, expect
from setup_kit import Hub, hub_on_air, quick

from ingest.wire.geometry import Side
from underfoot.setting_up.steps import Step

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))
LEFT, RIGHT = "F0:0D:00:00:00:01", "F0:0D:00:00:00:02"


async def shot(page: Page, name: str) -> None:
    await page.screenshot(path=ARTEFACTS / f"setup-{name}.png", full_page=True)


async def step(page: Page, name: str) -> None:
    await expect(page.get_by_test_id("pairing")).to_have_attribute("data-step", name, timeout=30_000)


async def tab_to(page: Page, test_id: str) -> None:
    """With the keyboard alone."""
    for _ in range(40):
        if await page.evaluate("document.activeElement.dataset.testid") == test_id:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{test_id} is not reached by the keyboard")


@pytest.mark.expects_log  # no insole is paired at first
async def test_pairing_in_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    async with hub_on_air(tmp_path) as hub, chromium() as browser:
        watched = await open_page(browser, f"{hub.url}setup/insoles")
        page = watched.page
        await expect(page.get_by_test_id("known")).to_contain_text("none paired")
        assert await serious(page) == []
        await tab_to(page, "find")
        await page.keyboard.press("Enter")
        await step(page, "choosing")
        await they_are_told_apart(page)
        await page.close()  # and nothing is lost
        watched = await open_page(browser, f"{hub.url}setup/insoles")
        page = watched.page
        await one_is_not_enough(page)
        await tab_to(page, "choose")
        await page.keyboard.press("Enter")
        await step(page, "stamp-left")
        await expect(page.get_by_test_id("stamp")).to_have_text("Stamp your LEFT foot 3 times")
        assert await serious(page) == []
        await expect(page.locator("[data-count]", has_text="2")).to_have_count(1)
        await shot(page, "stamp")
        await step(page, "stamp-right")
        await step(page, "paired")
        await expect(page.get_by_test_id("known")).to_contain_text(LEFT)
        assert {side: each.address for side, each in hub.known.read().by_side().items()} == {
            Side.LEFT: LEFT,
            Side.RIGHT: RIGHT,
        }
        await until(lambda: hub.stored() > 100)
        await expect(page.locator("[data-link=left]")).to_have_text("connected")
        await shot(page, "paired")
        await on_a_phone(page)
        await the_left_one_is_forgotten(page, hub)
        await in_german(browser_url=hub.url, watched=watched)
        assert watched.complaints == []
        assert watched.strangers(hub.url) == []
        assert [what for _, what in hub.audit()] == ["pair insoles", "forget insole"]


async def they_are_told_apart(page: Page) -> None:
    found = page.locator("label.found")
    await expect(found).to_have_count(2)
    await expect(found.first).to_contain_text("demo-")
    await expect(found.first).to_contain_text("dBm")
    await expect(page.locator("input[name=insole]:checked")).to_have_count(2)
    assert await serious(page) == []
    await shot(page, "choose")


async def one_is_not_enough(page: Page) -> None:
    await step(page, "choosing")
    await page.locator("input[name=insole]").first.uncheck()
    await page.get_by_test_id("choose").click()
    await expect(page.get_by_role("alert")).to_contain_text("exactly two")


async def on_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 720})
    await page.evaluate("document.documentElement.style.fontSize = '225%'")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await serious(page) == []
    await shot(page, "paired-phone")
    await page.evaluate("document.documentElement.style.fontSize = ''")


async def the_left_one_is_forgotten(page: Page, hub: Hub) -> None:
    await page.get_by_text("Forget the insole: left").click()
    await page.get_by_test_id("forget-left").click()
    await step(page, "forgotten")
    known = hub.known.read()
    assert known.left is None
    assert known.right is not None


async def in_german(browser_url: str, watched: Watched) -> None:
    page = watched.page
    await page.set_extra_http_headers({"Accept-Language": "de"})
    await page.goto(f"{browser_url}setup/insoles")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Einlagen")
    await expect(page.get_by_test_id("find")).to_have_text("Einlagen suchen")


@pytest.mark.expects_log  # no insole is paired
async def test_plain_forms_do_without_scripts_and_forged_ones_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    async with hub_on_air(tmp_path) as hub, aiohttp.ClientSession(headers={"Accept": "text/html"}) as http:
        here = f"{hub.url}setup/insoles"
        async with http.post(f"{here}/find", data={"csrf": "forged"}) as answer:
            assert answer.status == 403
        assert not hub.setter.progress.busy
        async with http.get(here) as answer:
            csrf = (await answer.text()).partition('data-csrf="')[2].partition('"')[0]

        async def sends(what: str, **said: str) -> str:
            async with http.post(f"{here}/{what}", data={"csrf": csrf, **said}) as answer:
                assert answer.status == 200
                assert str(answer.url).startswith(here)
                return await answer.text()

        assert '<noscript><meta http-equiv="refresh"' in await sends("find")
        await until(lambda: hub.setter.progress.step is Step.CHOOSING)
        assert "exactly two" in await sends("choose", insole=LEFT)
        assert 'data-step="stopped"' in await sends("stop")
        assert 'data-step="letting-go"' in await sends("forget", side="left")
        await until(lambda: hub.setter.progress.step is Step.FAILED)
        async with http.post(f"{here}/forget", data={"csrf": csrf, "side": "middle"}) as answer:
            assert answer.status == 400
        assert hub.audit() == []


@pytest.mark.expects_log  # no insole is paired
async def test_a_second_keeper_is_told_who_is_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    async with hub_on_air(tmp_path) as hub, aiohttp.ClientSession(headers={"Accept": "text/html"}) as http:
        assert hub.setter.find("<b>anna</b>")
        await until(lambda: hub.setter.progress.step is Step.CHOOSING)
        async with http.get(f"{hub.url}setup/insoles") as answer:
            text = await answer.text()
        assert "Begun by &lt;b&gt;anna&lt;/b&gt;" in text
        assert 'name="insole"' not in text
        csrf = text.partition('data-csrf="')[2].partition('"')[0]
        both = {"csrf": csrf, "insole": f"{LEFT},{RIGHT}"}
        async with http.post(f"{hub.url}setup/insoles/choose", data=both) as answer:
            await answer.read()
        assert hub.setter.progress.step is Step.CHOOSING
        async with http.post(f"{hub.url}setup/insoles/stop", data={"csrf": csrf}) as answer:
            assert 'data-step="stopped"' in await answer.text()
        assert hub.audit() == [("the page", "stop pairing")]
