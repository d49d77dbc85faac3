"""The live page as a carer or a clinician sees it: a real Chromium, a real server, feet that walk in real time."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser_kit import PERSON, TEXT, Watched, alert_at, open_page
from live_page_kit import Shown, live_page
from playwright.async_api import Browser, expect

from ingest.wire.alerts import AlertState
from ingest.wire.faults import ADVICE, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, CellFaultKind
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.store.journal import BaselineSet
from underfoot.words import words_in

USUAL = Baseline(
    forefoot_share_pct=UsualPerFoot(left=Usual(median=43.0, spread=1.0), right=Usual(median=45.0, spread=1.0)),
    load_si_pct=Usual(median=3.0, spread=1.0),
    walks=7,
)
FILLS = "[...document.querySelectorAll('#foot-left .cell')].map((cell) => cell.getAttribute('fill')).join()"

# how often what is read aloud changes, from now on
COUNT_NEWS = """() => {
  window.news = 0;
  const options = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => { window.news += 1; }).observe(document.getElementById("kept-news"), options);
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all


@pytest_asyncio.fixture(loop_scope="module")
async def shown() -> AsyncIterator[Shown]:
    async with live_page(before_s=200, banner="page.demonstration") as page:
        page.journal.set_baseline(BaselineSet(person=PERSON, baseline=USUAL, by="a test", t_ns=0))
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def watched(browser: Browser, shown: Shown) -> Watched:
    return await open_page(browser, shown.at("live"))


def is_clean(watched: Watched, shown: Shown) -> bool:
    return watched.complaints == [] and watched.strangers(shown.url) == []


async def test_two_feet_walk(watched: Watched, shown: Shown) -> None:
    page = watched.page
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    await expect(page.get_by_test_id("foot-right")).to_have_attribute("data-measured", "true")
    assert await page.locator("#foot-left .cell").count() == 16
    seen = set()
    for _ in range(200):
        seen.add(await page.evaluate(FILLS))
        if len(seen) >= 6:
            break
        await page.wait_for_timeout(50)
    assert len(seen) >= 6
    assert any("null" not in fills for fills in seen)
    await expect(page.get_by_test_id("headline")).to_have_text("Both feet are being measured.")
    await expect(page.get_by_test_id("detail")).to_contain_text("No alert in the 3 min measured (coverage")
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "calm")
    await expect(page.get_by_test_id("figure-forefoot-left")).to_contain_text("coverage 98 %")
    await expect(page.get_by_test_id("calibration")).to_have_text("scaled to body weight")
    await expect(page.get_by_test_id("last-data")).to_contain_text("Last data")
    await expect(page.get_by_test_id("lost")).to_be_hidden()
    assert is_clean(watched, shown)


async def test_a_foot_that_is_away_is_explained_and_what_it_recorded_is_shown_coming(
    watched: Watched, shown: Shown
) -> None:
    page, walk = watched.page, shown.walk
    advice, kept, news = (page.get_by_test_id(name) for name in ("advice", "kept", "kept-news"))
    await expect(kept).to_be_hidden()
    await expect(advice).to_have_text("")
    walk.troubles, walk.away = ("link-lost", "insole-elsewhere"), {Side.RIGHT}
    await expect(advice).to_have_text(f"Right foot: {ADVICE[FaultCode.INSOLE_ELSEWHERE]}")
    walk.away, walk.to_fetch = set(), {Side.RIGHT: 6000}
    await expect(kept).to_contain_text("1 min of your walk are being fetched from the right insole.")
    await expect(news).to_have_text("What your insoles recorded out of range is not all here yet.")
    await expect(advice).to_have_text("")
    await page.evaluate(COUNT_NEWS)
    walk.to_fetch = {Side.RIGHT: 1500}
    await expect(kept).to_contain_text("15 s of your walk are being fetched from the right insole.")
    await expect(page.get_by_test_id("kept-progress")).to_have_js_property("value", 75)
    assert await page.evaluate("window.news") == 0
    walk.to_fetch = {}
    await expect(kept).to_be_hidden()
    await expect(news).to_have_text("")
    assert is_clean(watched, shown)


async def test_big_toes_lie_inside(watched: Watched) -> None:
    page = watched.page
    await expect(page.locator("#foot-left .cell")).to_have_count(16)
    middles = {}
    for side in ("left", "right"):
        boxes = [await page.locator(f"#foot-{side} .cell[data-area='cell {n}']").bounding_box() for n in (13, 15)]
        middles[side] = [box["x"] + box["width"] / 2 for box in boxes if box]
    assert middles["left"][0] > middles["left"][1]  # cell 13 is medial, 15 lateral
    assert middles["right"][0] < middles["right"][1]


async def test_an_alert_appears_and_is_acknowledged(watched: Watched, shown: Shown) -> None:
    page = watched.page
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "calm")
    shown.model.feed(alert_at(time.time_ns()), time.time_ns())
    alert = page.get_by_test_id("alert")
    await expect(alert).to_contain_text(TEXT)
    await expect(alert).to_have_attribute("data-state", "active")
    await expect(page.get_by_test_id("headline")).to_have_text(TEXT)
    button = page.get_by_test_id("acknowledge")
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    await alert.get_by_label("What did you do?").select_option("checked the foot")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(alert).to_have_attribute("data-state", "acknowledged")
    await expect(alert).to_contain_text("acknowledged, still going on")
    await expect(alert).to_contain_text("Acknowledged by the page: checked the foot")
    await expect(button).to_have_count(0)
    assert [(reply.id, reply.action) for reply in shown.walk.replies] == [("A3-left-1", "checked the foot")]
    ended = alert_at(shown.walk.replies[0].t_ns, AlertState.CLEARED, acknowledged_t_ns=1, cleared_t_ns=2)
    shown.model.feed(ended, time.time_ns())
    await expect(alert).to_contain_text("ended")
    await expect(page.get_by_test_id("detail")).to_contain_text("One alert has ended")
    assert is_clean(watched, shown)


async def test_older_late_judged_and_handed_on_alerts_say_so(watched: Watched, shown: Shown) -> None:
    now_ns = time.time_ns()
    two_days_ns = 2 * 86_400 * 10**9
    told = {
        "new": (alert_at(now_ns, id="new"), []),
        "old": (alert_at(now_ns - two_days_ns, id="old"), [r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ \w+, "]),
        "late": (alert_at(now_ns, id="late", late=True), ["found afterwards, in data that came late"]),
        "judged": (alert_at(now_ns, AlertState.CLOSED, id="judged", useful=False), ["Said to be not useful"]),
        "handed": (alert_at(now_ns, AlertState.CLEARED, id="handed", acknowledged_t_ns=1, escalated_t_ns=2),
                   ["ended, with your clinician", "Was this useful?"]),
    }  # fmt: skip
    for alert, _ in told.values():
        shown.model.feed(alert, now_ns)
    for name, (_, said) in told.items():
        item = watched.page.locator(f"[data-alert-id={name}]")
        for words in said:
            await expect(item).to_contain_text(re.compile(words.replace("?", r"\?")))
        if name == "new":
            await expect(item).not_to_contain_text(re.compile("Mon|Tue|Wed|Thu|Fri|Sat|Sun|Said to be"))
    assert is_clean(watched, shown)


async def test_a_lost_foot_is_grey_and_says_not_measured(watched: Watched, shown: Shown) -> None:
    page = watched.page
    right = page.get_by_test_id("foot-right")
    await expect(right).to_have_attribute("data-measured", "true")
    shown.walk.away.add(Side.RIGHT)
    await expect(right).to_have_attribute("data-measured", "false")
    await expect(right.locator(".words")).to_be_visible()
    await expect(right.locator(".load")).to_have_text("not measured")
    await expect(right).to_contain_text("no signal for 2 s; out of range or switched off")
    assert await right.locator(".cell[fill]").count() == 0
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "not-measured")
    await expect(page.get_by_test_id("headline")).to_contain_text("No signal from your right insole.")
    await expect(page.get_by_test_id("figure-forefoot-right")).to_contain_text("not measured")
    shown.walk.away.clear()
    await expect(right).to_have_attribute("data-measured", "true")
    await expect(right.locator(".words")).to_be_hidden()
    assert is_clean(watched, shown)


async def test_a_cell_found_unfit_is_hatched_and_named(watched: Watched, shown: Shown) -> None:
    page = watched.page
    left = page.get_by_test_id("foot-left")
    await expect(left.locator(".load")).to_have_text(re.compile(r"\d+ N"))
    shown.walk.faults = (
        CellFault(side=Side.LEFT, kind=CellFaultKind.DEAD, t_ns=time.time_ns(), cell=3, area="cell 3"),
    )
    await expect(left.locator(".cell.blank")).to_have_count(1)
    await expect(left.locator(".cell.blank")).to_have_attribute("data-area", "cell 3")
    await expect(left.locator(".load")).to_have_text("load not measured")
    await expect(left.locator(".note")).to_have_text("1 of 16 cells is not measured: cell 3: does not react")
    await expect(left.locator("svg")).to_have_attribute("aria-label", re.compile("but not cell 3: does not react"))
    await expect(page.locator("#foot-right .cell.blank")).to_have_count(0)
    assert is_clean(watched, shown)


async def test_fifteen_minutes_are_drawn_with_their_gaps(watched: Watched, shown: Shown) -> None:
    page = watched.page
    await expect(page.get_by_test_id("history")).to_have_attribute("data-read", "yes")
    chart = page.get_by_test_id("chart-forefoot")
    await expect(chart.locator(".line.left")).to_have_count(1)
    await expect(chart.locator(".line.right")).to_have_count(1)
    await expect(chart.locator(".gap")).to_have_count(1)  # before the walk began
    await expect(chart.locator(".gap-words")).to_have_text("not measured")
    await expect(chart.locator(".usual.left")).to_have_count(1)
    await expect(chart.locator(".limit")).to_have_count(2)
    await expect(page.get_by_test_id("chart-asymmetry").locator(".line.asymmetry")).to_have_count(1)
    await page.get_by_test_id("history-table").locator("summary").click()
    rows = page.locator("#history-rows tr")
    await expect(rows).to_have_count(15)
    await expect(rows.last).to_contain_text("not measured")
    await expect(rows.nth(1)).to_contain_text("4.0")
    assert is_clean(watched, shown)


async def test_a_stopped_server_is_said_and_a_new_one_is_found(browser: Browser) -> None:
    async with live_page(before_s=200) as first:
        watched = await open_page(browser, first.at("live"))
        page = watched.page
        await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
        port = int(first.url.rstrip("/").rpartition(":")[2])
    await expect(page.get_by_test_id("lost")).to_be_visible()
    await expect(page.get_by_test_id("headline")).to_have_text("This page has lost its connection.")
    await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "not-measured")
    for side in Side:
        await expect(page.get_by_test_id(f"foot-{side}")).to_have_attribute("data-measured", "false")
        await expect(page.locator(f"#foot-{side} .words")).to_be_visible()
    await expect(page.get_by_test_id("figure-cadence")).to_contain_text("not measured")
    async with live_page(before_s=200, port=port):
        await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true", timeout=15_000)
        await expect(page.get_by_test_id("lost")).to_be_hidden()
        await expect(page.get_by_test_id("state")).to_have_attribute("data-tone", "calm")


async def test_a_server_that_hangs_is_said_too(watched: Watched, shown: Shown) -> None:
    page = watched.page
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "true")
    shown.site.lives.of(PERSON).feed(words_in("en"))._ticker.cancel()
    await expect(page.get_by_test_id("lost")).to_be_visible(timeout=10_000)
    await expect(page.get_by_test_id("foot-left")).to_have_attribute("data-measured", "false")


async def test_nothing_is_wider_than_a_small_telephone_and_everything_can_be_read(
    browser: Browser, shown: Shown
) -> None:
    shown.model.feed(alert_at(time.time_ns()), time.time_ns())
    watched = await open_page(browser, shown.at("live"), width=320, height=640)
    page = watched.page
    await expect(page.get_by_test_id("alert")).to_be_visible()
    await expect(page.get_by_test_id("history")).to_have_attribute("data-read", "yes")
    await page.get_by_test_id("history-table").locator("summary").click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    smallest = await page.evaluate(
        """Math.min(...[...document.querySelectorAll('body *')]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('noscript'))
        .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
        .map((e) => parseFloat(getComputedStyle(e).fontSize) * (e.closest('.foot > svg') ? e.getScreenCTM().a : 1)))"""
    )
    assert smallest >= 18
    assert is_clean(watched, shown)


async def test_without_scripts_an_alert_can_still_be_acknowledged(browser: Browser, shown: Shown) -> None:
    shown.model.feed(alert_at(time.time_ns()), time.time_ns())
    context = await browser.new_context(java_script_enabled=False)
    watched = await open_page(context, shown.at("live"))
    page = watched.page
    await expect(page.get_by_test_id("headline")).to_have_text(TEXT)
    await page.get_by_role("button", name="I have seen it").click()
    await expect(page.get_by_test_id("alerts")).to_contain_text("acknowledged, still going on")
    assert len(shown.walk.replies) == 1
