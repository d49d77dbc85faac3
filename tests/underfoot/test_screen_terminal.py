"""Two feet in the terminal: drawn from the model, and through a real broker by the real command."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from io import StringIO
from pathlib import Path

import pytest
from broker_kit import Mosquitto
from browser_kit import ROW_NS, TEXT, LiveWalk, S, alert_at, block_at, layout_of, metrics_at, status_at
from rich.console import Console

from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import AlertState
from ingest.wire.codec import to_message
from ingest.wire.faults import ADVICE, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, LinkState, LiveRequest
from ingest.wire.topics import Address
from processing.subscribe import Arrival, Subscriber
from underfoot.broker import EmbeddedBroker
from underfoot.screen import ScreenModel
from underfoot.screen_feed import take
from underfoot.terminal import colour, render

NOW = 1_760_000_000 * S
ADDRESS = Address("hub-1", "p1")


def drawn(model: ScreenModel, now_ns: int, note: str = "") -> str:
    out = StringIO()
    Console(file=out, width=120).print(render(model.state(now_ns), note))
    return out.getvalue()


def test_what_to_do_and_what_is_still_in_the_insole() -> None:
    model = ScreenModel()
    walk = LiveWalk(model)
    walk.away, walk.troubles = {Side.RIGHT}, ("link-lost", "adapter-stuck")
    walk.step(NOW)
    walk.to_fetch = {Side.LEFT: 4000}
    walk.step(NOW + 20 * ROW_NS)
    walk.to_fetch = {Side.LEFT: 3000}
    walk.step(NOW + 40 * ROW_NS)
    picture = " ".join(drawn(model, NOW + 40 * ROW_NS).replace("│", " ").split())
    assert ADVICE[FaultCode.ADAPTER_STUCK] in picture
    assert f"30 s of your walk are being fetched from the left insole. {'█' * 5}{'░' * 15} 25 %" in picture


def test_both_feet_the_sentence_and_the_alert() -> None:
    model = ScreenModel()
    walk = LiveWalk(model)
    for step in range(1, 601):
        walk.step(NOW + step * 20 * ROW_NS)
    now_ns = NOW + 600 * 20 * ROW_NS
    picture = drawn(model, now_ns)
    assert "✓ Both feet are being measured." in picture
    assert "█" in picture
    assert "/" not in picture.replace("N/", "")
    assert "% of its" in picture
    assert "Not a medical device" in picture
    model.feed(alert_at(now_ns), now_ns)
    model.feed(status_at(Side.RIGHT, now_ns, LinkState.LOST), now_ns)
    picture = drawn(model, now_ns, "No connection to the MQTT broker; trying again.")
    assert "[open]" in picture
    assert "A3-left-1" in picture
    assert "not measured: out of range" in picture
    assert "//////" in picture
    assert "No connection to the MQTT broker" in picture


def test_an_empty_screen_draws_no_load() -> None:
    picture = drawn(ScreenModel(), NOW)
    assert "Waiting for your insoles." in picture
    assert not set("░▒▓█") & set(picture)
    assert "No data yet" in picture


def test_the_ramp_runs_from_dark_blue_to_yellow() -> None:
    assert [colour(level) for level in (0.0, 1.0)] == ["#002051", "#fdea45"]
    assert len({colour(step / 64) for step in range(64)}) == 64


async def through_broker(messages: list[tuple[str, AnyMessage]]) -> list[Arrival]:
    """What a screen's subscription receives of them."""
    async with EmbeddedBroker(port=0) as broker, publishing(broker.address) as link:
        for topic, message in messages:
            assert await link.publish(topic, message)
        arrivals = []
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                async for arrival in link.messages():
                    arrivals.append(arrival)
                    if len(arrivals) == len(messages):
                        break
        return arrivals


@asynccontextmanager
async def publishing(broker: BrokerAddress) -> AsyncIterator[Subscriber]:
    carries = {type(message) for _, message in walk_messages(NOW, 0)} | {LiveRequest}
    async with Subscriber(broker, carries=carries) as link:
        async with asyncio.timeout(10):
            while not link.connected:  # noqa: ASYNC110 - the subscriber has a flag, no event
                await asyncio.sleep(0.02)
        yield link


def walk_messages(now_ns: int, seq: int) -> list[tuple[str, AnyMessage]]:
    """One beat of the synthetic walk as it crosses the wire."""
    told: list[tuple[str, AnyMessage]] = [(ADDRESS.metrics, metrics_at(now_ns))]
    for side in Side:
        told += [
            (ADDRESS.of_side(side, "layout"), layout_of(side)),
            (ADDRESS.of_side(side, "status"), status_at(side, now_ns)),
            (ADDRESS.of_side(side, "samples"), to_message(block_at(side, seq, now_ns - 20 * ROW_NS))),
        ]
    return [*told, (ADDRESS.alert("A3-left-1"), alert_at(now_ns))]


async def test_what_crosses_the_broker_is_what_is_shown() -> None:
    now_ns = time.time_ns()
    arrivals = await through_broker(walk_messages(now_ns, 0))
    model = ScreenModel()
    for arrival in arrivals:
        take(model, arrival, now_ns)
    state = model.state(now_ns)
    assert [foot.measured for foot in state.feet] == [True, True]
    assert state.sentence.headline == TEXT
    removed = next(arrival for arrival in arrivals if arrival.topic.alert_id)
    take(model, Arrival(removed.topic, None, retained=True), now_ns)
    assert model.state(now_ns).alerts == ()


@pytest.mark.parametrize("as_lines", [True, False])
async def test_the_command_shows_live_feet_and_asks_for_them(as_lines: bool, tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, publishing(broker.address) as link:
        command = [sys.executable, "-m", "underfoot", "watch", "--broker", str(broker.address), "--seconds", "6"]
        command += ["--hub", ADDRESS.hub, "--person", ADDRESS.person, *(["--json"] if as_lines else [])]
        wide = {**os.environ, "COLUMNS": "140"}
        watching = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=wide)
        walking = asyncio.create_task(walk_through(link))
        try:
            async with asyncio.timeout(60):
                out, _ = await watching.communicate()
                asked = [arrival async for arrival in asking(link)]
        finally:
            walking.cancel()
            await asyncio.gather(walking, return_exceptions=True)
    assert watching.returncode == 0
    assert asked
    if as_lines:
        last = json.loads(out.decode().splitlines()[-1])
        assert {side: foot["measured"] for side, foot in last["feet"].items()} == {"left": True, "right": True}
        assert last["alerts"][0]["state"] == AlertState.ACTIVE
    else:
        assert TEXT in out.decode()
        assert re.search(r"\d+ N ", out.decode())


async def walk_through(link: Subscriber) -> None:
    seq = 0
    while True:
        for topic, message in walk_messages(time.time_ns(), seq):
            await link.publish(topic, message)
        seq += 20
        await asyncio.sleep(0.2)


async def asking(link: Subscriber) -> AsyncIterator[Arrival]:
    """The requests for a live picture that have arrived."""
    async for arrival in link.messages():
        if isinstance(arrival.message, LiveRequest):
            yield arrival
            return
