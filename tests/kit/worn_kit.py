"""A pair of insoles that remember, and the truth about every row they took: for holding what is stored against it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.books import SpoolReader
from ingest.ledger import Ledger
from ingest.sources.virtual.air import Air, AirController
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.peripheral import VirtualInsole
from ingest.sources.virtual.trouble import Trouble
from ingest.sources.virtual.walk import Description, Piece, Walk
from ingest.sources.virtual.walker import NS_PER_ROW, TICK_NS, walker
from ingest.sources.virtual.world import World
from ingest.wire.block import Block, Codes, GapReason
from ingest.wire.geometry import Side

ADDRESSES = {Side.LEFT: "F0:F1:F2:F3:F4:01", Side.RIGHT: "F0:F1:F2:F3:F4:02"}
SERIALS = {Side.LEFT: "virtual-left", Side.RIGHT: "virtual-right"}
SMART_STEP_PCT = 98.5  # of rows, after being out of range: what the best published system has
_DRIFTS_PPM = {Side.LEFT: 40.0, Side.RIGHT: -40.0}
_TICKS_PER_ROW = NS_PER_ROW // TICK_NS

Ints = NDArray[np.int64]


class WornWalk:
    """A walk that notes which of its rows were taken. Each is taken once, in order, over all boots of its insole."""

    def __init__(self, walk: Walk) -> None:
        self.pieces: list[Piece] = []
        self._walk = walk

    @property
    def description(self) -> Description:
        return self._walk.description

    @property
    def duration_ns(self) -> int | None:
        return self._walk.duration_ns

    def rows_between(self, start_ns: int, stop_ns: int) -> list[Piece]:
        pieces = self._walk.rows_between(start_ns, stop_ns)
        self.pieces += pieces
        return pieces

    def next_due_ns(self, after_ns: int) -> int | None:
        return self._walk.next_due_ns(after_ns)

    @property
    def rows(self) -> Ints:
        """Number in the walk of every row taken; 0 is due as it begins."""
        found = [piece.ticks // _TICKS_PER_ROW + np.arange(len(piece.codes)) for piece in self.pieces]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    @property
    def codes(self) -> Codes:
        return np.concatenate([piece.codes for piece in self.pieces])


class WatchedFlash(Flash):
    """Asks before it forgets. `astray`: what it was told to forget though nobody else had it."""

    def __init__(self, lacking: Callable[[int, int], str]) -> None:
        super().__init__()
        self.astray: list[str] = []
        self.released = 0
        self._lacking = lacking

    def release(self, boot: int, last: int) -> int:
        if lacking := self._lacking(boot, last):
            self.astray.append(lacking)
        rows = super().release(boot, last)
        self.released += rows
        return rows


def lacking_in(spool: Path, insole: str, boot: int, last: int) -> str:
    """What of the rows up to `last` is neither on the spool's disk nor known to be nowhere; "": nothing."""
    reader = SpoolReader(spool)
    with reader._reading() as db:
        span = Ledger(db).span(insole, boot)
    if span is None or span[1] <= last:
        return f"{insole} boot {boot:#x}: released up to {last}, the spool has {span}"
    gaps = [gap for gap in reader.gaps(insole) if gap.boot == boot and gap.first <= last]
    owed = [gap for gap in gaps if gap.reason is not GapReason.NOT_KEPT]
    return f"{insole} boot {boot:#x}: released up to {last}, lacking {owed}" if owed else ""


@dataclass(frozen=True, kw_only=True)
class WornPair:
    """What walks about: insoles with flash and drifting clocks, on air that loses connection events."""

    world: World
    air: Air
    walks: Mapping[Side, WornWalk]
    flashes: Mapping[Side, WatchedFlash]
    insoles: Mapping[Side, VirtualInsole]
    controllers: Mapping[Side, AirController]

    def now_ns(self) -> int:
        """UTC as everybody in this world has it."""
        return time.time_ns() + self.world.skipped_ns

    def begun_utc_ns(self) -> int:
        """UTC of walk time 0."""
        return self.now_ns() - self.world.elapsed_ns()

    async def at(self, seconds: float) -> None:
        """Wait for this walk time."""
        await self.world.begun.wait()
        await asyncio.sleep(max(0.0, seconds - self.world.elapsed_ns() / 1e9))

    def away(self, *sides: Side) -> None:
        for side in sides or Side:
            self.air.away(self.controllers[side])

    def back(self, *sides: Side) -> None:
        for side in sides or Side:
            self.air.back(self.controllers[side])

    def truth(self) -> dict[str, Truth]:
        """By insole: what it has taken until now."""
        begun_ns = self.begun_utc_ns()
        return {
            SERIALS[side]: Truth(
                rows=walk.rows,
                codes=walk.codes,
                by_boot=dict(self.insoles[side].taken_by_boot),
                never_recorded=dict(self.flashes[side].never_recorded),
                begun_utc_ns=begun_ns,
            )
            for side, walk in self.walks.items()
        }


@asynccontextmanager
async def worn_pair(
    spool: Path, *, seed: int = 0, loss_share: float = 0.0, supervision_s: float = 1.0, story: Story | None = None
) -> AsyncIterator[WornPair]:
    """Both insoles switched on; the walk begins once both have been told to start. `spool`: whom they trust."""
    air, world = Air(interval_s=0.015, loss_share=loss_share, supervision_s=supervision_s, seed=seed), World()
    walks = {side: WornWalk(foot) for side, foot in walker(story, seed=seed).items()}
    flashes = {
        side: WatchedFlash(lambda boot, last, insole=SERIALS[side]: lacking_in(spool, insole, boot, last))
        for side in walks
    }
    controllers = {side: air.controller(str(side)) for side in walks}
    insoles = {
        side: VirtualInsole(
            controllers[side], serial=SERIALS[side], side=side, walk=walk, address=ADDRESSES[side], world=world,
            seed=seed + index, flash=flashes[side],
        )
        for index, (side, walk) in enumerate(walks.items())
    }  # fmt: skip
    try:
        for side, insole in insoles.items():
            await insole.power_on()
            insole.trouble = Trouble(drift_ppm=_DRIFTS_PPM[side])
        yield WornPair(
            world=world, air=air, walks=walks, flashes=flashes, insoles=insoles, controllers=controllers
        )  # fmt: skip
    finally:
        for insole in insoles.values():
            await insole.power_off()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Rows of one insole in the order in which it took them. `by_boot`: how many, in the order of boots."""

    rows: Ints
    codes: Codes
    by_boot: Mapping[int, int]
    never_recorded: Mapping[int, int]  # by boot: its last rows, lost in a power cut
    begun_utc_ns: int

    @property
    def taken(self) -> int:
        return sum(self.by_boot.values())

    @property
    def t_ns(self) -> Ints:
        found: Ints = self.begun_utc_ns + self.rows * NS_PER_ROW
        return found


@dataclass(slots=True)
class Balance:
    """What is stored of one insole, held against the truth."""

    taken: int = 0
    never_recorded: int = 0
    stored: int = 0
    missing: int = 0  # that were recorded and are not stored
    lost_in_power_cuts: int = 0
    twice: int = 0
    invented: int = 0
    other_codes: int = 0
    late: int = 0  # blocks out of the insole's memory
    time_unknown: int = 0
    guessed: int = 0  # rows whose time was given before the clock could state its error
    boots: int = 0
    missing_rows: list[str] = field(default_factory=list)
    off_ms: Any = None  # of every row whose time is known with an error stated
    claimed_pct: float = 0.0  # of the rows that are off by no more than was stated

    @property
    def stored_pct(self) -> float:
        recorded = self.taken - self.lost_in_power_cuts
        return 100.0 * self.stored / recorded if recorded else 0.0

    def figures(self) -> dict[str, Any]:
        off = np.abs(self.off_ms) if self.off_ms is not None and len(self.off_ms) else np.zeros(1)
        names = ("taken", "never_recorded", "lost_in_power_cuts", "stored", "missing", "twice", "invented")
        others = ("other_codes", "time_unknown", "guessed", "boots", "missing_rows")
        return {
            **{name: getattr(self, name) for name in (*names, *others)},
            "stored_pct": round(self.stored_pct, 4),
            "off_ms_p50": round(float(np.sort(off)[len(off) // 2]), 3),
            "off_ms_p99": round(float(np.sort(off)[int(len(off) * 0.99)]), 3),
            "off_within_claim_pct": round(self.claimed_pct, 2),
            "off_ms_max": round(float(off.max()), 3),
        }


def balance(truth: Mapping[str, Truth], blocks: Iterable[Block]) -> dict[str, Balance]:
    """By insole. Blocks may come in any order."""
    books = {insole: _Book(each) for insole, each in truth.items()}
    for block in blocks:
        books[block.insole].add(block)
    return {insole: book.close() for insole, book in books.items()}


class _Book:
    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._begin: dict[int, int] = {}
        taken = 0
        for boot, rows in truth.by_boot.items():
            self._begin[boot] = taken
            taken += rows
        assert taken == len(truth.rows), f"{taken} rows counted, {len(truth.rows)} taken"
        self._times = np.zeros(taken, np.int64)
        self._claimed = 0
        self._off_ms: list[NDArray[np.float64]] = []
        self._t_ns = truth.t_ns
        self._found = Balance(taken=taken, never_recorded=sum(truth.never_recorded.values()), boots=len(truth.by_boot))

    def add(self, block: Block) -> None:
        rows = self._truth.by_boot.get(block.boot, 0)
        known = max(0, min(block.end_seq, rows) - block.seq)
        self._found.invented += block.rows - known
        at = slice(self._begin.get(block.boot, 0) + block.seq, self._begin.get(block.boot, 0) + block.seq + known)
        self._times[at] += 1
        self._found.other_codes += int(np.any(self._truth.codes[at] != block.codes[:known], axis=1).sum())
        off_ms = (block.t_ns + np.arange(known) * block.ns_per_row - self._t_ns[at]) / 1e6
        if not block.time_known:
            self._found.time_unknown += known
        elif block.t_error_ns is None:
            self._found.guessed += known
        else:
            self._off_ms.append(off_ms)
            self._claimed += int((np.abs(off_ms) <= block.t_error_ns / 1e6).sum())

    def close(self) -> Balance:
        found, times = self._found, self._times
        found.stored, found.twice = int((times > 0).sum()), int((times - 1).clip(0).sum())
        for boot, begin in self._begin.items():
            rows = self._truth.by_boot[boot]
            absent = np.flatnonzero(times[begin : begin + rows] == 0)
            cut_from = rows - self._truth.never_recorded.get(boot, 0)
            missing = absent[absent < cut_from]
            found.lost_in_power_cuts += len(absent) - len(missing)
            found.missing += len(missing)
            if len(missing):
                found.missing_rows.append(f"boot {boot:#x}: {missing[0]} … {missing[-1]}, {len(missing)} rows")
        found.off_ms = np.concatenate(self._off_ms) if self._off_ms else np.empty(0)
        found.claimed_pct = 100.0 * self._claimed / max(1, len(found.off_ms))
        return found
