"""A hub in one process, without a radio: two paced feet, ingest, processing, the page. Run: hub_process.py SECONDS.

Settings come from the environment, as for `underfoot run`. Prints its books as JSON at the end.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from bench_kit import PacedFoot, pair_layouts

from underfoot import compose, judging
from underfoot.page import FaultCounts, page, screens
from underfoot.settings import load

ROWS_PER_NOTIFICATION = 5


async def main(seconds: float) -> None:
    settings = load()
    shown = screens(settings)
    sources = [
        PacedFoot(layout, begin_ns=None, seconds=seconds, rows=ROWS_PER_NOTIFICATION)
        for layout in pair_layouts(settings.person)
    ]
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(compose.broker(settings, 0))
        half = await stack.enter_async_context(judging.processing(settings, at, shown.onlookers))
        await stack.enter_async_context(page(settings, shown, half, FaultCounts(half.fault_books)))
        feet = await stack.enter_async_context(compose.ingest(settings, at, sources))
        await asyncio.sleep(seconds)
        assert await feet.finish()
        print(json.dumps(compose.books(feet, half)))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
