"""What is kept of one foot while a walk lasts: its load row by row and the sums of its cells, whole numbers only.

Rows may come in any order; `signal` puts them by boot and number, so late rows land where they belong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.wire.block import Block
from processing.metrics.load import LoadScale
from processing.metrics.signal import Bools, FootSignal, Ints

_FIRST_ROWS = 8192


@dataclass(slots=True)
class _Piece:
    """Rows that follow one another evenly; `at`: where they stand in the record."""

    boot: int
    seq: int
    device_ns: int
    t_ns: int
    ns_per_row: int
    whole: bool
    at: int
    rows: int

    def goes_on(self, block: Block, whole: bool, at: int) -> bool:
        span = self.rows * self.ns_per_row
        return (
            self.boot == block.boot
            and self.seq + self.rows == block.seq
            and self.ns_per_row == block.ns_per_row
            and self.device_ns + span == block.device_ns
            and self.t_ns + span == block.t_ns
            and self.whole == whole
            and self.at + self.rows == at
        )


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The record put in order. `whole`: rows in which every cell was measured, the only ones that weigh anything."""

    signal: FootSignal
    whole: Bools


class FootRecord:
    """Grows by 8 bytes a row."""

    def __init__(self, scale: LoadScale) -> None:
        self.scale = scale
        self.cell_sums: Ints = np.zeros(len(scale.weights), dtype=np.int64)  # over whole rows
        self.whole_rows = 0
        self.not_measured = 0  # bit i: cell i lacked in some row
        self._load: Ints = np.zeros(_FIRST_ROWS, dtype=np.int64)
        self._rows = 0
        self._pieces: list[_Piece] = []

    @property
    def first_t_ns(self) -> int | None:
        return min((piece.t_ns for piece in self._pieces), default=None)

    def add(self, block: Block, load: Ints, cell_sums: Ints) -> None:
        """Keep a block's rows; `load` one total per row, `cell_sums` one sum per cell."""
        whole = not block.not_measured
        self.not_measured |= block.not_measured
        if whole:
            self.cell_sums += cell_sums
            self.whole_rows += block.rows
        needed = self._rows + block.rows
        if needed > self._load.size:
            grown = np.zeros(max(needed, 2 * self._load.size), dtype=np.int64)
            grown[: self._rows] = self._load[: self._rows]
            self._load = grown
        self._load[self._rows : needed] = load
        if self._pieces and self._pieces[-1].goes_on(block, whole, self._rows):
            self._pieces[-1].rows += block.rows
        else:
            self._pieces.append(
                _Piece(
                    block.boot, block.seq, block.device_ns, block.t_ns, block.ns_per_row, whole, self._rows, block.rows
                )
            )
        self._rows = needed

    def kept(self, walk_t_ns: int) -> Kept | None:
        """The rows in order, their times from the walk's first row on; None when there are none."""
        if not self._rows:
            return None
        pieces = self._in_order()
        origin = pieces[0]
        boot = pieces[0]
        own: list[Ints] = []
        stretches: list[list[int]] = []
        before: tuple[int, int, int] | None = None  # boot, number and device time of the row that is due
        at = 0
        for piece in pieces:
            if piece.boot != boot.boot:
                boot = piece
            first_own = (boot.t_ns - origin.t_ns) + (piece.device_ns - boot.device_ns)
            own.append(first_own + np.arange(piece.rows, dtype=np.int64) * piece.ns_per_row)
            if before is None or not _joins(before, piece):
                stretches.append([at, at])
            at += piece.rows
            stretches[-1][1] = at
            before = (piece.boot, piece.seq + piece.rows, piece.device_ns + piece.rows * piece.ns_per_row)
        signal = FootSignal(
            load=np.concatenate([self._load[piece.at : piece.at + piece.rows] for piece in pieces]),
            newton_per_unit=self.scale.newton_per_unit,
            own_ns=np.concatenate(own),
            walk_ns=np.concatenate(
                [piece.t_ns - walk_t_ns + np.arange(piece.rows, dtype=np.int64) * piece.ns_per_row for piece in pieces]
            ),
            ns_per_row=origin.ns_per_row,
            stretches=tuple((first, stop) for first, stop in stretches),
        )
        return Kept(signal, np.repeat([piece.whole for piece in pieces], [piece.rows for piece in pieces]))

    def _in_order(self) -> list[_Piece]:
        began: dict[int, int] = {}
        for piece in self._pieces:
            began[piece.boot] = min(began.get(piece.boot, piece.t_ns), piece.t_ns)
        return sorted(self._pieces, key=lambda piece: (began[piece.boot], piece.boot, piece.seq))


def _joins(before: tuple[int, int, int], piece: _Piece) -> bool:
    boot, seq, device_ns = before
    return piece.boot == boot and piece.seq == seq and abs(piece.device_ns - device_ns) * 2 <= piece.ns_per_row
