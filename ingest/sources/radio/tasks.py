"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_S = 0.1


async def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel and wait until every one is done; their results and errors stay in them.

    One cancellation is not enough: `asyncio.wait_for` of Python 3.11, which Bumble and D-Bus libraries use, swallows
    the one that arrives together with the answer.
    """
    tasks = list(tasks)
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # else asyncio complains that nobody asked
