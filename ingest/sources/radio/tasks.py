"""Ending tasks for certain, and seeing work through that must not be cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

AT_ONCE_S = 0.1
CLEANING_UP_S = 3.0  # BlueZ takes up to 2.5 s to end a link; another cancellation would cut it off


async def end_all(tasks: Iterable[asyncio.Task[Any]], *, again_s: float = AT_ONCE_S) -> None:
    """Cancel and wait until every one is done, even when cancelled meanwhile; their results and errors stay in them.

    One cancellation is not enough: `asyncio.wait_for` of Python 3.11, which Bumble and D-Bus libraries use, swallows
    the one that arrives together with the answer. `again_s`: how long a task may clean up before the next.
    """
    tasks = list(tasks)
    left = {task for task in tasks if not task.done()}
    loop = asyncio.get_running_loop()
    again_at_s = loop.time()
    cancelled: asyncio.CancelledError | None = None
    while left:
        if loop.time() >= again_at_s:
            again_at_s = loop.time() + again_s
            for task in left:
                task.cancel()
        try:
            await asyncio.wait(left, timeout=again_at_s - loop.time())
        except asyncio.CancelledError as error:
            cancelled = error
        left = {task for task in left if not task.done()}
    for task in tasks:
        if not task.cancelled():
            task.exception()  # else asyncio complains that nobody asked
    if cancelled is not None:
        raise cancelled


async def see_through(work: Coroutine[Any, Any, None]) -> None:
    """Wait for `work`, which must have a time limit of its own; a cancellation is raised once it is done."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()
