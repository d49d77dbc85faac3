"""Real time-series servers for tests, on free loopback ports with their data in a temporary folder.

InfluxDB's own engine is version 1.6 from Debian, which knows the version-1 paths only: a translator in front of it
answers `/api/v2/write` and checks the token as version 2 does. VictoriaMetrics takes `/api/v2/write` itself.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Protocol
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

TOKEN = "a token for tests"
ORG, BUCKET = "underfoot", "walks"
_START_S = 30.0

Stored = dict[int, float]  # time in whole ms → value


class Server(Protocol):
    """A server that can be written to through the v2 paths, stopped, started again and asked what it has."""

    name: str
    url: str
    overwrites: bool  # a new value for the same time takes the old one's place

    def start(self) -> None: ...

    def stop(self) -> None:
        """As hard as the server's own promise allows: what it has answered 204 for must be there afterwards."""

    def stored(self, measurement: str, field: str, **tags: str) -> Stored: ...


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: install Debian's package {package} (`make test` does)")
    return found


def _ask(url: str, data: bytes | None = None) -> bytes:
    with urllib.request.urlopen(url, data, timeout=10) as answer:
        return bytes(answer.read())


class _Process:
    """A server program and its log."""

    def __init__(self, command: list[str], log: Path, alive_url: str) -> None:
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        deadline = time.monotonic() + _START_S
        while not _answers(alive_url):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.end(signal.SIGKILL)
                pytest.fail(f"{command[0]} did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)

    def end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(20)


def _answers(url: str) -> bool:
    try:
        _ask(url)
    except (urllib.error.URLError, OSError):
        return False
    return True


class InfluxEngine:
    """InfluxDB 1.6 behind the translator. `stop` is a kill -9: it has every point in its log on disk."""

    name = "InfluxDB 1.6"
    overwrites = True

    def __init__(self, folder: Path) -> None:
        self._influxd = _program("influxd", "influxdb")
        self._folder = folder
        self._engine_port, self._rpc_port, self._port = free_port(), free_port(), free_port()
        self._engine = f"http://127.0.0.1:{self._engine_port}"
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: _Process | None = None
        self._translator: ThreadingHTTPServer | None = None
        (folder / "influxdb.conf").write_text(self._config())

    def _config(self) -> str:
        return f"""
reporting-disabled = true
bind-address = "127.0.0.1:{self._rpc_port}"
[meta]
  dir = "{self._folder}/meta"
[data]
  dir = "{self._folder}/data"
  wal-dir = "{self._folder}/wal"
[http]
  bind-address = "127.0.0.1:{self._engine_port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""

    def start(self) -> None:
        command = [self._influxd, "run", "-config", str(self._folder / "influxdb.conf")]
        self._process = _Process(command, self._folder / "log", f"{self._engine}/ping")
        _ask(f"{self._engine}/query", urlencode({"q": f"CREATE DATABASE {BUCKET}"}).encode())
        self._translator = _Translator(self._port, self._engine)
        Thread(target=self._translator.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._process is None or self._translator is None:
            return
        self._process.end(signal.SIGKILL)
        self._translator.shutdown()
        self._translator.server_close()
        self._process = self._translator = None

    def put(self, line: str) -> None:
        """Write past underfoot, as another program would."""
        _ask(f"{self._engine}/write?db={BUCKET}", line.encode())

    def stored(self, measurement: str, field: str, **tags: str) -> Stored:
        where = " AND ".join(f"\"{key}\" = '{value}'" for key, value in tags.items()) or "true"
        asked = urlencode(
            {"db": BUCKET, "epoch": "ns", "q": f'SELECT "{field}" FROM "{measurement}" WHERE {where}'}, quote_via=quote
        )
        answer = json.loads(_ask(f"{self._engine}/query?{asked}"))["results"][0]
        assert "error" not in answer, answer
        rows = answer.get("series", [{"values": []}])[0]["values"]
        return {t_ns // 1_000_000: float(value) for t_ns, value in rows}


class _Translator(ThreadingHTTPServer):
    """`/api/v2/write` with a token becomes `/write`; errors come back in version 2's form."""

    daemon_threads = True

    def __init__(self, port: int, engine: str) -> None:
        self.engine = engine
        super().__init__(("127.0.0.1", port), _Translation)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is none of the test's business."""


class _Translation(BaseHTTPRequestHandler):
    server: _Translator

    def do_POST(self) -> None:
        asked = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if asked.path != "/api/v2/write":
            self._answer(404, "not found", f"no such path: {asked.path}")
        elif self.headers.get("Authorization") != f"Token {TOKEN}":
            self._answer(401, "unauthorized", "unauthorized access")
        else:
            self._write(parse_qs(asked.query), body)

    def _write(self, asked: dict[str, list[str]], body: bytes) -> None:
        precision = {"ns": "n"}.get(asked["precision"][0], asked["precision"][0])
        into = urlencode({"db": asked["bucket"][0], "precision": precision})
        try:
            _ask(f"{self.server.engine}/write?{into}", body)
        except urllib.error.HTTPError as error:
            with error:
                told = json.loads(error.read()).get("error", "")
            self._answer(error.code, {400: "invalid", 404: "not found"}.get(error.code, "internal error"), told)
        except OSError as error:
            self._answer(503, "unavailable", str(error))
        else:
            self.send_response(204)
            self.end_headers()

    def _answer(self, status: int, code: str, message: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"code": code, "message": message}).encode())

    def log_message(self, *_: object) -> None:
        """The test's own output stays clean."""


class VictoriaMetrics:
    """VictoriaMetrics. `stop` lets it flush: after a 204 it holds points in memory for some seconds."""

    name = "VictoriaMetrics"
    overwrites = False

    def __init__(self, folder: Path) -> None:
        self._program = _program("victoria-metrics", "victoria-metrics")
        self._folder = folder
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: _Process | None = None

    def start(self) -> None:
        command = [
            self._program,
            f"-httpListenAddr=127.0.0.1:{self._port}",
            f"-storageDataPath={self._folder / 'data'}",
            "-retentionPeriod=100y",
            "-dedup.minScrapeInterval=1ms",  # without it a point sent twice is there twice
            "-memory.allowedBytes=256MB",
        ]
        self._process = _Process(command, self._folder / "log", f"{self.url}/health")

    def stop(self) -> None:
        if self._process is not None:
            self._process.end(signal.SIGTERM)
            self._process = None

    def stored(self, measurement: str, field: str, **tags: str) -> Stored:
        _ask(f"{self.url}/internal/force_flush")
        labels = ",".join(
            f"{key}={json.dumps(value, ensure_ascii=False)}"
            for key, value in {"__name__": f"{measurement}_{field}", **tags}.items()
        )
        asked = urlencode({"match[]": f"{{{labels}}}", "start": "0", "reduce_mem_usage": "0"})
        stored: Stored = {}
        for line in _ask(f"{self.url}/api/v1/export?{asked}").splitlines():
            series = json.loads(line)
            stored.update(zip(series["timestamps"], map(float, series["values"]), strict=True))
        return stored


SERVERS: dict[str, type[InfluxEngine] | type[VictoriaMetrics]] = {
    "influxdb": InfluxEngine,
    "victoria-metrics": VictoriaMetrics,
}
