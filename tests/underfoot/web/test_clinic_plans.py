"""Limits and programmes over the twelve weeks in Chromium: changed with a reason, refused beside the field, tried."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import axe_kit
import pytest
from browser_kit import Watched, chromium, open_page
from clinic_kit import journal_of, undecided
from playwright.async_api import Browser, Locator, Page
from site_kit import PERSON, site_over

from ingest.wire.entries import ProgrammeChange, ProgrammeId, Role, RuleChange
from processing.times import day_bounds_ns
from underfoot.settings import Settings
from underfoot.simulated import simulated

ARTEFACTS = Path(os.environ.get("ARTEFACTS", "artefacts"))
KEY = "A4.enter_points"
TRIED = "A6.enter_factor"


@pytest.mark.timeout(300)
async def test_limits_and_programmes_are_settled_with_a_reason(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = undecided(twelve_weeks, tmp_path / "story")
    shutil.copy(twelve_weeks / "seconds.sqlite", settings.data_dir)
    async with site_over(settings) as url, chromium() as browser:
        watched = await open_page(browser, f"{url}p/{PERSON}/limits")
        await _shot(watched.page, "limits-desktop")
        await _is_changed_and_set_back(watched.page, settings)
        await _is_tried(watched.page, settings)
        await watched.page.goto(f"{url}p/{PERSON}/programme")
        await _shot(watched.page, "programme-desktop")
        await _stands_as_in_the_story(watched.page)
        await _is_capped_ended_and_begun(watched.page, settings)
        assert _unexpected(watched) == []
        assert watched.strangers(url) == []
        await _are_read_on_a_phone(browser, url)
        await _are_refused_without_scripts(browser, url, settings)


def _unexpected(watched: Watched) -> list[str]:
    """The browser itself complains of the refusals that the test asks for."""
    return [each for each in watched.complaints if "status of 400" not in each]


def _limit(page: Page, key: str = KEY) -> Locator:
    return page.locator(f'[data-key="{key}"]')


async def _is_changed_and_set_back(page: Page, settings: Settings) -> None:
    row = _limit(page)
    told = await row.inner_text()
    assert "20 points" in told
    assert "1 to 60 · preset: 15 points" in told
    assert "Changed by clinic, 2026-02-21 09:00:" in told
    assert "limits of normal of 77 gait lines" in told
    await row.locator("summary").focus()
    await page.keyboard.press("Enter")
    value = row.get_by_label("New value")
    await value.fill("9")
    await row.get_by_label("Reason").fill("he leans less by now")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    refusal = row.locator(".refusal")
    await refusal.wait_for()
    assert "clear_points must be below enter_points" in await refusal.inner_text()
    assert await value.input_value() == "9"
    await value.fill("22")
    await row.get_by_role("button", name="Set", exact=True).click()
    said = page.get_by_test_id("said")
    await said.wait_for()
    assert await said.inner_text() == (
        "Kept: Raised at this distance from usual is now 22 points. A change is in force from the next walk on; "
        "a walk that has begun keeps the rules it began with."
    )
    kept = journal_of(settings).entries(PERSON, RuleChange)[-1]
    assert (kept.said, kept.role, kept.why) == (
        RuleChange(key=KEY, value=22.0), Role.CLINICIAN, "he leans less by now",
    )  # fmt: skip
    assert any("22.0" in each.detail for each in journal_of(settings).audit(PERSON) if each.what == "rule-change")
    assert "he leans less by now" in await page.get_by_test_id("history").inner_text()
    await row.locator("summary").click()
    await row.get_by_label("Reason").fill("as it was")
    await row.get_by_role("button", name="Back to the preset").click()
    await page.get_by_text("is now 15 points").wait_for()
    assert await row.get_attribute("data-changed") == "no"


async def _is_tried(page: Page, settings: Settings) -> None:
    trying = page.locator("section.try")
    await trying.get_by_label("Limit").select_option(TRIED)
    await trying.get_by_label("New value").fill("400")
    await trying.get_by_label("From").fill("2026-03-23")
    await trying.get_by_role("button", name="Try it").click()
    await trying.locator(".refusal").wait_for()
    await trying.get_by_label("New value").fill("3")
    await trying.get_by_role("button", name="Try it").click()
    await page.locator('[data-testid="trial"][data-state="done"]').wait_for()
    shown = await page.locator('[data-rule="A6"] td').all_inner_texts()
    zone = ZoneInfo("Europe/Vienna")
    span = day_bounds_ns(date(2026, 3, 23), zone)[0], day_bounds_ns(date(2026, 4, 6), zone)[0]
    expected = simulated(settings, PERSON, *span, {TRIED: 3.0})
    row = next(each for each in expected.beside if each.rule == "A6")
    assert [int(each) for each in shown] == [row.was, row.would_be, row.both]
    assert row.was > row.would_be == 0
    told = await page.inner_text("main")
    assert "Nothing was changed." in told
    assert "Step change right M5: +90 %" in told
    await _shot(page, "limits-tried")


async def _stands_as_in_the_story(page: Page) -> None:
    daily, backward = (page.locator(f'[data-programme="{each}"]') for each in ProgrammeId)
    assert await daily.get_attribute("data-state") == await backward.get_attribute("data-state") == "running"
    strip = daily.get_by_test_id("strip")
    states = [await each.get_attribute("data-became") for each in await strip.locator("[data-became]").all()]
    assert len(states) == 77
    assert {"done", "partial", "missed", "not-measured", "rest"} <= set(states)
    assert "An alert is still open." in await daily.inner_text()


async def _is_capped_ended_and_begun(page: Page, settings: Settings) -> None:
    backward = page.locator(f'[data-programme="{ProgrammeId.BACKWARD_WALKING}"]')
    await backward.locator("summary", has_text="Set the cap").click()
    await backward.get_by_label("Steps above the usual day").fill("700")
    await _because(backward, "Set the cap", "knee hurts", "Set")
    await page.get_by_text("The cap is set").wait_for()
    await backward.locator("summary", has_text="End").click()
    await _because(backward, "End", "daughter is away", "End the programme")
    await page.get_by_text("The programme is ended").wait_for()
    assert await backward.get_attribute("data-state") == "ended"
    await backward.locator("summary", has_text="Begin").click()
    await _because(backward, "Begin", "daughter is back", "Begin")
    refusal = backward.locator(".refusal")
    await refusal.wait_for()
    assert "backward walking is begun only when somebody supports the person" in await refusal.inner_text()
    await backward.get_by_label("Somebody is present to support").check()
    await backward.get_by_role("button", name="Begin").click()
    await page.get_by_text("The programme is begun").wait_for()
    said = [each.said for each in journal_of(settings).entries(PERSON, ProgrammeChange)][-3:]
    assert [(each.do, each.cap_steps, each.support_present) for each in said] == [
        ("cap", 700, False), ("end", None, False), ("begin", None, True),
    ]  # fmt: skip
    whys = [each.why for each in journal_of(settings).entries(PERSON, ProgrammeChange)][-3:]
    assert whys == ["knee hurts", "daughter is away", "daughter is back"]
    assert len([each for each in journal_of(settings).audit(PERSON) if each.what == "programme-change"]) >= 3


async def _because(section: Locator, summary: str, why: str, button: str) -> None:
    form = section.locator("details", has=section.page.locator("summary", has_text=summary))
    await form.get_by_label("Reason").fill(why)
    await form.get_by_role("button", name=button, exact=True).click()


async def _are_read_on_a_phone(browser: Browser, url: str) -> None:
    place = await browser.new_context(viewport={"width": 320, "height": 720}, locale="de-AT")
    for path, told in (("limits", "Voreinstellung: 15 Punkte"), ("programme", "Die Tage bisher")):
        watched = await open_page(place, f"{url}p/{PERSON}/{path}")
        page = watched.page
        assert told in await page.inner_text("main")
        for size in ("112.5%", "225%"):
            await page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, (path, size)
        assert await axe_kit.serious(page) == []
        await page.screenshot(path=ARTEFACTS / f"{path}-phone-large-text.png")
        assert watched.complaints == []
    await place.close()


async def _are_refused_without_scripts(browser: Browser, url: str, settings: Settings) -> None:
    place = await browser.new_context(java_script_enabled=False)
    page = (await open_page(place, f"{url}p/{PERSON}/limits")).page
    row = _limit(page, "peace.quiet_from")
    await row.locator("summary").click()
    await row.get_by_label("New value").fill("late")
    await row.get_by_label("Reason").fill("sleeps early")
    await row.get_by_role("button", name="Set", exact=True).click()
    assert "a time of day such as 22:00" in await row.get_by_test_id("refusal").inner_text()
    await row.get_by_label("New value").fill("21:00")
    await row.get_by_role("button", name="Set", exact=True).click()
    assert "is now 21:00" in await page.get_by_test_id("said").inner_text()
    assert journal_of(settings).entries(PERSON, RuleChange)[-1].why == "sleeps early"
    trying = page.locator("section.try")
    await trying.get_by_label("New value").fill("24")
    await trying.get_by_label("From").fill("2026-04-05")
    await trying.get_by_role("button", name="Try it").click()
    trial = page.get_by_test_id("trial")
    await page.locator('[data-testid="trial"][data-state="done"]').wait_for()
    assert "2026-04-05 to 2026-04-05" in await trial.inner_text()
    await place.close()


async def _shot(page: Page, name: str) -> None:
    await page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)
