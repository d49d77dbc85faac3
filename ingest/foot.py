"""One insole on its way to the spool: events in; blocks with UTC, declared losses and the insole's status out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine

from ingest.backfill import Backfill
from ingest.blocks import BlockBuilder
from ingest.clocks import Clocks
from ingest.events import (
    BatterySeen,
    FaultSeen,
    FetchEnded,
    HeldSeen,
    LayoutSeen,
    LinkChanged,
    Request,
    Rows,
    SourceEvent,
    TakenSeen,
)
from ingest.spool import Spool
from ingest.spooling import Spooling
from ingest.wire.block import GapReason
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, LinkState, Status

_log = logging.getLogger(__name__)

_BAD_FRAMES = frozenset({FaultCode.FRAME_TRUNCATED, FaultCode.FRAME_MALFORMED, FaultCode.FRAME_VERSION})
_WITHOUT_LINK = frozenset({LinkState.SEARCHING, LinkState.CONNECTING, LinkState.LOST})
_LATE_LIVE_NS = 1_000_000_000  # live rows so late: what is fetched beside them takes their air
_OVERRUN = "overrun"  # an insole's own fault: it could not send what it took
_STATUS_EVERY_S = 2.0  # while rows are fetched
_SAVE_EVERY_S = 60.0


class Foot:
    """The state of one insole.

    :param claims: which insole has which side, shared by all feet; the first that claims a side has it.
    :param on_layout: told each layout that stands.
    :param ask: passes a request on to the insole.
    :param now_s: monotonic.
    """

    def __init__(
        self,
        insole: str,
        spool: Spool,
        claims: dict[Side, Foot],
        now_ns: Callable[[], int],
        on_layout: Callable[[Layout], None],
        ask: Callable[[Request], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.insole = insole
        self.faults = FaultBook()
        self.changed = False  # something that the status tells, since `status` was last asked
        self._spool = spool
        self._claims = claims
        self._now_ns = now_ns
        self._now_s = now_s
        self._on_layout = on_layout
        self._lock = asyncio.Lock()
        self._builder = BlockBuilder()
        self._layout: Layout | None = None
        self._refused_side = False
        self._clocks = Clocks(insole, spool.memory)
        self._spooling = Spooling(insole, spool, self._clocks, now_ns, self.note)
        self._backfill = Backfill(insole, spool, self._clocks, now_ns, ask)
        self._row_ns = 0  # of the live rows
        self._said_at_s = 0.0
        self._save_at_s = 0.0
        self._link = LinkState.IDLE
        self._battery_pct: int | None = None
        self._troubles: dict[FaultCode, None] = {}  # since rows last came, in order
        self._taken_next: dict[int, int] = {}
        self._rows_at_s = 0.0  # of the event loop, when rows last came

    @property
    def side(self) -> Side | None:
        """The side that this insole has; None while it has none."""
        return None if self._layout is None or self._refused_side else self._layout.side

    async def take(self, event: SourceEvent, block_ns: int) -> None:
        """What the source said; blocks are at least `block_ns` long unless something breaks them."""
        async with self._lock:
            match event:
                case Rows() if event.kept:
                    await self._take_kept(event)
                case Rows():
                    await self._take_rows(event, block_ns)
                case HeldSeen():
                    self._backfill.told(event)
                case FetchEnded():
                    await self._take_end(event)
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
            await self._spooling.keep(self._builder.flush())
            await self._try(self._clocks.save())

    async def tend(self, quiet_s: float) -> None:
        """What is due without any event: as `flush` when no rows came for so long; fetch; keep the clocks."""
        now_s = self._now_s()
        async with self._lock:
            if now_s - self._rows_at_s > quiet_s:
                await self._spooling.keep(self._builder.flush())
            await self._fetch()
            if now_s >= self._save_at_s:
                self._save_at_s = now_s + _SAVE_EVERY_S
                await self._try(self._clocks.save())
        self.changed |= self._backfill.under_way and now_s - self._said_at_s >= _STATUS_EVERY_S

    async def end(self) -> None:
        """Nothing more will come: what was taken and is not here is missing, and the side is free again."""
        async with self._lock:
            await self._end()

    def note(self, fault: Fault) -> None:
        self.faults.note(fault)
        self._troubles[fault.code] = None
        self.changed = True
        if fault.code is FaultCode.DEVICE_FAULT and _OVERRUN in fault.detail:
            self._backfill.trouble(self._now_s())
        if fault.code in _BAD_FRAMES:
            self._builder.missing_because(GapReason.BAD)

    async def status(self) -> Status | None:
        """What is known now; None while it is not known which foot it is, and when another has taken its place."""
        side, self.changed = self.side, False
        if side is None or self._claims.get(side, self) is not self:
            return None
        self._said_at_s = self._now_s()
        books, gaps = await asyncio.to_thread(lambda: (self._spool.books(self.insole), self._spool.gaps(self.insole)))
        clock = self._clocks.at_hand(self._builder.boot)
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
            to_fetch=books.to_fetch + self._spool.late_waiting(self.insole),
            gaps=gaps,
            faults=self.faults.counts,
            troubles=tuple(map(str, self._troubles)),
            clock_ppm=None if clock is None else clock.ppm,
            clock_error_ms=None if self._spooling.error_ns is None else self._spooling.error_ns / 1e6,
        )

    async def _take_rows(self, rows: Rows, block_ns: int) -> None:
        if not len(rows.codes) or self._refused_side:
            return
        self._rows_at_s, self._row_ns = self._now_s(), rows.ns_per_row
        self._troubles.clear()
        await self._meet(rows.boot)
        if rows.arrived_ns is not None:
            last_row_ns = rows.ticks * rows.tick_ns + (len(rows.codes) - 1) * rows.ns_per_row
            clock = await self._clocks.observe(rows.boot, last_row_ns, rows.arrived_ns)
            self._backfill.stream_up()
            if clock.lateness_ns(last_row_ns, rows.arrived_ns) > _LATE_LIVE_NS:
                self._backfill.trouble(self._rows_at_s)
        done, faults = self._builder.add(rows, block_ns)
        for fault in faults:
            self.note(fault)
        await self._spooling.keep(done)

    async def _meet(self, boot: int, first_seq: int | None = None) -> None:
        """A boot that is new to this run: settle the one before, and go on where an earlier run stopped."""
        before = self._builder.boot
        if boot == before:
            return
        if before is not None:
            await self._spooling.keep(self._builder.flush())
            await self._settle_tail(before, GapReason.AWAY)
        self._spooling.new_boot()
        known = await asyncio.to_thread(self._spool.next_seq, self.insole, boot)
        if known is not None:
            self._builder.expect(boot, known)
            self._builder.missing_because(GapReason.AWAY)
        elif first_seq is not None:
            self._builder.expect(boot, first_seq)

    async def _take_kept(self, rows: Rows) -> None:
        if len(rows.codes) and not self._refused_side:
            await self._try(self._backfill.take(rows, self._layout, self._now_s()))

    async def _take_end(self, ended: FetchEnded) -> None:
        self.changed = True
        await self._try(self._backfill.ended(ended, self._layout, self._now_s()))
        await self._fetch()

    async def _fetch(self) -> None:
        """Ask for what lacks, when rows come live and it is known whose they are."""
        boot, live_end = self._builder.boot, self._builder.next_seq
        streams = self._link is LinkState.STREAMING and self._row_ns > 0
        if boot is None or live_end is None or self._layout is None or self._refused_side or not streams:
            return
        await self._try(self._backfill.turn(boot, live_end, self._row_ns, self._layout, self._now_s()))

    async def _try(self, work: Coroutine[None, None, None]) -> None:
        """What can be done again later: a spool in trouble stops nothing else."""
        try:
            await work
        except UnderfootError as error:
            self.note(error.fault)
            _log.info("%s", error.fault)
            self._backfill.trouble(self._now_s())

    async def _take_count(self, seen: TakenSeen) -> None:
        if self._refused_side:
            return
        await self._meet(seen.boot, seen.first_seq)
        self._taken_next[seen.boot] = max(seen.next_seq, self._taken_next.get(seen.boot, 0))
        await self._spooling.write(
            lambda: self._spool.note_taken(self.insole, seen.boot, seen.first_seq, seen.next_seq)
        )

    async def _take_layout(self, layout: Layout) -> None:
        if layout == self._layout and not self._refused_side:
            return
        await self._spooling.keep(self._builder.flush())
        if self._layout is not None and self._claims.get(self._layout.side) is self:
            del self._claims[self._layout.side]
        owner = self._claims.setdefault(layout.side, self)
        self._layout, self._refused_side, self.changed = layout, owner is not self, True
        if owner is not self:
            fault = Fault(FaultCode.SIDE_TAKEN, f"{layout.side}: {owner.insole} has it, {self.insole} is left out")
            self.note(fault)
            owner.note(fault)
            self._spooling.forget_held()
            _log.warning("%s", fault)
            return
        self._on_layout(layout)
        await self._spooling.lay(layout)

    async def _take_link(self, state: LinkState) -> None:
        self._link, self.changed = state, True
        if state is not LinkState.STREAMING:
            await self._spooling.keep(self._builder.flush())
        if state in _WITHOUT_LINK and self._builder.boot is not None:
            self._builder.missing_because(GapReason.AWAY)
        if state is not LinkState.STREAMING:
            await self._try(self._backfill.stream_down(self._layout))
            await self._try(self._clocks.save())
        if state is LinkState.ENDED:
            await self._end()

    async def _end(self) -> None:
        await self._spooling.keep(self._builder.flush())
        if self._builder.boot is not None:
            await self._settle_tail(self._builder.boot, GapReason.RADIO)
        await self._spooling.give_up_held()
        for side in [side for side, owner in self._claims.items() if owner is self]:
            del self._claims[side]
        self.changed = True

    async def _settle_tail(self, boot: int, reason: GapReason) -> None:
        """Rows that the insole took last and that no block after them can declare."""
        first, end = self._builder.next_seq, self._taken_next.pop(boot, 0)
        if first is not None and end > first:
            await self._spooling.note_gap(boot, first, end, reason)
