"""Viewers of the live page in a process of their own. Run: viewers.py URL HOW_MANY SECONDS.

Each holds a stream of events as a browser does. Prints JSON: for each viewer how many frames it got, and the age of the
row that each frame shows when it arrives, ms (hub and viewers share a clock here).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp


async def look(http: aiohttp.ClientSession, url: str, until_s: float) -> list[float]:
    ages_ms: list[float] = []
    name = ""
    async with http.get(url) as stream:
        while time.monotonic() < until_s:
            line = await stream.content.readline()
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: ") and name == "feet":
                now_ms = time.time_ns() / 1e6
                feet = json.loads(line[6:])
                ages_ms += [now_ms - foot["shown_ms"] for foot in feet.values() if foot["measured"]]
    return ages_ms


async def main(url: str, viewers: int, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    limit = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=limit, timeout=aiohttp.ClientTimeout(total=None)) as http:
        ages = await asyncio.gather(*(look(http, url, until_s) for _ in range(viewers)))
    print(json.dumps({"frames": [len(each) // 2 for each in ages], "ages_ms": [age for each in ages for age in each]}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
