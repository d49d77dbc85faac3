"""Real servers behind channels: one that takes JSON over HTTP, one that takes mail; both on loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Inbox:
    """What came; `status` is what the server answers."""

    port: int = 0
    status: int = 200
    came: list[dict[str, Any]] = field(default_factory=list)

    def url(self, secret: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/{secret}"


@contextmanager
def http_inbox() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.came.append(json.loads(body))
            self.send_response(inbox.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        inbox.port = server.server_port
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            serving.join()


@asynccontextmanager
async def mail_inbox() -> AsyncIterator[Inbox]:
    """`came` holds {"text": the whole mail}; `status` 550 refuses every recipient."""
    inbox = Inbox()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                inbox.came.append({"text": text.decode()})
                writer.write(b"250 kept\r\n")
            elif word == b"RCPT" and inbox.status != 200:
                writer.write(f"{inbox.status} no such box\r\n".encode())
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 fine\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        inbox.port = server.sockets[0].getsockname()[1]
        yield inbox
