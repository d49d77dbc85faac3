"""From rows that are due to the frames that carry them: device ticks, row numbers, as many rows as fit. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.drivers.open_insole_wire import RowsFrame
from ingest.wire.block import Codes

_PPM = 1_000_000_000  # drift is kept in thousandths of a ppm, so that ticks are whole-number arithmetic


class DeviceClock:
    """The insole's own clock: true ticks since its boot to the ticks that it counts, fast or slow by its drift."""

    def __init__(self) -> None:
        self._true = self._counted = 0
        self._drift = 0

    def drift(self, ppm: float, at: int) -> None:
        """From true tick `at` on; what was counted before stays."""
        self._counted = int(self.count(np.array([at]))[0])
        self._true = at
        self._drift = round(ppm * 1000)

    def count(self, true_ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        since = true_ticks - self._true
        counted: NDArray[np.int64] = self._counted + since + since * self._drift // _PPM
        return counted


class Framer:
    """Numbers the rows of one boot and puts them into frames; a frame never spans an uneven step of the ticks."""

    def __init__(self, boot: int, ticks_per_row: int) -> None:
        self._boot_low = boot & 0xFFFF
        self._ticks_per_row = ticks_per_row
        self._parts: list[Codes] = []
        self._pending_rows = 0
        self._first_ticks = 0
        self._not_measured = 0
        self.next_seq = 0

    @property
    def pending_rows(self) -> int:
        """Rows that wait for their frame to fill."""
        return self._pending_rows

    def add(
        self, ticks: NDArray[np.int64], codes: Codes, not_measured: int, rows_per_frame: int
    ) -> Iterator[RowsFrame]:
        """Rows just taken, with the ticks of each; yields every frame that is full or cannot go on."""
        uneven = np.flatnonzero(np.diff(ticks) != self._ticks_per_row) + 1
        edges = [0, *uneven.tolist(), len(ticks)]
        for start, stop in pairwise(edges):
            yield from self._add_even(int(ticks[start]), codes[start:stop], not_measured, rows_per_frame)

    def _add_even(self, ticks: int, codes: Codes, not_measured: int, rows_per_frame: int) -> Iterator[RowsFrame]:
        due = self._first_ticks + self._pending_rows * self._ticks_per_row
        if self._pending_rows and (ticks != due or not_measured != self._not_measured):
            yield from self.flush()
        while len(codes):
            if not self._pending_rows:
                self._first_ticks, self._not_measured = ticks, not_measured
            fits = max(1, rows_per_frame - self._pending_rows)
            part, codes = codes[:fits], codes[fits:]
            ticks += len(part) * self._ticks_per_row
            self._parts.append(part)
            self._pending_rows += len(part)
            self.next_seq += len(part)
            if self._pending_rows >= rows_per_frame:
                yield from self.flush()

    def flush(self) -> Iterator[RowsFrame]:
        """The frame that is not full yet, if any."""
        if self._pending_rows:
            yield RowsFrame(
                boot_low=self._boot_low,
                seq=self.next_seq - self._pending_rows,
                ticks=self._first_ticks,
                codes=np.concatenate(self._parts),
                not_measured=self._not_measured,
            )
            self._parts, self._pending_rows = [], 0
