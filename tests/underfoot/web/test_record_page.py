"""Twelve weeks in a real Chromium: every day, curves, notes, before and after, and the report on paper."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from datetime import date
from pathlib import Path

import aiohttp
import axe_kit
import pytest
from browser_kit import Watched, chromium, open_page
from playwright.async_api import Browser, Page, expect
from site_kit import PERSON, STORY_ENDS, copy_of, site_over

from processing.rules.day_facts import DayMeasured
from processing.store.journal_sqlite import SqliteJournalReader
from underfoot.at_home import household
from underfoot.lived import lived
from underfoot.settings import Settings

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))
STATES = "[...document.querySelectorAll('.weeks .day')].map((day) => day.dataset.state)"
WIDTHS = "[document.documentElement.scrollWidth, innerWidth]"
CUT = """() => [...document.querySelectorAll('svg, table, .weeks')]
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))"""

pytestmark = pytest.mark.timeout(200)


async def test_twelve_weeks_are_read_by_day_curve_and_note(twelve_weeks: Path, tmp_path: Path) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything runs
    settings = copy_of(twelve_weeks, tmp_path / "story")
    counted = counts(settings)
    async with site_over(settings) as url, chromium() as browser:
        watched = await open_page(browser, f"{url}p/{PERSON}/record")
        await shows_every_day(watched.page, counted)
        await draws_curves(watched.page)
        await looks_well(watched, url, "record")
        await is_worked_by_keys(watched.page, url)
        await works_without_scripts(browser, url)
        await compares(watched.page, url)
        await fits_a_phone_in_german(browser, url)
        await prints(browser, url, counted)


def counts(settings: Settings) -> Counter[str]:
    journal = SqliteJournalReader(settings.data_dir / "journal.sqlite")
    return Counter(each.measured.value for each in lived(journal, PERSON, household(settings).zone, STORY_ENDS).facts)


async def shows_every_day(page: Page, counted: Counter[str]) -> None:
    assert Counter(await page.evaluate(STATES)) == counted
    assert set(counted) == {each.value for each in DayMeasured}, "the story has every kind of day"
    await expect(page.get_by_test_id("gaps")).to_have_text("No data for 1 day: 1 Feb")
    assert await page.locator(".day[data-day='2026-02-01']").get_attribute("href") == "#day-2026-02-01"


async def draws_curves(page: Page) -> None:
    names = ("forefoot", "asymmetry", "load", "cadence", "minutes", "steps", "worn")
    for name in names:
        canvas = page.get_by_test_id(f"chart-{name}").locator("canvas")
        await expect(canvas).to_have_attribute("role", "img")
        assert "84 days have a value" in (await canvas.get_attribute("aria-label") or "")
    await expect(page.get_by_test_id("chart-asymmetry")).to_contain_text("limit right +21.8, limit left −18.2")


async def looks_well(watched: Watched, url: str, name: str) -> None:
    assert (watched.complaints, watched.strangers(url)) == ([], [])
    width, room = await watched.page.evaluate(WIDTHS)
    assert width <= room
    await watched.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


async def is_worked_by_keys(page: Page, url: str) -> None:
    """A day without a walk leads to its row, which unfolds; an alert's mark leads to its words; a day to its walk."""
    await page.locator("#weeks").focus()
    for _ in range(200):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.dataset.day") == "2026-02-01":
            break
    await page.keyboard.press("Enter")
    await expect(page.locator("#day-2026-02-01")).to_be_in_viewport()
    await expect(page.locator("#day-2026-02-01")).to_contain_text("the hub did not run")
    mark = page.get_by_test_id("chart-asymmetry").locator(".plot-marks a").first
    await mark.focus()
    await page.keyboard.press("Enter")
    named = page.locator(f"[id='{(await mark.get_attribute('href') or '')[1:]}']")
    await expect(named).to_be_in_viewport()
    await expect(named).to_contain_text("A4 Load asymmetry")
    at = await named.locator("a").get_attribute("href") or ""
    assert "walks/p1-20260207T091600Z?at=" in at
    day = page.locator(".day[data-day='2026-03-03']")
    await day.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}p/{PERSON}/walks/p1-20260303*")


async def works_without_scripts(browser: Browser, url: str) -> None:
    place = await browser.new_context(java_script_enabled=False, viewport={"width": 1100, "height": 900})
    page = (await open_page(place, f"{url}p/{PERSON}/record")).page
    await expect(page.get_by_test_id("chart-cadence").locator("svg.curve .line")).to_be_visible()
    await page.locator("#note-day").fill("2026-03-10")
    await page.locator("#note-text").fill("New shoes <script>alert(1)</script>")
    await page.get_by_role("button", name="Keep the note").click()
    await expect(page.get_by_test_id("notes").locator("li")).to_contain_text("10 Mar 2026 New shoes <script>")
    await place.close()


async def compares(page: Page, url: str) -> None:
    await page.goto(f"{url}p/{PERSON}/record?before=2026-02-16..2026-02-28&after=2026-03-03&figure=share_pct")
    maps = page.get_by_test_id("compare").locator(".map-pair")
    assert await maps.count() == 3
    heel = maps.nth(1).locator("figure").first.locator("[data-region='HM']")
    assert "blank" in (await heel.get_attribute("class") or ""), "its cells were dead on that day"
    assert await heel.get_attribute("fill") is None
    await expect(page.get_by_test_id("changes")).to_contain_text("not measured")
    await expect(page.get_by_test_id("compare")).to_contain_text("Only 1 walk after.")
    await page.goto(f"{url}p/{PERSON}/record?programmes=daily-walking,backward-walking")
    await expect(page.get_by_test_id("compare")).to_contain_text("not shown to prevent ulcers")


async def fits_a_phone_in_german(browser: Browser, url: str) -> None:
    phone = await browser.new_context(locale="de", viewport={"width": 320, "height": 720})
    for name, what in (("record", "Keine Daten an 1 Tag: 1. Feb"), ("report", "Kein Medizinprodukt")):
        watched = await open_page(phone, f"{url}p/{PERSON}/{name}")
        await expect(watched.page.locator("main")).to_contain_text(what)
        await looks_well(watched, url, f"{name}-phone-de")
        assert name == "report" or await axe_kit.serious(watched.page) == []
        await watched.page.evaluate("document.documentElement.style.fontSize = '225%'")
        width, room = await watched.page.evaluate(WIDTHS)
        assert width <= room, f"{name} at 200 %"
    await phone.close()


async def prints(browser: Browser, url: str, counted: Counter[str]) -> None:
    watched = await open_page(
        browser, f"{url}p/{PERSON}/report?before=2026-01-12..2026-02-08&after=2026-03-09..2026-04-05"
    )
    page = watched.page
    await looks_well(watched, url, "report")
    await expect(page.get_by_role("button", name="Print")).to_be_visible()
    pdf = await page.pdf(path=ARTEFACTS / "report.pdf", prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert 3 <= pdf.count(b"/Type /Page\n") <= 12
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": 703, "height": 1000})  # 210 mm less the margins
    assert Counter(await page.evaluate(STATES)) == counted
    assert await page.evaluate(CUT) == []
    await expect(page.get_by_role("button", name="Print")).to_be_hidden()
    for said in (
        "Not a medical device",
        "clinical/3, 4 limits changed",
        "A4.enter_points",
        "New shoes",
        "Red flag on 2026-02-15",
    ):
        await expect(page.locator("main")).to_contain_text(said)


async def test_a_week_without_data_is_unmistakable(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = copy_of(twelve_weeks, tmp_path / "story")
    lose_days_from(settings, date(2026, 3, 30))
    async with site_over(settings) as url, chromium() as browser, aiohttp.ClientSession() as http:
        page = (await open_page(browser, f"{url}p/{PERSON}/record")).page
        await expect(page.get_by_test_id("gaps").locator("li").last).to_have_text("No data for 7 days: 30 Mar – 5 Apr")
        assert (await page.evaluate(STATES))[-7:] == ["no-data"] * 7
        row = await page.locator("#day-2026-04-02").text_content() or ""
        assert "the hub did not run" in row
        assert "0" not in row.replace("2 Apr", "")
        async with http.get(f"{url}p/{PERSON}/record/data") as answer:
            trend = await answer.json()
        assert len(trend["t_ms"]) == 84
        assert {tuple(line["values"][-7:]) for chart in trend["charts"] for line in chart["lines"]} == {(None,) * 7}
        page = (
            await open_page(
                browser, f"{url}p/{PERSON}/report?before=2026-03-01..2026-03-14&after=2026-03-30..2026-04-05"
            )
        ).page
        await expect(page.get_by_test_id("strip")).to_contain_text("No data for 7 days: 30 Mar – 5 Apr")
        after = page.get_by_test_id("compare").locator("tbody tr").filter(has_text="Steps a day").locator("td")
        assert await after.all_text_contents() == [
            (await after.all_text_contents())[0],
            "not measured",
            "not comparable",
        ]


def lose_days_from(settings: Settings, first: date) -> None:
    begun_t_ns = int(first.strftime("%s")) * 10**9
    with sqlite3.connect(settings.data_dir / "journal.sqlite") as journal:
        journal.execute("DELETE FROM walks WHERE begun_t_ns >= ?", (begun_t_ns,))
        journal.execute("DELETE FROM days_in_touch WHERE day >= ?", (first.isoformat(),))
    journal.close()


async def test_nonsense_and_strangers_are_turned_away(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = copy_of(twelve_weeks, tmp_path / "story")
    async with site_over(settings) as url, aiohttp.ClientSession() as http:
        for path, status in (
            (f"p/{PERSON}/record?until=yesterday", 400),
            (f"p/{PERSON}/report?weeks=1e9", 400),
            (f"p/{PERSON}/record?programmes=x,y", 400),
            (f"p/{PERSON}/record?weeks=104&until=2020-01-01", 200),
            ("p/nobody/record", 404),
        ):
            async with http.get(url + path) as answer:
                assert answer.status == status, path
        async with http.post(f"{url}p/{PERSON}/record/note", data={"day": "2026-03-10", "text": "x"}) as answer:
            assert answer.status == 403, "no form of this page"
