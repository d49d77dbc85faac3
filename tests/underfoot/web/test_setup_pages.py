"""The checklist, calibrations, the broker and the wearer are set up from the page, over the twelve weeks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from axe_kit import serious
from broker_kit import Mosquitto, free_port
from browser_kit import chromium, open_page
from playwright.async_api import Browser, Page, expect
from site_kit import STORY_ENDS, copy_of

from underfoot import compose
from underfoot.judging import Processing, processing
from underfoot.looking import now_on
from underfoot.page import FaultCounts, page, screens
from underfoot.setting_up.means import SettingUp
from underfoot.setting_up.settings_file import SettingsFile
from underfoot.settings import Settings, load

COMMENTED = """\
# the hub in the hall
hub = "home"   # as on its label

[broker]
# ours is in the cellar
"""
ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))
PAGES = ("setup", "setup/insoles", "setup/calibration", "setup/broker", "setup/wearer")

pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def site_with(settings: Settings, config: Path) -> AsyncIterator[tuple[str, Processing]]:
    shown = screens(settings, now_on(settings, STORY_ENDS))
    async with compose.broker(settings, 0) as at, processing(settings, at, shown.onlookers) as half:
        means = SettingUp(journal=half.stores.journal, file=SettingsFile(config), now_ns=shown.now_ns)
        async with page(settings, shown, half, FaultCounts(half.fault_books), setting_up=means) as served:
            yield served.url, half


@pytest.mark.expects_log  # two brokers do not take us
async def test_set_up_in_the_browser(twelve_weeks: Path, tmp_path: Path) -> None:
    config = tmp_path / "underfoot.toml"
    config.write_text(COMMENTED)
    config.chmod(0o640)
    settings = copy_of(twelve_weeks, tmp_path / "story")
    async with (
        locked_broker(tmp_path / "mosquitto") as broker,
        site_with(settings, config) as (url, half),
        chromium() as browser,
    ):
        watched = await open_page(browser, f"{url}setup")
        shown = watched.page
        await expect(shown.get_by_test_id("insoles")).to_contain_text("none paired")
        await expect(shown.get_by_test_id("calibration")).to_contain_text("never calibrated")
        await expect(shown.get_by_test_id("machine")).to_contain_text("Disk")
        await shown.screenshot(path=ARTEFACTS / "setup.png", full_page=True)
        await the_weight_is_kept(shown, url, half)
        await a_bench_table_that_makes_no_sense_is_refused(shown)
        await a_broker_is_tried_and_saved(shown, url, broker, config)
        await a_zone_is_refused_and_another_saved(shown, url, config)
        kept = [(entry.by, entry.what) for entry in half.stores.journal.audit()][-3:]
        assert [what for _, what in kept] == ["calibration 1", "change broker", "change household"]
        assert {by for by, _ in kept} == {"the page"}
        watched.complaints = [said for said in watched.complaints if "400 (Bad Request)" not in said]
        assert watched.complaints == []
        assert watched.strangers(url) == []
        await every_page_in_every_size(browser, url)


async def the_weight_is_kept(shown: Page, url: str, half: Processing) -> None:
    await shown.goto(f"{url}setup/calibration")
    await shown.locator("#kg-weight").fill("3")
    await shown.get_by_test_id("look-weight").click()
    await expect(shown.get_by_test_id("refused")).to_contain_text("weight")
    await expect(shown.locator("#kg-weight")).to_have_attribute("aria-invalid", "true")
    assert await serious(shown) == []
    await shown.locator("#kg-weight").fill("82,5")
    await shown.locator("#kg-weight").press("Enter")
    await expect(shown.get_by_test_id("proposal")).to_contain_text("not known → 82.5 kg")
    assert half.stores.journal.calibrations("p1") == ()
    await shown.get_by_test_id("keep").press("Enter")
    await expect(shown.get_by_test_id("kept")).to_be_visible()
    (version,) = half.stores.journal.calibrations("p1")
    assert (version.weight_kg, version.by) == (82.5, "the page")
    await expect(shown.get_by_test_id("in-force")).to_contain_text("82.5 kg")


async def a_bench_table_that_makes_no_sense_is_refused(shown: Page) -> None:
    await shown.locator("input[type=file]").set_input_files(
        {"name": "table.toml", "mimeType": "text/plain", "buffer": b"format = 7"}
    )
    await expect(shown.locator("#table")).to_have_value("format = 7")
    await shown.get_by_test_id("look-bench").click()
    await expect(shown.get_by_test_id("refused")).to_contain_text("the bench table")


async def a_broker_is_tried_and_saved(shown: Page, url: str, broker: Mosquitto, config: Path) -> None:
    await shown.goto(f"{url}setup/broker")
    before = text_of(config)
    await shown.get_by_label("Address").fill("http://nowhere")
    await shown.get_by_test_id("try").click()
    await expect(shown.locator("#wrong-url")).to_contain_text("mqtt://HOST")
    await shown.get_by_label("Address").fill(f"mqtt://127.0.0.1:{free_port()}")
    await shown.get_by_test_id("save").click()
    await expect(shown.locator("#fault")).to_contain_text("No connection")
    await shown.get_by_label("Address").fill(f"mqtt://127.0.0.1:{broker.port}")
    await shown.get_by_label("User", exact=True).fill("hub")
    await shown.get_by_label("Password", exact=True).fill("wrong")
    await shown.get_by_test_id("save").click()
    await expect(shown.locator("#fault")).to_contain_text("refuse")
    assert await serious(shown) == []
    assert text_of(config) == before
    await shown.get_by_label("Password", exact=True).fill("s3cret")
    await shown.get_by_test_id("try").click()
    await expect(shown.get_by_test_id("reached")).to_be_visible()
    assert text_of(config) == before
    assert "s3cret" not in await shown.content()
    await shown.get_by_label("Password", exact=True).fill("s3cret")
    await shown.get_by_test_id("save").click()
    await expect(shown.get_by_role("status")).to_contain_text("Saved")
    saved = text_of(config)
    assert saved.startswith(COMMENTED)
    assert "s3cret" not in saved
    assert mode_of(config) == 0o640
    secret = config.with_name("broker-password")
    assert mode_of(secret) == 0o600
    read = load(config).broker
    assert (read.url, read.user, read.password) == (f"mqtt://127.0.0.1:{broker.port}", "hub", "s3cret")


async def a_zone_is_refused_and_another_saved(shown: Page, url: str, config: Path) -> None:
    await shown.goto(f"{url}setup/wearer")
    await shown.locator("#zone").fill("Mars/Olympus")
    await shown.get_by_test_id("save").click()
    await expect(shown.locator("#wrong-zone")).to_contain_text("Mars/Olympus")
    await shown.locator("#zone").fill("Europe/Berlin")
    await shown.locator("#clinic_phone").fill('030 "12"')
    await shown.get_by_test_id("save").click()
    await expect(shown.get_by_role("status")).to_contain_text("Saved")
    assert text_of(config).startswith(COMMENTED)
    household = load(config).household
    assert (household.zone, household.clinic_phone) == ("Europe/Berlin", '030 "12"')


async def every_page_in_every_size(browser: Browser, url: str) -> None:
    place = await browser.new_context(locale="de", viewport={"width": 320, "height": 720})
    watched = await open_page(place, url)
    shown = watched.page
    for path in PAGES:
        await shown.goto(url + path)
        assert await shown.evaluate("document.documentElement.lang") == "de"
        assert await serious(shown) == [], path
        await shown.evaluate("document.documentElement.style.fontSize = '225%'")
        assert await shown.evaluate("document.documentElement.scrollWidth") <= 320, path
        await shown.screenshot(path=ARTEFACTS / f"{path.replace('/', '-')}-phone-de.png", full_page=True)
    assert watched.complaints == []


def password_file(folder: Path) -> Path:
    folder.mkdir()
    file = folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "hub", "s3cret"], check=True, capture_output=True)
    return file


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


@asynccontextmanager
async def locked_broker(folder: Path) -> AsyncIterator[Mosquitto]:
    passwords = password_file(folder)
    async with Mosquitto(folder, f"allow_anonymous false\npassword_file {passwords}") as broker:
        yield broker


async def test_where_there_is_no_radio_and_no_settings_file_nothing_is_offered(
    twelve_weeks: Path, tmp_path: Path
) -> None:
    settings = copy_of(twelve_weeks, tmp_path / "story")
    shown = screens(settings, now_on(settings, STORY_ENDS))
    async with (
        compose.broker(settings, 0) as at,
        processing(settings, at, shown.onlookers) as half,
        page(settings, shown, half, FaultCounts(half.fault_books)) as served,
        aiohttp.ClientSession(headers={"Accept": "text/html"}) as http,
    ):
        async with http.get(f"{served.url}setup/insoles") as answer:
            assert "no radio of its own" in await answer.text()
        for path in ("broker", "wearer"):
            async with http.get(f"{served.url}setup/{path}") as answer:
                text = await answer.text()
                assert "cannot be changed from this page" in text
                assert "<input id=" not in text
            csrf = text.partition('data-csrf="')[2].partition('"')[0]
            async with http.post(f"{served.url}setup/{path}", data={"csrf": csrf, "url": "mqtt://x"}) as answer:
                assert answer.status == 404
        async with http.get(f"{served.url}setup/insoles/state") as answer:
            assert answer.status == 404
