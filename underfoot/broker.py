"""The embedded broker, for a machine where none is configured: this machine alone, nothing kept on disk.

A real installation wants Mosquitto: amqtt loses queued messages at a restart and does not hold its access lists.
Our custody rests on receipts and not on the broker, so neither loses a sample.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from ingest.wire.address import BrokerAddress
from ingest.wire.faults import FaultCode, UnderfootError

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_ANYONE = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


class EmbeddedBroker:
    """An MQTT 3.1.1 broker on loopback while the context is open. `port` 0: any free one.

    :raises UnderfootError: BROKER_NOT_LOOPBACK for any other host; PORT_IN_USE on entering.
    """

    def __init__(self, port: int = 1883, host: str = LOOPBACK) -> None:
        if host != LOOPBACK:
            raise UnderfootError(FaultCode.BROKER_NOT_LOOPBACK, f"it was asked to serve {host}")
        self._port = port
        self._broker: Any = None
        self._serving: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        from amqtt.broker import Broker
        from amqtt.contexts import BrokerConfig, ListenerConfig
        from amqtt.errors import BrokerError

        _quiet()
        listener = ListenerConfig(bind=f"{LOOPBACK}:{self._port}")
        broker = Broker(BrokerConfig(listeners={"default": listener}, plugins=dict(_ANYONE)))
        broker.stream_connected = self._tend(broker.stream_connected)
        try:
            await broker.start()
        except BrokerError as error:
            if getattr(error.__cause__, "errno", None) == errno.EADDRINUSE:
                detail = (
                    f"{LOOPBACK}:{self._port}, for the embedded broker; if a broker runs there, set broker.url to it"
                )
                raise UnderfootError(FaultCode.PORT_IN_USE, detail) from error
            raise UnderfootError(FaultCode.INTERNAL, f"the embedded broker does not start: {error}") from error
        self._broker = broker
        # amqtt has no public way to ask which port the system chose
        self._port = broker._servers["default"].instance.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        broker, self._broker = self._broker, None
        if broker is None:
            return
        await broker.shutdown()
        left_over = list(self._serving)
        while any(not serving.done() for serving in left_over):  # amqtt's wait_for may swallow one cancellation
            for serving in left_over:
                serving.cancel()
            await asyncio.wait(left_over, timeout=0.5)

    def _tend(self, serve: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """amqtt leaves connections open, after their client has gone and after its own end; so each is closed here."""

        async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, **listener: Any) -> None:
            serving = asyncio.ensure_future(serve(reader, writer, **listener))
            self._serving.add(serving)
            try:
                await asyncio.wait([serving])
            finally:
                self._serving.discard(serving)
                writer.transport.abort()
                if serving.done() and not serving.cancelled() and (error := serving.exception()) is not None:
                    _log.info("the embedded broker dropped a connection: %r", error)

        return serve_and_close

    @property
    def address(self) -> BrokerAddress:
        return BrokerAddress(host=LOOPBACK, port=self._port)


def _quiet() -> None:
    """amqtt logs every lost connection as a warning and its start as an error with a trace; ours say what matters."""
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
