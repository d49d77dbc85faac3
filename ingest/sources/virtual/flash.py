"""What an insole keeps in its flash: rows of its latest boots as packed records, until a hub releases them. Pure.

A record of the synthetic walker's sixteen cells holds 18 rows in 232 octets, 12.5 octets a row: 32 MB are 7 hours of
walking at 100 Hz. The latest rows of a boot are the *open record*: written when it is full, lost in a power cut.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate, takewhile

import numpy as np

from ingest.drivers.open_insole_records import MAX_HELD_BOOTS, HeldBoot, pack_records
from ingest.drivers.open_insole_wire import RowsFrame
from ingest.wire.block import Codes

DEFAULT_OCTETS = 32_000_000
_PACK_AT_ROWS = 500  # many at once: packing a record alone costs as much as packing ten


@dataclass(slots=True, eq=False)
class _Stretch:
    """Evenly spaced rows that are not packed yet."""

    seq: int
    ticks: int
    not_measured: int
    parts: list[Codes]
    rows: int

    @property
    def next_seq(self) -> int:
        return self.seq + self.rows


@dataclass(slots=True, eq=False)
class _Boot:
    boot: int
    booted_t_ns: int | None = None
    next_seq: int = 0
    firsts: list[int] = field(default_factory=list)  # first row of each record
    records: list[bytes] = field(default_factory=list)
    unpacked: list[_Stretch] = field(default_factory=list)

    @property
    def first_seq(self) -> int:
        if self.firsts:
            return self.firsts[0]
        return self.unpacked[0].seq if self.unpacked else self.next_seq

    @property
    def held(self) -> HeldBoot:
        return HeldBoot(self.boot, self.first_seq, self.next_seq, self.booted_t_ns)

    def drop_first(self, records: int) -> tuple[int, int]:
        """Rows and octets of the oldest records, which are gone now."""
        gone = self.records[:records]
        del self.records[:records], self.firsts[:records]
        return sum(map(_rows_in, gone)), sum(map(len, gone))


class Flash:
    """`overwritten` and `never_recorded`: rows by boot that were taken and are not kept, the latter in a power cut."""

    def __init__(self, capacity_octets: int = DEFAULT_OCTETS) -> None:
        self.capacity_octets = capacity_octets
        self.octets = 0
        self.overwritten: Counter[int] = Counter()
        self.never_recorded: Counter[int] = Counter()
        self.full = False  # rows that nobody released were overwritten, and nobody has released any since
        self._boots: list[_Boot] = []
        self._ticks_per_row = 1

    # -- what the insole does ---------------------------------------------------------------------------------------

    def begin_boot(self, boot: int, ticks_per_row: int, booted_t_ns: int | None = None) -> None:
        """Rows that are added from now on are of this boot."""
        self._close()
        self._boots = [one for one in self._boots if one.first_seq < one.next_seq]
        self._boots.append(_Boot(boot, booted_t_ns))
        self._ticks_per_row = ticks_per_row
        while len(self._boots) > MAX_HELD_BOOTS:
            self._overwrite(self._boots[0], len(self._boots[0].records))
            del self._boots[0]

    def set_booted(self, booted_t_ns: int | None) -> None:
        """UTC at which the ticks of the running boot were 0; None: the clock has been lost."""
        self._boots[-1].booted_t_ns = booted_t_ns

    def add(self, frame: RowsFrame) -> None:
        """The next rows of the running boot."""
        running = self._boots[-1]
        running.next_seq = frame.seq + len(frame.codes)
        if not self._joins(frame):
            running.unpacked.append(_Stretch(frame.seq, frame.ticks, frame.not_measured, [], 0))
        running.unpacked[-1].parts.append(frame.codes)
        running.unpacked[-1].rows += len(frame.codes)
        if sum(stretch.rows for stretch in running.unpacked) >= _PACK_AT_ROWS:
            self._pack()

    def power_cut(self) -> None:
        """The open record is lost."""
        self._pack()
        running = self._boots[-1]
        lost = sum(stretch.rows for stretch in running.unpacked)
        self.never_recorded[running.boot] += lost
        running.next_seq -= lost
        running.unpacked.clear()

    # -- what a hub asks --------------------------------------------------------------------------------------------

    def held(self) -> tuple[HeldBoot, ...]:
        """Boots of which rows are kept, oldest first; the running boot last, even without rows."""
        self._pack()
        return tuple(one.held for one in self._boots if one is self._boots[-1] or one.first_seq < one.next_seq)

    def records(self, boot: int, first: int, last: int) -> list[bytes]:
        """Every record with a row of `first … last`, ascending; the first and the last may reach beyond.

        An open record that has one of them is written now.
        """
        kept = self._find(boot)
        if kept is None:
            return []
        if kept.unpacked and last >= kept.unpacked[0].seq:
            self._close()  # what is reported is what is written
        begin = max(0, bisect_right(kept.firsts, first) - 1)
        asked = kept.records[begin : bisect_right(kept.firsts, last)]
        if asked and kept.firsts[begin] + _rows_in(asked[0]) <= first:
            del asked[0]
        return asked

    def count(self, boot: int, first: int, last: int) -> int:
        """How many rows of `first … last` are kept."""
        kept = self._find(boot)
        return 0 if kept is None else max(0, min(last + 1, kept.next_seq) - max(first, kept.first_seq))

    def release(self, boot: int, last: int) -> int:
        """Forget records without a row after `last`; how many rows that were."""
        kept = self._find(boot)
        if kept is None:
            return 0
        self._pack()
        whole = bisect_right(kept.firsts, last)
        if whole and kept.firsts[whole - 1] + _rows_in(kept.records[whole - 1]) > last + 1:
            whole -= 1
        rows, octets = kept.drop_first(whole)
        self.octets -= octets
        while not kept.records and kept.unpacked and kept.unpacked[0].next_seq <= last + 1:
            rows += kept.unpacked.pop(0).rows
        self.full = self.full and not rows
        return rows

    # -- packing ----------------------------------------------------------------------------------------------------

    def _find(self, boot: int) -> _Boot | None:
        return next((one for one in reversed(self._boots) if one.boot == boot), None)

    def _joins(self, frame: RowsFrame) -> bool:
        if not self._boots[-1].unpacked:
            return False
        latest = self._boots[-1].unpacked[-1]
        due = latest.ticks + latest.rows * self._ticks_per_row
        return (frame.seq, frame.ticks, frame.not_measured) == (latest.next_seq, due, latest.not_measured)

    def _pack(self) -> None:
        """All but the open record."""
        running = self._boots[-1]
        while running.unpacked:
            stretch = running.unpacked.pop(0)
            records = self._records_of(running, stretch)
            if not running.unpacked:
                running.unpacked.append(self._rest(stretch, _rows_in(records.pop())))
                self._keep(running, stretch.seq, records)
                break
            self._keep(running, stretch.seq, records)
        self._make_room()

    def _close(self) -> None:
        if not self._boots:
            return
        running = self._boots[-1]
        for stretch in running.unpacked:
            self._keep(running, stretch.seq, self._records_of(running, stretch))
        running.unpacked.clear()
        self._make_room()

    def _records_of(self, kept: _Boot, stretch: _Stretch) -> list[bytes]:
        stretch.parts = [np.concatenate(stretch.parts)]
        (codes,) = stretch.parts
        return pack_records(
            kept.boot & 0xFFFF, stretch.seq, stretch.ticks, self._ticks_per_row, codes, stretch.not_measured
        )

    def _rest(self, stretch: _Stretch, rows: int) -> _Stretch:
        done = stretch.rows - rows
        codes = stretch.parts[0][done:]
        ticks = stretch.ticks + done * self._ticks_per_row
        return _Stretch(stretch.seq + done, ticks, stretch.not_measured, [codes], rows)

    def _keep(self, kept: _Boot, seq: int, records: list[bytes]) -> None:
        for record in records:
            kept.firsts.append(seq)
            kept.records.append(record)
            self.octets += len(record)
            seq += _rows_in(record)

    def _make_room(self) -> None:
        while self.octets > self.capacity_octets:
            oldest = next(one for one in self._boots if one.records)
            octets = accumulate(map(len, oldest.records))
            fewer = sum(1 for _ in takewhile((self.octets - self.capacity_octets).__gt__, octets))
            self._overwrite(oldest, min(fewer + 1, len(oldest.records)))

    def _overwrite(self, kept: _Boot, records: int) -> None:
        rows, octets = kept.drop_first(records)
        self.octets -= octets
        self.overwritten[kept.boot] += rows
        self.full = True


def _rows_in(record: bytes) -> int:
    return record[2]
