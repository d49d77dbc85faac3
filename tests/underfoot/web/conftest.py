"""One browser for all tests of a module that asks for `browser` in its own loop (`loop_scope="module"`)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from browser_kit import chromium
from playwright.async_api import Browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def browser(started: Browser) -> AsyncIterator[Browser]:
    """Without a trace of the test before."""
    yield started
    for context in started.contexts:
        await context.close()
