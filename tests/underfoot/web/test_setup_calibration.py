"""A calibration is looked at and kept on the page, measured on stored walks of real recordings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from broker_kit import free_port
from recorded_kit import store_three_walks

from underfoot import compose
from underfoot.judging import Processing, processing
from underfoot.page import FaultCounts, page, screens
from underfoot.settings import Settings, WebSettings

TABLE = (
    'format = "underfoot.bench/1"\nmodel = "Ultraflex (gaitpdb)"\nkpa_per_code = 0.02\nby = "a press"\n'
    + 8 * "[[cells]]\ncodes = [0, 20000]\nkpa = [0, 600]\narea_mm2 = 400\n"
)


@pytest.fixture
def data(tmp_path: Path, gaitpdb: Path) -> Path:
    """Two stored walks of p1, the later with something left in swing, and one of somebody else."""
    store_three_walks(tmp_path, gaitpdb)
    return tmp_path


@dataclass(frozen=True, slots=True)
class Visitor:
    http: aiohttp.ClientSession
    url: str
    half: Processing
    csrf: str

    async def sends(self, **said: str) -> tuple[int, str]:
        data = {"csrf": self.csrf, "do": "look", **said}
        async with self.http.post(self.url, data=data) as answer:
            return answer.status, await answer.text()

    @property
    def versions(self) -> list[tuple[int, str]]:
        return [(each.version, each.what) for each in self.half.stores.journal.calibrations("p1")]


@asynccontextmanager
async def visiting(data: Path) -> AsyncIterator[Visitor]:
    settings = Settings(data_dir=data, web=WebSettings(port=free_port()))
    shown = screens(settings)
    async with (
        compose.broker(settings, 0) as at,
        processing(settings, at, shown.onlookers) as half,
        page(settings, shown, half, FaultCounts(half.fault_books)) as served,
        aiohttp.ClientSession(headers={"Accept": "text/html"}) as http,
    ):
        url = f"{served.url}setup/calibration"
        async with http.get(url) as answer:
            text = await answer.text()
        yield Visitor(http, url, half, text.partition('data-csrf="')[2].partition('"')[0])


async def test_gain_zero_and_bench_are_looked_at_and_kept(data: Path) -> None:
    async with visiting(data) as visitor:
        gain = {"kind": "gain", "kg": "87.4", "walk": "GaCo01_01"}
        status, text = await visitor.sends(**gain)
        assert (status, visitor.versions) == (200, [])
        assert "even strides" in text
        assert "× body weight" in text
        status, text = await visitor.sends(**gain, do="keep", version="1")
        assert status == 200
        assert [number for number, _ in visitor.versions] == [1]
        assert "gain" in visitor.versions[0][1]
        status, text = await visitor.sends(kind="zero", walk="JuPt26_03")
        assert "The gain was taken with the earlier zero" in text
        await visitor.sends(kind="zero", walk="JuPt26_03", do="keep", version="2")
        status, text = await visitor.sends(kind="bench", table=TABLE)
        assert "up to 600 kPa" in text
        status, text = await visitor.sends(kind="bench", table=TABLE, do="keep", version="3")
        assert [number for number, _ in visitor.versions] == [1, 2, 3]
        assert "bench table by a press" in text


async def test_what_was_not_looked_at_is_not_kept(data: Path) -> None:
    """Another keeper was quicker, or a form was sent that nobody has seen the figures of."""
    async with visiting(data) as visitor:
        await visitor.sends(kind="weight", kg="80", do="keep", version="1")
        status, text = await visitor.sends(kind="weight", kg="90", do="keep", version="1")
        assert status == 200
        assert "80 kg → 90 kg" in text
        assert [number for number, _ in visitor.versions] == [1]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"kind": "gain", "kg": "30", "walk": "GaCo01_01"}, "check the weight"),
        ({"kind": "weight", "kg": "-1"}, "body weight of -1 kg"),
        ({"kind": "weight", "kg": "nan"}, "kg"),
        ({"kind": "weight", "kg": "<script>alert(1)</script>"}, "no weight in kg"),
        ({"kind": "weight"}, "no weight in kg"),
        ({"kind": "zero", "walk": "SiCo01_01"}, "there is GaCo01_01, JuPt26_03"),
        ({"kind": "zero", "walk": "../../etc/passwd"}, "walk"),
        ({"kind": "bench", "table": TABLE.replace("Ultraflex", "Other")}, "worn were insoles Ultraflex (gaitpdb)"),
        ({"kind": "nothing"}, ""),
    ],
)
async def test_what_cannot_be_is_refused(data: Path, said: dict[str, str], told: str) -> None:
    async with visiting(data) as visitor:
        for do in ({}, {"do": "keep", "version": "1"}):
            status, text = await visitor.sends(**said, **do)
            assert status == 400
            assert told in text
            assert "<script>alert" not in text
        assert visitor.versions == []
