"""A server that is away, a writer that is killed, a line that is refused: no figure is lost, and none in silence."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from series_servers import BUCKET, ORG, SERVERS, TOKEN, InfluxEngine, Server, free_port

from ingest.wire.faults import FaultBook
from processing.store.influx import BackOff, InfluxSeries, InfluxTarget, Outcome
from processing.store.outbox import Outbox
from processing.store.series import Point

T0_NS = 1_700_000_000_000_000_000
STEP_NS = 100_000_000

WRITER = """
import asyncio, sys
from pathlib import Path
from processing.store.influx import InfluxSeries, InfluxTarget
from processing.store.outbox import Outbox
from processing.store.series import Point
path, url, token, org, bucket, first = sys.argv[1:]
series = InfluxSeries(InfluxTarget(url=url, token=token, org=org, bucket=bucket), Outbox(Path(path)))
async def write():
    sending = asyncio.create_task(series.run())
    for n in range(int(first), 10**9):
        t_ns = 1_700_000_000_000_000_000 + n * 100_000_000
        series.write([Point(t_ns=t_ns, person="killed", name="figures", fields={"n": n})])
        print(n, flush=True)
        await asyncio.sleep(0)
asyncio.run(write())
"""


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    running = SERVERS[request.param](tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[InfluxEngine]:
    running = InfluxEngine(tmp_path)
    running.start()
    yield running
    running.stop()


def target(url: str, token: str = TOKEN, bucket: str = BUCKET) -> InfluxTarget:
    return InfluxTarget(url=url, token=token, org=ORG, bucket=bucket, timeout_s=5.0)


def points(first: int, last: int, person: str = "p") -> list[Point]:
    return [Point(t_ns=T0_NS + n * STEP_NS, person=person, name="figures", fields={"n": n}) for n in range(first, last)]


def expected(last: int) -> dict[int, float]:
    return {(T0_NS + n * STEP_NS) // 1_000_000: float(n) for n in range(last)}


async def until_sent(outbox: Outbox) -> None:
    async with asyncio.timeout(30):
        while outbox.waiting_count:  # noqa: ASYNC110 (the outbox tells nobody that it is empty)
            await asyncio.sleep(0.02)


@pytest.mark.expects_log
async def test_an_outage_in_the_middle_of_a_walk_loses_no_point(server: Server, tmp_path: Path) -> None:
    faults = FaultBook()
    outbox = Outbox(tmp_path / "outbox.db")
    series = InfluxSeries(target(server.url), outbox, faults, BackOff(0.05, 0.4))
    sending = asyncio.create_task(series.run())

    async def walk(first: int, last: int) -> None:
        for start in range(first, last, 10):
            series.write(points(start, start + 10))
            await asyncio.sleep(0.002)

    await walk(0, 1_000)
    stopping = asyncio.create_task(asyncio.to_thread(server.stop))  # between two answers, or within one
    await walk(1_000, 3_000)
    await stopping
    await walk(3_000, 5_000)
    await asyncio.sleep(1.0)
    assert outbox.waiting_count >= 2_000
    await asyncio.to_thread(server.start)
    await walk(5_000, 6_000)
    await until_sent(outbox)
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    assert server.stored("figures", "n", person="p") == expected(6_000)
    assert outbox.refused_count == 0
    assert set(faults.counts) == {"store-unreachable"}
    series.close()


@pytest.mark.expects_log
def test_kill_9_of_the_writer_loses_nothing_that_was_accepted(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    accepted = 0
    for _ in range(3):
        accepted = _write_until_killed(path, server.url, accepted)
    outbox = Outbox(path)
    series = InfluxSeries(target(server.url), outbox)
    while series.send() is Outcome.SENT:
        pass
    stored = server.stored("figures", "n", person="killed")
    assert accepted > 100
    missing = expected(accepted).items() - stored.items()
    assert not missing
    series.close()


def _write_until_killed(path: Path, url: str, first: int) -> int:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-c", WRITER, str(path), url, TOKEN, ORG, BUCKET, str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(80)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    return max(int(line) for line in told) + 1


@pytest.mark.expects_log
def test_a_refused_line_is_set_aside_with_its_reason(engine: InfluxEngine, tmp_path: Path) -> None:
    engine.put('figures,person=q n="a word where we write numbers" 1700000000000000001')
    engine.put("figures_b,person=q n=1i 1700000000000000001")
    faults = FaultBook()
    outbox = Outbox(tmp_path / "outbox.db")
    series = InfluxSeries(target(engine.url), outbox, faults)
    good = [Point(t_ns=T0_NS + n * STEP_NS, person="p", name="fine", fields={"n": n}) for n in range(300)]
    bad = [
        Point(t_ns=T0_NS, person="p", name=name, fields={"n": 0.5}) for name in ("figures_b", "figures_b", "figures")
    ]
    series.write([*good[:77], bad[0], *good[77:200], bad[1], bad[2], *good[200:]])
    while series.send() is Outcome.SENT:
        pass
    assert engine.stored("fine", "n", person="p") == expected(300)
    assert outbox.waiting_count == 0
    assert sorted(line.line.split(",")[0] for line in outbox.refused()) == ["figures", "figures_b", "figures_b"]
    assert all("field type conflict" in line.reason for line in outbox.refused())
    assert faults.counts == {"store-refused": outbox.refused_count}
    assert series.send() is Outcome.EMPTY
    series.close()


@pytest.mark.expects_log
@pytest.mark.parametrize("wrong", [{"token": "stolen"}, {"bucket": "nobody's"}])
def test_a_wrong_token_or_bucket_keeps_everything(engine: InfluxEngine, tmp_path: Path, wrong: dict[str, str]) -> None:
    faults = FaultBook()
    path = tmp_path / "outbox.db"
    series = InfluxSeries(target(engine.url, **wrong), Outbox(path), faults)
    series.write(points(0, 100))
    assert series.send() is Outcome.DENIED
    assert faults.counts == {"store-denied": 1}
    series.close()
    outbox = Outbox(path)
    corrected = InfluxSeries(target(engine.url), outbox)
    assert corrected.send() is Outcome.SENT
    assert engine.stored("figures", "n", person="p") == expected(100)
    assert outbox.refused_count == 0
    corrected.close()


def test_names_that_no_line_can_carry_are_set_aside_at_once(engine: InfluxEngine, tmp_path: Path) -> None:
    faults = FaultBook()
    outbox = Outbox(tmp_path / "outbox.db")
    series = InfluxSeries(target(engine.url), outbox, faults)
    odd = [
        Point(t_ns=1, person="two\nlines", name="figures", fields={"n": 1}),
        Point(t_ns=1, person="p", name="figures", fields={"time": 1}),
        Point(t_ns=1, person="p", name="#figures", fields={"n": 1}),
        Point(t_ns=1, person="p", name="figures", fields={"n": 1}, tags={"insole": "ends in \\"}),
    ]
    series.write([*odd, *points(0, 3)])
    assert (outbox.waiting_count, outbox.refused_count) == (3, 4)
    assert faults.counts == {"store-refused": 4}
    assert series.send() is Outcome.SENT
    series.close()


class _Answers(BaseHTTPRequestHandler):
    """A server that says what it is told to."""

    status = 200
    body = b"<html>please log in</html>"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.mark.expects_log
@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"<html>please log in</html>", Outcome.DENIED),
        (302, b"", Outcome.DENIED),
        (403, json.dumps({"message": "forbidden"}).encode(), Outcome.DENIED),
        (429, b"", Outcome.AWAY),
        (500, b"\xff\xfe not text", Outcome.AWAY),
        (503, b"", Outcome.AWAY),
    ],
)
def test_only_a_204_counts(tmp_path: Path, status: int, body: bytes, outcome: Outcome) -> None:
    handler = type("Told", (_Answers,), {"status": status, "body": body})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        outbox = Outbox(tmp_path / "outbox.db")
        series = InfluxSeries(target(f"http://127.0.0.1:{server.server_port}"), outbox)
        series.write(points(0, 10))
        assert series.send() is outcome
        assert (outbox.waiting_count, outbox.refused_count) == (10, 0)
        series.close()
        server.shutdown()


@pytest.mark.expects_log
def test_nobody_there_is_told_once_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    faults = FaultBook()
    series = InfluxSeries(target(f"http://127.0.0.1:{free_port()}"), Outbox(tmp_path / "outbox.db"), faults)
    series.write(points(0, 10))
    assert [series.send() for _ in range(3)] == [Outcome.AWAY] * 3
    assert faults.counts == {"store-unreachable": 3}
    assert len([record for record in caplog.records if record.name.startswith("processing")]) == 1
    series.close()
