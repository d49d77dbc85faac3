"""An insole that remembers, the world around it and a hub's foot; time is simulated, the spool lies on a real disk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from samples_kit import CELLS, layout

from ingest.events import (
    Fetch,
    FetchEnded,
    FetchResult,
    HeldSeen,
    LayoutSeen,
    LinkChanged,
    Release,
    Request,
    Rows,
    SourceEvent,
    TakenSeen,
)
from ingest.foot import Foot
from ingest.spool import Spool
from ingest.wire.block import Block, Codes
from ingest.wire.codec import decode, to_block
from ingest.wire.messages import LinkState, Samples, Status

T0_NS = 1_700_000_000_000_000_000
ROW_NS = 10_000_000
NOTIFICATION = 10  # rows
SECOND_NS = 1_000_000_000
Name = tuple[int, int]


@dataclass
class Boot:
    """`taken` rows, of which `flash` are remembered; ticks were 0 at `t_ns` (true UTC)."""

    boot: int
    t_ns: int
    taken: int = 0
    flash: set[int] = field(default_factory=set)


class Insole:
    """Takes a row every 10 ms of its own clock, which runs `ppm` slow; keeps all of them until told to forget."""

    def __init__(self, ppm: float = 0.0, *, knows_time: bool = True) -> None:
        self.ppm = ppm
        self.knows_time = knows_time
        self.boots: list[Boot] = []
        self.asked: list[Fetch] = []
        self.forgotten: set[Name] = set()  # because the hub said so

    @property
    def now(self) -> Boot:
        return self.boots[-1]

    def reboot(self, t_ns: int) -> None:
        self.boots.append(Boot(boot=100 + len(self.boots), t_ns=t_ns))

    def row_t_ns(self, boot: Boot, seq: int) -> int:
        return boot.t_ns + round(seq * ROW_NS * (1 + self.ppm * 1e-6))

    def take(self, rows: int) -> tuple[int, int]:
        first = self.now.taken
        self.now.taken += rows
        self.now.flash.update(range(first, self.now.taken))
        return first, self.now.taken

    def rows(self, boot: Boot, first: int, end: int, arrived_ns: int | None) -> Rows:
        return Rows(
            boot=boot.boot,
            seq=first,
            ticks=first * 100,
            tick_ns=100_000,
            ns_per_row=ROW_NS,
            codes=codes_of(boot.boot, first, end),
            arrived_ns=arrived_ns,
            kept=arrived_ns is None,
        )

    def held(self) -> Iterator[HeldSeen]:
        for each in self.boots:
            if each.flash or each is self.now:
                first = min(each.flash, default=each.taken)
                end = max(each.flash, default=each.taken - 1) + 1
                booted = each.t_ns if self.knows_time else None
                yield HeldSeen(boot=each.boot, first_seq=first, next_seq=end, booted_t_ns=booted)

    def ask(self, request: Request) -> None:
        """As `Source.ask`."""
        if isinstance(request, Fetch):
            assert not self.asked, "one at a time"
            self.asked.append(request)
        elif isinstance(request, Release):
            (boot,) = (each for each in self.boots if each.boot == request.boot)
            gone = {seq for seq in boot.flash if seq < request.next_seq}
            boot.flash -= gone
            self.forgotten |= {(boot.boot, seq) for seq in gone}

    def answer(self, *, torn_after: int | None = None) -> list[SourceEvent]:
        """Records of up to 100 rows, and the end; with `torn_after` only so many rows come."""
        fetch = self.asked.pop()
        (boot,) = (each for each in self.boots if each.boot == fetch.boot)
        there = [seq for seq in range(fetch.first_seq, fetch.next_seq) if seq in boot.flash][:torn_after]
        said: list[SourceEvent] = [self.rows(boot, part[0], part[-1] + 1, None) for part in _runs(there, 100)]
        result = FetchResult.DONE if there else FetchResult.NOTHING
        result = result if torn_after is None else FetchResult.BROKEN_OFF
        end = FetchEnded(boot=fetch.boot, first_seq=fetch.first_seq, next_seq=fetch.next_seq, result=result)
        return [*said, end]


def codes_of(boot: int, first: int, end: int) -> Codes:
    """So that every row can be told from every other."""
    numbers = (np.arange(first, end) * 31 + boot) % 30_000
    return np.repeat(numbers.astype(np.int16)[:, None], len(CELLS), axis=1)


def _runs(seqs: list[int], most: int) -> Iterator[list[int]]:
    run: list[int] = []
    for seq in seqs:
        if run and (seq != run[-1] + 1 or len(run) == most):
            yield run
            run = []
        run.append(seq)
    if run:
        yield run


class Home:
    """A hub with one insole; `t_ns` is the true time, and the hub's clock is right."""

    def __init__(self, path: Path, insole: Insole, *, max_bytes: int = 2**30, seed: int = 1) -> None:
        self.insole = insole
        self.t_ns = T0_NS
        self.statuses: list[Status] = []
        self._path = path
        self._max_bytes = max_bytes
        self._chance = random.Random(seed)
        self._linked = False
        self._latest_ns = 0
        self.wait_ms = 10.0  # in queues, in the mean, beyond the wait for the next connection event
        self.spool = Spool(path, max_bytes)
        self.foot = self._foot()
        insole.reboot(self.t_ns - 5 * SECOND_NS)

    def _foot(self) -> Foot:
        return Foot(
            "L1", self.spool, {}, lambda: self.t_ns, lambda _: None, self.insole.ask, lambda: self.t_ns / SECOND_NS
        )

    async def say(self, *events: SourceEvent) -> None:
        for event in events:
            await self.foot.take(event, SECOND_NS)

    async def come_home(self) -> None:
        """The link is up; what is under way of an older one is lost."""
        if not self._linked:
            self._linked = True
            self.insole.asked.clear()
            await self.say(LayoutSeen(layout()), LinkChanged(LinkState.GREETING, self.t_ns))
            boot = self.insole.now
            await self.say(TakenSeen(boot.boot, boot.taken, boot.taken), *self.insole.held())
            await self.say(LinkChanged(LinkState.STREAMING, self.t_ns))

    async def leave(self) -> None:
        if self._linked:
            self._linked = False
            await self.say(LinkChanged(LinkState.LOST, self.t_ns))

    async def restart_hub(self, *, killed: bool) -> None:
        """:param killed: nothing is put into the spool before."""
        if not killed:
            await self.foot.flush()
        self.spool.close()
        self.spool = Spool(self._path, self._max_bytes)
        self.foot = self._foot()
        self._linked = False

    async def live(self, seconds: float, *, lost: float = 0.0, torn: bool = False) -> None:
        """So long at home; notifications get lost with this probability; a fetch is answered within half a second."""
        await self.come_home()
        for k in range(round(seconds * 10)):
            await self._notify(lost)
            if k % 5 == 4:
                boot = self.insole.now
                await self.say(TakenSeen(boot.boot, boot.taken, boot.taken), *self.insole.held())
                await self.foot.tend(1.0)
                await self.answer(torn=torn)

    async def answer(self, *, torn: bool = False) -> None:
        for _ in range(8):
            if not self.insole.asked:
                return
            await self.say(*self.insole.answer(torn_after=self._chance.randrange(500) if torn else None))
            if (status := await self.foot.status()) is not None:
                self.statuses.append(status)

    async def _notify(self, lost: float) -> None:
        first, end = self.insole.take(NOTIFICATION)
        self.t_ns = self.insole.row_t_ns(self.insole.now, end - 1)
        on_air = -self.t_ns % (15 * SECOND_NS // 1000)
        queued = round(self._chance.expovariate(1 / self.wait_ms) * 1e6) if self.wait_ms else 0
        self._latest_ns = max(self._latest_ns + 1, self.t_ns + on_air + queued)
        if self._chance.random() >= lost:
            await self.say(self.insole.rows(self.insole.now, first, end, self._latest_ns))

    def away(self, seconds: float) -> None:
        """Rows are taken where nobody hears them."""
        _, end = self.insole.take(round(seconds * 100))
        self.t_ns = max(self.t_ns, self.insole.row_t_ns(self.insole.now, end))

    def reboot(self) -> None:
        self.insole.reboot(self.t_ns)

    # what is in the end

    def blocks(self) -> list[Block]:
        found = [decode(each.payload, Samples) for each in self.spool.unsent(limit=1_000_000)]
        return [to_block(each) for each in found if isinstance(each, Samples)]

    def stored(self) -> list[Name]:
        """Names of all rows in the spool; their codes are those that the insole took."""
        for block in self.blocks():
            assert np.array_equal(block.codes, codes_of(block.boot, block.seq, block.end_seq))
        return [(block.boot, seq) for block in self.blocks() for seq in range(block.seq, block.end_seq)]

    def errors_ms(self, boot: Boot, first: int, end: int) -> list[float]:
        """Of each block of these rows against the truth."""
        return [
            (block.t_ns - self.insole.row_t_ns(boot, block.seq)) / 1e6
            for block in self.blocks()
            if block.boot == boot.boot and first <= block.seq < end
        ]
