"""Server-sent events: one encoding per tick for all viewers, and no viewer waits for another.

An event's id is `<epoch>-<tick>`. Each part of the state keeps the tick at which it last changed, and a viewer is sent
the parts that changed since its own last id: a slow one skips what it missed, a returning one (`Last-Event-ID`) goes on
where it was, one of another epoch gets everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

TICK_S = 0.1
RETRY_MS = 1000


@dataclass(frozen=True, slots=True)
class _Part:
    tick: int
    data: bytes


class LiveFeed:
    """`encode` gives the parts of the state now. Runs only while somebody looks."""

    def __init__(
        self,
        encode: Callable[[], dict[str, bytes]],
        on_viewers: Callable[[int], None],
        epoch: str,
        tick_s: float = TICK_S,
    ) -> None:
        self._encode = encode
        self._on_viewers = on_viewers
        self._epoch = epoch
        self._tick_s = tick_s
        self._tick = 0
        self._parts: dict[str, _Part] = {}
        self._moved = asyncio.Event()
        self._ticker: asyncio.Task[None] | None = None
        self._closed = False
        self.viewers = 0

    async def events(self, last_event_id: str | None = None) -> AsyncIterator[bytes]:
        """One viewer's stream; ends when the feed is closed."""
        self._count(1)
        try:
            self._refresh()
            at = self._tick_of(last_event_id)
            yield f"retry: {RETRY_MS}\n\n".encode()
            while not self._closed:
                frame = self._since(at)
                at = self._tick
                if frame:
                    yield frame
                while self._tick <= at and not self._closed:
                    await self._moved.wait()
        finally:
            self._count(-1)

    async def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        if self._ticker is not None:
            self._ticker.cancel()
        self._wake()

    def _count(self, by: int) -> None:
        self.viewers += by
        self._on_viewers(self.viewers)
        if self.viewers and self._ticker is None and not self._closed:
            self._ticker = asyncio.get_running_loop().create_task(self._run(), name="live feed")
        elif not self.viewers and self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s = max(due_s + self._tick_s, loop.time())  # the work of a tick does not put off the next one
            await asyncio.sleep(due_s - loop.time())
            self._refresh()
            self._wake()

    def _wake(self) -> None:
        """Everybody who waits, at once: taking turns at a lock would cost more than what is sent."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _refresh(self) -> None:
        try:
            encoded = self._encode()
        except Exception:  # top of a task: a state that cannot be shown must not end the stream; the page sees silence
            log.exception("the state of the screen could not be encoded")
            return
        tick = self._tick + 1
        changed = {
            name: _Part(tick, data)
            for name, data in encoded.items()
            if name not in self._parts or self._parts[name].data != data
        }
        if changed:
            self._parts.update(changed)
            self._tick = tick

    def _since(self, tick: int) -> bytes:
        return b"".join(
            b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (self._epoch.encode(), self._tick, name.encode(), part.data)
            for name, part in self._parts.items()
            if part.tick > tick
        )

    def _tick_of(self, last_event_id: str | None) -> int:
        epoch, _, tick = (last_event_id or "").rpartition("-")
        known = epoch == self._epoch and tick.isascii() and tick.isdigit()
        return min(int(tick[:18]), self._tick) if known else 0
