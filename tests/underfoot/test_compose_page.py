"""The page as it is put together for a real installation: replies, the chart after a restart, what went wrong."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from broker_kit import free_port
from browser_kit import alert_at

from ingest.wire.alerts import Alert
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from processing.store.series import Point
from underfoot import compose, judging
from underfoot.page import FaultCounts, page, screens
from underfoot.settings import BrokerSettings, RulesSettings, Settings, WebSettings

S = 1_000_000_000

pytestmark = pytest.mark.expects_log  # nobody answers at the broker's address


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    return Settings(data_dir=tmp_path, broker=BrokerSettings(url=nowhere), web=WebSettings(port=free_port()))


@asynccontextmanager
async def shown(settings: Settings, *alerts: Alert) -> AsyncIterator[tuple[judging.Processing, Any]]:
    screen = screens(settings)
    async with (
        compose.broker(settings) as at,
        judging.processing(settings, at, screen.onlookers) as half,
        page(settings, screen, half, FaultCounts(half.fault_books)) as served,
        aiohttp.ClientSession(served.url) as http,
    ):
        for alert in alerts:
            screen.lives.of(settings.person).model.feed(alert, time.time_ns())
        yield half, http


async def csrf_of(http: Any) -> dict[str, str]:
    """What a form of the page carries."""
    async with http.get("p/p1/", headers={"Accept": "text/html"}) as answer:
        found = re.search(r'data-csrf="([^"]+)"', await answer.text())
    assert found is not None
    return {"X-CSRF": found[1]}


@pytest.mark.parametrize("what", ["alerts/A3-left-1/acknowledge", "well"])
async def test_an_answer_that_the_broker_does_not_get_is_not_called_sent(settings: Settings, what: str) -> None:
    async with shown(settings, alert_at(time.time_ns())) as (_, http):
        answer = await http.post(f"p/p1/{what}", headers=await csrf_of(http))
        assert answer.status == 503
        assert (await answer.json())["code"] == "broker-unreachable"


async def test_the_chart_survives_a_restart_and_keeps_its_gaps(settings: Settings) -> None:
    now_s = time.time_ns() // S // 5 * 5
    async with shown(settings) as (half, _):
        half.stores.series.write([_point(now_s - 60, 44.0, -3.0), _point(now_s - 40, 48.0, None)])
    async with shown(settings) as (_, http), http.get("p/p1/history") as answer:
        told = await answer.json()
    assert [each for each in told["left"] if each is not None] == [44.0, 48.0]
    first = told["left"].index(44.0)
    assert told["left"][first : first + 5] == [44.0, None, None, None, 48.0]
    assert told["asymmetry"][first : first + 5] == [-3.0, None, None, None, None]
    assert set(told["right"]) == {None}


def _point(t_s: int, left: float, load_si: float | None) -> Point:
    fields = {"forefoot_share_left_pct": left, "load_si_pct": load_si}
    return Point(t_ns=t_s * S, person="p1", name="gait", fields=fields, tags={"calibration": "weight"})


async def test_health_counts_what_went_wrong(settings: Settings) -> None:
    async with shown(settings) as (half, http):
        half.service.faults.note(Fault(FaultCode.DISK_FULL), times=3)
        async with http.get("health") as answer:
            faults = (await answer.json())["faults"]
    assert faults["disk-full"] == 3
    assert faults["broker-unreachable"] == 1


def test_counts_add_up_over_all_books() -> None:
    one, other = FaultBook(), FaultBook()
    counts = FaultCounts(lambda: [one])
    counts.watch(lambda: [other])
    one.note(Fault(FaultCode.DISK_FULL))
    other.note(Fault(FaultCode.DISK_FULL))
    other.note(Fault(FaultCode.UNKNOWN_NAME))
    assert counts() == counts() == {"disk-full": 2, "unknown-name": 1}


async def test_the_figures_say_what_they_are_over(settings: Settings) -> None:
    async with shown(settings) as (_, http), http.get("p/p1/live") as answer:
        assert "The last minute" in await answer.text()


async def test_an_unknown_preset_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    wrong = Settings(data_dir=tmp_path / "data", rules=RulesSettings(preset="strict"))
    with pytest.raises(UnderfootError) as refused:
        async with compose.broker(wrong, 0) as at, judging.processing(wrong, at):
            pass
    assert refused.value.code is FaultCode.CONFIG_INVALID
    assert "clinical, demo" in refused.value.fault.detail
    assert not wrong.data_dir.exists()


async def test_a_second_processing_on_one_data_folder_is_refused(tmp_path: Path) -> None:
    async with judging.stores(Settings(data_dir=tmp_path)):
        with pytest.raises(UnderfootError) as refused:
            async with judging.stores(Settings(data_dir=tmp_path)):
                pass
    assert refused.value.code is FaultCode.STORE_IN_USE
    async with judging.stores(Settings(data_dir=tmp_path)):
        pass
