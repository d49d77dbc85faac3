"""Live stretches of one insole → blocks with UTC in the spool, in order, and what the spool refused declared."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ingest.blocks import Stretch
from ingest.clocks import Clocks
from ingest.events import Rows
from ingest.spool import Spool
from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.codec import to_message
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.messages import Gap, Layout

_log = logging.getLogger(__name__)

_HELD_STRETCHES = 600  # that wait for their layout: ten minutes


class Spooling:
    """`layout`: of the rows that come; those that come before it wait. `error_ns`: of the latest time given.

    :param note: told each fault.
    """

    def __init__(
        self, insole: str, spool: Spool, clocks: Clocks, now_ns: Callable[[], int], note: Callable[[Fault], None]
    ) -> None:
        self.layout: Layout | None = None
        self.error_ns: int | None = None
        self._insole = insole
        self._spool = spool
        self._clocks = clocks
        self._now_ns = now_ns
        self._note = note
        self._held: list[Stretch] = []
        self._unkept = 0  # rows that the spool refused since the last it took

    def new_boot(self) -> None:
        """No block of another boot can declare what was refused; it stands in the ledger."""
        self._unkept = 0

    def forget_held(self) -> None:
        self._held.clear()

    async def lay(self, layout: Layout) -> None:
        """The layout that rows were waiting for."""
        self.layout = layout
        held, self._held = self._held, []
        await self.keep(held)

    async def give_up_held(self) -> None:
        """No layout will come any more."""
        for stretch in self._held:
            await self.give_up(stretch, GapReason.BAD)
        self._held.clear()

    async def note_gap(self, boot: int, first: int, end: int, reason: GapReason) -> None:
        gap = Gap(boot=boot, first=first, last=end - 1, reason=reason)
        await self.write(lambda: self._spool.note_gap(self._insole, gap))

    async def keep(self, stretches: list[Stretch]) -> None:
        for stretch in stretches:
            if self.layout is not None:
                await self._append(stretch, self.layout)
            elif len(self._held) < _HELD_STRETCHES:
                if not self._held:
                    self._note(Fault(FaultCode.LAYOUT_MISSING, self._insole))
                self._held.append(stretch)
            else:
                await self.give_up(stretch, GapReason.BAD)

    async def _append(self, stretch: Stretch, layout: Layout) -> None:
        rows = stretch.rows
        lost = stretch.lost_before + self._unkept
        block = Block(
            insole=self._insole,
            side=layout.side,
            boot=rows.boot,
            seq=rows.seq,
            ticks=rows.ticks,
            tick_ns=rows.tick_ns,
            t_ns=self._utc_of(stretch),
            ns_per_row=rows.ns_per_row,
            codes=rows.codes,
            unit=layout.unit,
            scale=layout.scale,
            not_measured=rows.not_measured,
            origin=_origin(rows),
            lost_before=min(lost, rows.seq),
            lost_reason=GapReason.SPOOL_FULL if self._unkept else stretch.lost_reason,
            t_error_ns=None if rows.t_ns is not None else self.error_ns,
        )
        if await self.write(lambda: self._spool.append(to_message(block))):
            self._unkept = 0
        else:
            self._unkept = block.lost_before + block.rows

    async def give_up(self, stretch: Stretch, reason: GapReason) -> None:
        first, last = stretch.rows.seq - stretch.lost_before, stretch.end_seq - 1
        gap = Gap(boot=stretch.rows.boot, first=first, last=last, reason=reason)
        await self.write(lambda: self._spool.note_gap(self._insole, gap))

    async def write(self, work: Callable[[], None]) -> bool:
        """Have the spool do something; whether it could. A spool in trouble stops nothing else."""
        try:
            await asyncio.to_thread(work)
        except UnderfootError as error:
            if not self._unkept:
                _log.warning("%s", error.fault)
            self._note(error.fault)
            return False
        return True

    def _utc_of(self, stretch: Stretch) -> int:
        if stretch.rows.t_ns is not None:
            return stretch.rows.t_ns
        clock = self._clocks.at_hand(stretch.rows.boot)
        if clock is None or not clock.known:
            self._note(Fault(FaultCode.CLOCK_UNKNOWN, f"boot {stretch.rows.boot:#x}"))
            self.error_ns = None
            return self._now_ns() - len(stretch.rows.codes) * stretch.rows.ns_per_row
        reading = clock.utc_of(stretch.device_ns)
        self.error_ns = reading.error_ns
        return reading.t_ns


def _origin(rows: Rows) -> Origin:
    if rows.t_ns is not None:
        return Origin.REPLAY
    return Origin.LIVE if rows.arrived_ns is not None else Origin.BACKFILL
