"""Every page that a role may open, as that role sees it: signed in through the form, at a desk and on a small phone,
in both languages, at twice the size of text, by keyboard alone; and a refusal in their words where they may not."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import pytest
from axe_kit import serious
from browser_kit import Watched, chromium, open_page
from gate_kit import PASSWORD
from playwright.async_api import Browser, BrowserContext, Page, expect
from screen_kit import broken_words, ill_made, too_wide, unreached
from site_kit import PERSON, copy_of, site_over

from underfoot.accounts.house import Accounts
from underfoot.accounts.keeping import new_account
from underfoot.accounts.passwords import hashed
from underfoot.accounts.rights import RIGHTS, Right, SiteRole
from underfoot.places import Places
from underfoot.settings import Settings, SignIn
from underfoot.web.app import DOORS
from underfoot.web.door import Door
from underfoot.words import LANGUAGES, Words

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[2] / "artefacts")) / "screens"
WALK = "p1-20260317T090400Z"
DESK, PHONE = {"width": 1100, "height": 900}, {"width": 320, "height": 720}
TWICE = "document.documentElement.style.fontSize = '225%'"
MOVING = "document.getAnimations().filter((each) => each.playState === 'running').length"
OPENING = """async (path) => { const asked = new AbortController(), answer = await fetch(path, {signal: asked.signal});
  asked.abort(); return [answer.status, answer.headers.get("content-type")]; }"""
SIGNS = """(strip) => [...document.querySelectorAll(strip)].map((el) => {
  const sign = el.querySelector(".sign") ?? el, {color, backgroundColor} = getComputedStyle(sign);
  return [el.dataset.state ?? el.dataset.became, sign.textContent.trim(), color !== backgroundColor]; })"""

pytestmark = pytest.mark.timeout(300)


async def _shown_at_once(_page: Page) -> None:
    return


async def _feet_are_there(page: Page) -> None:
    await page.locator("#foot-left svg path.sole").wait_for(state="attached")


async def _curves_are_drawn(page: Page) -> None:
    await page.get_by_test_id("chart-worn").locator("canvas").wait_for()


async def _is_tried(page: Page) -> None:
    await page.locator('[data-testid="trial"][data-state="done"]').wait_for()


@dataclass(frozen=True, slots=True)
class Screen:
    """A page. `path`: where it is looked at; `shown`: waits until its scripts have drawn it; `also`: a right that it
    asks for beyond its door's."""

    name: str
    path: str
    shown: Callable[[Page], Awaitable[None]] = _shown_at_once
    also: Right | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """No page: what a script or a program takes from there."""

    path: str
    media: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Leads:
    """Nothing of its own: it leads elsewhere."""

    path: str


OF = f"p/{PERSON}"
LOOKED_AT: dict[str, Screen | Data | Leads] = {
    "/": Leads(""),
    "/first": Leads("first"),  # of strangers
    "/sign-in": Leads("sign-in"),
    "/health": Data("health", "application/json"),
    "/manifest.webmanifest": Data("manifest.webmanifest", "application/manifest+json"),
    "/sw.js": Data("sw.js", "text/javascript"),
    "/account": Screen("account", "account"),
    "/p/{person}/": Screen("feet", f"{OF}/", _feet_are_there),
    "/p/{person}/events": Data(f"{OF}/events", "text/event-stream"),
    "/p/{person}/diary": Screen("diary", f"{OF}/diary"),
    "/p/{person}/contact": Screen("contact", f"{OF}/contact"),
    "/p/{person}/live": Screen("live", f"{OF}/live", _feet_are_there, Right.SEE_FEET),
    "/p/{person}/history": Data(f"{OF}/history", "application/json"),
    "/inbox": Screen("inbox", "inbox"),
    "/p/{person}/record": Screen("record", f"{OF}/record", _curves_are_drawn),
    "/p/{person}/record/data": Data(f"{OF}/record/data", "application/json"),
    "/p/{person}/report": Screen("report", f"{OF}/report?before=2026-01-12..2026-02-08&after=2026-03-09..2026-04-05"),
    "/p/{person}/limits": Screen("limits", f"{OF}/limits"),
    "/p/{person}/limits/try/{trial}": Screen("trial", f"{OF}/limits/try/{{trial}}", _is_tried),
    "/p/{person}/programme": Screen("programme", f"{OF}/programme"),
    "/p/{person}/walks": Screen("walks", f"{OF}/walks?page=2"),
    "/p/{person}/walks/{walk}": Screen("walk", f"{OF}/walks/{WALK}", _feet_are_there),
    "/p/{person}/walks/{walk}/frames": Data(f"{OF}/walks/{WALK}/frames?from=0&seconds=1", "application/json"),
    "/p/{person}/export": Screen("export", f"{OF}/export"),
    "/p/{person}/export/{kind}": Data(f"{OF}/export/csv?from=2026-04-05&to=2026-04-05", "application/zip"),
    "/setup": Screen("setup", "setup"),
    "/setup/wearer": Screen("setup-wearer", "setup/wearer"),
    "/setup/insoles": Screen("setup-insoles", "setup/insoles"),
    "/setup/insoles/state": Data("setup/insoles/state", "application/json", 404),  # nothing is sought
    "/setup/calibration": Screen("setup-calibration", "setup/calibration"),
    "/setup/broker": Screen("setup-broker", "setup/broker"),
    "/setup/people": Screen("setup-people", "setup/people"),
}
ACTS = {Right.SEE_FEET, Right.ANSWER, Right.ESCALATE}  # by these one page is another one for another role
GET_DOORS = tuple(door for door in DOORS if not door.post)


def test_no_door_is_left_out() -> None:
    assert {door.path for door in GET_DOORS} == set(LOOKED_AT)


@dataclass(slots=True, kw_only=True)
class Tour:
    """What is carried through the pages: whatever is amiss is told at the end, all of it."""

    url: str
    browser: Browser
    trial: str = ""
    amiss: list[str]
    seen: Counter[str]
    asked_axe: set[tuple[str, frozenset[Right]]]

    def note(self, where: str, found: list[str]) -> None:
        self.amiss += [f"{where}: {each}" for each in found]

    async def place(self, size: dict[str, int], *, still: bool) -> BrowserContext:
        return await self.browser.new_context(viewport=size, reduced_motion="reduce" if still else None)


async def test_every_page_of_every_role(twelve_weeks: Path, tmp_path: Path) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    settings = copy_of(twelve_weeks, tmp_path / "story", rows=True)
    shutil.copy(twelve_weeks / "seconds.sqlite", settings.data_dir)
    settings = replace(settings, web=replace(settings.web, sign_in=SignIn.ALWAYS))
    async with site_over(settings) as url, chromium() as browser:
        tour = Tour(url=url, browser=browser, amiss=[], seen=Counter(), asked_axe=set())
        await _before_anybody_is_in(tour, "first")
        _give_everybody_an_account(settings)
        await _before_anybody_is_in(tour, "sign-in")
        for role in SiteRole:
            await _as(tour, role)
        assert tour.amiss == [], "\n".join(tour.amiss)
        assert {each.name for each in LOOKED_AT.values() if isinstance(each, Screen)} <= set(tour.seen)


def _give_everybody_an_account(settings: Settings) -> None:
    kept = hashed(PASSWORD)
    with closing(Accounts(Places(settings.data_dir).accounts)) as accounts:
        for role in reversed(SiteRole):  # the first one has to be the keeper
            accounts.register.add(new_account(role.value, [role.value], None, kept, accounts.now_ns()))


async def _before_anybody_is_in(tour: Tour, name: str) -> None:
    """The only page that a stranger has: making the first account, later signing in."""
    for size, language in ((DESK, "en"), (PHONE, "de")):
        place = await tour.place(size, still=size is PHONE)
        watched = await open_page(place, tour.url)
        assert watched.page.url.startswith(f"{tour.url}{name}")
        await _looked_at(tour, watched, Screen(name, name), language, f"stranger-{name}", size, frozenset())
        tour.note(name, [*watched.complaints, *watched.strangers(tour.url)])
        await place.close()


async def _as(tour: Tour, role: SiteRole) -> None:
    desk, phone = [await _signed_in(tour, role, size) for size in (DESK, PHONE)]
    if role is SiteRole.CLINICIAN:
        tour.trial = await _try_a_limit(desk.page, tour.url)
    languages: Iterator[str] = cycle(LANGUAGES)
    for door in GET_DOORS:
        to_see, language = LOOKED_AT[door.path], next(languages)
        wanted = {door.right, to_see.also if isinstance(to_see, Screen) else None} - {None}
        if not wanted <= RIGHTS[role]:
            await _is_refused(tour, desk.page.context, door, to_see, language)
        elif isinstance(to_see, Screen):
            other = next(each for each in LANGUAGES if each != language)
            for watched, size, speaks in ((desk, DESK, language), (phone, PHONE, other)):
                await _looked_at(tour, watched, to_see, speaks, f"{role}-{to_see.name}", size, RIGHTS[role])
        elif isinstance(to_see, Data):
            await _is_given(tour, desk.page, to_see)
    for watched in (desk, phone):
        tour.note(role, [*watched.complaints, *watched.strangers(tour.url)])
        await watched.page.context.close()


async def _is_given(tour: Tour, page: Page, data: Data) -> None:
    if data.media == "text/event-stream":
        status, media = await page.evaluate(OPENING, tour.url + data.path)
    else:
        answer = await page.context.request.get(tour.url + data.path)
        status, media = answer.status, answer.headers["content-type"]
    if (status, media.partition(";")[0]) != (data.status, data.media):
        tour.amiss.append(f"{data.path}: {status} {media}")


async def _signed_in(tour: Tour, role: SiteRole, size: dict[str, int]) -> Watched:
    watched = await open_page(await tour.place(size, still=size is PHONE), tour.url)
    watched.page.on(
        "response", lambda answer: tour.note(role, [f"{answer.status} {answer.url}"] if answer.status >= 400 else [])
    )
    await watched.page.locator("#name").fill(role.value)
    await watched.page.locator("#password").fill(PASSWORD)
    async with watched.page.expect_navigation():
        await watched.page.locator("#password").press("Enter")
    assert "sign-in" not in watched.page.url
    return watched


async def _looked_at(
    tour: Tour,
    watched: Watched,
    screen: Screen,
    language: str,
    name: str,
    size: dict[str, int],
    rights: frozenset[Right],
) -> None:
    page, where = watched.page, f"{name} {'phone' if size is PHONE else 'desk'} {language}"
    await page.set_extra_http_headers({"Accept-Language": language})
    answer = await page.goto(tour.url + screen.path.format(trial=tour.trial))
    assert answer is not None
    if answer.status != 200:
        tour.amiss.append(f"{where}: {answer.status}")
        return
    await screen.shown(page)
    tour.note(where, await ill_made(page, language))
    tour.note(where, [*await too_wide(page), *await broken_words(page)])
    await page.screenshot(path=ARTEFACTS / f"{name}-{'phone' if size is PHONE else 'desk'}.png", full_page=True)
    if size is PHONE and await page.evaluate(MOVING):
        tour.amiss.append(f"{where}: it moves")
    if size is DESK:
        as_shown = (screen.name, rights & ACTS)
        if as_shown not in tour.asked_axe:
            tour.asked_axe.add(as_shown)
            tour.note(where, await serious(page))
        if not tour.seen[screen.name]:
            tour.note(where, await unreached(page))
            await _without_colours(tour, page, where)
        tour.seen[screen.name] += 1
    await page.evaluate(TWICE)
    tour.note(f"{where} at 200 %", await too_wide(page))


async def _without_colours(tour: Tour, page: Page, where: str) -> None:
    """Where the system takes all colours away, the signs of a strip still tell its days apart."""
    strips = ".day[data-state]", ".strip [data-became]"
    if not await page.locator(", ".join(strips)).count():
        return
    await page.emulate_media(forced_colors="active")
    for strip in strips:
        told = {tuple(each) for each in await page.evaluate(SIGNS, strip)}
        signs = Counter(sign for _, sign, _ in told)
        tour.note(
            where, [f"{state} is {sign!r} without colours" for state, sign, ok in told if not ok or signs[sign] > 1]
        )
    await page.screenshot(path=ARTEFACTS / f"{where.replace(' ', '-')}-without-colours.png")
    await page.emulate_media(forced_colors="none")


async def _try_a_limit(page: Page, url: str) -> str:
    await page.goto(f"{url}{OF}/limits")
    trying = page.locator("section.try")
    await trying.locator("[name=key]").select_option("A6.enter_factor")
    await trying.locator("[name=value]").fill("3")
    await trying.locator("[name=first]").fill("2026-03-23")
    async with page.expect_navigation():
        await trying.locator("[type=submit], button").first.click()
    await expect(page.get_by_test_id("trial")).to_be_visible()
    return page.url.rpartition("/")[2]


async def _is_refused(
    tour: Tour, place: BrowserContext, door: Door, to_see: Screen | Data | Leads, language: str
) -> None:
    headers = {"Accept": "text/html", "Accept-Language": language}
    answer = await place.request.get(tour.url + to_see.path.format(trial="1"), headers=headers)
    text, says = await answer.text(), Words(language)("page.not_done")
    if answer.status != 403 or f'<html lang="{language}">' not in text or f"<h1>{says}</h1>" not in text:
        tour.amiss.append(f"{door.path} is not refused: {answer.status}")
