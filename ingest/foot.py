"""One insole on its way to the spool: events in; blocks with UTC, declared losses and the insole's status out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ingest.blocks import BlockBuilder, Stretch
from ingest.clock import DeviceClock
from ingest.events import BatterySeen, FaultSeen, LayoutSeen, LinkChanged, Rows, SourceEvent, TakenSeen
from ingest.spool import Spool
from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.codec import to_message
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap, Layout, LinkState, Status

_log = logging.getLogger(__name__)

_BAD_FRAMES = frozenset({FaultCode.FRAME_TRUNCATED, FaultCode.FRAME_MALFORMED, FaultCode.FRAME_VERSION})
_WITHOUT_LINK = frozenset({LinkState.SEARCHING, LinkState.CONNECTING, LinkState.LOST})
_HELD_STRETCHES = 600  # that wait for their layout: ten minutes


class Foot:
    """The state of one insole.

    :param claims: which insole has which side, shared by all feet; the first that claims a side has it.
    :param on_layout: told each layout that stands.
    """

    def __init__(
        self,
        insole: str,
        spool: Spool,
        claims: dict[Side, Foot],
        now_ns: Callable[[], int],
        on_layout: Callable[[Layout], None],
    ) -> None:
        self.insole = insole
        self.faults = FaultBook()
        self.changed = False  # something that the status tells, since `status` was last asked
        self._spool = spool
        self._claims = claims
        self._now_ns = now_ns
        self._on_layout = on_layout
        self._lock = asyncio.Lock()
        self._builder = BlockBuilder()
        self._layout: Layout | None = None
        self._refused_side = False
        self._clocks: dict[int, DeviceClock] = {}
        self._error_ns: int | None = None
        self._held: list[Stretch] = []
        self._link = LinkState.IDLE
        self._battery_pct: int | None = None
        self._taken_next: dict[int, int] = {}
        self._rows_at_s = 0.0  # of the event loop, when rows last came
        self._unkept = 0  # rows that the spool refused since the last it took

    @property
    def side(self) -> Side | None:
        """The side that this insole has; None while it has none."""
        return None if self._layout is None or self._refused_side else self._layout.side

    async def take(self, event: SourceEvent, block_ns: int) -> None:
        """What the source said; blocks are at least `block_ns` long unless something breaks them."""
        async with self._lock:
            match event:
                case Rows():
                    await self._take_rows(event, block_ns)
                case LayoutSeen():
                    await self._take_layout(event.layout)
                case LinkChanged():
                    await self._take_link(event.state)
                case TakenSeen():
                    await self._take_count(event)
                case BatterySeen():
                    self.changed |= self._battery_pct != event.pct
                    self._battery_pct = event.pct
                case FaultSeen():
                    self.note(event.fault)

    async def flush(self) -> None:
        """Put what is open into the spool."""
        async with self._lock:
            await self._keep(self._builder.flush())

    async def flush_if_quiet(self, quiet_s: float) -> None:
        """As `flush`, when no rows came for so long."""
        if asyncio.get_running_loop().time() - self._rows_at_s > quiet_s:
            await self.flush()

    async def end(self) -> None:
        """Nothing more will come: what was taken and is not here is missing, and the side is free again."""
        async with self._lock:
            await self._end()

    def note(self, fault: Fault) -> None:
        self.faults.note(fault)
        self.changed = True
        if fault.code in _BAD_FRAMES:
            self._builder.missing_because(GapReason.BAD)

    async def status(self) -> Status | None:
        """What is known now; None while it is not known which foot it is, and when another has taken its place."""
        side, self.changed = self.side, False
        if side is None or self._claims.get(side, self) is not self:
            return None
        books, gaps = await asyncio.to_thread(lambda: (self._spool.books(self.insole), self._spool.gaps(self.insole)))
        clock = self._clocks.get(self._builder.boot or 0)
        return Status(
            insole=self.insole,
            side=side,
            t_ns=self._now_ns(),
            link=self._link,
            boot=self._builder.boot,
            battery_pct=self._battery_pct,
            taken=books.taken,
            received=books.received,
            published=books.published,
            waiting=books.waiting,
            gaps=gaps,
            faults=self.faults.counts,
            clock_ppm=None if clock is None else clock.ppm,
            clock_error_ms=None if self._error_ns is None else self._error_ns / 1e6,
        )

    async def _take_rows(self, rows: Rows, block_ns: int) -> None:
        if not len(rows.codes) or self._refused_side:
            return
        self._rows_at_s = asyncio.get_running_loop().time()
        await self._meet(rows.boot)
        if rows.arrived_ns is not None:
            last_row_ns = rows.ticks * rows.tick_ns + (len(rows.codes) - 1) * rows.ns_per_row
            self._clocks.setdefault(rows.boot, DeviceClock()).observe(last_row_ns, rows.arrived_ns)
        done, faults = self._builder.add(rows, block_ns)
        for fault in faults:
            self.note(fault)
        await self._keep(done)

    async def _meet(self, boot: int, first_seq: int | None = None) -> None:
        """A boot that is new to this run: settle the one before, and go on where an earlier run stopped."""
        before = self._builder.boot
        if boot == before:
            return
        if before is not None:
            await self._keep(self._builder.flush())
            await self._settle_tail(before, GapReason.AWAY)
        self._unkept = 0  # no block of another boot can declare them; they stand in the ledger
        known = await asyncio.to_thread(self._spool.next_seq, self.insole, boot)
        if known is not None:
            self._builder.expect(boot, known)
            self._builder.missing_because(GapReason.AWAY)
        elif first_seq is not None:
            self._builder.expect(boot, first_seq)
        for old in list(self._clocks)[:-1]:
            del self._clocks[old]

    async def _take_count(self, seen: TakenSeen) -> None:
        if self._refused_side:
            return
        await self._meet(seen.boot, seen.first_seq)
        self._taken_next[seen.boot] = max(seen.next_seq, self._taken_next.get(seen.boot, 0))
        await self._write(lambda: self._spool.note_taken(self.insole, seen.boot, seen.first_seq, seen.next_seq))

    async def _take_layout(self, layout: Layout) -> None:
        if layout == self._layout and not self._refused_side:
            return
        await self._keep(self._builder.flush())
        if self._layout is not None and self._claims.get(self._layout.side) is self:
            del self._claims[self._layout.side]
        owner = self._claims.setdefault(layout.side, self)
        self._layout, self._refused_side, self.changed = layout, owner is not self, True
        if owner is not self:
            fault = Fault(FaultCode.SIDE_TAKEN, f"{layout.side}: {owner.insole} has it, {self.insole} is left out")
            self.note(fault)
            owner.note(fault)
            self._held.clear()
            _log.warning("%s", fault)
            return
        self._on_layout(layout)
        held, self._held = self._held, []
        await self._keep(held)

    async def _take_link(self, state: LinkState) -> None:
        self._link, self.changed = state, True
        if state is not LinkState.STREAMING:
            await self._keep(self._builder.flush())
        if state in _WITHOUT_LINK and self._builder.boot is not None:
            self._builder.missing_because(GapReason.AWAY)
        if state is LinkState.ENDED:
            await self._end()

    async def _end(self) -> None:
        await self._keep(self._builder.flush())
        if self._builder.boot is not None:
            await self._settle_tail(self._builder.boot, GapReason.RADIO)
        for stretch in self._held:
            await self._give_up(stretch, GapReason.BAD)
        self._held.clear()
        for side in [side for side, owner in self._claims.items() if owner is self]:
            del self._claims[side]
        self.changed = True

    async def _settle_tail(self, boot: int, reason: GapReason) -> None:
        """Rows that the insole took last and that no block after them can declare."""
        first, end = self._builder.next_seq, self._taken_next.pop(boot, 0)
        if first is not None and end > first:
            gap = Gap(boot=boot, first=first, last=end - 1, reason=reason)
            await self._write(lambda: self._spool.note_gap(self.insole, gap))

    async def _keep(self, stretches: list[Stretch]) -> None:
        for stretch in stretches:
            if self._layout is not None:
                await self._append(stretch, self._layout)
            elif len(self._held) < _HELD_STRETCHES:
                if not self._held:
                    self.note(Fault(FaultCode.LAYOUT_MISSING, self.insole))
                self._held.append(stretch)
            else:
                await self._give_up(stretch, GapReason.BAD)

    async def _append(self, stretch: Stretch, layout: Layout) -> None:
        rows = stretch.rows
        lost = stretch.lost_before + self._unkept
        block = Block(
            insole=self.insole,
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
            t_error_ns=None if rows.t_ns is not None else self._error_ns,
        )
        if await self._write(lambda: self._spool.append(to_message(block))):
            self._unkept = 0
        else:
            self._unkept = block.lost_before + block.rows

    async def _give_up(self, stretch: Stretch, reason: GapReason) -> None:
        first, last = stretch.rows.seq - stretch.lost_before, stretch.end_seq - 1
        gap = Gap(boot=stretch.rows.boot, first=first, last=last, reason=reason)
        await self._write(lambda: self._spool.note_gap(self.insole, gap))

    async def _write(self, work: Callable[[], None]) -> bool:
        """Have the spool do something; whether it could. A spool in trouble stops nothing else."""
        try:
            await asyncio.to_thread(work)
        except UnderfootError as error:
            if not self._unkept:
                _log.warning("%s", error.fault)
            self.note(error.fault)
            return False
        return True

    def _utc_of(self, stretch: Stretch) -> int:
        if stretch.rows.t_ns is not None:
            return stretch.rows.t_ns
        clock = self._clocks.get(stretch.rows.boot)
        if clock is None:
            self.note(Fault(FaultCode.CLOCK_UNKNOWN, f"boot {stretch.rows.boot:#x}"))
            self._error_ns = None
            return self._now_ns() - len(stretch.rows.codes) * stretch.rows.ns_per_row
        reading = clock.utc_of(stretch.device_ns)
        self._error_ns = reading.error_ns
        return reading.t_ns


def _origin(rows: Rows) -> Origin:
    if rows.t_ns is not None:
        return Origin.REPLAY
    return Origin.LIVE if rows.arrived_ns is not None else Origin.BACKFILL
