"""The inbox over the twelve weeks in Chromium: everything that can be said there is said, and stands in the journal."""

from __future__ import annotations

import os
from pathlib import Path

import aiohttp
import axe_kit
import pytest
from browser_kit import Watched, chromium, open_page
from clinic_kit import LEANING, OF_SECOND, PRESSED, SECOND, SPOT, TASK, alert_in, journal_of, undecided
from playwright.async_api import Browser, Locator, Page
from site_kit import PERSON, site_over

from ingest.wire.alerts import AlertState
from ingest.wire.entries import Mute
from underfoot.settings import Settings

ARTEFACTS = Path(os.environ.get("ARTEFACTS", "artefacts"))


@pytest.mark.timeout(300)
async def test_everything_in_the_inbox_can_be_done_and_is_kept(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = undecided(twelve_weeks, tmp_path / "story")
    async with site_over(settings) as url, chromium() as browser:
        watched = await open_page(browser, f"{url}inbox")
        page = watched.page
        await _is_listed(page)
        await _shot(page, "inbox-desktop")
        assert await axe_kit.serious(page) == []
        await _acknowledges_by_keyboard(page, settings)
        await _hands_on_and_ends_the_task(page, settings)
        await _mutes(page, settings)
        await _ticks_several(page, settings)
        await _filters(page)
        assert watched.strangers(url) == []
        assert _unexpected(watched) == []
        await _is_read_on_a_phone(browser, url)
        await _works_without_scripts(browser, url, settings)


def _unexpected(watched: Watched) -> list[str]:
    """The browser itself complains of the two refusals that the test asks for."""
    return [each for each in watched.complaints if "status of 400" not in each]


def _of(page: Page, alert: str, person: str = PERSON) -> Locator:
    return page.locator(f'[data-alert="{person}/{alert}"]')


async def _is_listed(page: Page) -> None:
    assert await page.get_by_test_id("counts").inner_text() == (
        "1 task · 3 open alerts · 1 ended unseen · 1 wearer without data"
    )
    listed = [await each.get_attribute("data-alert") for each in await page.get_by_test_id("alert").all()]
    assert listed[:4] == [f"{PERSON}/{LEANING}", f"{PERSON}/{PRESSED}", f"{SECOND}/{OF_SECOND}", f"{PERSON}/{SPOT}"]
    silent = await page.get_by_test_id("silent").inner_text()
    assert SECOND in silent
    assert "nothing since 2026-03-25" in silent
    fresh = page.get_by_test_id("fresh")
    assert "2026-04-05 10:57" in await fresh.locator(f'[data-person="{PERSON}"]').inner_text()
    assert "nothing was measured today" in await fresh.locator(f'[data-person="{SECOND}"]').inner_text()
    walk = await _of(page, LEANING).get_by_role("link", name="See the walk").get_attribute("href")
    assert walk is not None
    assert "/walks/p1-20260330T081800Z?at=" in walk
    assert await _of(page, OF_SECOND, SECOND).get_by_role("link", name="See the walk").count() == 0


async def _acknowledges_by_keyboard(page: Page, settings: Settings) -> None:
    note = _of(page, LEANING).get_by_label("Note")
    await note.focus()
    await page.keyboard.type("rang up; hip aches")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    said = page.get_by_test_id("said")
    await said.wait_for()
    assert await said.inner_text() == "Acknowledged; it is kept with your name."
    assert await said.evaluate("element => element === document.activeElement")
    kept = alert_in(settings, LEANING)
    assert (kept.state, kept.note) == (AlertState.ACKNOWLEDGED, "rang up; hip aches")
    assert [each.what for each in journal_of(settings).audit(LEANING)] == ["acknowledge"]
    told = await _of(page, LEANING).inner_text()
    assert "rang up; hip aches" in told
    assert f"Acknowledged by {kept.acknowledged_by}" in told


async def _hands_on_and_ends_the_task(page: Page, settings: Settings) -> None:
    row = _of(page, PRESSED)
    await row.locator("summary", has_text="Hand on").click()
    await row.get_by_label("Why; it becomes a task").fill("shoe to be looked at")
    await row.get_by_role("button", name="Hand on").click()
    await page.get_by_text("Handed on; it is a task now.").wait_for()
    assert alert_in(settings, PRESSED).state is AlertState.ESCALATED
    assert "escalate" in [each.what for each in journal_of(settings).audit(PRESSED)]
    assert await page.get_by_test_id("task").count() == 2
    task = page.locator(f'[data-task="{TASK}"]')
    assert "overdue since 2026-04-03" in await task.inner_text()
    await task.get_by_label("What came of it").fill("seen, dressed")
    await task.get_by_role("button", name="Done").click()
    await page.get_by_text("The task is done").wait_for()
    done = next(each for each in journal_of(settings).tasks(PERSON) if each.id == TASK)
    assert (done.done_by is not None, done.note) == (True, "seen, dressed")
    assert any(each.what == "task-done" for each in journal_of(settings).audit(PERSON))


async def _mutes(page: Page, settings: Settings) -> None:
    row = _of(page, SPOT)
    await row.locator("summary", has_text="Mute").click()
    await row.get_by_label("Until").select_option("own")
    await row.get_by_label("Own date and time").fill("2026-05-05T08:00")
    await row.get_by_label("Reason").fill("new insole is being made")
    await row.get_by_role("button", name="Mute").click()
    refusal = row.locator(".refusal")
    await refusal.wait_for()
    assert "an alert is muted for 14 days at most" in await refusal.inner_text()
    assert await row.get_by_label("Reason").input_value() == "new insole is being made"
    assert journal_of(settings).entries(PERSON, Mute) == ()
    await row.get_by_label("Until").select_option("three-days")
    await row.get_by_role("button", name="Mute").click()
    await page.get_by_text("Muted. It stays listed.").wait_for()
    said = journal_of(settings).entries(PERSON, Mute)[0]
    assert said.why == "new insole is being made"
    assert any(each.what == "mute" for each in journal_of(settings).audit(PERSON))
    told = await _of(page, SPOT).get_by_test_id("muted").inner_text()
    assert told.startswith(f"Muted until 2026-04-08 20:00 by {said.by}:")
    assert await page.get_by_test_id("mute").count() == 1
    await _shot(page, "inbox-muted")
    await _of(page, SPOT).get_by_role("button", name="Unmute").click()
    await page.get_by_text("The mute is over.").wait_for()
    assert await page.get_by_test_id("mute").count() == 0


async def _ticks_several(page: Page, settings: Settings) -> None:
    for alert, person in ((SPOT, PERSON), (OF_SECOND, SECOND)):
        await _of(page, alert, person).get_by_role("checkbox").check()
    bulk = page.locator("#bulk")
    await bulk.get_by_label("Note").fill("gone through by telephone")
    await bulk.get_by_role("button").click()
    await page.get_by_text("Acknowledged; it is kept").wait_for()
    spot, of_second = alert_in(settings, SPOT), alert_in(settings, OF_SECOND, SECOND)
    assert (spot.state, of_second.state) == (AlertState.CLOSED, AlertState.ACKNOWLEDGED)
    assert spot.note == of_second.note == "gone through by telephone"


async def _filters(page: Page) -> None:
    await page.get_by_label("Kind").select_option("A6")
    await page.get_by_role("button", name="Show").click()
    shown = page.locator('[data-testid="alert"][data-state="closed"]')
    await shown.first.wait_for()
    assert {await each.get_attribute("data-alert") for each in await shown.all()} == {
        f"{PERSON}/{SPOT}",
        f"{PERSON}/A6-right-20260326T092541Z",
    }
    await shown.first.get_by_role("button", name="No").click()
    await page.get_by_text("It counts when it is looked at").wait_for()


async def _is_read_on_a_phone(browser: Browser, url: str) -> None:
    place = await browser.new_context(viewport={"width": 320, "height": 720}, locale="de-AT")
    watched = await open_page(place, f"{url}inbox")
    assert "offene Meldungen" in await watched.page.get_by_test_id("counts").inner_text()
    assert "Nicht laufend überwacht." in await watched.page.inner_text("main")
    for size in ("112.5%", "225%"):
        await watched.page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
        assert await watched.page.evaluate("document.documentElement.scrollWidth") <= 320
    await _shot(watched.page, "inbox-phone-large-text")
    assert await axe_kit.serious(watched.page) == []
    assert watched.complaints == []
    await place.close()


async def _works_without_scripts(browser: Browser, url: str, settings: Settings) -> None:
    place = await browser.new_context(java_script_enabled=False)
    page = (await open_page(place, f"{url}inbox")).page
    row = _of(page, OF_SECOND, SECOND)
    await row.locator("summary", has_text="Mute").click()
    await row.get_by_label("Until").select_option("own")
    await row.get_by_label("Own date and time").fill("2026-04-05T08:00")
    await row.get_by_label("Reason").fill("asked for")
    await row.get_by_role("button", name="Mute").click()
    assert "that time has passed" in await page.get_by_test_id("refusal").inner_text()
    assert await row.get_by_label("Reason").input_value() == "asked for"
    await row.get_by_label("Until").select_option("morning")
    await row.get_by_role("button", name="Mute").click()
    assert await page.get_by_test_id("said").inner_text() == "Muted. It stays listed."
    assert len(journal_of(settings).entries(SECOND, Mute)) == 1
    await place.close()


@pytest.mark.timeout(120)
async def test_what_nobody_has_is_refused(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = undecided(twelve_weeks, tmp_path / "story")
    async with site_over(settings) as url, aiohttp.ClientSession(headers={"Accept": "application/json"}) as http:
        async with http.get(f"{url}inbox", headers={"Accept": "text/html"}) as answer:
            csrf = (await answer.text()).partition('data-csrf="')[2].partition('"')[0]
        for where, fields, status in (
            (f"inbox/{PERSON}/nobody/acknowledge", {}, 404),
            (f"inbox/nobody/{LEANING}/acknowledge", {}, 404),
            (f"inbox/{SECOND}/{LEANING}/acknowledge", {}, 404),
            ("inbox/acknowledge", {"alerts": f"nobody/{LEANING}"}, 404),
            ("inbox/acknowledge", {}, 400),
            (f"inbox/{PERSON}/{LEANING}/escalate", {}, 400),
            (f"inbox/{PERSON}/{LEANING}/acknowledge", {"note": "x" * 501}, 400),
            (f"inbox/{PERSON}/{LEANING}/judge", {"useful": "maybe"}, 400),
            (f"p/{PERSON}/alerts/{LEANING}/mute", {"until": "morning"}, 400),
            (f"p/{PERSON}/alerts/nobody/mute", {"until": "morning", "why": "x"}, 404),
            (f"inbox/{PERSON}/tasks/nobody/done", {}, 404),
        ):
            async with http.post(url + where, data={"csrf": csrf, **fields}) as answer:
                assert (where, answer.status) == (where, status)
        async with http.post(f"{url}inbox/{PERSON}/{LEANING}/acknowledge", data={"csrf": "forged"}) as answer:
            assert answer.status == 403
    assert alert_in(settings, LEANING).state is AlertState.ACTIVE
    assert journal_of(settings).entries(PERSON, Mute) == ()


async def _shot(page: Page, name: str) -> None:
    await page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)
