"""Progress bars of the commands: on standard error, and only where somebody sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.sources.radio.tasks import end_all

_T = TypeVar("_T")
_TICK_S = 0.1


class Bar:
    """One line whose words, length and place can change."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def show(self, words: str, done: float | None = None, total: float | None = None) -> None:
        """`total` None: nobody knows how much there is."""
        self._progress.update(self._task, description=words, completed=done or 0.0, total=total)


@contextmanager
def bar(words: str, *, time_left: bool = False) -> Iterator[Bar]:
    screen = Console(stderr=True)
    columns = [TextColumn("{task.description}"), BarColumn()] + [TimeRemainingColumn()] * time_left
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        line = Bar(progress)
        line.show(words)
        yield line


async def while_counting(
    work: asyncio.Task[_T], seconds: float, words: Callable[[], str], *, tick_s: float = _TICK_S
) -> _T:
    """The result of `work`, a bar showing how much of its `seconds` has gone by."""
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    try:
        with bar(words()) as line:
            while not work.done():
                await asyncio.wait({work}, timeout=tick_s)
                line.show(words(), min(seconds, loop.time() - begun_s), seconds)
    finally:
        await end_all([work])
    return work.result()
