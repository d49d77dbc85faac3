"""A cell that sticks in the middle of a walk, from the foot to the page: told once as what it is, and nothing else.

It sticks under the forefoot and so high that the share of load would raise A3 if the cell were believed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from broker_kit import Mosquitto, free_port
from browser_kit import Watched, chromium, open_page, until
from pair_kit import Pair, pair_of
from playwright.async_api import expect

from ingest.sources.virtual.gait import Gait
from ingest.sources.virtual.trouble import Trouble
from ingest.sources.virtual.walker import SCALE, cells, walker
from ingest.wire.alerts import Alert, AlertState
from ingest.wire.geometry import Side, Zone
from ingest.wire.messages import AnyMessage, CellFaultKind, Metrics, Stride
from processing.store.journal import BaselineSet
from underfoot import compose, judging
from underfoot.demo import USUAL
from underfoot.page import FaultCounts, page, screens
from underfoot.settings import BrokerSettings, RulesSettings, Settings, WebSettings

GAIT = Gait(stride_wobble_pct=0.0)
STUCK = 11
AREA = cells()[STUCK].area
STUCK_N = 180.0
STICKS_S, SECONDS = 30.0, 90.0
FOUND_WITHIN_S = 17.0  # ten seconds of bad stances, those that the step up cost, and the way to the page
LOST_STRIDES = 8
NOT_MEASURED_FILL = 'url("#hatch")'
FILLS = """() => ["left", "right"].flatMap((side) => [...document.querySelectorAll(`#foot-${side} .cell`)]
    .map((cell) => [side, cell.dataset.area, getComputedStyle(cell).fill]))"""
ARTEFACTS = Path(os.environ.get("ARTEFACTS", Path(__file__).parents[2] / "artefacts"))
STRIDE_S = 120 / GAIT.cadence_spm
FOREFOOT = [number for number, cell in enumerate(cells()) if cell.zone is Zone.FOREFOOT]

pytestmark = pytest.mark.timeout(180)


@dataclass
class House:
    """A hub with its page around the pair; `heard` is all that it took or said."""

    pair: Pair
    url: str
    half: judging.Processing
    feet: compose.Feet
    faults: FaultCounts
    heard: list[AnyMessage] = field(default_factory=list)

    @property
    def metrics(self) -> list[Metrics]:
        return [each for each in self.heard if isinstance(each, Metrics)]


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(Mosquitto(folder / "mosquitto"))
        settings = Settings(
            data_dir=folder / "data",
            broker=BrokerSettings(url=f"mqtt://{broker.address.host}:{broker.port}"),
            rules=RulesSettings(preset="demo"),
            web=WebSettings(port=free_port()),
        )
        screen, heard = screens(settings), list[AnyMessage]()
        onlookers = [*screen.onlookers, lambda _person, message: heard.append(message)]
        half = await stack.enter_async_context(judging.processing(settings, broker.address, onlookers))
        half.stores.journal.set_baseline(BaselineSet(person=settings.person, baseline=USUAL, by="test", t_ns=0))
        faults = FaultCounts(half.fault_books)
        served = await stack.enter_async_context(page(settings, screen, half, faults))
        pair = await stack.enter_async_context(pair_of(walker(GAIT, seconds=SECONDS)))
        feet = await stack.enter_async_context(compose.ingest(settings, broker.address, pair.sources, 30.0))
        faults.watch(feet.fault_books)
        yield House(pair, served.url, half, feet, faults, heard)


async def test_a_cell_that_sticks_is_one_technical_alert_and_a_hatched_place(tmp_path: Path) -> None:
    async with house(tmp_path) as home, chromium() as browser:
        watched = await open_page(browser, f"{home.url}p/p1/live", height=1500)
        await it_is_measured_until_it_sticks(home, watched)
        found_t_ns = await it_is_told_as_what_it_is(home, watched)
        await the_load_says_what_it_leaves_out(home, watched)
        await home.pair.world.ended.wait()
        assert await home.feet.finish()
        await until(lambda: home.half.stores.journal.walks("p1"))
        only_the_cell_was_told(home)
        timing_went_on(home, found_t_ns)
        the_summary_says_so(home)
        assert watched.complaints == []
        assert home.faults() == {}


async def it_is_measured_until_it_sticks(home: House, watched: Watched) -> None:
    await home.pair.at(STICKS_S - 1)
    assert NOT_MEASURED_FILL not in (await fills(watched)).values()
    await expect(watched.page.get_by_test_id("alert")).to_have_count(0)
    home.pair.insoles[Side.LEFT].trouble = Trouble(stuck={STUCK: round(STUCK_N / float(SCALE))})


async def it_is_told_as_what_it_is(home: House, watched: Watched) -> int:
    """When it was found, in UTC."""
    page = watched.page
    alert = page.get_by_test_id("alert")
    await expect(alert).to_have_attribute("data-state", "active", timeout=30_000)
    await expect(alert).to_have_attribute("data-alert-id", re.compile("^T1-left"))
    await expect(alert).to_contain_text(f"The {AREA} sensor in your left insole is not working.")
    await expect(alert).to_contain_text("Timing still works.")
    await until(lambda: home.metrics[-1].cell_faults)
    (fault,) = home.metrics[-1].cell_faults
    assert (fault.side, fault.cell, fault.kind) == (Side.LEFT, STUCK, CellFaultKind.STUCK)
    stuck_for_s = (fault.t_ns - home.pair.begun_utc_ns) / 1e9 - STICKS_S
    assert 10.0 <= stuck_for_s + 1.0 <= FOUND_WITHIN_S
    await expect(page.locator("#foot-left svg[role=img]")).to_have_attribute("aria-label", re.compile(AREA))
    hatched = {area for area, fill in (await fills(watched)).items() if fill == NOT_MEASURED_FILL}
    assert hatched == {("left", AREA)}
    return fault.t_ns


async def the_load_says_what_it_leaves_out(home: House, watched: Watched) -> None:
    page = watched.page
    share = page.get_by_test_id("figure-forefoot-left")
    await expect(share).to_contain_text(re.compile(r"between \d+\.\d and \d+\.\d % of its load"), timeout=20_000)
    await expect(share).to_contain_text(f"not measured on the left: {AREA}")
    await expect(page.get_by_test_id("figure-forefoot-right")).to_contain_text(re.compile(r"\d % of its load"))
    await expect(page.get_by_test_id("figure-asymmetry")).to_contain_text("15 of 16 pairs", timeout=20_000)
    await expect(page.get_by_test_id("figure-cadence")).to_contain_text("108", timeout=20_000)
    last = home.metrics[-1].forefoot_share_pct.left
    assert last.low is not None
    assert last.high is not None
    assert last.low <= GAIT.forefoot_share_left_pct <= last.high
    await keep(watched, "stuck-cell")


def only_the_cell_was_told(home: House) -> None:
    assert believed_share_pct(home) > USUAL.forefoot_share_pct.left.median + 10
    (alert,) = home.half.stores.journal.alerts("p1")
    assert (alert.rule, alert.side, alert.state) == ("T1", Side.LEFT, AlertState.CLEARED)
    assert {each.id for each in home.heard if isinstance(each, Alert)} == {alert.id}


def believed_share_pct(home: House) -> float:
    """Forefoot share of the left foot over the last 20 s, if every cell were believed."""
    (walk,) = home.half.stores.recordings.walks()
    blocks = [block for block in home.half.stores.recordings.blocks(walk.walk) if block.side is Side.LEFT]
    sums = np.concatenate([block.codes for block in blocks])[-2000:].sum(axis=0)
    return float(100 * sums[FOREFOOT].sum() / sums.sum())


def timing_went_on(home: House, found_t_ns: int) -> None:
    """Every stride since it was found; before that the new level costs some, and none is told wrong."""
    strides = [each for each in home.heard if isinstance(each, Stride) and each.side is Side.LEFT]
    for stride in strides:
        assert stride.stride_s == pytest.approx(STRIDE_S, abs=0.03)
    stuck_t_ns = home.pair.begun_utc_ns + round(STICKS_S * 1e9)
    for since_t_ns, lost in ((found_t_ns, 3), (stuck_t_ns, LOST_STRIDES)):
        due = (home.metrics[-1].t_ns - since_t_ns) / 1e9 / STRIDE_S
        told = sum(each.t_ns >= since_t_ns for each in strides)
        assert due - lost <= told <= due + 1


def the_summary_says_so(home: House) -> None:
    (kept,) = home.half.stores.journal.walks("p1")
    summary = json.loads(kept.summary)
    (fault,) = summary["health"]["left"]["faults"]
    assert (fault["cell"], fault["area"], fault["kind"]) == (STUCK, AREA, "stuck")
    assert summary["health"]["right"]["faults"] == []
    assert summary["stride"]["mean_s"] == pytest.approx(STRIDE_S, abs=0.01)
    assert summary["forefoot_share_pct"]["left"] is None
    assert AREA in summary["reasons"]["forefoot_share_pct.left"]
    assert summary["forefoot_share_pct"]["right"] == pytest.approx(GAIT.forefoot_share_right_pct, abs=1.0)
    assert summary["regions"]["left"]["M4"] is None
    assert AREA in summary["reasons"]["regions.left.M4"]
    assert summary["regions"]["left"]["HM"] is not None


async def fills(watched: Watched) -> dict[tuple[str, str], str]:
    """What each cell is filled with on the page."""
    found = await watched.page.evaluate(FILLS)
    return {(side, area): fill for side, area, fill in found}


async def keep(watched: Watched, name: str) -> None:
    """A picture to look at afterwards; the folder is made with it."""
    await watched.page.screenshot(path=ARTEFACTS / f"{name}.png")
