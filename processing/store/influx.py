"""Series on an InfluxDB server through influxdb-client: our own lines, our own outbox, one request at a time.

The client's batching writer keeps its queue in memory and drops from it silently; here a point is in the outbox, on
disk, from `write` until the server has answered 204 for it. A server that is away, or refuses the token, is asked
again and again with a back-off. A line that the server refuses is found by halving and set aside with the server's
reason. Reading is left to the local store (`MirroredSeries`): what a server can be asked differs too much (Flux,
InfluxQL, MetricsQL).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from threading import Lock

from influxdb_client import InfluxDBClient, WritePrecision, WriteService
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from processing.store.line_protocol import line_of
from processing.store.outbox import Outbox, Refused, Waiting
from processing.store.series import Point

_log = logging.getLogger(__name__)

_STORED = 204  # a proxy or a log-in page may answer 200
_CONTENT_REFUSED = (400, 413, 422)
_BUSY = (408, 429)
_LINES_AT_ONCE = 5_000
_REASON_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxTarget:
    """Where to write. For InfluxDB 1.8 `bucket` is database/retention-policy and `token` user:password."""

    url: str
    token: str
    org: str
    bucket: str
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class BackOff:
    """How long to wait before the next try: doubled each time."""

    first_s: float = 0.5
    longest_s: float = 30.0

    def after(self, failures: int) -> float:
        return min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 20))


class Outcome(Enum):
    """What became of one attempt to send."""

    EMPTY = "nothing waits"
    SENT = "the server has answered for what was sent"
    AWAY = "the server does not answer"
    DENIED = "the server answers, and will not have us"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int | None  # None: no answer
    reason: str = ""


class InfluxSeries:
    """`SeriesWriter` on a server. Somebody must run `run`, or call `send`, for points to leave the outbox."""

    def __init__(
        self, target: InfluxTarget, outbox: Outbox, faults: FaultBook | None = None, back_off: BackOff | None = None
    ) -> None:
        self._target = target
        self._outbox = outbox
        self._faults = faults if faults is not None else FaultBook()
        self._back_off = back_off or BackOff()
        self._client = InfluxDBClient(target.url, target.token, org=target.org, timeout=round(target.timeout_s * 1000))
        self._service = WriteService(self._client.api_client)
        self._sending = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._more = asyncio.Event()
        self._reached = True
        self._set_aside = 0

    def write(self, points: Sequence[Point]) -> None:
        lines: list[str] = []
        refused: list[Refused] = []
        for point in points:
            try:
                line = line_of(point)
            except UnderfootError as error:
                self._faults.note(error.fault)
                refused.append(Refused(repr(point), error.fault.detail))
            else:
                lines.extend([line] if line else [])
        self._outbox.put(lines, refused)
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended; what waits goes out at the next start
                self._loop.call_soon_threadsafe(self._more.set)

    async def run(self) -> None:
        """Send for ever. The outbox's own errors come out of here, after which it may be run again."""
        self._loop = asyncio.get_running_loop()
        failures = 0
        while True:
            self._more.clear()
            outcome = await asyncio.to_thread(self.send)
            if outcome in (Outcome.AWAY, Outcome.DENIED):
                failures += 1
                await asyncio.sleep(self._back_off.after(failures))
                continue
            failures = 0
            if outcome is Outcome.EMPTY:
                await self._more.wait()

    def send(self) -> Outcome:
        """Send the oldest lines; blocks until the server has answered for them or cannot be reached."""
        with self._sending:
            lines = self._outbox.head(_LINES_AT_ONCE)
            if not lines:
                return Outcome.EMPTY
            self._set_aside = 0
            outcome = self._deliver(lines)
            if self._set_aside:
                latest = self._faults.latest(FaultCode.STORE_REFUSED)
                _log.warning("%d of %d lines set aside, the latest: %s", self._set_aside, len(lines), latest)
            if len(lines) == _LINES_AT_ONCE and outcome is Outcome.SENT:
                self._outbox.tidy()
            return outcome

    def _deliver(self, lines: list[Waiting]) -> Outcome:
        answer = self._post("\n".join(waiting.line for waiting in lines))
        if answer.status == _STORED:
            self._outbox.delivered(lines)
            self._note_reached()
            return Outcome.SENT
        if answer.status in _CONTENT_REFUSED:
            return self._find_refused(lines, answer.reason)
        return self._note_failed(answer)

    def _find_refused(self, lines: list[Waiting], reason: str) -> Outcome:
        """Halve until the refused line stands alone; the server has kept, or keeps now, all others."""
        if len(lines) == 1:
            self._outbox.refuse(lines[0], reason)
            self._faults.note(Fault(FaultCode.STORE_REFUSED, reason))
            self._set_aside += 1
            return Outcome.SENT
        middle = len(lines) // 2
        first = self._deliver(lines[:middle])
        return self._deliver(lines[middle:]) if first is Outcome.SENT else first

    def _post(self, body: str) -> _Answer:
        try:
            _, status, _ = self._service.post_write_with_http_info(
                org=self._target.org,
                bucket=self._target.bucket,
                body=body.encode(),
                precision=WritePrecision.NS,
                content_type="text/plain; charset=utf-8",
            )
        except ApiException as error:
            return _Answer(error.status or None, str(error.message or error.reason)[:_REASON_KEPT])
        except (HTTPError, OSError, UnicodeDecodeError) as error:
            return _Answer(None, str(error)[:_REASON_KEPT])
        return _Answer(status, "an answer, but not the one of a time-series server")

    def _note_reached(self) -> None:
        if not self._reached:
            _log.info("the time-series server answers again, %d lines wait", self._outbox.waiting_count)
        self._reached = True

    def _note_failed(self, answer: _Answer) -> Outcome:
        away = answer.status is None or answer.status >= 500 or answer.status in _BUSY
        code = FaultCode.STORE_UNREACHABLE if away else FaultCode.STORE_DENIED
        detail = answer.reason if answer.status is None else f"{answer.status} {answer.reason}"
        self._faults.note(Fault(code, detail))
        if self._reached:
            _log.warning("%s", Fault(code, detail))
        self._reached = False
        return Outcome.AWAY if away else Outcome.DENIED

    def close(self) -> None:
        """Wait for the request under way; what waits stays on disk."""
        with self._sending:
            self._client.close()
            self._outbox.close()
