"""Sending frames in their order: held back by jitter, lost by chance, gone when nobody listens."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable

from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble

Send = Callable[[bytes], Awaitable[None]]


class Sending:
    """`send` gets each frame when it is due. `run` is the task that does it."""

    def __init__(self, send: Send, seed: int) -> None:
        self._send = send
        self._seed = seed
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._latest_due_s = 0.0
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.trouble: Trouble = NO_TROUBLE
        self.lost_frames = 0

    def put(self, seq: int, frame: bytes) -> None:
        """Send it, unless the air loses it. Its fate hangs on the seed and on `seq`, not on what was put before."""
        fate = random.Random(self._seed << 32 | seq)  # noqa: S311 - no secret hangs on it
        if fate.random() < self.trouble.loss_share:
            self.lost_frames += 1
            return
        held_s = fate.uniform(0.0, self.trouble.jitter_s)
        self._latest_due_s = max(self._latest_due_s, asyncio.get_running_loop().time() + held_s)
        self._waiting.append((self._latest_due_s, frame))
        self._idle.clear()
        self._news.set()

    def drop_all(self) -> None:
        """Nobody listens any more: what waits is gone, and nothing later is held back by it."""
        self._waiting.clear()
        self._latest_due_s = 0.0
        self._idle.set()

    async def drained(self) -> None:
        """Everything put so far has been sent."""
        await self._idle.wait()

    async def nothing_due(self) -> None:
        """No frame waits that could be sent now."""
        while self._waiting and self._waiting[0][0] <= asyncio.get_running_loop().time():  # noqa: ASYNC110 - it runs
            await asyncio.sleep(0)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            while self._waiting:
                due_s, frame = self._waiting[0]
                if due_s > loop.time():
                    await asyncio.sleep(due_s - loop.time())
                    continue  # it may have been dropped meanwhile
                self._waiting.popleft()
                await self._send(frame)
            self._idle.set()
            await self._news.wait()
