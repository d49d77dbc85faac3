"""Broker → messages: the other door of aiomqtt.

Nothing may rest on a message arriving: while the connection is away, messages are lost. Custody is by receipts, so
after every connection the caller is told (`on_connected`) and publishes its receipts under the new session.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self
from uuid import uuid4

import aiomqtt

from ingest.wire import topics
from ingest.wire.address import BrokerAddress
from ingest.wire.alerts import AlertReply, Press
from ingest.wire.codec import encode
from ingest.wire.entries import Entry
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage, Layout, Samples, Status, Temperature
from processing.hearing import Arrival, filters_of, read, tls_context

__all__ = ["FROM_INGEST", "Arrival", "Subscriber"]

_log = logging.getLogger(__name__)
_paho_log = logging.getLogger("mqtt.processing")
_paho_log.setLevel(logging.CRITICAL)  # it calls every lost connection an error; an outage is told once, below

_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.2, 5.0
# A clean session forgets what was under way whatever its QoS; at 1, amqtt may hold everything up for 5 s, because it
# misses acknowledgements that come back at once.
_HEARING_QOS = 0
_REFUSED = frozenset({134, 135})  # bad user or password, not authorised
_GOOD_BYE_S = 1.0
FROM_INGEST: tuple[type[AnyMessage] | None, ...] = (
    *(Samples, Layout, Status, Temperature),
    *(AlertReply, Press, Entry),
    None,
)


class Subscriber:
    """Keeps a connection to the broker while the context is open, for ever, with a new client each time.

    :param hub, person: whose messages; None for all.
    :param carries: which kinds of message, None among them for availability.
    :param on_connected: awaited after each connection's subscriptions stand, with the session's new name.
    :param presence: a topic that says online while we are connected, and offline after, by last will if need be.
    :param overhears: topics that are not ours, each with who is told of what comes there; must be quick.
    :param on_arrival: told of each arrival before it is queued; must be quick.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        hub: str | None = None,
        person: str | None = None,
        carries: Iterable[type[AnyMessage] | None] = FROM_INGEST,
        on_connected: Callable[[str], Awaitable[None]] | None = None,
        presence: str | None = None,
        overhears: Mapping[str, Callable[[bytes], None]] | None = None,
        on_arrival: Callable[[Arrival], None] | None = None,
        faults: FaultBook | None = None,
        queue: int = 10_000,
        ack_timeout_s: float = 5.0,
    ) -> None:
        self.faults = FaultBook() if faults is None else faults
        self.session = ""
        self._broker = broker
        self._carries = frozenset(carries)
        self._filters = tuple(filters_of(hub or "+", person or "+", self._carries))
        self._whose = (hub, person)
        self._on_connected = on_connected
        self._presence = presence
        self._overhears = dict(overhears or {})
        self._on_arrival = on_arrival
        self._ack_timeout_s = ack_timeout_s
        self._tls = tls_context(broker)
        self._arrivals: asyncio.Queue[Arrival] = asyncio.Queue(queue)
        self._client: aiomqtt.Client | None = None
        self._held: dict[str, bytes] = {}  # retained; b"" where one is to be removed
        self._publishing: set[asyncio.Task[None]] = set()
        self._outage = False
        self._retry_s = _FIRST_RETRY_S
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="subscriber")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._task is not None and not self._task.done():
            self._task.cancel()  # again if need be: `asyncio.wait_for`, on which aiomqtt waits, can swallow it
            await asyncio.wait([self._task], timeout=0.5)

    @property
    def connected(self) -> bool:
        return self._client is not None

    async def messages(self) -> AsyncIterator[Arrival]:
        """Everything that arrives, in its order. What cannot be read is counted in `faults` and left out."""
        while True:
            yield await self._arrivals.get()

    async def publish(self, topic: str, message: AnyMessage) -> bool:
        """Publish as `topics.RULES` says. Whether the broker has it; a retained one that it has not is sent later.

        :raises UnderfootError: UNKNOWN_NAME when the topic is not one of ours for this kind of message.
        """
        parsed = topics.parse(topic)
        if parsed is None or parsed.rule.carries is not type(message):
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"{topic} carries no {type(message).__name__}")
        return await self._put(topic, encode(message), parsed.rule.qos, retain=parsed.rule.retain)

    async def forget(self, topic: str) -> bool:
        """Remove a retained message from the broker, now or when it is back."""
        return await self._put(topic, b"", 1, retain=True)

    async def announce(self, topic: str, payload: bytes, *, retain: bool) -> bool:
        """Publish on a topic that is not ours, at QoS 1. As `publish`; an empty retained payload removes."""
        return await self._put(topic, payload, 1, retain=retain)

    async def _put(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> bool:
        if retain:
            self._held[topic] = payload
        client = self._client
        if client is None:
            return False
        publishing = asyncio.create_task(client.publish(topic, payload, qos=qos, retain=retain))
        self._publishing.add(publishing)
        try:
            await asyncio.wait([publishing])
        finally:
            publishing.cancel()
            self._publishing.discard(publishing)
        if publishing.cancelled() or publishing.exception() is not None:
            return False
        if retain and not payload and self._held.get(topic) == b"":
            del self._held[topic]
        return True

    async def _run(self) -> None:
        while True:
            try:
                await self._serve()
            except (aiomqtt.MqttError, UnderfootError) as error:
                self._note_outage(error)
            except Exception as error:  # noqa: BLE001 - the top of a task
                _log.exception("the connection broke in an unexpected way and is made again")
                self.faults.note(Fault(FaultCode.INTERNAL, f"subscribe: {error!r}"))
            await asyncio.sleep(self._retry_s)
            self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)

    async def _serve(self) -> None:
        async with self._connection() as client:
            granted = await client.subscribe([(each, _HEARING_QOS) for each in self._filters])
            if any(getattr(code, "value", code) >= 128 for code in granted):
                raise UnderfootError(FaultCode.BROKER_REFUSED, f"{self._broker}: not everything may be read")
            await self._overhear(client)
            self.session = uuid4().hex[:12]
            self._client, self._outage, self._retry_s = client, False, _FIRST_RETRY_S
            _log.info("connected to the broker at %s", self._broker)
            greeting = asyncio.create_task(self._greet(client))
            try:
                async for message in client.messages:
                    await self._take(message)
            finally:
                self._client = None
                for waiting in (greeting, *self._publishing):
                    waiting.cancel()  # no acknowledgement will come; without this they would wait their time out
                await asyncio.wait([greeting], timeout=0.5)
                with suppress(aiomqtt.MqttError, TimeoutError):
                    async with asyncio.timeout(_GOOD_BYE_S):
                        await self._be(topics.OFFLINE, client)

    async def _overhear(self, client: aiomqtt.Client) -> None:
        """A broker that keeps other people's topics from us is no reason to hear nothing."""
        for topic in self._overhears:
            granted = await client.subscribe(topic, _HEARING_QOS)
            if any(getattr(code, "value", code) >= 128 for code in granted):
                self.faults.note(Fault(FaultCode.BROKER_REFUSED, f"{self._broker}: {topic} may not be read"))

    async def _be(self, word: str, client: aiomqtt.Client) -> None:
        if self._presence is not None:
            await client.publish(self._presence, word, qos=1, retain=True)

    async def _greet(self, client: aiomqtt.Client) -> None:
        """Bring a broker that may have forgotten everything up to date."""
        try:
            await self._be(topics.ONLINE, client)
            for topic, payload in list(self._held.items()):
                if self._held.get(topic) == payload:
                    await client.publish(topic, payload, qos=1, retain=True)
                    if not payload:
                        self._held.pop(topic, None)
            if self._on_connected is not None:
                await self._on_connected(self.session)
        except aiomqtt.MqttError:
            pass  # the connection is gone; the next one is greeted again
        except Exception as error:  # noqa: BLE001 - the top of a task
            _log.exception("what was to follow a connection failed")
            self.faults.note(Fault(FaultCode.INTERNAL, f"subscribe: {error!r}"))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiomqtt.Client]:
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.user,
            password=self._broker.password,
            identifier=f"underfoot-processing-{uuid4().hex[:12]}",  # never used twice: some brokers keep the old one
            will=None if self._presence is None else aiomqtt.Will(self._presence, topics.OFFLINE, qos=1, retain=True),
            tls_context=self._tls,
            timeout=self._ack_timeout_s,
            keepalive=15,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            logger=_paho_log,
        )
        client.pending_calls_threshold = 1000
        entering = asyncio.ensure_future(client.__aenter__())
        try:
            await asyncio.shield(entering)  # cut off in the middle it would leave a socket behind
        except asyncio.CancelledError:
            with suppress(aiomqtt.MqttError):
                await entering
                await client.__aexit__(None, None, None)
            raise
        try:
            yield client
        finally:
            with suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)
            if client._disconnected.done() and not client._disconnected.cancelled():
                client._disconnected.exception()  # aiomqtt leaves it unread, and asyncio would complain

    async def _take(self, message: aiomqtt.Message) -> None:
        """Queue it; while the caller is behind, messages stay with aiomqtt, whose own queue has no bound."""
        payload = message.payload if isinstance(message.payload, bytes) else b""
        if message.topic.value in self._overhears:
            self._overhears[message.topic.value](payload)
            return
        parsed = topics.parse(message.topic.value)
        if message.retain and parsed is not None and parsed.rule.carries is Press:
            return  # a button was pressed at a moment; kept by the broker, it would be pressed at every connection
        if parsed is None or not self._asked_for(parsed):
            return  # amqtt hands retained messages to whoever connects, asked for or not
        try:
            arrival = Arrival(parsed, read(payload, parsed), bool(message.retain))
        except UnderfootError as error:
            self.faults.note(error.fault)
            _log.info("%s: %s", message.topic.value, error.fault)
        else:
            await self._heed(arrival, message.topic.value)
            await self._arrivals.put(arrival)

    async def _heed(self, arrival: Arrival, topic: str) -> None:
        """The will of a connection that hung may come when the next one stands: then it is not true."""
        if topic == self._presence and arrival.message == topics.OFFLINE and self._client is not None:
            await self._be(topics.ONLINE, self._client)
        if self._on_arrival is not None:
            self._on_arrival(arrival)

    def _asked_for(self, parsed: topics.Parsed) -> bool:
        hub, person = self._whose
        if parsed.rule.carries not in self._carries:
            return False
        return hub in (None, parsed.hub) and (person in (None, parsed.person) or not parsed.person)

    def _note_outage(self, error: Exception) -> None:
        """An outage is noted and told once, however often the broker is tried meanwhile."""
        if self._outage:
            return
        self._outage = True
        fault = error.fault if isinstance(error, UnderfootError) else _fault_of(self._broker, error)
        self.faults.note(fault)
        _log.warning("%s", fault)


def _fault_of(broker: BrokerAddress, error: Exception) -> Fault:
    refused = isinstance(error, aiomqtt.MqttCodeError) and getattr(error.rc, "value", None) in _REFUSED
    code = FaultCode.BROKER_REFUSED if refused else FaultCode.BROKER_UNREACHABLE
    return Fault(code, f"{broker}: {error}")
