"""The page's answers without a browser: errors with advice, replies, history, events and who may ask."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from browser_kit import S, Shown, alert_at, live_page, until

from ingest.wire.alerts import AlertReply, AlertState
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.screen import HistoryPoint, ScreenModel
from underfoot.web.app import Labels, create_app
from underfoot.web.history import SPAN_S, STEP_S, Usual, binned
from underfoot.web.live import LiveFeed
from underfoot.web.serve import serve

NOW = 1_760_000_000 * S


@pytest.fixture
async def shown() -> AsyncIterator[Shown]:
    async with live_page(labels=Labels(banner="A <demo>")) as page:
        page.model.feed(alert_at(NOW), NOW)
        yield page


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Client:
    """A program that asks the page, not a browser."""

    http: aiohttp.ClientSession

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path)

    async def post(self, path: str, **what: Any) -> Answer:
        return await self._ask("POST", path, **what)

    async def _ask(self, method: str, path: str, **what: Any) -> Answer:
        async with self.http.request(method, path, allow_redirects=False, **what) as answer:
            return Answer(answer.status, answer.headers, await answer.text())


@contextlib.asynccontextmanager
async def asking_at(url: str) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(url) as http:
        yield Client(http)


@pytest.fixture
async def client(shown: Shown) -> AsyncIterator[Client]:
    async with asking_at(shown.url) as asking:
        yield asking


async def test_the_page_is_whole_without_scripts_and_escapes_words(client: Client) -> None:
    answer = await client.get("/")
    assert answer.status == 200
    assert "A &lt;demo&gt;" in answer.text
    assert "Not a medical device" in answer.text
    assert 'action="alerts/A3-left-1/acknowledge"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_everything_the_page_needs_is_its_own_and_relative() -> None:
    web = Path(__file__).parents[3] / "underfoot" / "web"
    for file in [*web.glob("static/*"), *web.glob("templates/*")]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, file
        assert 'href="/' not in text, file
        assert 'src="/' not in text, file
        assert "style=" not in text, file
        assert len(text.splitlines()) <= 150, file


async def test_acknowledge_by_json(shown: Shown, client: Client) -> None:
    body = {"by": " Ann \n ", "action": "sat down", "note": ""}
    answer = await client.post("/alerts/A3-left-1/acknowledge", json=body)
    assert answer.json() == {"id": "A3-left-1", "sent": True, "state": "active"}
    (reply,) = shown.walk.replies
    assert (reply.id, reply.by, reply.action, reply.note) == ("A3-left-1", "Ann", "sat down", None)
    again = await client.post("/alerts/A3-left-1/acknowledge", json=body)
    assert again.json() == {"id": "A3-left-1", "sent": False, "state": "acknowledged"}
    assert len(shown.walk.replies) == 1


async def test_acknowledge_by_form(shown: Shown, client: Client) -> None:
    answer = await client.post("/alerts/A3-left-1/acknowledge", data={"action": "checked the foot"})
    assert (answer.status, answer.headers["location"]) == (303, "../../")
    assert shown.walk.replies[0].action == "checked the foot"


async def test_an_ended_alert_that_nobody_has_seen_can_be_acknowledged(shown: Shown, client: Client) -> None:
    shown.model.feed(alert_at(NOW, AlertState.CLEARED, cleared_t_ns=NOW), NOW)
    assert (await client.post("/alerts/A3-left-1/acknowledge")).json()["sent"] is True


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "code"),
    [
        ("/alerts/nobody/acknowledge", b"{}", {}, 404, FaultCode.UNKNOWN_NAME),
        ("/alerts/A3-left-1/acknowledge", b"{torn", {}, 400, FaultCode.REQUEST_MALFORMED),
        ("/alerts/A3-left-1/acknowledge", b'{"by": 3}', {}, 400, FaultCode.REQUEST_MALFORMED),
        ("/alerts/A3-left-1/acknowledge", b"\xff", {}, 400, FaultCode.REQUEST_MALFORMED),
        ("/alerts/A3-left-1/acknowledge", b" " * 9000, {}, 400, FaultCode.REQUEST_MALFORMED),
        ("/alerts/A3-left-1/acknowledge", b"{}", {"Sec-Fetch-Site": "cross-site"}, 403, FaultCode.REQUEST_REFUSED),
        ("/alerts/A3-left-1/acknowledge", b"{}", {"Sec-Fetch-Site": "same-site"}, 403, FaultCode.REQUEST_REFUSED),
        ("/alerts/A3-left-1/acknowledge", b"{}", {"Origin": "http://elsewhere.test"}, 403, FaultCode.REQUEST_REFUSED),
        ("/alerts/A3-left-1/acknowledge", b"{}", {"Origin": "null"}, 403, FaultCode.REQUEST_REFUSED),
        ("/alerts/A3-left-1/acknowledge", b"{}", {"Host": "elsewhere.test"}, 403, FaultCode.REQUEST_REFUSED),
        ("/no/such/page", b"", {}, 404, FaultCode.UNKNOWN_NAME),
        ("/history", b"", {}, 405, FaultCode.REQUEST_MALFORMED),
    ],
)
async def test_every_refusal_has_a_code_and_advice(
    shown: Shown,
    client: Client,
    path: str,
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: FaultCode,
) -> None:
    answer = await client.post(path, data=content, headers=headers)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.json()["advice"].endswith(".")
    assert "content-security-policy" in answer.headers
    assert shown.walk.replies == []


async def test_a_broker_that_is_away_is_said_to_whoever_acknowledges() -> None:
    async def unreachable(_: AlertReply) -> None:
        raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "localhost")

    model = ScreenModel()
    model.feed(alert_at(NOW), NOW)
    app = create_app(model, acknowledge=unreachable)
    async with serve(app, port=0) as served, asking_at(served.url) as asking:
        answer = await asking.post("alerts/A3-left-1/acknowledge")
    assert (answer.status, answer.json()["code"]) == (503, "broker-unreachable")


@pytest.mark.expects_log
async def test_a_crash_is_an_answer_too_and_stops_nothing_else() -> None:
    def broken(_: int) -> list[HistoryPoint]:
        raise ZeroDivisionError

    app = create_app(ScreenModel(), acknowledge=_nobody, history=broken)
    async with serve(app, port=0) as served, asking_at(served.url) as asking:
        answer = await asking.get("history")
        assert (answer.status, answer.json()["code"]) == (500, "internal")
        assert (await asking.get("health")).json()["ok"] is True


async def test_a_port_in_use_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnderfootError) as told:
            async with serve(create_app(ScreenModel(), acknowledge=_nobody), port=port):
                pytest.fail("it started all the same")
    assert told.value.code is FaultCode.PORT_IN_USE
    assert str(port) in str(told.value)


async def test_an_address_of_another_machine_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(UnderfootError) as told:
        async with serve(create_app(ScreenModel(), acknowledge=_nobody), host="192.0.2.1", port=0):
            pytest.fail("it started all the same")
    assert told.value.code is FaultCode.CONFIG_INVALID


async def test_health(shown: Shown, client: Client) -> None:
    await until(lambda: shown.model.state(NOW).last_t_ns)
    told = (await client.get("/health")).json()
    assert told["ok"] is True
    assert told["measured"] == {"left": "measured", "right": "measured"}


async def read_events(client: Client, count: int, last_id: str | None = None) -> list[dict[str, str]]:
    """The first events of a stream."""
    events: list[dict[str, str]] = []
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.http.get("/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        async for line in answer.content:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                events.append(fields)
                fields = {}
            if len(events) == count:
                return events
    return events


async def test_events_begin_with_everything_and_go_on_with_what_changed(shown: Shown, client: Client) -> None:
    events = await read_events(client, 12)
    assert [event["event"] for event in events[:4]] == ["layout", "state", "feet", "clock"]
    assert "layout" not in [event["event"] for event in events[4:]]
    assert len(json.loads(events[0]["data"])["left"]) == 16
    await until(lambda: shown.viewers[-1] == 0)
    assert shown.viewers == [1, 0]


async def test_a_returning_viewer_goes_on_where_it_was(client: Client) -> None:
    first = await read_events(client, 6)
    again = await read_events(client, 4, last_id=first[-1]["id"])
    assert "layout" not in [event["event"] for event in again]
    stranger = await read_events(client, 4, last_id="another-77")
    assert stranger[0]["event"] == "layout"


async def test_a_viewer_that_reads_nothing_holds_up_nobody(shown: Shown, client: Client) -> None:
    host, port = shown.url.removeprefix("http://").strip("/").split(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=64)
    writer.write(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await writer.drain()
    await until(lambda: shown.viewers and shown.viewers[-1] == 1)
    assert len(await read_events(client, 20)) == 20
    writer.close()


async def test_one_encoding_a_tick_serves_all_viewers() -> None:
    encoded = 0

    def encode() -> dict[str, bytes]:
        nonlocal encoded
        encoded += 1
        return {"feet": b"%d" % encoded}

    feed = LiveFeed(encode, lambda _: None, "epoch", tick_s=0.02)

    async def view() -> int:
        frames = 0
        async for frame in feed.events():
            frames += frame.startswith(b"id")
        return frames

    viewers = [asyncio.create_task(view()) for _ in range(20)]
    await until(lambda: encoded >= 20 + 10)
    await feed.close()
    frames = await asyncio.gather(*viewers)
    assert min(frames) >= 9
    assert encoded <= 20 + max(frames) + 1


def test_history_in_even_steps_with_gaps_as_null() -> None:
    def point(second: float, left: float | None) -> HistoryPoint:
        return HistoryPoint(
            t_ns=NOW - int(second * S), left_forefoot_share_pct=left, right_forefoot_share_pct=50.0, load_si_pct=0.0
        )

    points = [point(2000, 1.0), point(14, 40.0), point(13, 44.0), point(7, None), point(2, 46.0)]
    told = binned(points, Usual(left_forefoot_share_pct=43.0), NOW)
    assert len(told["left"]) == SPAN_S // STEP_S
    assert told["start_ms"] == NOW // 1_000_000 - SPAN_S * 1000
    assert told["left"][-4:] == [None, 42.0, None, 46.0]
    assert told["right"][-4:] == [None, 50.0, 50.0, 50.0]
    assert told["asymmetry"][-4:] == [None, 0.0, 0.0, 0.0]
    assert told["left"][0] is None
    assert told["usual"]["left"] == 43.0
    assert told["usual"]["asymmetry"] is None


async def _nobody(_: AlertReply) -> None:
    pytest.fail("nothing was to be acknowledged")
