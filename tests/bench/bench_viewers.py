"""Twenty people look at one wearer: how old is what they see, and what does it cost processing?"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from statistics import median

import aiohttp
import aiomqtt
import psutil
import pytest
from bench_hub_kit import HUB, Feeder, start_hub
from broker_kit import Mosquitto, free_port
from browser_kit import chromium
from journey_kit import House, wait_for

from underfoot.places import Places

VIEWERS, BROWSERS = 20, 2
LOOK_S = 300
BUDGET_MS, BUDGET_PCT = 300.0, 5.0
PAIRS, STRETCH_S, ROUNDS = 20, 20, 6
VIEWERS_PROGRAM = Path(__file__).parents[1] / "kit" / "viewers.py"
AGES_DRAWN = """() => {
  window.ages = [];
  for (const foot of document.querySelectorAll("[data-shown-ms]"))
    new MutationObserver(() => window.ages.push(Date.now() - Number(foot.dataset.shownMs)))
      .observe(foot, { attributeFilter: ["data-shown-ms"] });
}"""

pytestmark = pytest.mark.bench


async def test_what_twenty_viewers_see_is_fresh(tmp_path: Path) -> None:
    """18 streams of events as browsers hold them, and two Chromiums that draw; one machine, one clock."""
    port = free_port()
    async with Mosquitto(tmp_path / "mosquitto") as broker, chromium() as browser:
        hub = start_hub(tmp_path, broker, LOOK_S + 40, port)
        try:
            url = f"http://127.0.0.1:{port}/p/p1/"
            await _answers(url)
            pages = [await (await browser.new_context()).new_page() for _ in range(BROWSERS)]
            for page in pages:
                await page.goto(url)
            await asyncio.sleep(10)  # the stream has begun, and small blocks have been asked for
            for page in pages:
                await page.evaluate(AGES_DRAWN)
            used = psutil.Process(hub.pid)
            before = used.cpu_times()
            seen = await _look(url, VIEWERS - BROWSERS, LOOK_S)
            after = used.cpu_times()
            drawn = [age for page in pages for age in await page.evaluate("window.ages")]
        finally:
            hub.kill()
            await asyncio.to_thread(hub.communicate)
    frames = seen["frames"]
    assert min(frames) > 0.9 * max(frames)
    cpu_pct = (after.user + after.system - before.user - before.system) / LOOK_S * 100
    print(
        f"\n{VIEWERS} viewers for {LOOK_S} s: {min(frames) / LOOK_S:.1f} to {max(frames) / LOOK_S:.1f} frames a s; "
        f"the row shown is {_spread(seen['ages_ms'])} old on arrival, {_spread(drawn)} when Chromium has drawn it "
        f"(budget p99 {BUDGET_MS:.0f} ms); the whole hub {cpu_pct:.1f} % of a core"
    )


async def test_processing_is_hardly_slowed_by_twenty_viewers(tmp_path: Path) -> None:
    """Rows come as fast as they are receipted; stretches with and without viewers take turns."""
    persons = [f"p{number}" for number in range(PAIRS)]
    port = free_port()
    async with Mosquitto(tmp_path / "mosquitto", "allow_anonymous true\nmax_queued_messages 0") as broker:
        house = House(tmp_path / "data", f"mqtt://{broker.address.host}:{broker.port}", page_port=port)
        house.data_dir.mkdir()
        settings = tmp_path / "underfoot.toml"
        settings.write_text(f'hub = "{HUB}"\nperson = "p0"\n')
        try:
            house.start("--config", str(settings), "processing")
            await asyncio.to_thread(wait_for, Places(house.data_dir).series.exists, 30, "processing to start")
            async with aiomqtt.Client(broker.address.host, broker.port, timeout=30) as client:
                client.pending_calls_threshold = 10**6
                alone_s, watched_s = await _by_turns(Feeder(client, persons), f"http://127.0.0.1:{port}/p/p0/")
        finally:
            house.end_all()
    ratio = median(watched / alone for alone, watched in zip(alone_s, watched_s, strict=True))
    print(
        f"\n{PAIRS} pairs through Mosquitto as fast as they go: {PAIRS * STRETCH_S / median(alone_s):.0f} pair-seconds "
        f"a second with nobody looking, {PAIRS * STRETCH_S / median(watched_s):.0f} with {VIEWERS} viewers: "
        f"{100 * (ratio - 1):+.1f} % (budget {BUDGET_PCT:.0f} %)"
    )


async def _by_turns(feeder: Feeder, url: str) -> tuple[list[float], list[float]]:
    await feeder.begin()
    await asyncio.sleep(2)
    listening = asyncio.create_task(feeder.listen())
    spent: dict[bool, list[float]] = {False: [], True: []}
    at = 5
    await feeder.feed(0, at)
    for turn in range(2 * ROUNDS):
        watched = bool(turn % 2)
        looking = asyncio.create_task(_look(url, VIEWERS, 3600)) if watched else None
        await asyncio.sleep(3)
        begin_s = asyncio.get_running_loop().time()
        await feeder.feed(at, at + STRETCH_S)
        spent[watched].append(asyncio.get_running_loop().time() - begin_s)
        at += STRETCH_S
        if looking is not None:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
    listening.cancel()
    return spent[False], spent[True]


async def _look(url: str, viewers: int, seconds: float) -> dict[str, list[float]]:
    words = [sys.executable, str(VIEWERS_PROGRAM), f"{url}events", str(viewers), str(seconds)]
    program = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    try:
        said, _ = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    told: dict[str, list[float]] = json.loads(said)
    return told


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(30):
        while True:
            try:
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


def _spread(ages_ms: list[float]) -> str:
    ordered = sorted(ages_ms)
    p50, p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99))
    return f"p50 {p50:.0f}, p99 {p99:.0f}, at most {ordered[-1]:.0f} ms"
