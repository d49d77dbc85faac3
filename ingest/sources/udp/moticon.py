"""The Moticon OpenGo desktop app on this machine as two `Source`s, one for each foot, out of one socket.

A foot is searched for until the app sends pressures of it, streams while it does, and is lost after 3 s without.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from ingest.events import FaultSeen, LayoutSeen, LinkChanged, Request, Rows, SourceEvent
from ingest.sources.udp.moticon_lines import Line, RowMaker, layout_of, read_line
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

PORT = 8888
_SILENT_S = 3.0
_MOST_WAITING = 6000  # rows of a foot, a minute: when its reader lags for longer, further ones are lost
_LOOPBACK = "127.0.0.1"


def moticon_feet(
    insoles: dict[Side, str],
    port: int = PORT,
    *,
    silent_s: float = _SILENT_S,
    now_ns: Callable[[], int] = time.time_ns,
) -> tuple[MoticonSource, ...]:
    """A source for each foot of `insoles`. The port is open while any of them is read."""
    socket = _Socket(port, now_ns)
    return tuple(MoticonSource(socket, insole, side, silent_s, now_ns) for side, insole in insoles.items())


class MoticonSource:
    """One foot; make it with `moticon_feet`."""

    def __init__(self, socket: _Socket, insole: str, side: Side, silent_s: float, now_ns: Callable[[], int]) -> None:
        self.side = side
        self._socket = socket
        self._insole = insole
        self._silent_s = silent_s
        self._now_ns = now_ns
        self._stopping = asyncio.Event()

    @property
    def insole(self) -> str:
        return self._insole

    async def events(self) -> AsyncIterator[SourceEvent]:
        """As `Source.events`.

        :raises UnderfootError: PORT_IN_USE.
        """
        mail = await self._socket.join(self.side)
        stopping = asyncio.create_task(self._stopping.wait())
        loop = asyncio.get_running_loop()
        silent_at_s: float | None = None  # None: not streaming
        try:
            yield self._link(LinkState.SEARCHING)
            while (event := await self._next(mail, stopping, silent_at_s)) is not _STOPPED:
                if event is None:
                    silent_at_s = None
                    yield FaultSeen(Fault(FaultCode.LINK_SILENT, f"no pressures of the {self.side} foot came"))
                    yield self._link(LinkState.LOST)
                    yield self._link(LinkState.SEARCHING)
                    continue
                if isinstance(event, Rows):
                    if silent_at_s is None:
                        yield LayoutSeen(layout_of(self._insole, self.side))
                        yield self._link(LinkState.STREAMING)
                    silent_at_s = loop.time() + self._silent_s
                yield event
            yield self._link(LinkState.ENDED)
        finally:
            stopping.cancel()
            self._socket.leave(self.side)

    async def stop(self) -> None:
        self._stopping.set()

    def ask(self, request: Request) -> None:
        """The app remembers nothing that could be asked for."""

    async def _next(self, mail: _Mail, stopping: asyncio.Task[Any], silent_at_s: float | None) -> SourceEvent | None:
        """What came; None: no rows until then; `_STOPPED` when the source is stopped and all is read."""
        getting = asyncio.ensure_future(mail.get())
        left_s = None if silent_at_s is None else max(0.0, silent_at_s - asyncio.get_running_loop().time())
        try:
            await asyncio.wait({getting, stopping}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
            return _STOPPED if stopping.done() else None
        finally:
            getting.cancel()

    def _link(self, state: LinkState) -> LinkChanged:
        return LinkChanged(state, self._now_ns())


_STOPPED = LinkChanged(LinkState.ENDED, -1)
_Mail = asyncio.Queue[SourceEvent]


class _Socket(asyncio.DatagramProtocol):
    """Hands rows to each foot's reader. What cannot be read is no foot's in particular: both are told."""

    def __init__(self, port: int, now_ns: Callable[[], int]) -> None:
        self._port = port
        self._now_ns = now_ns
        self._mail: dict[Side, _Mail] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._opening = asyncio.Lock()
        self._maker: RowMaker | None = None

    async def join(self, side: Side) -> _Mail:
        mail = self._mail[side] = _Mail()
        async with self._opening:
            if self._transport is None:
                try:
                    loop = asyncio.get_running_loop()
                    self._transport, _ = await loop.create_datagram_endpoint(
                        lambda: self, local_addr=(_LOOPBACK, self._port)
                    )
                except OSError as error:
                    del self._mail[side]
                    raise UnderfootError(FaultCode.PORT_IN_USE, f"UDP {_LOOPBACK}:{self._port}: {error}") from error
        return mail

    def leave(self, side: Side) -> None:
        self._mail.pop(side, None)
        if not self._mail and self._transport is not None:
            self._transport.close()
            self._transport = None

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        now_ns = self._now_ns()
        try:
            self._take(read_line(data), now_ns)
        except UnderfootError as error:
            self._tell_all(error.fault)

    def _take(self, line: Line, now_ns: int) -> None:
        if self._maker is None:
            self._maker = RowMaker(now_ns)
        rows = self._maker.rows(line, now_ns)
        if isinstance(rows, Fault):
            self._tell_all(rows)
            return
        for side, mail in self._mail.items():
            if side in rows:
                _post(mail, rows[side])

    def _tell_all(self, fault: Fault) -> None:
        for mail in self._mail.values():
            _post(mail, FaultSeen(fault))


def _post(mail: _Mail, event: SourceEvent) -> None:
    if mail.qsize() < _MOST_WAITING:  # a gap in the numbers tells of what is left out
        mail.put_nowait(event)
