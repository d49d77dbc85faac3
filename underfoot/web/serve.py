"""uvicorn inside our own event loop: our signals, our port, our shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.web.patience import PatientProtocol

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - to be told apart, not bound


@dataclass(frozen=True, slots=True)
class Served:
    """Where the page is."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/"

    @property
    def told(self) -> str:
        """What somebody can open: 0.0.0.0 is everywhere, and no address of a browser."""
        if self.host not in _EVERYWHERE:
            return self.url
        return f"http://127.0.0.1:{self.port}/ here, and at port {self.port} of this machine's address elsewhere"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # uvicorn's own has no types
        """Signals belong to the program that the page runs in."""
        yield


@contextlib.asynccontextmanager
async def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8099) -> AsyncIterator[Served]:
    """Serve the page while the context is open. Port 0: any free one.

    :raises UnderfootError: PORT_IN_USE, before anything has started; CONFIG_INVALID for an address that is not ours.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is whoever connects: a header must not make somebody the home hub
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]), name="page")
    try:
        while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has a flag, no event
            await asyncio.sleep(0.01)
        yield Served(host, int(listener.getsockname()[1]))
    finally:
        await app.state.lives.close()
        server.should_exit = True
        await running
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return _bound(family, address)
    except OSError as error:
        code = FaultCode.PORT_IN_USE if error.errno == errno.EADDRINUSE else FaultCode.CONFIG_INVALID
        raise UnderfootError(code, f"{host}:{port}, {error.strerror or error}") from error


def _bound(family: int, address: object) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)  # type: ignore[arg-type]  # getaddrinfo's, whose kind goes with the family
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
