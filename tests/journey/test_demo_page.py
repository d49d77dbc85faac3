"""The demonstration as somebody sees it who has just installed it: the program, and its page in a real Chromium."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from broker_kit import free_port
from browser_kit import Watched, chromium, open_page
from playwright.async_api import Browser, Page, expect

SECONDS = 95
ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[2] / "artefacts"))
FILLS = "(side) => [...document.querySelectorAll(`#foot-${side} .cell`)].map((cell) => getComputedStyle(cell).fill)"
NOT_MEASURED_FILL = 'url("#hatch")'

pytestmark = pytest.mark.timeout(200)


@dataclass(slots=True)
class Demo:
    program: asyncio.subprocess.Process
    url: str
    started_s: float

    @property
    def since_start_s(self) -> float:
        return time.monotonic() - self.started_s


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    port = free_port()
    started_s = time.monotonic()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "underfoot", "demo", "--seconds", str(SECONDS), "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
    )
    try:
        yield Demo(program, f"http://127.0.0.1:{port}/", started_s)
    finally:
        with suppress(ProcessLookupError):
            program.kill()
        await program.wait()


async def test_the_story_on_the_page(demo: Demo) -> None:
    async with chromium() as browser:
        await answers(demo)
        watched = await open_page(browser, demo.url, height=1500)
        await two_feet_move(watched, demo)
        await an_alert_is_raised_and_acknowledged(watched)
        await the_figures_stand_on_the_live_page(watched)
        beside = asyncio.create_task(the_walk_is_found_on_a_phone(browser, demo))
        await it_ends(watched)
        await the_right_foot_is_lost_and_found(watched)
        await beside
        faults = await watched.page.evaluate("fetch('../../health').then((answer) => answer.json())")
        assert faults["faults"].keys() <= {"link-lost", "link-silent", "insole-not-found", "rows-lost"}, faults
        assert faults["faults"]
        assert watched.complaints == []
        assert watched.strangers(demo.url) == []
    printed, told = (text.decode() for text in await asyncio.wait_for(demo.program.communicate(), 60))
    print(told, printed, sep="\n")
    assert demo.program.returncode == 0, told
    books_are_explained(printed)
    words_are_for_people(told)


async def answers(demo: Demo) -> None:
    async with aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{demo.url}health") as health:
                    assert health.status == 200
                    return
            assert demo.program.returncode is None, await demo.program.communicate()
            assert demo.since_start_s < 20
            await asyncio.sleep(0.05)


async def two_feet_move(watched: Watched, demo: Demo) -> None:
    page = watched.page
    for side in ("left", "right"):
        await expect(page.get_by_test_id(f"foot-{side}")).to_have_attribute("data-measured", "true", timeout=20_000)
    seen: dict[str, set[str]] = {"left": set(), "right": set()}
    while min(len(pictures) for pictures in seen.values()) < 5:
        for side, pictures in seen.items():
            pictures.add(str(await page.evaluate(FILLS, side)))
        assert demo.since_start_s < 20
        await asyncio.sleep(0.05)
    print(f"two feet move {demo.since_start_s:.1f} s after the start of the program")
    await expect(page.get_by_test_id("banner")).to_contain_text("Demonstration")
    await expect(page).to_have_url(re.compile(r"/p/[^/]+/$"))
    await expect(page.get_by_test_id("big")).to_have_text("I'm all right")
    await keep(watched, "1-walking")


async def an_alert_is_raised_and_acknowledged(watched: Watched) -> None:
    page = watched.page
    alert = page.get_by_test_id("alert")
    await expect(alert).to_have_attribute("data-state", "active", timeout=60_000)
    await expect(alert).to_have_attribute("data-alert-id", re.compile("^A3"))
    await expect(alert).to_contain_text("left foot")
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "alert")
    await keep(watched, "2-alert")
    big = page.get_by_test_id("big")
    await expect(big).to_have_text("I have seen it")
    await page.wait_for_timeout(1300)  # a press meant for what the button did before is not taken
    await big.click()
    await expect(alert).to_have_attribute("data-state", "acknowledged")
    await page.get_by_test_id("did").get_by_role("button", name="sat down").click()
    await expect(alert).to_contain_text("Acknowledged by the page: sat down")
    await expect(page.get_by_test_id("acknowledge")).to_have_count(0)
    await page.get_by_test_id("useful").click()
    await expect(page.get_by_test_id("useful")).to_have_count(0)  # processing has taken it, and the page asks no more
    await keep(watched, "3-acknowledged")


async def the_figures_stand_on_the_live_page(watched: Watched) -> None:
    page = watched.page
    await page.goto(f"{page.url}live")
    await expect(page.get_by_test_id("figure-forefoot-left")).to_contain_text("% of its load", timeout=20_000)
    await expect(page.get_by_test_id("today-walked")).to_contain_text(re.compile(r"\d min"))
    await expect(page.get_by_test_id("today-useful")).to_contain_text("100 %")
    await keep(watched, "3-figures")


async def the_walk_is_found_on_a_phone(browser: Browser, demo: Demo) -> None:
    """While it is under way, by what is to be seen alone; then the report, which says what it lacks."""
    watched = await open_page(browser, demo.url, width=360, height=740)
    page = watched.page
    await by_the_menu(page, "Walks")
    await expect(page.get_by_test_id("walk")).to_contain_text("counted when it is over")
    await keep(watched, "8-walks")
    await page.get_by_role("link", name=re.compile("^Play the walk")).click()
    await it_plays(page)
    await keep(watched, "9-playback")
    await by_the_menu(page, "Twelve weeks")
    await expect(page.get_by_test_id("rests")).to_contain_text("No walk of these weeks is over yet")
    await expect(page.get_by_test_id("gaps")).not_to_contain_text("No data")
    await page.get_by_role("link", name="Report to print").click()
    await expect(page.get_by_test_id("left-out")).to_contain_text("Trends, Map of the feet, Before and after")
    await expect(page.get_by_test_id("events")).to_contain_text("More of your weight is on the front of your left foot")
    for part in ("trends", "maps", "compare", "regions"):
        await expect(page.get_by_test_id(part)).to_have_count(0)
    pdf = await page.pdf(path=ARTEFACTS / "demo-report.pdf", prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") in (1, 2), "no empty charts and tables"
    assert len(pdf) > 20_000
    assert (watched.complaints, watched.strangers(demo.url)) == ([], [])


async def by_the_menu(page: Page, name: str) -> None:
    menu = page.locator("nav summary")
    await expect(page.get_by_role("link", name=name, exact=True)).to_be_hidden()
    await menu.click()
    await page.get_by_role("link", name=name, exact=True).click()
    await expect(menu).to_have_text(f"Menu · {name}")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def it_plays(page: Page) -> None:
    await expect(page.locator("nav summary")).to_have_text("Menu · Walks")
    await expect(page.get_by_test_id("still")).to_contain_text("still under way")
    await expect(page.get_by_test_id("figures")).to_contain_text("last 10 s")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-ready", "yes", timeout=20_000)
    await page.get_by_test_id("play").click()
    frames: set[str] = set()
    async with asyncio.timeout(20):
        while len(frames) < 5:
            frames.add(str(await page.evaluate(FILLS, "left")))
            await asyncio.sleep(0.05)
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")


async def it_ends(watched: Watched) -> None:
    page = watched.page
    await expect(page.get_by_test_id("alert").first).to_have_attribute(
        "data-state", re.compile("cleared|closed"), timeout=60_000
    )
    await expect(page.get_by_test_id("state")).not_to_have_attribute("data-tone", "alert")
    await keep(watched, "4-ended")


async def the_right_foot_is_lost_and_found(watched: Watched) -> None:
    page = watched.page
    right = page.get_by_test_id("foot-right")
    gone = re.compile("out of range|looking for the insole")  # not merely late, as on a busy machine
    await expect(right.locator(".note")).to_have_text(gone, timeout=60_000)
    await expect(right).to_have_attribute("data-measured", "false")
    await expect(right.locator(".words")).to_have_text(re.compile(r"not\s*measured"))
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    fills = set(await page.evaluate(FILLS, "right"))
    assert fills == {NOT_MEASURED_FILL}
    await keep(watched, "5-right-away")
    await expect(right).to_have_attribute("data-measured", "true", timeout=40_000)
    fills = set(await page.evaluate(FILLS, "right"))
    assert NOT_MEASURED_FILL not in fills
    await what_it_recorded_is_fetched(watched)


async def what_it_recorded_is_fetched(watched: Watched) -> None:
    page = watched.page
    words, progress = page.get_by_test_id("kept-words"), page.get_by_test_id("kept-progress")
    await expect(words).to_have_text(re.compile(r"\d+ s of your walk are being fetched from the right insole\."))
    await expect(progress).to_be_visible()
    await keep(watched, "6-right-fetched")
    await expect(page.get_by_test_id("kept")).to_be_hidden(timeout=40_000)
    await expect(page.get_by_test_id("foot-right")).to_have_attribute("data-measured", "true")
    await keep(watched, "7-all-here")


def books_are_explained(printed: str) -> None:
    rows = {words[0]: words[1:] for line in printed.splitlines() if (words := line.split())}
    assert rows["missing"] == ["0", "0"]
    assert rows["taken"] == rows["received"] == rows["stored"]
    assert rows["fetched"][0] == "0"
    assert int(rows["fetched"][1]) > 300
    assert "Missing on" not in printed


def words_are_for_people(told: str) -> None:
    lines = told.splitlines()
    assert not [line for line in lines if line.startswith("{")], "log lines between those of the story"
    for words in (
        "The page is at",
        "Alert:",
        "acknowledged by the page",
        "alert has ended",
        "out of range",
        "is here",
        "over",
    ):
        assert [line for line in lines if words in line], words


async def keep(watched: Watched, name: str) -> None:
    """A picture to look at afterwards; the folder is made with it."""
    await watched.page.screenshot(path=ARTEFACTS / f"demo-{name}.png")
