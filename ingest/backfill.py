"""What one insole recorded while nobody listened, on its way into the spool."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ingest.blocks import BlockBuilder, Stretch
from ingest.clocks import Clocks
from ingest.events import Fetch, FetchEnded, FetchResult, HeldSeen, Release, Request, Rows
from ingest.fetching import Fetching
from ingest.held import RowRange
from ingest.placing import place
from ingest.spool import Spool
from ingest.wire.block import Block, Origin
from ingest.wire.codec import to_message
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Layout, Samples

_log = logging.getLogger(__name__)

_BLOCK_NS = 5_000_000_000  # a crystal is off by 0.25 ms over it, and the disk is synced once for it
_STILL_COMING_NS = 2_000_000_000  # what was missed in the last two seconds may only be late
_WORTH_TELLING_ROWS = 1_000


class Backfill:
    """Fetches what lacks, places it in time, spools it, and tells the insole what it may forget.

    The caller lets nothing else happen to the insole meanwhile. :raises UnderfootError: from every coroutine, of the
    spool; nothing is lost by that, because what lacks is asked for again.

    :param ask: passes a request on to the insole.
    """

    def __init__(
        self, insole: str, spool: Spool, clocks: Clocks, now_ns: Callable[[], int], ask: Callable[[Request], None]
    ) -> None:
        self._insole = insole
        self._spool = spool
        self._clocks = clocks
        self._now_ns = now_ns
        self._ask = ask
        self._fetching = Fetching()
        self._builder = BlockBuilder()
        self._done: list[Stretch] = []
        self._refused = False
        self._void = False  # what the spool knows of the insole's memory is of an earlier link
        self._released: dict[int, int] = {}
        self._told_at_s: float | None = None  # when a fetch that is worth a line in the log began

    @property
    def under_way(self) -> bool:
        return self._fetching.asked is not None

    def told(self, seen: HeldSeen) -> None:
        if self._fetching.told(seen):
            self._void = True
            self._released.clear()

    def stream_up(self) -> None:
        """Live rows come."""
        self._fetching.stream_up()

    def trouble(self, now_s: float) -> None:
        """The live stream suffers."""
        self._fetching.trouble(now_s)

    async def stream_down(self, layout: Layout | None) -> None:
        """No live rows any more: what came of a torn piece is kept."""
        self._fetching.stream_down()
        self._done += self._builder.flush()
        await self._keep(layout)

    async def take(self, rows: Rows, layout: Layout | None, now_s: float) -> None:
        """Rows out of the insole's memory; what is here already is left out."""
        self._fetching.came(now_s)
        due = self._builder.next_seq
        if rows.boot == self._builder.boot and due is not None and rows.seq < due:
            self._begin_anew()
        done, _ = self._builder.add(rows, _BLOCK_NS)  # what lacks is seen in the ledger
        self._done += done
        await self._keep(layout)

    async def ended(self, ended: FetchEnded, layout: Layout | None, now_s: float) -> None:
        """A piece is over, whole or not."""
        self._begin_anew()
        try:
            await self._keep(layout)
        finally:  # also when the disk refuses it: the next piece does not wait for the end of this one
            await self._end(ended, now_s)

    async def _end(self, ended: FetchEnded, now_s: float) -> None:
        rows = RowRange(ended.first_seq, ended.next_seq)
        lacking = await asyncio.to_thread(self._spool.memory.lacking, self._insole, ended.boot, rows)
        in_vain = self._fetching.ended(ended, lacking, now_s, refused=self._refused)
        for each in in_vain:
            _log.info("%s: rows %d-%d of boot %#x were not kept", self._insole, each.first, each.next - 1, ended.boot)
            await asyncio.to_thread(self._spool.memory.give_up, self._insole, ended.boot, each)

    async def turn(self, running: int, live_end: int, row_ns: int, layout: Layout, now_s: float) -> None:
        """Ask for whatever is to be asked for now.

        :param running: the boot that streams. :param live_end: one past its last row that came live.
        """
        await self._note(running)
        if self._fetching.asked is not None and self._fetching.silent(now_s):
            asked = self._fetching.asked
            await self.ended(_broken_off(asked), layout, now_s)
        if self._fetching.release_due(now_s):
            await self._release()
        clock = self._clocks.at_hand(running)
        ready = self._fetching.may_ask(now_s) and clock is not None and clock.settled
        if not ready or not self._spool.has_room_for_late:
            return
        live_end -= _STILL_COMING_NS // row_ns
        for seen in self._fetching.held:
            rows = RowRange(seen.first_seq, min(seen.next_seq, live_end) if seen.boot == running else seen.next_seq)
            lacking = await asyncio.to_thread(self._spool.memory.lacking, self._insole, seen.boot, rows)
            newest = self._fetching.newest(seen.boot, lacking, now_s)
            if newest is not None:
                await self._tell_begin(now_s)
                self._refused = False
                self._ask(self._fetching.ask(seen.boot, newest, now_s))
                return
        self._tell_end(now_s)

    async def _note(self, running: int) -> None:
        if self._void:
            await asyncio.to_thread(self._spool.memory.forget, self._insole)
            self._void = False
        for seen in self._fetching.unnoted:
            rows, runs = RowRange(seen.first_seq, seen.next_seq), seen.boot == running
            await asyncio.to_thread(self._spool.memory.note, self._insole, seen.boot, rows, running=runs)
            self._fetching.noted(seen)

    async def _release(self) -> None:
        for seen in self._fetching.held:
            first = max(self._released.get(seen.boot, 0), seen.first_seq)
            upto = await asyncio.to_thread(self._spool.memory.settled_upto, self._insole, seen.boot, first)
            upto = min(upto, seen.next_seq)
            if upto > first:
                self._released[seen.boot] = upto
                self._ask(Release(boot=seen.boot, next_seq=upto))

    def _begin_anew(self) -> None:
        self._done += self._builder.flush()
        self._builder = BlockBuilder()

    async def _keep(self, layout: Layout | None) -> None:
        """Spool what is complete, as far as it lacks here."""
        done, self._done = self._done, []
        try:
            blocks = [part for stretch in done if layout is not None for part in await self._lacking(stretch, layout)]
            if blocks:
                await asyncio.to_thread(self._spool.append_late, blocks)
        except UnderfootError as error:
            self._refused = True
            if error.code is not FaultCode.SPOOL_FULL:  # full for late rows is no fault: the insole keeps them
                raise

    async def _lacking(self, stretch: Stretch, layout: Layout) -> list[Samples]:
        rows = RowRange(stretch.rows.seq, stretch.end_seq)
        lacking = await asyncio.to_thread(
            lambda: self._spool.memory.lacking(self._insole, stretch.rows.boot, rows, given_up=True)
        )
        if not lacking:
            return []
        block = await self._placed(stretch, layout)
        return [to_message(block.cut(part.first - block.seq, part.next - block.seq)) for part in lacking]

    async def _placed(self, stretch: Stretch, layout: Layout) -> Block:
        rows = stretch.rows
        running = self._fetching.held[0].boot if self._fetching.held else rows.boot
        live = self._clocks.at_hand(running)
        at = place(
            stretch.device_ns,
            await self._clocks.known(rows.boot),
            self._fetching.booted_t_ns(rows.boot),
            None if live is None else live.ppm,
            self._now_ns(),
        )
        return Block(
            insole=self._insole,
            side=layout.side,
            boot=rows.boot,
            seq=rows.seq,
            ticks=rows.ticks,
            tick_ns=rows.tick_ns,
            t_ns=at.t_ns,
            ns_per_row=rows.ns_per_row,
            codes=rows.codes,
            unit=layout.unit,
            scale=layout.scale,
            not_measured=rows.not_measured,
            origin=Origin.BACKFILL,
            t_error_ns=at.error_ns,
            time_known=at.time_known,
        )

    async def _tell_begin(self, now_s: float) -> None:
        if self._told_at_s is None:
            rows = (await asyncio.to_thread(self._spool.books, self._insole)).to_fetch
            if rows >= _WORTH_TELLING_ROWS:
                self._told_at_s = now_s
                _log.info("%s: fetching %s rows recorded away", self._insole, f"{rows:,}")

    def _tell_end(self, now_s: float) -> None:
        if self._told_at_s is not None:
            _log.info("%s: done in %.0f s", self._insole, now_s - self._told_at_s)
            self._told_at_s = None


def _broken_off(asked: Fetch) -> FetchEnded:
    return FetchEnded(
        boot=asked.boot, first_seq=asked.first_seq, next_seq=asked.next_seq, result=FetchResult.BROKEN_OFF
    )
