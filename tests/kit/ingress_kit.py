"""Home Assistant's ingress in front of a page: it takes its prefix off, and says who has signed in there."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web
from broker_kit import LOOPBACK, free_port

PREFIX = "/api/hassio_ingress/Zm9vdA"
_HOPS = {"connection", "content-length", "transfer-encoding", "content-encoding", "keep-alive"}


@contextlib.asynccontextmanager
async def ingress(page_url: str, user: str = "otto", user_id: str = "u1") -> AsyncIterator[str]:
    """The page's address behind it, for a browser in which this user of Home Assistant is signed in."""
    port = free_port()
    told = {
        "X-Ingress-Path": PREFIX,
        "X-Forwarded-For": "192.168.1.20",
        "X-Forwarded-Host": f"{LOOPBACK}:{port}",
        "X-Forwarded-Proto": "http",
        "X-Remote-User-Id": user_id,
        "X-Remote-User-Name": user,
        "X-Remote-User-Display-Name": user.title(),
    }
    async with aiohttp.ClientSession(auto_decompress=False) as http:

        async def hand_on(request: web.Request) -> web.StreamResponse:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOPS}
            async with http.request(
                request.method,
                page_url + request.raw_path.removeprefix(f"{PREFIX}/"),
                headers=headers | told | {"Host": "homeassistant.example:8123"},
                data=await request.read(),
                allow_redirects=False,
            ) as said:
                kept = {name: value for name, value in said.headers.items() if name.lower() not in _HOPS}
                answer = web.StreamResponse(status=said.status, headers=kept)
                await answer.prepare(request)
                async for chunk in said.content.iter_any():
                    await answer.write(chunk)
                return answer

        app = web.Application()
        app.router.add_route("*", f"{PREFIX}/{{tail:.*}}", hand_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, port).start()
        try:
            yield f"http://{LOOPBACK}:{port}{PREFIX}/"
        finally:
            await runner.cleanup()
