"""Home Assistant is told who is here, again when it starts, and no more when it is switched off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from broker_kit import Embedded, Mosquitto
from custody_kit import ADDRESS, until
from home_assistant_kit import complaints
from samples_kit import layout

from ingest.wire import topics
from ingest.wire.codec import encode
from ingest.wire.geometry import Side
from processing.notify.announcer import Announcer
from processing.notify.discovery import discovery_topic
from processing.subscribe import Subscriber

Broker = Mosquitto | Embedded
PREFIX = "homeassistant"
DEVICE = discovery_topic(PREFIX, ADDRESS)


@pytest.fixture(params=["mosquitto", "embedded"])
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Broker]:
    async with Mosquitto(tmp_path / "mosquitto") if request.param == "mosquitto" else Embedded() as it:
        yield it


class Hub:
    """Listens where Home Assistant listens."""

    def __init__(self) -> None:
        self.came: list[tuple[bytes, bool]] = []
        self.words: list[str] = []  # of processing's presence

    @property
    def devices(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload, _ in self.came if payload]


@asynccontextmanager
async def hub_at(broker: Broker) -> AsyncIterator[Hub]:
    hub = Hub()
    async with aiomqtt.Client(broker.address.host, broker.address.port) as client:
        await client.subscribe([(DEVICE, 1), (ADDRESS.processing, 1)])

        async def listen() -> None:
            async for message in client.messages:
                payload = bytes(message.payload)
                if message.topic.value == DEVICE:
                    hub.came.append((payload, bool(message.retain)))
                elif message.topic.value == ADDRESS.processing:
                    hub.words.append(payload.decode())

        listening = asyncio.create_task(listen())
        try:
            yield hub
        finally:
            listening.cancel()


@asynccontextmanager
async def processing(broker: Broker, *, enabled: bool = True) -> AsyncIterator[Subscriber]:
    announcer = Announcer(version="1", prefix=PREFIX, enabled=enabled)
    subscriber = Subscriber(
        broker.address,
        hub=ADDRESS.hub,
        presence=ADDRESS.processing,
        overhears={announcer.hub_topic: announcer.hub_said},
        on_arrival=announcer.arrived,
    )
    async with subscriber:
        await until(lambda: subscriber.connected)
        hearing = asyncio.create_task(drain(subscriber))
        announcing = asyncio.create_task(announcer.run(subscriber.announce))
        try:
            yield subscriber
        finally:
            announcing.cancel()
            hearing.cancel()


async def drain(subscriber: Subscriber) -> None:
    async for _ in subscriber.messages():
        pass


async def say(broker: Broker, topic: str, payload: bytes, *, retain: bool = False) -> None:
    async with aiomqtt.Client(broker.address.host, broker.address.port) as client:
        await client.publish(topic, payload, qos=1, retain=retain)


async def meet(broker: Broker, model: str = "X16") -> None:
    known = encode(layout())
    said = json.loads(known) | {"model": model}
    await say(broker, ADDRESS.of_side(Side.LEFT, "layout"), json.dumps(said).encode(), retain=True)


async def test_an_insole_that_becomes_known_is_announced_once_and_again_when_it_changes(broker: Broker) -> None:
    async with hub_at(broker) as hub, processing(broker):
        await meet(broker)
        await until(lambda: len(hub.devices) == 1)
        assert complaints(PREFIX, DEVICE, json.dumps(hub.devices[0]).encode()) == []
        assert hub.devices[0]["device"]["model"] == "X16"
        await meet(broker)
        await meet(broker, "Y2")
        await until(lambda: len(hub.devices) == 2)
        assert hub.devices[1]["device"]["model"] == "Y2"
    async with hub_at(broker) as later:
        await until(lambda: later.came)
        assert later.came[0][1], "retained"


async def test_it_is_said_again_when_home_assistant_starts(broker: Broker) -> None:
    async with hub_at(broker) as hub, processing(broker):
        await meet(broker)
        await until(lambda: len(hub.devices) == 1)
        await say(broker, "homeassistant/status", b"offline")
        await say(broker, "homeassistant/status", b"online")
        await until(lambda: len(hub.devices) == 2)
        assert hub.devices[0] == hub.devices[1]


@pytest.mark.expects_log
async def test_a_broker_that_forgot_is_told_again(broker: Broker) -> None:
    async with hub_at(broker) as hub, processing(broker) as subscriber:
        await meet(broker)
        await until(lambda: len(hub.devices) == 1)
        await broker.restart()
        await until(lambda: subscriber.connected, 20)
        async with hub_at(broker) as later:
            await until(lambda: later.came and later.words, 20)
            assert later.words[-1] == topics.ONLINE
            assert later.devices == hub.devices


async def test_switched_off_it_takes_back_what_was_announced(broker: Broker) -> None:
    async with processing(broker), hub_at(broker) as hub:
        await meet(broker)
        await until(lambda: hub.devices)
    async with hub_at(broker) as hub, processing(broker, enabled=False):
        await until(lambda: hub.came and hub.came[-1] == (b"", False))
        await say(broker, "homeassistant/status", b"online")
    async with hub_at(broker) as later:
        await until(lambda: bool(later.words))
        assert later.came == []


async def test_presence_is_told_at_the_start_and_at_the_end(broker: Broker) -> None:
    async with hub_at(broker) as hub:
        async with processing(broker):
            await until(lambda: hub.words == [topics.ONLINE])
        await until(lambda: hub.words == [topics.ONLINE, topics.OFFLINE])


async def test_a_will_that_comes_late_is_put_right(broker: Broker) -> None:
    async with hub_at(broker) as hub, processing(broker):
        await until(lambda: hub.words == [topics.ONLINE])
        await say(broker, ADDRESS.processing, b"offline", retain=True)
        await until(lambda: hub.words[-2:] == [topics.OFFLINE, topics.ONLINE])
