"""Real brokers for tests, on a free loopback port: Mosquitto and the embedded one; both can be started again."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ingest.wire.address import BrokerAddress
from underfoot.broker import EmbeddedBroker

LOOPBACK = "127.0.0.1"
_AS_US = "user root\n" if os.geteuid() == 0 else ""  # else it becomes a user who cannot read the test's files


def mosquitto_path() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _spawn(command: list[str], log: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=log, stderr=log)


class Mosquitto:
    """A Mosquitto of its own. `extra`: further lines of its configuration."""

    def __init__(self, folder: Path, extra: str = "allow_anonymous true", port: int | None = None) -> None:
        self.port = free_port() if port is None else port
        self._folder = folder
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> BrokerAddress:
        return BrokerAddress(host=LOOPBACK, port=self.port)

    async def start(self) -> None:
        program = mosquitto_path()
        if program is None:
            raise RuntimeError("mosquitto is missing: install Debian's package mosquitto")
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} {LOOPBACK}\npersistence false\nset_tcp_nodelay true\n{_AS_US}{self._extra}\n"
        )
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = _spawn([program, "-c", str(config)], log)
        for _ in range(200):
            if self._process.poll() is not None:
                raise RuntimeError((self._folder / "mosquitto.log").read_text())
            with suppress(OSError):
                _, writer = await asyncio.open_connection(LOOPBACK, self.port)
                writer.close()
                return
            await asyncio.sleep(0.02)
        raise RuntimeError("mosquitto does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    stop = kill

    async def restart(self, away_s: float = 0.0) -> None:
        self.kill()
        await asyncio.sleep(away_s)
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


class Embedded:
    """The embedded broker with the handles of `Mosquitto`; a restart keeps the port and forgets everything else."""

    def __init__(self, port: int = 0) -> None:
        self._broker = EmbeddedBroker(port)

    @property
    def address(self) -> BrokerAddress:
        return self._broker.address

    async def restart(self, away_s: float = 0.0) -> None:
        port = self.address.port
        await self._broker.__aexit__(None, None, None)
        await asyncio.sleep(away_s)
        self._broker = EmbeddedBroker(port)
        await self._broker.__aenter__()

    async def __aenter__(self) -> Self:
        await self._broker.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._broker.__aexit__(kind, error, trace)
