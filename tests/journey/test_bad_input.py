"""Everything wrong at once while somebody walks: each wrong thing has its code and its count, the walk is whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import aiomqtt
import msgspec
import pytest
from broker_kit import Mosquitto, free_port

from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.world import World
from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import AlertReply
from ingest.wire.codec import encode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from ingest.wire.topics import Address
from processing.store.recordings_sqlite import SqliteRecordings
from underfoot import compose, judging
from underfoot.page import FaultCounts, page, screens
from underfoot.settings import BrokerSettings, RulesSettings, Settings, WebSettings
from underfoot.virtual_pair import acted

ME = Address("home", "p1")
SECOND_LEFT = "second-left"
ADDRESSES = {"left": "F0:F1:F2:F3:F4:01", "right": "F0:F1:F2:F3:F4:02", SECOND_LEFT: "F0:F1:F2:F3:F4:03"}
PLENTY_OF_PAGES = 1_000_000

pytestmark = [pytest.mark.timeout(180), pytest.mark.expects_log]


@dataclass(frozen=True, slots=True)
class Running:
    """One house: both halves, a page, a broker, two insoles that walk and a third that is still off."""

    at: BrokerAddress
    url: str
    half: judging.Processing
    feet: compose.Feet
    insoles: dict[str, VirtualInsole]

    async def faults(self) -> dict[str, int]:
        """As somebody reads them who asks the page."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}health") as health:
            found = (await health.json())["faults"]
        assert isinstance(found, dict)
        return found

    async def publish(self, topic: str, *payloads: bytes) -> None:
        async with aiomqtt.Client(self.at.host, self.at.port) as stranger:
            for payload in payloads:
                await stranger.publish(topic, payload, qos=1)

    async def counted(self, **by_code: int) -> None:
        """Wait until the faults of these codes (with _ for -) are at least so many."""
        wanted = {code.replace("_", "-"): count for code, count in by_code.items()}
        async with asyncio.timeout(30):
            while True:
                found = await self.faults()
                if all(found.get(code, 0) >= count for code, count in wanted.items()):
                    return
                await asyncio.sleep(0.2)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        mosquitto = await stack.enter_async_context(Mosquitto(tmp_path / "mosquitto"))
        settings = Settings(
            data_dir=tmp_path,
            broker=BrokerSettings(url=f"mqtt://{mosquitto.address.host}:{mosquitto.port}"),
            web=WebSettings(port=free_port()),
            rules=RulesSettings(preset="demo"),
        )
        screen = screens(settings)
        at = await stack.enter_async_context(compose.broker(settings))
        half = await stack.enter_async_context(judging.processing(settings, at, screen.onlookers))
        faults = FaultCounts(half.fault_books)
        shown = await stack.enter_async_context(page(settings, screen, half, faults))
        insoles, sources = await stack.enter_async_context(_three_insoles())
        feet = await stack.enter_async_context(compose.ingest(settings, at, sources, drain_s=60.0))
        faults.watch(feet.fault_books)
        yield Running(at, shown.url, half, feet, insoles)


class _three_insoles:  # noqa: N801 - used as a context manager is
    """Left and right share a world and are on; the third is off and says that it is left as well."""

    async def __aenter__(self) -> tuple[dict[str, VirtualInsole], tuple[Any, ...]]:
        air, walks = Air(interval_s=0.015, seed=0), acted(None)
        pair = World()
        self._stack = AsyncExitStack()
        insoles = {
            name: VirtualInsole(
                air.controller(name),
                serial=name,
                side=side,
                walk=walks[side],
                address=ADDRESSES[name],
                world=pair if name != SECOND_LEFT else World(),
            )
            for name, side in (("left", Side.LEFT), ("right", Side.RIGHT), (SECOND_LEFT, Side.LEFT))
        }
        for insole in insoles.values():
            self._stack.push_async_callback(insole.power_off)
        await insoles["left"].power_on()
        await insoles["right"].power_on()
        adapter = await self._stack.enter_async_context(Adapter.virtual(air))
        sources = tuple(
            adapter.source(OpenInsoleDriver(name, insole.side), ADDRESSES[name], insole=name)
            for name, insole in insoles.items()
        )
        return insoles, sources

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()


async def test_a_walk_goes_on_through_everything(house: Running) -> None:
    await until(lambda: _stored(house) > 600, "the walk is under way")
    before = await house.faults()
    assert before.keys() <= {"insole-not-found"}, before

    await bad_notifications(house)
    await foreign_messages(house)
    await a_reply_to_nothing(house)
    await a_second_left_insole(house)
    await a_full_disk(house)

    await asyncio.sleep(2)
    assert await house.feet.finish(), "rows are still in the spool"
    await until(lambda: house.half.stores.recordings.open_walk("p1") is None, "the walk is closed")
    books = compose.books(house.feet, house.half)
    assert books["missing"] == {"left": 0, "right": 0}
    assert books["taken"] == books["received"] == books["published"] == books["stored"]
    assert books["stored"] == {side: house.insoles[side].taken for side in ("left", "right")}
    (kept,) = house.half.stores.journal.walks("p1")
    summary = json.loads(kept.summary)
    assert summary["coverage_pct"] == pytest.approx({"left": 100.0, "right": 100.0}, abs=0.5)
    assert summary["source"] == "left + right"
    assert {code for code, count in (await house.faults()).items() if count} >= {
        "frame-truncated", "frame-version", "frame-malformed", "payload-not-ours", "payload-version", "unknown-name",
        "side-taken", "disk-full",
    }  # fmt: skip


async def bad_notifications(house: Running) -> None:
    left = house.insoles["left"]
    device, data = left._device, left._database.data
    whole = bytes.fromhex("01000110") + bytes(13) + bytes(32)
    for wrong in (b"\x01", b"", whole[:9], b"\x09" + whole[1:], whole[:1] + b"\x77" + whole[2:], whole + b"!"):
        await device.notify_subscriber(left._listener, data, wrong)
    await house.counted(frame_truncated=2, frame_version=1, frame_malformed=2)
    async with asyncio.timeout(10):
        await _status_with(house, Side.LEFT, "frame-version")


async def foreign_messages(house: Running) -> None:
    readings = {side: [message async for message in _heard(house, ME.of_side(side, "samples"), 1)] for side in Side}
    wrong_version = msgspec.msgpack.encode({**msgspec.msgpack.decode(readings[Side.LEFT][0]), "v": 99})
    for side in Side:
        await house.publish(ME.of_side(side, "samples"), b"\xff\x00 not ours", b'{"kind": "samples"}', wrong_version)
        await house.publish(ME.of_side(side, "layout"), b"{]", b'{"kind": "layout", "v": 99}')
        await house.publish(ME.of_side(side, "status"), b"null", b'{"kind": "status", "v": 99}')
    await house.publish(ME.reply("x"), b"yes, seen", b'{"kind": "alert-reply", "v": 99}')
    await house.counted(payload_not_ours=9, payload_version=7)


async def a_reply_to_nothing(house: Running) -> None:
    reply = AlertReply(id="A3-left-0", do="acknowledge", by="a test", t_ns=1)
    await house.publish(ME.reply(reply.id), encode(reply))
    await house.counted(unknown_name=1)


async def a_second_left_insole(house: Running) -> None:
    await house.insoles[SECOND_LEFT].power_on()
    await house.counted(side_taken=2)  # each of the two is told
    await _status_with(house, Side.LEFT, "side-taken")
    assert house.insoles[SECOND_LEFT].connected


async def a_full_disk(house: Running) -> None:
    assert isinstance(house.half.stores.recordings, SqliteRecordings)
    database = house.half.stores.recordings._db
    with database.lock:
        (pages,) = database._writer.execute("PRAGMA page_count").fetchone()
        database._writer.execute(f"PRAGMA max_page_count={pages}")
    await house.counted(disk_full=2)
    stored = _stored(house)
    with database.lock:
        database._writer.execute(f"PRAGMA max_page_count={PLENTY_OF_PAGES}")
    await until(lambda: _stored(house) > stored + 400, "rows are stored again")


async def until(true: Callable[[], bool], what: str, within_s: float = 40.0) -> None:
    try:
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110 - the condition is anything, there is no event to wait for
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"waited {within_s} s for: {what}")


def _stored(house: Running) -> int:
    return sum(sum(info.rows.values()) for info in house.half.stores.recordings.walks())


async def _heard(house: Running, topic: str, count: int) -> AsyncIterator[bytes]:
    async with aiomqtt.Client(house.at.host, house.at.port) as client:
        await client.subscribe(topic)
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            yield message.payload
            count -= 1
            if not count:
                return


async def _status_with(house: Running, side: Side, code: str) -> None:
    """Wait for the retained status of a foot that names this fault; the foot is measured all the while."""
    async for payload in _heard(house, ME.of_side(side, "status"), 10_000):
        try:
            status = msgspec.json.decode(payload, type=Status)
        except msgspec.DecodeError:
            continue
        assert status.link is LinkState.STREAMING
        if status.faults.get(code):
            return
