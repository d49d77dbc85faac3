"""The rows of a virtual insole as the walk goes on: taken when they are due, put on the air while somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ingest.drivers import open_insole_wire as wire
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gatt import ATT_MTU
from ingest.sources.virtual.recorder import Recorder
from ingest.sources.virtual.sending import Sending
from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble
from ingest.sources.virtual.walk import Walk
from ingest.sources.virtual.world import World

_LOOK_UP_S = 0.25  # time may have been skipped meanwhile
_SKIPPED_AT_ONCE_NS = 60_000_000_000
_ROWS_OF_ANY_NUMBER = 1 << 30


class Streaming:
    """From START to STOP, over resets if there is flash. `att_mtu` None: nobody listens."""

    def __init__(
        self, walk: Walk, world: World, sending: Sending, flash: Flash | None, new_boot: Callable[[], int]
    ) -> None:
        self._cells = len(walk.description.cells)
        self._world, self._sending = world, sending
        self._told_to_start = False
        self._under_way = False
        self.recorder = Recorder(walk, flash, new_boot, self.now_ns())
        self.trouble: Trouble = NO_TROUBLE
        self.att_mtu: int | None = None
        self.wanted = False

    def now_ns(self) -> int:
        """World time."""
        return round(self._world.now_s() * 1e9)

    # -- on command -------------------------------------------------------------------------------------------------

    def start(self) -> Coroutine[Any, Any, None]:
        """What takes the rows from now on; run it."""
        self.wanted = self._told_to_start = True
        self.recorder.expect()
        return self._run()

    def boot_again(self) -> None:
        """After a reset."""
        self.recorder.boot_again(self.now_ns())

    @property
    def goes_on(self) -> bool:
        """Rows are to be taken though nobody has asked for them since the reset."""
        return self._told_to_start and not self.wanted and self.recorder.flash is not None

    def stop(self) -> None:
        """The last rows are on their way; none is taken any more."""
        self.reset()
        self._told_to_start = False

    def reset(self) -> None:
        """As `stop`, but taking rows is to go on when it has booted again."""
        self.take()
        self._put(self.recorder.flush())
        self.wanted = self._under_way = False

    def before_skip(self) -> None:
        """What is due is put on the air."""
        self.take()
        if self._under_way:
            self._put(self.recorder.flush())

    @property
    def behind(self) -> bool:
        """Rows of skipped time are still to be taken."""
        return self._under_way and self.recorder.upto_ns < self._world.skipped_upto_ns

    # -- rows -------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        await self._world.begun.wait()
        self.recorder.begin(self._world.elapsed_ns(), self.now_ns())
        self._under_way = True
        while self._under_way:
            while self._take_skipped():  # noqa: ASYNC110 - it does not wait, it lets others have their turn
                await asyncio.sleep(0)
            self.take()
            next_ns = self.recorder.next_ns(self._rows_per_frame())
            if next_ns is None:
                return
            left_s = (next_ns - self._world.elapsed_ns()) / 1e9
            await asyncio.sleep(min(max(0.0, left_s), _LOOK_UP_S))

    def take(self) -> None:
        """Every row that is due."""
        if self._under_way:
            while self._take_skipped():
                pass
            self._put(self.recorder.take(self._world.elapsed_ns() + 1, self.trouble, self._rows_per_frame()))

    def _take_skipped(self) -> bool:
        """Some rows that were due in skipped time; False: there are none."""
        begin_ns, stop_ns = self.recorder.upto_ns, self._world.skipped_upto_ns
        if begin_ns >= stop_ns:
            return False
        self.recorder.take(min(begin_ns + _SKIPPED_AT_ONCE_NS, stop_ns), self.trouble, _ROWS_OF_ANY_NUMBER)
        self.recorder.flush()
        return True

    def _rows_per_frame(self) -> int:
        return max(1, wire.rows_that_fit(self.att_mtu or ATT_MTU, self._cells))

    def _put(self, frames: list[wire.RowsFrame]) -> None:
        if self.att_mtu is not None:
            for frame in frames:
                self._sending.put(frame.seq, wire.pack_rows(frame))
