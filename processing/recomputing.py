"""A walk computed again from its recording, slice after slice, so that nobody who streams has to wait for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from ingest.wire.block import Block
from ingest.wire.messages import Layout, Metrics
from processing.homecoming import is_late
from processing.outgoing import Stores
from processing.pipeline import Heartbeat
from processing.store.series import Point, gait_point
from processing.walk import REPLAY_S, Item, Said, Terms, Walk

_ROWS_AT_ONCE = 30_000  # two and a half minutes of two feet at 100 Hz: about a quarter of a second
_POINTS_AT_ONCE = 600


class Recomputing:
    """Feeds `walk` with everything that the recording `name` holds now, and with what is overheard meanwhile.

    Its figures take the place of those in the series; what was published has been read, and the broker keeps none.
    """

    def __init__(self, stores: Stores, person: str, name: str, terms: Terms) -> None:
        self.name = name
        self.late_until_t_ns = 0  # UTC of the end of the last late row
        self.walk = Walk(terms, at_once_s=REPLAY_S, keep_seconds=stores.seconds is not None)
        self._stores = stores
        self._person = person
        blocks = stores.recordings.blocks(name)
        first = next(blocks, None)  # what is kept from here on is overheard
        layouts: list[Item] = list(stores.recordings.layouts(name))
        kept = chain([] if first is None else [first], blocks)
        self._kept = chain(layouts, _with_heartbeats(kept))
        self._heard: deque[Item] = deque()
        self._points: list[Point] = []
        self._painted_ns: int | None = None

    def overhear(self, item: Item) -> None:
        """This was fed to the walk as it goes on live."""
        self._heard.append(item)

    def step(self) -> bool:
        """Go on for a while; whether everything has been fed.

        :raises UnderfootError: as the stores.
        """
        rows = 0
        for item in self._items():
            self._repaint(self.walk.feed(item))
            if isinstance(item, Block):
                rows += item.rows
                self.late_until_t_ns = max(self.late_until_t_ns, item.end_t_ns if is_late(item) else 0)
            if rows >= _ROWS_AT_ONCE:
                return False
        return True

    def close(self) -> None:
        """The walk has ended."""
        self._repaint(self.walk.close())
        self._write()

    def go_live(self, heard_t_ns: int) -> Walk:
        """The walk in the very state that it would be in, had all its rows come live."""
        self.walk.go_live()
        self._repaint(self.walk.feed(Heartbeat(t_ns=heard_t_ns)))
        self._write()
        return self.walk

    def _items(self) -> Iterator[Item]:
        yield from self._kept
        while self._heard:
            yield self._heard.popleft()

    def _repaint(self, said: Iterable[Said]) -> None:
        self._points += [gait_point(self._person, each) for each in said if isinstance(each, Metrics)]
        if len(self._points) >= _POINTS_AT_ONCE:
            self._write()

    def _write(self) -> None:
        if not self._points:
            return
        start = self._points[0].t_ns if self._painted_ns is None else self._painted_ns
        stop = self._points[-1].t_ns + 1
        self._stores.series.repaint(self._person, "gait", start, stop, self._points)
        self._points, self._painted_ns = [], stop


def _with_heartbeats(blocks: Iterable[Block]) -> Iterator[Layout | Block | Heartbeat]:
    """They come in order of time: when one begins, all rows before it have come. So a foot alone piles up nowhere."""
    for block in blocks:
        yield block
        yield Heartbeat(t_ns=block.t_ns)
