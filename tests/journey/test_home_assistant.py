"""The home hub meets the service: it finds the wearer by itself, hears each alert once, and its button is heard."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from broker_kit import Mosquitto
from channel_kit import http_inbox
from custody_kit import until
from home_assistant_kit import Ignored, complaints, event_of, state_of
from journey_kit import House

from ingest.wire import topics
from ingest.wire.alerts import Alert, AlertLevel, AlertNews, AlertReply, AlertState, Audience, NewsKind
from ingest.wire.codec import encode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from ingest.wire.topics import Address
from processing.store.journal import Delivery, DeliveryState
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from underfoot.judging import processing
from underfoot.places import Places
from underfoot.settings import BrokerSettings, Settings, WebSettings

HOME = Address("home", "p1")
MIN = 60 * 10**9


class HomeAssistant:
    """Does with what comes what Home Assistant does: entities by discovery, states by template, events when live."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.entities: dict[str, dict[str, Any]] = {}
        self.states: dict[str, str | bool | None] = {}
        self.events: list[tuple[str, str]] = []  # what became of which alert
        self.announced = 0
        self.present: dict[str, str] = {}
        self.wrong: list[str] = []
        self._client = client
        self._latest: dict[str, tuple[bytes, bool]] = {}

    async def listen(self) -> None:
        await self._client.subscribe([("homeassistant/device/+/config", 1), ("underfoot/1/#", 1)])
        async for message in self._client.messages:
            topic, payload = message.topic.value, bytes(message.payload or b"")
            if topic.startswith("homeassistant/"):
                self.wrong += complaints("homeassistant", topic, payload)
                self.entities = json.loads(payload)["components"]
                self.announced += 1
                for known, (held, retained) in list(self._latest.items()):
                    self._take(known, held, retained=retained)
            else:
                self._latest[topic] = (payload, bool(message.retain))
                self._take(topic, payload, retained=bool(message.retain))

    def _take(self, topic: str, payload: bytes, *, retained: bool) -> None:
        if topic in (HOME.processing, HOME.availability):
            self.present[topic] = payload.decode()
        for name, entity in self.entities.items():
            if entity.get("state_topic") != topic or not payload:
                continue
            try:
                if entity["platform"] == "event":
                    self.events.append((event_of(entity, payload, retained=retained), json.loads(payload)["id"]))
                else:
                    self.states[name] = state_of(entity, payload)
            except Ignored:
                pass

    async def press(self, name: str) -> None:
        button = self.entities[name]
        await self._client.publish(button["command_topic"], button["payload_press"], qos=1, retain=button["retain"])

    async def start_again(self) -> None:
        await self._client.publish("homeassistant/status", "online", qos=1)

    async def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        await self._client.publish(topic, payload, qos=1, retain=retain)


@asynccontextmanager
async def home_assistant(broker: Mosquitto) -> AsyncIterator[HomeAssistant]:
    async with aiomqtt.Client(broker.address.host, broker.address.port) as client:
        hub = HomeAssistant(client)
        listening = asyncio.create_task(hub.listen())
        try:
            yield hub
        finally:
            listening.cancel()
    assert hub.wrong == []


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path / "mosquitto") as it:
        yield it


def settings(broker: Mosquitto, folder: Path) -> Settings:
    return Settings(
        data_dir=folder, broker=BrokerSettings(url=f"mqtt://{broker.address.host}:{broker.address.port}"),
        web=WebSettings(enabled=False),
    )  # fmt: skip


def open_alert(folder: Path, t_ns: int, name: str = "A1-left-1") -> Alert:
    """As an earlier start of the service has left it."""
    alert = Alert(
        id=name,
        rule="A1",
        level=AlertLevel.MEDIUM,
        state=AlertState.ACTIVE,
        raised_t_ns=t_ns,
        walk="w",
        side=Side.LEFT,
        text="Sit down.",
        evidence="e",
        sounded_t_ns=(t_ns,),
    )
    journal = SqliteJournal(Places(folder).journal)
    journal.put_alert("p1", alert, by="underfoot", t_ns=t_ns)
    journal.close()
    return alert


def status(t_ns: int) -> bytes:
    return encode(Status(insole="L1", side=Side.LEFT, t_ns=t_ns, link=LinkState.STREAMING, battery_pct=71))


def kept(folder: Path) -> Alert:
    (alert,) = SqliteJournalReader(Places(folder).journal).alerts("p1")
    return alert


async def test_the_wearer_is_found_shown_and_found_again(broker: Mosquitto, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    now_ns = time.time_ns()
    open_alert(data, now_ns - MIN)
    async with home_assistant(broker) as hub:
        async with processing(settings(broker, data), broker.address):
            await until(lambda: hub.entities)
            await hub.say(HOME.of_side(Side.LEFT, "status"), status(now_ns), retain=True)
            await until(lambda: hub.states.get("alert_open") is True)
            await until(lambda: hub.states.get("battery_left") == "71")
            assert hub.states["message"] == "Sit down."
            assert hub.states["connected_left"] is True
            assert hub.states["steps_today"] is None, "nothing measured is not 0"
            assert hub.present[HOME.processing] == topics.ONLINE
            before = hub.announced
            await hub.start_again()
            await until(lambda: hub.announced == before + 1)
        await until(lambda: hub.present[HOME.processing] == topics.OFFLINE)
    async with home_assistant(broker) as later:  # one that starts after us
        await until(lambda: later.entities and later.states.get("alert_open") is True)
        assert later.events == []


async def test_the_button_acknowledges_and_each_piece_of_news_comes_once(broker: Mosquitto, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    now_ns = time.time_ns()
    alert = open_alert(data, now_ns - MIN)
    async with home_assistant(broker) as hub, processing(settings(broker, data), broker.address):
        await until(lambda: hub.entities)
        await hub.say(HOME.of_side(Side.LEFT, "status"), status(now_ns), retain=True)
        await until(lambda: hub.states.get("alert_open") is True)
        await hub.press("acknowledge")
        await until(lambda: kept(data).acknowledged_by == "the home hub")
        assert kept(data).state is AlertState.ACKNOWLEDGED
        assert kept(data).acknowledged_t_ns == now_ns
        await hub.press("acknowledge")  # twice is once
        acknowledged = (str(NewsKind.ACKNOWLEDGED), alert.id)
        await until(lambda: acknowledged in hub.events)
        await hub.say(HOME.reply(alert.id), encode(AlertReply(id=alert.id, do="useful", by="x", t_ns=now_ns)))
        await until(lambda: kept(data).useful)
        assert hub.events.count(acknowledged) == 1
        replies = SqliteJournalReader(Places(data).journal).replies("p1", alert.id)
        assert [(each.do, each.by) for each in replies] == [("acknowledge", "the home hub"), ("useful", "x")]
    async with home_assistant(broker) as later:
        await until(lambda: later.entities)
        fresh = AlertNews(
            event_type=NewsKind.RAISED, id="fresh", rule="A1", level=AlertLevel.LOW, audience=Audience.PATIENT, text="",
            t_ns=now_ns, audible=False,
        )  # fmt: skip
        await later.say(HOME.alert_event, encode(fresh))
        await until(lambda: later.events)
        assert [name for _, name in later.events] == ["fresh"], "news is of the moment"


async def test_switched_off_nothing_is_announced(broker: Mosquitto, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    chosen = settings(broker, data)
    quiet = replace(chosen, notify=replace(chosen.notify, home_assistant=False))
    async with processing(chosen, broker.address), home_assistant(broker) as hub:
        await until(lambda: hub.announced)
    async with aiomqtt.Client(broker.address.host, broker.address.port) as client:
        await client.subscribe("homeassistant/#", 1)
        async with processing(quiet, broker.address), asyncio.timeout(20):
            async for message in client.messages:
                if not message.payload:
                    break
    async with aiomqtt.Client(broker.address.host, broker.address.port) as client:
        await client.subscribe([("homeassistant/#", 1), (HOME.processing, 1)])
        async for message in client.messages:
            assert message.topic.value == HOME.processing, "what was retained is gone"
            break


async def test_a_killed_service_is_unavailable_by_its_last_will(broker: Mosquitto, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    house = House(data, f"mqtt://{broker.address.host}:{broker.address.port}")
    async with home_assistant(broker) as hub:
        program = house.start("processing")
        try:
            await until(lambda: hub.present.get(HOME.processing) == topics.ONLINE, 30)
            program.send_signal(signal.SIGKILL)
            await until(lambda: hub.present[HOME.processing] == topics.OFFLINE)
        finally:
            program.kill()
            program.communicate()
        again = house.start("processing")
        try:
            await until(lambda: hub.present[HOME.processing] == topics.ONLINE, 30)
        finally:
            again.kill()
            again.communicate()


async def test_a_phone_is_told_once_however_often_the_service_starts(broker: Mosquitto, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    open_alert(data, time.time_ns() - MIN)
    with http_inbox() as inbox:
        chosen = settings(broker, data)
        chosen = replace(chosen, notify=replace(chosen.notify, channels={"phone": inbox.url()}))
        for _ in range(3):
            async with processing(chosen, broker.address):
                await until(lambda: [each.state for each in sent(data)] == [DeliveryState.DELIVERED])
                await asyncio.sleep(0.2)
    assert [each["message"].splitlines()[0] for each in inbox.came] == ["Sit down."]


def sent(folder: Path) -> tuple[Delivery, ...]:
    return SqliteJournalReader(Places(folder).journal).deliveries("p1")
