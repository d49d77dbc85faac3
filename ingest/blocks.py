"""Rows of one insole → stretches that can be one block. Pure; whatever breaks a block is found here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ingest.events import Rows
from ingest.wire.block import Codes, GapReason
from ingest.wire.faults import Fault, FaultCode

_BEFORE_ALL = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Rows without a break, evenly spaced; a block but for its side, unit, scale and (when `t_ns` is None) its UTC."""

    rows: Rows
    lost_before: int = 0
    lost_reason: GapReason | None = None

    @property
    def device_ns(self) -> int:
        return self.rows.ticks * self.rows.tick_ns

    @property
    def end_seq(self) -> int:
        return self.rows.seq + len(self.rows.codes)


class BlockBuilder:
    """Joins what follows without a break, cuts where something does, declares what is missing in between."""

    def __init__(self) -> None:
        self._open: Stretch | None = None
        self._parts: list[Codes] = []
        self._boot: int | None = None
        self._next_seq: int | None = None
        self._last_device_ns = _BEFORE_ALL
        self._reason = GapReason.RADIO

    @property
    def boot(self) -> int | None:
        return self._boot

    @property
    def next_seq(self) -> int | None:
        """One past the last row that was seen; None before the first of this boot."""
        return self._next_seq

    def expect(self, boot: int, seq: int) -> None:
        """The next row of this boot should be `seq`: what lies between was taken and is missing."""
        if self._boot != boot or self._next_seq is None:
            self._boot, self._next_seq = boot, seq
            self._last_device_ns = _BEFORE_ALL

    def missing_because(self, reason: GapReason) -> None:
        """Why rows will be missing, if any are, before the next ones. The most telling reason stands."""
        if self._reason is not GapReason.AWAY:
            self._reason = reason

    def add(self, rows: Rows, block_ns: int) -> tuple[list[Stretch], list[Fault]]:
        """Take rows; what is complete (at least `block_ns` long, or followed by a break), and what was wrong."""
        done: list[Stretch] = []
        faults: list[Fault] = []
        if rows.boot != self._boot:
            done += self.flush()
            self._boot, self._next_seq, self._last_device_ns, self._reason = (
                rows.boot,
                None,
                _BEFORE_ALL,
                GapReason.RADIO,
            )
        fresh = self._only_new(rows, faults)
        if fresh is None:
            return done, faults
        lost = 0 if self._next_seq is None else fresh.seq - self._next_seq
        if lost or not self._continues(fresh):
            done += self.flush()
        if lost:
            faults.append(Fault(FaultCode.ROWS_LOST, f"{lost} rows before row {fresh.seq}"))
        if self._open is None:
            reason = GapReason.SOURCE if fresh.t_ns is not None else self._reason
            self._open = Stretch(rows=fresh, lost_before=lost, lost_reason=reason if lost else None)
        self._parts.append(fresh.codes)
        self._reason = GapReason.RADIO
        self._next_seq = fresh.seq + len(fresh.codes)
        self._last_device_ns = fresh.ticks * fresh.tick_ns + (len(fresh.codes) - 1) * fresh.ns_per_row
        done += self._complete(max(1, block_ns // fresh.ns_per_row))
        return done, faults

    def flush(self) -> list[Stretch]:
        """What is open, as it is."""
        return list(self._take())

    def _take(self) -> Iterator[Stretch]:
        if self._open is not None:
            codes = self._parts[0] if len(self._parts) == 1 else np.concatenate(self._parts)
            yield replace(self._open, rows=replace(self._open.rows, codes=codes))
        self._open, self._parts = None, []

    def _complete(self, rows_per_block: int) -> Iterator[Stretch]:
        if sum(map(len, self._parts)) < rows_per_block:
            return
        (whole,) = self._take()
        blocks, rest = divmod(len(whole.rows.codes), rows_per_block)
        if blocks == 1:  # rows that came in one notification stay together
            yield whole
            return
        for k in range(blocks):
            yield _cut(whole, k * rows_per_block, (k + 1) * rows_per_block)
        if rest:
            self._open = _cut(whole, blocks * rows_per_block, len(whole.rows.codes))
            self._parts = [self._open.rows.codes]

    def _only_new(self, rows: Rows, faults: list[Fault]) -> Rows | None:
        """Without what was seen already, and without what runs backwards on the insole's own clock."""
        if self._next_seq is not None and rows.seq < self._next_seq:
            again = min(self._next_seq - rows.seq, len(rows.codes))
            faults.append(Fault(FaultCode.ROWS_REPEATED, f"{again} rows from row {rows.seq}"))
            if again == len(rows.codes):
                return None
            rows = _without_first(rows, again)
        if rows.ticks * rows.tick_ns <= self._last_device_ns:
            faults.append(Fault(FaultCode.TIME_BACKWARDS, f"at row {rows.seq}"))
            self._reason = GapReason.BAD
            return None
        return rows if len(rows.codes) else None

    def _continues(self, rows: Rows) -> bool:
        if self._open is None:
            return False
        last, seen = self._open.rows, sum(map(len, self._parts))
        even = rows.ticks * rows.tick_ns == last.ticks * last.tick_ns + seen * last.ns_per_row
        same = (rows.tick_ns, rows.ns_per_row, rows.not_measured, rows.codes.shape[1]) == (
            last.tick_ns,
            last.ns_per_row,
            last.not_measured,
            last.codes.shape[1],
        )
        due = None if last.t_ns is None else last.t_ns + seen * last.ns_per_row
        return even and same and rows.t_ns == due


def _without_first(rows: Rows, count: int) -> Rows:
    return replace(
        rows,
        seq=rows.seq + count,
        ticks=rows.ticks + count * rows.ns_per_row // rows.tick_ns,
        t_ns=None if rows.t_ns is None else rows.t_ns + count * rows.ns_per_row,
        codes=rows.codes[count:],
    )


def _cut(whole: Stretch, start: int, stop: int) -> Stretch:
    rows = replace(_without_first(whole.rows, start), codes=whole.rows.codes[start:stop])
    return Stretch(rows=rows) if start else replace(whole, rows=rows)
