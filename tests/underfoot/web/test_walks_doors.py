"""Walks that cannot be played, or not to the end: their time is not known, their rows are gone, they are under way."""

from __future__ import annotations

import base64
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from site_kit import PERSON, copy_of, site_over
from walk_kit import block, gait, layout

from ingest.wire.geometry import Side
from processing.store.recordings_sqlite import SqliteRecordings

S = 10**9
NOW_NS = 1_775_411_400 * S  # 19:50 in Vienna on the story's last day
UNDER_WAY, UNDATED, ANOTHERS = "p1-20260405T175000Z", "p1-unknown-1", "p2-20260405T175000Z"

pytestmark = pytest.mark.timeout(120)


def put_walks(path: Path) -> None:
    blocks = [block(side, gait(side, 60), t_ns=NOW_NS) for side in Side]
    with closing(SqliteRecordings(path)) as recordings:
        for person, walk in (("p1", UNDER_WAY), ("p2", ANOTHERS)):
            for side in Side:
                recordings.put_layout(person, walk, layout(side))
        recordings.append("p1", UNDER_WAY, blocks)
        others = [replace(each, insole=f"other:{each.side}") for each in blocks]
        recordings.append("p2", ANOTHERS, others)
        undated = [replace(each, insole=f"lost:{each.side}", t_ns=0, time_known=False) for each in blocks]
        recordings.append("p1", UNDATED, undated)


async def test_what_cannot_be_played_says_why(twelve_weeks: Path, tmp_path: Path) -> None:
    settings = copy_of(twelve_weeks, tmp_path / "story")
    put_walks(settings.data_dir / "recordings.sqlite")
    async with site_over(settings) as url, aiohttp.ClientSession(headers={"Accept": "text/html"}) as http:
        walks = f"{url}p/{PERSON}/walks"
        html = await text_of(http, walks)
        assert html.count('data-testid="walk"') == 50
        assert html.count("cannot be played.</p>") == 50  # 49 whose rows are not here, and those without a time
        assert "p1-unknown-1: 6000 rows left, 6000 rows right" in html
        assert "No clock tells when these rows were taken." in html
        assert f'href="../../p/p1/walks/{UNDER_WAY}"' in html
        assert f"walks/{UNDATED}" not in html
        assert ANOTHERS not in html
        await under_way_it_plays_up_to_now(http, walks)
        for name, status, code in (
            (UNDATED, 409, "clock-unknown"),
            (ANOTHERS, 404, "unknown-name"),
            ("p1-20260317T090400Z", 404, "unknown-name"),  # judged, but its rows are not here
        ):
            for rest in ("", "/frames"):
                async with http.get(f"{walks}/{name}{rest}", headers={"Accept": "application/json"}) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (status, code)


async def under_way_it_plays_up_to_now(http: aiohttp.ClientSession, walks: str) -> None:
    html = await text_of(http, f"{walks}/{UNDER_WAY}")
    assert 'data-testid="still"' in html
    assert 'data-testid="not-judged"' in html
    assert "19:50:00 to 19:51:00" in html
    async with http.get(f"{walks}/{UNDER_WAY}/frames", params={"from": "30"}) as answer:
        said = await answer.json()
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert said["count"] == 750
    levels = np.frombuffer(base64.b64decode(said["feet"]["left"]["levels"]), dtype=np.uint8)
    assert levels.size == 2 * 750
    assert levels.max() == 254
    assert set(said["figures"]["left"]) == {None}  # nothing was computed of it, which is not 0


async def text_of(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        assert answer.status == 200
        return await answer.text()
