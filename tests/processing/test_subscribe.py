from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiomqtt
import pytest
from broker_kit import Embedded, Mosquitto, free_port
from custody_kit import ADDRESS, until
from samples_kit import layout, samples

from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import Alert, AlertLevel, AlertState, Press
from ingest.wire.codec import encode
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import BootReceipt, Receipt, Samples
from processing.subscribe import Arrival, Subscriber

Broker = Mosquitto | Embedded
SAMPLES = ADDRESS.of_side(Side.LEFT, "samples")


@pytest.fixture(params=["mosquitto", "embedded"])
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Broker]:
    async with Mosquitto(tmp_path / "mosquitto") if request.param == "mosquitto" else Embedded() as it:
        yield it


def client(broker: Broker) -> aiomqtt.Client:
    return aiomqtt.Client(broker.address.host, broker.address.port)


async def connected(subscriber: Subscriber) -> None:
    await until(lambda: subscriber.connected)


async def take(subscriber: Subscriber, enough: Callable[[list[Arrival]], bool]) -> list[Arrival]:
    arrivals: list[Arrival] = []
    async with asyncio.timeout(15):
        async for arrival in subscriber.messages():
            arrivals.append(arrival)
            if enough(arrivals):
                return arrivals
    raise AssertionError("unreachable")


def receipt(session: str = "s") -> Receipt:
    return Receipt(insole="L1", side=Side.LEFT, session=session, boots=(BootReceipt(boot=1, stored_upto=9),))


def alert(alert_id: str = "a1") -> Alert:
    return Alert(
        id=alert_id,
        rule="r",
        level=AlertLevel.LOW,
        state=AlertState.ACTIVE,
        raised_t_ns=1,
        walk="w",
        text="t",
        evidence="e",
    )


async def test_messages_come_in_order_with_their_topic_taken_apart(broker: Broker) -> None:
    sent = [samples(20 * k) for k in range(50)]
    async with Subscriber(broker.address) as subscriber, client(broker) as insole:
        await connected(subscriber)
        for message in sent:
            await insole.publish(SAMPLES, encode(message), qos=1)
        arrivals = await take(subscriber, lambda so_far: len(so_far) == 50)
    assert [arrival.message for arrival in arrivals] == sent
    assert {(each.topic.hub, each.topic.person, each.topic.side) for each in arrivals} == {("h1", "p1", Side.LEFT)}


async def test_what_is_retained_is_there_at_once_and_its_end_is_told(broker: Broker) -> None:
    topic = ADDRESS.of_side(Side.LEFT, "layout")
    async with client(broker) as insole:
        await insole.publish(topic, encode(layout()), qos=1, retain=True)
        await insole.publish(ADDRESS.availability, "online", qos=1, retain=True)
        async with Subscriber(broker.address) as subscriber:
            seen = await take(subscriber, lambda so_far: len({str(each.topic) for each in so_far}) == 2)
            assert {layout(), "online"} == {each.message for each in seen}
            assert all(each.retained for each in seen)
            await insole.publish(topic, b"", qos=1, retain=True)
            last = (await take(subscriber, lambda so_far: so_far[-1].message is None))[-1]
    assert last.topic.side is Side.LEFT


async def test_what_is_not_ours_is_counted_and_the_rest_goes_on(broker: Broker) -> None:
    async with Subscriber(broker.address) as subscriber, client(broker) as stranger:
        await connected(subscriber)
        for payload in (b"hello", b"\xc1", b'{"kind":"samples"}', encode(layout()), b"\x81\xa1v\x09"):
            await stranger.publish(SAMPLES, payload, qos=1)
        await stranger.publish(ADDRESS.availability, "perhaps", qos=1)
        await stranger.publish("underfoot/1/h1/p1/left/samples/more", b"x", qos=1)
        await stranger.publish(SAMPLES, encode(samples(0)), qos=1)
        arrivals = await take(subscriber, lambda so_far: True)
    assert [arrival.message for arrival in arrivals] == [samples(0)]
    assert subscriber.faults.counts["payload-version"] == 1
    assert subscriber.faults.counts["payload-not-ours"] == 5


async def test_only_what_was_asked_for(broker: Broker) -> None:
    async with client(broker) as other:
        await other.publish("underfoot/1/h2/p1/left/layout", encode(layout()), qos=1, retain=True)
        await other.publish(ADDRESS.of_side(Side.RIGHT, "layout"), encode(layout()), qos=1, retain=True)
        async with Subscriber(broker.address, hub="h1", person="p1", carries=(Samples,)) as subscriber:
            await connected(subscriber)
            for topic in ("underfoot/1/h2/p1/left/samples", "underfoot/1/h1/p2/left/samples", SAMPLES):
                await other.publish(topic, encode(samples(0)), qos=1)
            arrivals = await take(subscriber, lambda so_far: True)
    assert [(each.topic.hub, each.topic.person) for each in arrivals] == [("h1", "p1")]


async def test_publishing_follows_the_rules_and_forget_removes(broker: Broker) -> None:
    topic = ADDRESS.alert("a1")
    async with Subscriber(broker.address) as subscriber:
        await connected(subscriber)
        assert await subscriber.publish(topic, alert())
        async with Subscriber(broker.address, carries=(Alert,)) as page:
            (first,) = await take(page, lambda so_far: True)
            assert (first.message, first.topic.alert_id) == (alert(), "a1")
            assert await subscriber.forget(topic)
            await take(page, lambda so_far: so_far[-1].message is None)
        with pytest.raises(UnderfootError) as wrong:
            await subscriber.publish(topic, receipt())
        assert wrong.value.code is FaultCode.UNKNOWN_NAME


@pytest.mark.expects_log
async def test_after_a_restart_of_the_broker_it_is_back_with_a_new_session_and_what_it_holds(broker: Broker) -> None:
    sessions: list[str] = []

    async def told(session: str) -> None:
        sessions.append(session)

    async with Subscriber(broker.address, on_connected=told) as subscriber:
        await until(lambda: len(sessions) == 1)
        await subscriber.publish(ADDRESS.alert("a1"), alert())
        await broker.restart()
        await until(lambda: len(sessions) == 2)
        assert len(set(sessions)) == 2
        assert subscriber.session == sessions[-1]
        async with Subscriber(broker.address, carries=(Alert,)) as page, client(broker) as insole:
            assert (await take(page, lambda so_far: True))[0].message == alert()
            await insole.publish(SAMPLES, encode(samples(0)), qos=1)
            assert (await take(subscriber, lambda so_far: True))[-1].message == samples(0)
    assert subscriber.faults.counts == {"broker-unreachable": 1}


@pytest.mark.expects_log
async def test_while_the_broker_is_away_retained_messages_wait_and_others_are_told_so(tmp_path: Path) -> None:
    port = free_port()
    async with Subscriber(BrokerAddress(host="127.0.0.1", port=port)) as subscriber:
        assert not await subscriber.publish(ADDRESS.alert("a1"), alert())
        assert not await subscriber.publish(ADDRESS.alert("a2"), alert("a2"))
        assert not await subscriber.forget(ADDRESS.alert("a2"))
        async with (
            Mosquitto(tmp_path / "late", port=port) as broker,
            Subscriber(broker.address, carries=(Alert,)) as page,
        ):
            got = await take(page, lambda so_far: so_far[-1].message == alert())
            assert [each.message for each in got if each.message is not None] == [alert()]


@pytest.mark.expects_log
async def test_a_publish_under_way_when_the_broker_dies_does_not_wait_its_time_out(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "m") as broker, Subscriber(broker.address, ack_timeout_s=60) as subscriber:
        await connected(subscriber)
        assert broker._process is not None
        broker._process.send_signal(19)  # SIGSTOP: connected, answers nothing
        publishing = asyncio.create_task(subscriber.publish(ADDRESS.alert("a1"), alert()))
        await asyncio.sleep(0.1)
        assert not publishing.done()
        broker.kill()
        assert not await asyncio.wait_for(publishing, 10)


async def test_a_small_queue_holds_back_and_loses_nothing(broker: Broker) -> None:
    async with Subscriber(broker.address, queue=3) as subscriber, client(broker) as insole:
        await connected(subscriber)
        for k in range(40):
            await insole.publish(SAMPLES, encode(samples(20 * k)), qos=1)
        await asyncio.sleep(0.2)
        arrivals = await take(subscriber, lambda so_far: len(so_far) == 40)
    assert [each.message for each in arrivals] == [samples(20 * k) for k in range(40)]


async def test_a_button_that_the_broker_keeps_pressed_is_not_pressed_again(broker: Broker) -> None:
    pressed = encode(Press(do="acknowledge"))
    async with client(broker) as hub:
        await hub.publish(ADDRESS.press, pressed, qos=1, retain=True)
        async with Subscriber(broker.address) as subscriber:
            await connected(subscriber)
            await hub.publish(ADDRESS.press, pressed, qos=1)
            await hub.publish(SAMPLES, encode(samples(0)), qos=1)
            arrivals = await take(subscriber, lambda so_far: isinstance(so_far[-1].message, Samples))
    assert [type(each.message) for each in arrivals] == [Press, Samples]


async def test_topics_of_others_are_overheard_and_never_arrive(broker: Broker) -> None:
    heard: list[bytes] = []
    async with (
        Subscriber(broker.address, overhears={"homeassistant/status": heard.append}) as subscriber,
        client(broker) as hub,
    ):
        await connected(subscriber)
        await hub.publish("homeassistant/status", b"online", qos=1)
        await hub.publish("homeassistant/else", b"x", qos=1)
        await hub.publish(SAMPLES, encode(samples(0)), qos=1)
        arrivals = await take(subscriber, lambda so_far: True)
    assert heard == [b"online"]
    assert [each.message for each in arrivals] == [samples(0)]


async def test_a_broker_that_keeps_others_topics_to_itself_still_hands_over_ours(tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic readwrite underfoot/1/#\n")
    (tmp_path / "acl").chmod(0o600)
    extra = f"allow_anonymous true\nacl_file {tmp_path / 'acl'}"
    async with (
        Mosquitto(tmp_path / "m", extra) as broker,
        Subscriber(
            broker.address, presence=ADDRESS.processing, overhears={"homeassistant/status": print}
        ) as subscriber,
        client(broker) as insole,
    ):
        await connected(subscriber)
        await insole.publish(SAMPLES, encode(samples(0)), qos=1)
        arrivals = await take(subscriber, lambda so_far: isinstance(so_far[-1].message, Samples))
        assert arrivals[-1].message == samples(0)
        await subscriber.announce("homeassistant/device/x/config", b"{}", retain=True)
        assert subscriber.connected
