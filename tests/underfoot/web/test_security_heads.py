"""Odd heads of requests over a real connection, and what a stranger learns from the answers to them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from gate_kit import ELSEWHERE, house

from underfoot.accounts.rights import SiteRole
from underfoot.settings import SignIn, WebSettings
from underfoot.web.serve import serve

HERE = WebSettings(host="127.0.0.1")
PAGE = {"accept": "text/html"}
GET = "GET / HTTP/1.1\r\nHost: localhost\r\n"
ODD = {
    "an address without its end": "GET / HTTP/1.1\r\nHost: [::1\r\n",
    "a name that is none": "GET / HTTP/1.1\r\nHost: a b]\r\n",
    "a path in the host": "GET / HTTP/1.1\r\nHost: localhost/p/p2?\r\n",
    "no host": "GET / HTTP/1.0\r\n",
    "an empty host": "GET / HTTP/1.1\r\nHost:\r\n",
    "a port that is none": "GET / HTTP/1.1\r\nHost: localhost:99999999\r\n",
    "two hosts": "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n",
    "a target with a host": "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n",
    "an origin without its end": (
        "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nOrigin: http://[\r\nContent-Length: 0\r\n"
    ),
    "languages": f"{GET}Accept-Language: de;q=nan,en;q=1e999,;;;q=,-,*;q=-1,{'x' * 999}\r\n",
    "cookies": f'{GET}Cookie: underfoot="\\777; underfoot=;;=;{"a=b;" * 999}\r\n',
    "bytes above ASCII": f"{GET}User-Agent: \xff\xfe\r\nX-CSRF: \xe4\r\nCookie: underfoot=\xff\r\n",
    "a head that is too long": f"{GET}X-Long: {'x' * 100_000}\r\n",
    "a length that is none": "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n",
    "two lengths": "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
    "chunks that are none": "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}
METHODS = ("OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND", "HEAD")


async def said_to(port: int, head: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}Accept: text/html\r\nConnection: close\r\n\r\n".encode("latin-1"))
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b"HTTP/1.1 400 cut"
        finally:
            writer.close()


async def test_an_odd_head_is_answered_or_refused_and_breaks_nothing(tmp_path: Path) -> None:
    with house(tmp_path, web=WebSettings(host="192.168.1.5")) as home:
        async with serve(home.asgi, port=0) as served:
            for odd, head in ODD.items():
                said = await said_to(served.port, head)
                assert 200 <= int(said[9:12]) < 500, (odd, said[:200])
            for method in METHODS:
                said = await said_to(
                    served.port, f"{method} /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Told: secret\r\n"
                )
                status, told = int(said[9:12]), said.lower()
                assert status in ((200, 303) if method == "HEAD" else (400, 405)), (method, said[:200])
                assert b"secret" not in told, "TRACE would say it again"
                assert b"access-control-" not in told
            said = await said_to(served.port, "PUT /account/password HTTP/1.1\r\nHost: localhost\r\n")
            assert b"\r\nallow: post\r\n" in said.lower()


async def test_a_form_that_is_broken_off_is_no_failure_of_the_page(tmp_path: Path) -> None:
    """Or whoever likes could fill the log."""
    with house(tmp_path, web=WebSettings(host="192.168.1.5")) as home:
        async with serve(home.asgi, port=0) as served:
            for _ in range(5):
                _, writer = await asyncio.open_connection("127.0.0.1", served.port)
                writer.write(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nname=")
                await writer.drain()
                writer.close()
            assert (await said_to(served.port, GET.replace("/ ", "/health "))).startswith(b"HTTP/1.1 200 ")


async def test_a_strange_name_is_shown_nobodys_page(tmp_path: Path) -> None:
    """Not even where nobody has to sign in: the page of a refusal would tell its ids, and the word of its forms."""
    with house(tmp_path, web=HERE) as home:
        browser = home.browser(address="127.0.0.1", headers={"host": "localhost:8099"})
        mine = await browser.get("/nowhere", **PAGE)
        assert mine.csrf
        assert "setup/people" in mine.text
        for path in ("/", "/nowhere", "/setup/people"):
            strange = await browser.get(path, host="evil.example:8099", **PAGE)
            assert strange.status in (403, 404)
            assert strange.csrf != mine.csrf
            assert "setup" not in strange.text.replace(path, "")


@pytest.mark.parametrize(
    ("head", "opens"),
    [
        ({"host": "localhost:8099"}, True),
        ({"host": "127.0.0.1:8099"}, True),
        ({"host": "[::1]:8099"}, True),
        ({"host": "anybody.local:8099"}, False),
        ({"host": "localhost:8099", "via": "1.1 proxy"}, False),
        ({"host": "localhost:8099", "x-forwarded-proto": "https"}, False),
    ],
    ids=str,
)
async def test_a_name_that_anybody_in_the_house_can_take_does_not_open_it(
    tmp_path: Path, head: dict[str, str], opens: bool
) -> None:
    with house(tmp_path, web=HERE) as home:
        answer = await home.browser(address="127.0.0.1", headers=head).get("/setup/people", **PAGE)
        assert (answer.status == 200) is opens


async def test_health_tells_strangers_nothing(tmp_path: Path) -> None:
    with house(tmp_path, web=WebSettings(host="192.168.1.5", sign_in=SignIn.ALWAYS)) as home:
        keeper, patient = home.add("anna", SiteRole.KEEPER), home.add("otto", SiteRole.PATIENT)
        for browser in (home.browser(address=ELSEWHERE), home.signed_in(patient)):
            assert json.loads((await browser.get("/health")).text) == {"ok": True}
        assert set(json.loads((await home.signed_in(keeper).get("/health")).text)) == {"ok", "viewers", "faults"}
