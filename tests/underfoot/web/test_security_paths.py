"""Tricks with paths, sent as they are over a real connection, and the headers of every answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from gate_kit import house

from underfoot.settings import WebSettings
from underfoot.web.serve import serve

TRICKS = [
    "/static/../app.py",
    "/static/../../settings.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/app.py",
    "/static/%2e%2e%2f%2e%2e%2fsettings.py",
    "/static/..%5capp.py",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "/static/base.js%00.png",
    "/static/%00",
    "/static/" + "a/" * 2000,
    "/static/" + "a" * 5000,
    "/static",
    "/static/",
    "//etc/passwd",
    "//evil.example/",
    "/p/..%2f..%2fetc/",
    "/p/p1%2f..%2fp2/",
    "/p/p1%00/",
    "/p//",
    "/p/%2e%2e/record",
    "/p/<script>alert(1)</script>/",
    "/p/p1/walks/..%2f..%2f..%2fetc%2fpasswd",
    "/p/p1/walks/%00",
    "/setup/people/..%2f../",
    "/sign-in/../setup/people",
]


async def answer_to(port: int, target: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode())
    said = await reader.read()
    writer.close()
    return int(said.split(b" ", 2)[1]), said


@pytest.mark.parametrize("target", TRICKS, ids=lambda target: target[:40])
async def test_a_trick_leads_nowhere(target: str, tmp_path: Path) -> None:
    with house(tmp_path, web=WebSettings(host="127.0.0.1")) as home:
        async with serve(home.asgi, port=0) as served:
            status, said = await answer_to(served.port, target)
    assert status in (400, 404, 405), said[:200]
    assert b"root:" not in said
    assert b"import" not in said
    assert b"<script>alert(1)" not in said


async def test_every_answer_carries_the_policy(tmp_path: Path) -> None:
    with house(tmp_path, web=WebSettings(host="127.0.0.1")) as home:
        async with serve(home.asgi, port=0) as served:
            for target in ("/setup/people", "/static/base.css", "/nowhere", "/health", "/sign-in"):
                _, said = await answer_to(served.port, target)
                head = said.partition(b"\r\n\r\n")[0].decode().lower()
                assert "content-security-policy: default-src 'none'; script-src 'self';" in head, target
                assert "frame-ancestors 'self'" in head
                assert "unsafe" not in head
                assert "x-content-type-options: nosniff" in head
                assert "permissions-policy: camera=()" in head
                assert "server:" not in head


async def test_a_header_makes_nobody_the_home_hub(tmp_path: Path) -> None:
    """uvicorn would believe a proxy on this machine who it speaks for."""
    with house(tmp_path, web=WebSettings(host="0.0.0.0", ingress=True)) as home:
        async with serve(home.asgi, port=0) as served:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(
                b"GET /account HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 172.30.32.2\r\n"
                b"X-Remote-User-Id: u1\r\nX-Remote-User-Name: eve\r\nConnection: close\r\n\r\n"
            )
            said = await reader.read()
            writer.close()
    assert said.startswith(b"HTTP/1.1 401 ")
