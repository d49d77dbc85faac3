"""The page's answers without a browser: errors with advice, replies, history, events and who may ask."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
from asking_kit import Client, asking_at
from browser_kit import S, alert_at, until
from live_page_kit import Shown, live_page

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.screen import HistoryPoint
from underfoot.web.home.feet import zone_name
from underfoot.web.home.history import SPAN_S, STEP_S, Usual, binned
from underfoot.web.live import LiveFeed
from underfoot.web.serve import serve

if TYPE_CHECKING:
    from processing.store.series import Series

NOW = 1_760_000_000 * S
FEET = "/p/p1/"
ALERT = "/p/p1/alerts/A3-left-1"
JSON = {"Accept": "application/json"}


@pytest.fixture
async def shown() -> AsyncIterator[Shown]:
    async with live_page(banner="page.demonstration") as page:
        page.model.feed(alert_at(NOW, text="A <b>walk</b>"), NOW)
        yield page


@pytest.fixture
async def client(shown: Shown) -> AsyncIterator[Client]:
    async with asking_at(shown.url) as asking:
        yield asking


async def test_the_page_is_whole_without_scripts_and_escapes_words(client: Client) -> None:
    answer = await client.get(FEET)
    assert answer.status == 200
    assert "A &lt;b&gt;walk&lt;/b&gt;" in answer.text
    assert "<b>walk" not in answer.text
    assert "Not a medical device" in answer.text
    assert f'action="../../{ALERT[1:]}/acknowledge"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_everything_the_page_needs_is_its_own_and_relative() -> None:
    web = Path(__file__).parents[3] / "underfoot" / "web"
    for file in [*web.glob("static/*.*"), *web.glob("templates/*")]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, file
        assert 'href="/' not in text, file
        assert 'src="/' not in text, file
        assert "style=" not in text, file
        assert len(text.splitlines()) <= 150, file


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "code"),
    [
        ("/p/p1/alerts/nobody/acknowledge", b"", {}, 404, FaultCode.UNKNOWN_NAME),
        ("/p/nobody/alerts/A3-left-1/acknowledge", b"", {}, 404, FaultCode.UNKNOWN_NAME),
        (f"{ALERT}/acknowledge", b"\xff", {}, 400, FaultCode.REQUEST_MALFORMED),
        (f"{ALERT}/acknowledge", b" " * 70_000, {}, 400, FaultCode.REQUEST_MALFORMED),
        (f"{ALERT}/judge", b"", {}, 400, FaultCode.REQUEST_MALFORMED),
        (f"{ALERT}/judge", b"useful=perhaps", {}, 400, FaultCode.REQUEST_MALFORMED),
        (f"{ALERT}/acknowledge", b"", {"X-CSRF": "forged"}, 403, FaultCode.REQUEST_REFUSED),
        (f"{ALERT}/acknowledge", b"", {"Sec-Fetch-Site": "cross-site"}, 403, FaultCode.REQUEST_REFUSED),
        (f"{ALERT}/acknowledge", b"", {"Sec-Fetch-Site": "same-site"}, 403, FaultCode.REQUEST_REFUSED),
        (f"{ALERT}/acknowledge", b"", {"Origin": "http://elsewhere.test"}, 403, FaultCode.REQUEST_REFUSED),
        (f"{ALERT}/acknowledge", b"", {"Origin": "null"}, 403, FaultCode.REQUEST_REFUSED),
        (f"{ALERT}/acknowledge", b"", {"Host": "elsewhere.test"}, 403, FaultCode.REQUEST_REFUSED),
        ("/no/such/page", b"", {}, 404, FaultCode.UNKNOWN_NAME),
        ("/p/p1/history", b"", {}, 405, FaultCode.REQUEST_MALFORMED),
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
    answer = await client.post(path, data=content, headers={"X-CSRF": shown.csrf, **headers})
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.json()["advice"].endswith(".")
    assert "content-security-policy" in answer.headers
    assert shown.walk.replies == []


async def test_a_broker_that_is_away_is_said_to_whoever_answers(shown: Shown, client: Client) -> None:
    shown.walk.unreachable = True
    for path in (f"{ALERT}/acknowledge", "/p/p1/well"):
        answer = await client.post(path, headers={"X-CSRF": shown.csrf})
        assert (answer.status, answer.json()["code"]) == (503, "broker-unreachable")


@pytest.mark.expects_log
async def test_a_crash_is_an_answer_too_and_stops_nothing_else(shown: Shown, client: Client) -> None:
    shown.site.series = cast("Series", None)
    answer = await client.get("/p/p1/history")
    assert (answer.status, answer.json()["code"]) == (500, "internal")
    assert (await client.get("/health")).json()["ok"] is True


async def test_a_port_in_use_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnderfootError) as told:
            async with live_page(port=port):
                pytest.fail("it started all the same")
    assert told.value.code is FaultCode.PORT_IN_USE
    assert str(port) in str(told.value)


async def test_an_address_of_another_machine_is_a_mistake_in_the_settings(shown: Shown) -> None:
    with pytest.raises(UnderfootError) as told:
        async with serve(shown.app, host="192.0.2.1", port=0):
            pytest.fail("it started all the same")
    assert told.value.code is FaultCode.CONFIG_INVALID


async def test_health_tells_of_the_page_and_nothing_of_anybody(client: Client) -> None:
    told = (await client.get("/health")).json()
    assert told == {"ok": True, "viewers": 0, "faults": {}}


async def read_events(client: Client, count: int, last_id: str | None = None) -> list[dict[str, str]]:
    """The first events of a stream."""
    events: list[dict[str, str]] = []
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.http.get("/p/p1/events", headers=headers) as answer:
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
    writer.write(b"GET /p/p1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
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


def test_a_zone_without_a_name_is_the_browsers_own() -> None:
    nameless = b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + struct.pack(">lBB", 3600, 0, 0) + b"CET\0"
    assert zone_name(ZoneInfo.from_file(BytesIO(nameless))) == ""
    assert zone_name(ZoneInfo("Europe/Vienna")) == "Europe/Vienna"
    assert zone_name(UTC) == "UTC"
