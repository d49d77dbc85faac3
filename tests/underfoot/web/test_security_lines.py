"""Whoever holds lines without using them: cut, while those who use theirs keep them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gate_kit import house
from starlette.responses import Response, StreamingResponse

from underfoot.accounts.rights import Right
from underfoot.settings import WebSettings
from underfoot.web import app, door
from underfoot.web.door import Ask, Door
from underfoot.web.patience import PatientProtocol
from underfoot.web.serve import serve
from underfoot.web.site import Site

HERE = WebSettings(host="127.0.0.1")
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
WITHIN_S = 20.0


async def line(port: int, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    return reader, writer


async def cut(reader: asyncio.StreamReader) -> bytes:
    """What came until the line was cut."""
    async with asyncio.timeout(WITHIN_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def drip(writer: asyncio.StreamWriter) -> None:
    """A head that goes on for ever, a byte at a time."""
    writer.write(b"GET /health HTTP/1.1\r\nX-Slow: ")
    while True:
        writer.write(b"a")
        await asyncio.sleep(0.02)


async def test_a_request_that_does_not_come_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "head_s", 0.3)
    with house(tmp_path, web=HERE) as home:
        async with serve(home.asgi, port=0) as served:
            lines = [await line(served.port, said) for said in (b"", b"GET / HT", HEALTH, HEALTH + b"GET / HT")]
            slow, writer = await line(served.port)
            dripping = asyncio.create_task(drip(writer))
            said = [await cut(reader) for reader, _ in lines]
            assert await cut(slow) == b""
            dripping.cancel()
            assert [each[:15] for each in said] == [b"", b"", b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK"]
            for _, each in [*lines, (slow, writer)]:
                each.close()


async def test_more_lines_than_a_house_needs_are_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "most_of_one", 3)
    with house(tmp_path, web=HERE) as home:
        async with serve(home.asgi, port=0) as served:
            kept = [await line(served.port) for _ in range(3)]
            more = [await line(served.port) for _ in range(50)]
            assert {await cut(reader) for reader, _ in more} == {b""}
            reader, writer = kept[0]
            writer.write(HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            assert (await cut(reader)).startswith(b"HTTP/1.1 200 OK"), "who was there before is served"
            reader, again = await line(served.port, HEALTH)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 OK"), "there is room again"
            for each in (again, *(writer for _, writer in [*kept, *more])):
                each.close()


async def test_a_form_that_does_not_come_whole_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_FORM_S", 0.2)
    with house(tmp_path, web=WebSettings(host="192.168.1.5")) as home:
        async with serve(home.asgi, port=0) as served:
            reader, writer = await line(
                served.port,
                b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname=an",
            )
            said = await cut(reader)
            writer.close()
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"request-malformed" in said


async def test_an_answer_that_nobody_takes_ends_and_one_that_is_taken_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def flood(_site: Site, _ask: Ask) -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 1_000_000
                    await asyncio.sleep(0)
            finally:
                ended.set()

        return StreamingResponse(chunks())

    async def trickle(_site: Site, _ask: Ask) -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(15):
                await asyncio.sleep(0.1)
                yield b"tick "

        return StreamingResponse(chunks(), media_type="text/event-stream")

    monkeypatch.setattr(PatientProtocol, "taking_s", 0.5)
    monkeypatch.setattr(PatientProtocol, "head_s", 0.5)
    monkeypatch.setattr(
        app, "DOORS", (Door("/flood", flood, Right.SEE_FEET), Door("/trickle", trickle, Right.SEE_FEET))
    )
    with house(tmp_path, web=HERE) as home:
        async with serve(home.asgi, port=0) as served:
            ask = b"GET /%b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            reader, taking = await line(served.port, ask % b"trickle")
            _, not_taking = await line(served.port, ask % b"flood")
            assert (await cut(reader)).count(b"tick ") == 15, "longer than a head may take"
            async with asyncio.timeout(WITHIN_S):
                await ended.wait()
            taking.close()
            not_taking.close()


async def test_somebody_who_only_asks_for_the_head_of_a_stream_does_not_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    async def stream(_site: Site, _ask: Ask) -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            begun.append(True)
            while True:
                yield b"data: x\n\n"
                await asyncio.sleep(0.1)

        return StreamingResponse(chunks(), media_type="text/event-stream")

    monkeypatch.setattr(app, "DOORS", (Door("/events", stream, Right.SEE_FEET),))
    with house(tmp_path, web=HERE) as home:
        async with serve(home.asgi, port=0) as served:
            reader, writer = await line(
                served.port, b"HEAD /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            said = (await cut(reader)).lower()
            writer.close()
    assert said.startswith(b"http/1.1 200 ")
    assert b"content-type: text/event-stream" in said
    assert begun == []
