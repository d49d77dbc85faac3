"""Spool → broker: one of the two doors of aiomqtt.

Blocks go out in the order of the spool, the next only after the broker's acknowledgement, and leave the spool only on
a receipt of processing. So whatever breaks in between makes a block go out twice and never not at all.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import aiomqtt

from ingest.pump import Pump
from ingest.spool import Spool
from ingest.wire import topics
from ingest.wire.address import BrokerAddress
from ingest.wire.codec import decode
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage, Layout, LiveRequest, Receipt, Status

_log = logging.getLogger(__name__)
_paho_log = logging.getLogger("mqtt.ingest")
_paho_log.setLevel(logging.CRITICAL)  # it calls every lost connection an error; an outage is told once, below

_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.2, 5.0
_LONGEST_LIVE_S = 300.0
# A clean session forgets what was under way whatever its QoS; at 1, amqtt may hold everything up for 5 s, because it
# misses acknowledgements that come back at once.
_HEARING_QOS = 0
_GOOD_BYE_S = 1.0
_LAST_WORD_S = 0.1  # amqtt drops what it acknowledged just before a client disconnects
_REFUSED = frozenset({134, 135})  # bad user or password, not authorised


class Publisher:
    """Sends what the spool holds for one person, and what insoles say of themselves.

    :param pace_per_s: blocks a second at most, so that a long backlog leaves the hub and the broker room for live rows.
    :param resend_after_s: without any receipt for so long, the oldest blocks are sent again.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        address: topics.Address,
        spool: Spool,
        *,
        faults: FaultBook | None = None,
        pace_per_s: float = 200.0,
        in_flight: int = 16,
        ack_timeout_s: float = 5.0,
        resend_after_s: float = 15.0,
    ) -> None:
        self.faults = FaultBook() if faults is None else faults
        self._broker = broker
        self._address = address
        self._in_flight = in_flight
        self._ack_timeout_s = ack_timeout_s
        self._tls = _tls_context(broker)
        self._topics = (f"{address.base}/+/receipt", address.live)
        self._pump = Pump(
            spool, address, self.faults, pace_per_s=pace_per_s, in_flight=in_flight, resend_after_s=resend_after_s
        )
        self._stopping = asyncio.Event()
        self._connected = False
        self._outage = False
        self._live_until = 0.0

    @property
    def connected(self) -> bool:
        return self._connected

    @property
    def live(self) -> bool:
        """Somebody looks: send small blocks."""
        return _now_s() < self._live_until

    def wake(self) -> None:
        """The spool has something new."""
        self._pump.wake()

    def announce(self, message: Layout | Status) -> None:
        """Publish, retained, now or as soon as the broker is there; of each topic the latest alone."""
        self._pump.announce(message)

    async def drained(self, timeout_s: float) -> bool:
        """Wait until every block has its receipt; False when that took too long."""
        return await self._pump.drained(timeout_s)

    def stop(self) -> None:
        """End `run` in good order: say offline, disconnect. What is still in the spool stays there."""
        self._stopping.set()

    async def run(self) -> None:
        """Publish until stopped; a broker that is away is tried again for ever, with a new client each time."""
        wait_s = _FIRST_RETRY_S
        while not self._stopping.is_set():
            try:
                await self._serve()
            except (aiomqtt.MqttError, UnderfootError) as error:
                self._note_outage(error)
            except Exception as error:  # noqa: BLE001 - the top of a task
                _log.exception("publishing broke and is started again")
                self.faults.note(Fault(FaultCode.INTERNAL, f"publish: {error!r}"))
            if self._connected:
                self._connected, wait_s = False, _FIRST_RETRY_S
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()
            wait_s = min(2 * wait_s, _LONGEST_RETRY_S)

    async def _serve(self) -> None:
        """One connection, from birth to its end."""
        async with self._client() as client:
            granted = await client.subscribe([(topic, _HEARING_QOS) for topic in self._topics])
            if any(getattr(code, "value", code) >= 128 for code in granted):
                raise UnderfootError(FaultCode.BROKER_REFUSED, f"{self._broker}: receipts may not be read")
            await client.publish(self._address.availability, topics.ONLINE, qos=1, retain=True)
            self._pump.forget_what_was_said()
            self._connected, self._outage = True, False
            _log.info("connected to the broker at %s", self._broker)
            tasks: list[asyncio.Task[None]] = [
                asyncio.create_task(work) for work in (self._pump.run(client.publish), self._listen(client))
            ]
            stopping: asyncio.Task[Any] = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()
            finally:
                await _end({*tasks, stopping})
                with suppress(aiomqtt.MqttError, TimeoutError):
                    async with asyncio.timeout(_GOOD_BYE_S):
                        await self._pump.say(client.publish)
                        await client.publish(self._address.availability, topics.OFFLINE, qos=1, retain=True)
                        await asyncio.sleep(_LAST_WORD_S)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[aiomqtt.Client]:
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.user,
            password=self._broker.password,
            identifier=f"underfoot-ingest-{uuid4().hex[:12]}",  # never used twice: some brokers keep the old connection
            will=aiomqtt.Will(self._address.availability, topics.OFFLINE, qos=1, retain=True),
            tls_context=self._tls,
            timeout=self._ack_timeout_s,
            keepalive=15,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            logger=_paho_log,
        )
        client.pending_calls_threshold = 10 * self._in_flight
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

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            parsed = topics.parse(message.topic.value)
            ours = parsed is not None and (parsed.hub, parsed.person) == (self._address.hub, self._address.person)
            if parsed is None or not ours or parsed.rule.carries not in (Receipt, LiveRequest):
                continue  # amqtt hands retained messages to whoever connects, asked for or not
            if isinstance(message.payload, bytes) and message.payload:
                try:
                    await self._heed(decode(message.payload, parsed.rule.carries))
                except UnderfootError as error:
                    self._note(error.fault)

    async def _heed(self, message: AnyMessage) -> None:
        if isinstance(message, LiveRequest):
            self._live_until = max(self._live_until, _now_s() + min(message.seconds, _LONGEST_LIVE_S))
        elif isinstance(message, Receipt):
            await self._pump.heed(message)

    def _note(self, fault: Fault) -> None:
        self.faults.note(fault)
        _log.info("%s", fault)

    def _note_outage(self, error: Exception) -> None:
        """An outage is noted and told once, however often the broker is tried meanwhile."""
        if self._outage:
            return
        self._outage = True
        fault = error.fault if isinstance(error, UnderfootError) else _fault_of(self._broker, error)
        self.faults.note(fault)
        _log.warning("%s", fault)


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel until they have ended: `asyncio.wait_for`, on which aiomqtt waits, can swallow a cancellation."""
    while tasks:
        for task in tasks:
            task.cancel()
        done, tasks = await asyncio.wait(tasks, timeout=0.5)
        for task in done:
            if not task.cancelled():
                task.exception()


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _fault_of(broker: BrokerAddress, error: Exception) -> Fault:
    refused = isinstance(error, aiomqtt.MqttCodeError) and getattr(error.rc, "value", None) in _REFUSED
    code = FaultCode.BROKER_REFUSED if refused else FaultCode.BROKER_UNREACHABLE
    return Fault(code, f"{broker}: {error}")


def _tls_context(broker: BrokerAddress) -> ssl.SSLContext | None:
    if not broker.tls:
        return None
    try:
        return ssl.create_default_context(cafile=broker.ca_file)
    except OSError as error:  # an SSLError is one
        raise UnderfootError(FaultCode.CONFIG_INVALID, f"the authorities in {broker.ca_file}: {error}") from error
