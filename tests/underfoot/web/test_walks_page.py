"""Stored walks played back in a real browser over the twelve weeks, and what the door to their frames refuses."""

from __future__ import annotations

import asyncio
import base64
import os
import re
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from axe_kit import serious
from browser_kit import Watched, chromium, open_page
from playwright.async_api import Browser, Page, expect
from site_kit import PERSON, copy_of, site_over

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))
HALF_LOST = "p1-20260317T090400Z"  # 19 min, the right foot away from 10:10 to 10:14, T2 at 10:11:01
CELLS_DEAD = "p1-20260301T091900Z"
BEGUN_NS = 1_773_738_240 * 10**9
STATE = """() => { const {at, stalls} = document.getElementById("player").dataset;
  return [Number(at), Number(stalls), performance.now() / 1000]; }"""

pytestmark = pytest.mark.timeout(300)


async def test_walks_are_listed_and_played(twelve_weeks: Path, tmp_path: Path) -> None:
    async with site_over(copy_of(twelve_weeks, tmp_path / "story", rows=True)) as url, chromium() as browser:
        watched = await open_page(browser, f"{url}p/{PERSON}/walks")
        await the_list_leads_to_every_walk(watched.page, url)
        await a_deep_link_begins_there(watched, url)
        await the_lost_foot_is_seen_as_such(watched.page)
        await it_plays_as_fast_as_it_says(watched.page)
        await an_alert_is_jumped_to(watched.page)
        assert await serious(watched.page) == []
        await by_keyboard_alone(watched.page)
        await a_dead_cell_is_not_measured(watched, url)
        await any_layout_can_be_drawn(watched.page)
        assert (watched.complaints, watched.strangers(url)) == ([], [])
        await on_a_small_german_phone(browser, url)
        await a_lost_connection_is_said_and_tried_again(browser, url)
        async with aiohttp.ClientSession(headers={"Accept": "application/json"}) as http:
            await frames_are_what_they_say(http, url)
            await what_makes_no_sense_is_refused(http, url)


async def the_list_leads_to_every_walk(page: Page, url: str) -> None:
    await expect(page.get_by_test_id("walk")).to_have_count(50)
    await keep(page, "list")
    await page.get_by_role("link", name="Older walks").click()
    await expect(page.get_by_test_id("walk")).to_have_count(48)
    lost = page.locator(f"[data-walk='{HALF_LOST}']")
    await page.goto(f"{url}p/{PERSON}/walks")
    await expect(lost).to_contain_text("78 %")
    await expect(lost).to_contain_text("No signal from your right insole")
    await lost.get_by_test_id("alert-link").click()
    await ready(page)
    await expect(page.get_by_test_id("clock")).to_have_text("10:10:51")


async def a_deep_link_begins_there(watched: Watched, url: str) -> None:
    page = watched.page
    await page.goto(f"{url}p/{PERSON}/walks/{HALF_LOST}?{urlencode({'at': BEGUN_NS + 125 * 10**9})}")
    await ready(page)
    await expect(page.get_by_test_id("clock")).to_have_text("10:06:05")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-state", "paused")
    for side in ("left", "right"):
        await expect(page.get_by_test_id(f"foot-{side}")).to_have_attribute("data-measured", "true")
        await expect(page.get_by_test_id(f"figure-{side}")).to_have_text(re.compile(r"4\d\.\d %"))
    await keep(page, "playback")


async def the_lost_foot_is_seen_as_such(page: Page) -> None:
    await scrub(page, 500)
    right = page.get_by_test_id("foot-right")
    await expect(right).to_have_attribute("data-measured", "false")
    await expect(right.locator(".words")).to_be_visible()
    await expect(right.locator(".load")).to_have_text("not measured")
    await expect(right.get_by_role("img")).to_have_attribute("aria-label", re.compile("not measured"))
    assert await right.locator(".cell[fill]").count() == 0
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    await expect(page.locator("#lanes .lane-gap[data-side=right]")).to_have_count(1)
    await expect(page.locator("#lanes .lane-gap[data-side=left]")).to_have_count(0)
    await expect(page.get_by_test_id("facts-right")).to_contain_text("not measured 10:10:00 to 10:14:00")
    await expect(page.get_by_test_id("figure-right")).to_have_text("not measured")
    await keep(page, "foot-lost")


async def it_plays_as_fast_as_it_says(page: Page) -> None:
    for rate, begin_s, page_s in (("1", 100, 2.0), ("16", 120, 6.0)):
        await page.get_by_test_id("speed").select_option(rate)
        await scrub(page, begin_s)
        await page.get_by_test_id("play").click()
        pictures = set()
        at, stalls, now = await page.evaluate(STATE)
        while (state := await page.evaluate(STATE))[2] - now < page_s:
            pictures.add(await page.evaluate("document.querySelector('#foot-left .gait-line:not(.halo)').outerHTML"))
            await asyncio.sleep(0.05)
        went = (state[0] - at) / (state[2] - now)
        print(f"{rate} ×: {went:.2f} s of the walk a second of the page, {state[1] - stalls:.0f} stalls")
        assert abs(went / float(rate) - 1) <= 0.1
        assert state[1] == stalls
        assert len(pictures) > 10
        await page.get_by_test_id("play").click()
        await expect(page.get_by_test_id("player")).to_have_attribute("data-state", "paused")
        (held, _, _), _, (same, _, _) = [
            await page.evaluate(STATE),
            await asyncio.sleep(0.2),
            await page.evaluate(STATE),
        ]
        assert held == same


async def an_alert_is_jumped_to(page: Page) -> None:
    await page.get_by_test_id("jump").first.click()
    await expect(page.get_by_test_id("clock")).to_have_text("10:10:51")
    inbox = page.get_by_test_id("mark").first.get_by_role("link")
    await expect(inbox).to_have_attribute("href", re.compile(r"\.\./\.\./\.\./inbox#p1/T2-right-20260317T091101Z$"))


async def by_keyboard_alone(page: Page) -> None:
    await page.get_by_test_id("place").focus()
    at, _, _ = await page.evaluate(STATE)
    for key, moved in (
        ("ArrowRight", 0.04),
        ("ArrowLeft", 0.0),
        ("ArrowUp", 10),
        ("ArrowDown", 0.0),
        ("Shift+ArrowRight", 10),
    ):
        await page.keyboard.press(key)
        now, _, _ = await page.evaluate(STATE)
        assert abs(now - at - moved) < 0.04, key
    await expect(page.get_by_test_id("place")).to_have_attribute("aria-valuetext", "10:11:01")
    await page.keyboard.press(" ")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-state", "playing")
    await page.keyboard.press(" ")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-state", "paused")
    await page.get_by_test_id("play").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-state", "playing")
    await page.keyboard.press("Enter")
    reached = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        reached.add(await page.evaluate("document.activeElement.dataset.testid ?? document.activeElement.id"))
    assert {"back-far", "play", "on-one", "speed", "place", "jump"} <= reached


async def a_dead_cell_is_not_measured(watched: Watched, url: str) -> None:
    page = watched.page
    await page.goto(f"{url}p/{PERSON}/walks/{CELLS_DEAD}?at={1_772_356_740 * 10**9 + 300 * 10**9}")
    await ready(page)
    left = page.get_by_test_id("foot-left")
    await expect(left).to_have_attribute("data-measured", "true")
    await expect(left.locator(".cell.blank")).to_have_count(2)
    await expect(left.locator(".cell-words text[visibility=visible]")).to_have_count(2)
    await expect(page.get_by_test_id("facts-left")).to_contain_text("heel medial rear (does not react)")
    line = page.get_by_test_id("foot-right").locator(".gait-line").last  # it began in the minute before
    await expect(line).to_have_attribute("points", re.compile(r"(?:\S+ ){5,}\S+"))
    await expect(page.get_by_test_id("foot-right").locator(".cell.blank")).to_have_count(0)
    await keep(page, "dead-cells")


async def any_layout_can_be_drawn(page: Page) -> None:
    """Also of cells that lie outside the sole, in one place, or are more than there is room for words."""
    drawn = await page.evaluate(
        """async (counts) => {
          const { Foot } = await import(new URL("../../../static/feet.js", location.href));
          return counts.map((count) => {
            const figure = document.createElement("figure");
            figure.innerHTML = "<svg></svg><p class=load></p><p class=note></p>";
            const foot = new Foot(figure, "left");
            const wide = Math.ceil(Math.sqrt(count));
            const cells = Array.from({ length: count }, (_, n) => ({ area: `c${n}`,
              x: n === 0 ? -0.4 : n === 1 ? 1.3 : (n % wide) / wide, y: n < 2 ? 1.2 : Math.floor(n / wide) / wide }));
            foot.layout([...cells.slice(0, -1), cells.at(-2)]);
            foot.paint(cells.map((_, n) => (n % 3 ? n / count : null)));
            foot.line([[0.5, 0], [0.4, 1]], true);
            return [figure.querySelectorAll(".cell").length, figure.querySelectorAll(".cell.blank").length,
              figure.innerHTML.includes("NaN")];
          });
        }""",
        [6, 16, 18, 99],
    )
    assert drawn == [[count, -(-count // 3), False] for count in (6, 16, 18, 99)]


async def on_a_small_german_phone(browser: Browser, url: str) -> None:
    context = await browser.new_context(
        viewport={"width": 320, "height": 720}, locale="de-AT", reduced_motion="reduce", has_touch=True
    )
    watched = await open_page(context, f"{url}p/{PERSON}/walks")
    page = watched.page
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Wege")
    assert await serious(page) == []
    await fits(page)
    await page.goto(f"{url}p/{PERSON}/walks/{HALF_LOST}?at={BEGUN_NS + 125 * 10**9}")
    await ready(page)
    await expect(page.get_by_test_id("play")).to_have_text("Abspielen")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-state", "paused")
    assert not re.findall(r"\b(?:walks|foot|page)\.[a-z_]+", await page.inner_text("body")), "a key without words"
    assert await serious(page) == []
    await fits(page)
    await keep(page, "phone", full_page=True)
    await page.evaluate("document.documentElement.style.fontSize = '225%'")
    await fits(page)
    await page.get_by_test_id("play").tap()
    await expect(page.get_by_test_id("play")).to_have_text("Anhalten")
    assert (watched.complaints, watched.strangers(url)) == ([], [])
    await context.close()


async def a_lost_connection_is_said_and_tried_again(browser: Browser, url: str) -> None:
    watched = await open_page(browser, f"{url}p/{PERSON}/walks")
    page = watched.page
    await page.route("**/frames?*", lambda route: route.abort())
    await page.goto(f"{url}p/{PERSON}/walks/{HALF_LOST}?at={BEGUN_NS + 125 * 10**9}")
    await expect(page.get_by_test_id("told")).to_contain_text("no connection to the hub")
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "false")
    await expect(page.get_by_test_id("figure-left")).to_have_text("not measured")
    await page.unroute("**/frames?*")
    await ready(page)
    await expect(page.get_by_test_id("told")).to_have_text("")
    await page.close()


async def frames_are_what_they_say(http: aiohttp.ClientSession, url: str) -> None:
    where = f"{url}p/{PERSON}/walks/{HALF_LOST}/frames"
    async with http.get(where, params={"from": "355", "seconds": "10"}) as answer:
        said = await answer.json()
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "private, max-age=600, immutable"
        tag = answer.headers["ETag"]
    assert (said["first"], said["count"]) == (8875, 250)
    right = base64.b64decode(said["feet"]["right"]["levels"])
    assert (len(right), right[:16] != b"\xff" * 16, set(right[127 * 16 :])) == (250 * 16, True, {255})
    assert len(said["figures"]["left"]) == 10
    async with http.get(where, params={"from": "355", "seconds": "10"}, headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    async with http.get(where, params={"from": "1139.99", "seconds": "60"}) as answer:
        assert (await answer.json())["count"] == 1


async def what_makes_no_sense_is_refused(http: aiohttp.ClientSession, url: str) -> None:
    walks = f"{url}p/{PERSON}/walks"
    asked = [
        *({"from": start} for start in ("-1", "1140", "1e300", "nan", "inf", "x", "")),
        *({"from": "0", "seconds": length} for length in ("0", "-60", "121", "1e300", "nan", "inf", "x")),
    ]
    for query in asked:
        async with http.get(f"{walks}/{HALF_LOST}/frames", params=query) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "request-malformed"), query
    for query in (
        {"at": "x"},
        {"at": "--5"},
        {"at": "9" * 30},
        {"page": "0"},
        {"page": "-1"},
        {"page": "٣"},
        {"page": "x"},
    ):
        place = walks if "page" in query else f"{walks}/{HALF_LOST}"
        async with http.get(place, params=query) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "request-malformed"), query
    for strange in ("nothing", "..%2F..%2Fjournal", "%27%20OR%201", "p2-20260317T090400Z"):
        for rest in ("", "/frames"):
            async with http.get(f"{walks}/{strange}{rest}") as answer:
                assert answer.status == 404, strange
    for at in ("0", "-5", "9999999999999999999"):
        async with http.get(f"{walks}/{HALF_LOST}", params={"at": at}) as answer:
            assert answer.status == 200


async def ready(page: Page) -> None:
    await expect(page.get_by_test_id("player")).to_have_attribute("data-ready", "yes")
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")


async def scrub(page: Page, second: float) -> None:
    await page.get_by_test_id("place").fill(str(second))
    await expect(page.get_by_test_id("player")).to_have_attribute("data-at", f"{second:.3f}")
    await expect(page.get_by_test_id("told")).to_have_text("")


async def fits(page: Page) -> None:
    wide, room = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room, f"{wide} px wide in {room}"


async def keep(page: Page, name: str, *, full_page: bool = False) -> None:
    await page.screenshot(path=ARTEFACTS / f"walks-{name}.png", full_page=full_page)
