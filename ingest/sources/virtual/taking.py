"""Taking rows: a walk's rows as they come due, numbered and stamped by the insole, until they are frames. Pure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ingest.drivers.open_insole_wire import RowsFrame
from ingest.sources.virtual.frames import DeviceClock, Framer
from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble
from ingest.sources.virtual.walk import Walk


class Taking:
    """One boot of one insole. `boot_ns`: walk time at which it booted (its ticks count from there).

    `keep` gets every row as it is taken, in frames of any length.
    """

    def __init__(self, walk: Walk, boot: int, keep: Callable[[RowsFrame], None] | None = None) -> None:
        description = walk.description
        self._walk = walk
        self._tick_ns = description.tick_ns
        self._ns_per_row = description.ns_per_row
        self._ticks_per_row = description.ns_per_row // description.tick_ns
        self._clock = DeviceClock()
        self._framer = Framer(boot, self._ticks_per_row)
        self._keep, self._keeper = keep, Framer(boot, self._ticks_per_row)
        self._taken_upto_ns = 0
        self._boot_ticks = 0
        self._trouble = NO_TROUBLE
        self.boot = boot
        self.first_seq = 0

    @property
    def next_seq(self) -> int:
        return self._framer.next_seq

    @property
    def upto_ns(self) -> int:
        """Walk time before which every row that was due has been taken."""
        return self._taken_upto_ns

    def ticks_after(self, since_boot_ns: int) -> int:
        """What the insole's own clock counts that long after it booted."""
        return int(self._clock.count(np.array([since_boot_ns // self._tick_ns]))[0])

    def begin(self, boot_ns: int, now_ns: int) -> None:
        """A stream begins at walk time `now_ns`: rows due before it are not taken."""
        self._boot_ticks = round(boot_ns / self._tick_ns)
        self._taken_upto_ns = max(self._taken_upto_ns, now_ns, 0)
        self.first_seq = self.next_seq

    def take(self, upto_ns: int, trouble: Trouble, rows_per_frame: int) -> list[RowsFrame]:
        """Every row due before walk time `upto_ns`; the frames that are full by now."""
        if upto_ns <= self._taken_upto_ns:
            return []
        if trouble.drift_ppm != self._trouble.drift_ppm:
            self._clock.drift(trouble.drift_ppm, self._taken_upto_ns // self._tick_ns - self._boot_ticks)
        self._trouble = trouble
        frames: list[RowsFrame] = []
        for piece in self._walk.rows_between(self._taken_upto_ns, upto_ns):
            true_ticks = piece.ticks - self._boot_ticks + self._ticks_per_row * np.arange(len(piece.codes))
            not_measured = piece.not_measured | trouble.not_measured
            ticks, codes = self._clock.count(true_ticks), trouble.spoil(piece.codes)
            frames += self._framer.add(ticks, codes, not_measured, rows_per_frame)
            if self._keep is not None:
                for kept in (*self._keeper.add(ticks, codes, not_measured, len(codes)), *self._keeper.flush()):
                    self._keep(kept)
        self._taken_upto_ns = upto_ns
        if self._breaks_off():
            frames += self._framer.flush()
        return frames

    def _breaks_off(self) -> bool:
        due_ns = self._walk.next_due_ns(self._taken_upto_ns)
        return due_ns is None or due_ns - self._taken_upto_ns > self._ns_per_row

    def flush(self) -> list[RowsFrame]:
        """The frame that is not full yet."""
        return list(self._framer.flush())

    def next_ns(self, rows_per_frame: int) -> int | None:
        """Walk time at which the next frame will be full; None: the walk is over."""
        due_ns = self._walk.next_due_ns(self._taken_upto_ns)
        if due_ns is None:
            return None
        return due_ns + max(0, rows_per_frame - self._framer.pending_rows - 1) * self._ns_per_row
