"""A block as a row of SQLite, its codes packed without loss.

Packed cell by cell as steps from row to row, then zlib level 1: on real walks 0.4 × the bytes for about 25 µs a block,
and zlib's checksum notices a damaged row.
"""

from __future__ import annotations

import zlib

import numpy as np

from ingest.wire.block import Block, Codes, GapReason, Origin
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side, Unit
from processing.store.database import Row

NAMES = (
    *("side", "seq", "ticks", "tick_ns", "t_ns", "ns_per_row", "rows", "cells", "unit", "scale"),
    *("not_measured", "origin", "lost_before", "lost_reason", "t_error_ns", "codes"),
)
INSERT = f"INSERT INTO block (walk, stream, {', '.join(NAMES)}) VALUES (?, ?{', ?' * len(NAMES)})"
_INT64 = 2**63


def pack(codes: Codes) -> bytes:
    """int16 rows × cells to bytes; steps wrap around, so nothing is lost."""
    by_cell = np.ascontiguousarray(codes.T, dtype="<i2")
    steps = by_cell.copy()
    np.subtract(by_cell[:, 1:], by_cell[:, :-1], out=steps[:, 1:])
    return zlib.compress(steps.tobytes(), 1)


def unpack(packed: bytes, rows: int, cells: int) -> Codes:
    """The codes again, bit for bit, read-only.

    :raises UnderfootError: STORE_DAMAGED.
    """
    try:
        steps = np.frombuffer(zlib.decompress(packed), dtype="<i2").reshape(cells, rows)
    except (zlib.error, ValueError, TypeError) as error:
        raise UnderfootError(FaultCode.STORE_DAMAGED, f"packed rows: {error}") from error
    codes = np.ascontiguousarray(np.cumsum(steps, axis=1, dtype=np.int16).T)
    codes.flags.writeable = False
    return codes


def storable(block: Block) -> bool:
    """Whether its numbers fit into what a file can hold; a stranger's message may say anything."""
    numbers = (
        block.boot,
        block.end_seq,
        block.ticks,
        block.tick_ns,
        block.ns_per_row,
        block.lost_before,
        block.end_t_ns,
        block.t_error_ns or 0,
    )
    return block.seq >= 0 and block.lost_before >= 0 and all(-_INT64 <= number < _INT64 for number in numbers)


def to_row(block: Block) -> Row:
    """Values in the order of `NAMES`."""
    return (
        str(block.side),
        block.seq,
        block.ticks,
        block.tick_ns,
        block.t_ns,
        block.ns_per_row,
        block.rows,
        block.cells,
        str(block.unit),
        block.scale,
        format(block.not_measured, "x"),  # more cells than an SQLite integer has bits
        str(block.origin),
        block.lost_before,
        None if block.lost_reason is None else str(block.lost_reason),
        block.t_error_ns,
        pack(block.codes),
    )


def from_row(insole: str, boot: int, row: Row, *, time_known: bool = True) -> Block:
    """The block again, with values in the order of `NAMES`. Whether its time is known, its walk says.

    :raises UnderfootError: STORE_DAMAGED.
    """
    side, seq, ticks, tick_ns, t_ns, ns_per_row, rows, cells, unit, scale, mask, origin, lost, reason, error, codes = (
        row
    )
    try:
        return Block(
            insole=insole,
            side=Side(side),
            boot=boot,
            seq=seq,
            ticks=ticks,
            tick_ns=tick_ns,
            t_ns=t_ns,
            ns_per_row=ns_per_row,
            codes=unpack(codes, rows, cells),
            unit=Unit(unit),
            scale=scale,
            not_measured=int(mask, 16),
            origin=Origin(origin),
            lost_before=lost,
            lost_reason=None if reason is None else GapReason(reason),
            t_error_ns=error,
            time_known=time_known,
        )
    except ValueError as wrong:
        raise UnderfootError(FaultCode.STORE_DAMAGED, f"rows of {insole}, boot {boot}, from {seq}: {wrong}") from wrong
