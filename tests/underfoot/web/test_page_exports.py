"""The page that gives away what is stored: a real Chromium over twelve weeks, and every format read back."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import aiohttp
import edfio
import pyarrow.parquet as pq
import pytest
from axe_kit import serious
from browser_kit import chromium, open_page
from export_kit import PERSON, WALK, stores
from fhir_kit import check
from playwright.async_api import Page
from site_kit import copy_of, site_over

ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[3] / "artefacts"))


async def downloaded(page: Page, form: str, kind: str, folder: Path) -> Path:
    async with page.expect_download() as waiting:
        await page.get_by_test_id(form).get_by_test_id(f"get-{kind}").click()
    found = await waiting.value
    await found.save_as(folder / found.suggested_filename)
    return folder / found.suggested_filename


@pytest.mark.timeout(200)
async def test_a_clinician_takes_twelve_weeks_away(twelve_weeks: Path, tmp_path: Path) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything runs
    async with site_over(copy_of(twelve_weeks, tmp_path / "story")) as url, chromium() as browser:
        watched = await open_page(browser, f"{url}p/{PERSON}/export")
        page = watched.page
        await page.screenshot(path=ARTEFACTS / "exports-desktop.png", full_page=True)
        days = await downloaded(page, "days", "csv", tmp_path)
        assert days.name == "underfoot-p1-2026-01-12-2026-04-05-csv.zip"
        with ZipFile(days) as archive:
            assert archive.testzip() is None
            lines = list(csv.DictReader(io.TextIOWrapper(archive.open("days.csv"), "utf-8")))
        assert len(lines) == 84
        assert {line["measured"] for line in lines} >= {"measured", "no-data"}
        assert all(line["steps"] == "" for line in lines if line["measured"] == "no-data")
        bundle = await downloaded(page, "days", "fhir", tmp_path)
        assert len(check(json.loads(bundle.read_text()))["Observation"]) > 300
        await page.set_viewport_size({"width": 320, "height": 720})
        await page.evaluate("document.documentElement.style.fontSize = '225%'")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        await page.screenshot(path=ARTEFACTS / "exports-phone.png", full_page=True)
        assert await serious(page) == []
        assert watched.strangers(url) == []
        assert watched.complaints == []
        german = await (await browser.new_context(locale="de-AT")).new_page()
        await german.goto(f"{url}p/{PERSON}/export")
        assert await german.locator("h1").inner_text() == "Daten mitnehmen"


@pytest.mark.timeout(200)
async def test_one_walk_in_every_format_and_what_is_refused(
    twelve_weeks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stores(tmp_path / "small")
    settings = replace(copy_of(twelve_weeks, tmp_path / "story"), data_dir=made.folder)
    async with site_over(settings) as url, aiohttp.ClientSession() as http:

        async def get(path: str) -> tuple[int, bytes]:
            async with http.get(f"{url}p/{PERSON}/export/{path}") as answer:
                return answer.status, await answer.read()

        status, raw = await get(f"csv?walk={WALK}")
        with ZipFile(io.BytesIO(raw)) as archive:
            assert (status, len(archive.read("samples.csv").splitlines())) == (200, 351)
        status, raw = await get(f"parquet?walk={WALK}")
        with ZipFile(io.BytesIO(raw)) as archive:
            assert pq.read_table(io.BytesIO(archive.read("samples.parquet"))).num_rows == 350
        status, raw = await get(f"edf?walk={WALK}")
        (tmp_path / "walk.edf").write_bytes(raw)
        assert edfio.read_edf(tmp_path / "walk.edf").local_patient_identification == "p1 X X X"
        for path, wanted in (
            ("edf", 400),
            ("csv?from=2026-04-06&to=2026-04-01", 400),
            ("csv?from=2020-01-01&to=2026-04-01", 400),
            ("csv?from=yesterday", 400),
            ("csv?to=0001-01-01", 400),
            ("csv?walk=none-such", 404),
            ("csv?walk=../../etc/passwd", 404),
            ("exe", 404),
        ):
            assert (await get(path))[0] == wanted, path
        monkeypatch.setitem(__import__("sys").modules, "edfio", None)
        status, raw = await get(f"edf?walk={WALK}")
        assert status == 501
        assert "underfoot[edf]" in json.loads(raw)["detail"]
        async with http.get(f"{url}p/somebody-else/export/csv") as answer:
            assert answer.status == 404
