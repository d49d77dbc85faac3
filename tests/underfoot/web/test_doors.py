"""Every door opens over the twelve weeks, and no page asks another host for anything."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from site_kit import PERSON, copy_of, site_over


@pytest.mark.timeout(300)
async def test_the_first_page_leads_to_the_feet(twelve_weeks: Path, tmp_path: Path) -> None:
    async with (
        site_over(copy_of(twelve_weeks, tmp_path / "story")) as url,
        aiohttp.ClientSession(headers={"Accept": "text/html"}) as http,
        http.get(url) as answer,
    ):
        assert (answer.status, str(answer.url)) == (200, f"{url}p/{PERSON}/")
