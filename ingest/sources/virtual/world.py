"""The time that virtual insoles share: one moment at which the walk begins for all of them, and its end."""

from __future__ import annotations

import asyncio
from typing import Protocol

_LEAD_S = 0.05  # so that no foot's first row is due before the other knows
_LOOK_S = 0.01


class Taker(Protocol):
    """Who takes rows as the walk goes on."""

    def before_skip(self) -> None:
        """Time is about to jump: put on the air what is due."""

    @property
    def behind(self) -> bool:
        """Rows of skipped time are still to be taken."""


class World:
    """`wait_for_all`: the walk begins when every insole has been told to start, else when the first one is.

    So no row of a recorded walk is due before both feet stream, and rows of one walk time are taken at one time.
    World time is the event loop's plus what has been skipped.
    """

    def __init__(self, *, wait_for_all: bool = True) -> None:
        self._wait_for_all = wait_for_all
        self._waited_for: set[str] = set()
        self._durations_ns: list[int | None] = []
        self._takers: list[Taker] = []
        self._begins_s: float | None = None
        self._ends: asyncio.TimerHandle | None = None
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.skipped_ns = 0
        self.skipped_upto_ns = 0  # walk time at which the latest skip came out; rows due before are on no air

    def enlist(self, serial: str, duration_ns: int | None, taker: Taker | None = None) -> None:
        """An insole takes part. All have to enlist before the first one is told to start."""
        self._waited_for.add(serial)
        self._durations_ns.append(duration_ns)
        if taker is not None:
            self._takers.append(taker)

    def told_to_start(self, serial: str) -> None:
        self._waited_for.discard(serial)
        if not (self._wait_for_all and self._waited_for):
            self.begin()

    def gone(self, serial: str) -> None:
        """Nobody listens to this insole any more; before the walk it is waited for again."""
        if not self.begun.is_set():
            self._waited_for.add(serial)

    def begin(self) -> None:
        """Let the walk begin now, whoever is still missing."""
        if self._begins_s is None:
            self._begins_s = self.now_s() + _LEAD_S
            self.begun.set()
            self._schedule_end()

    def skip(self, seconds: float) -> None:
        """Have the walk and every insole's ticks stand `seconds` later at once.

        Rows due meanwhile are taken into flash within the next seconds of the event loop (two hours of a foot: three);
        none of them goes on air, and until it is done no later one either: a link that is up falls silent.
        """
        for taker in self._takers:
            taker.before_skip()
        self.skipped_ns += round(seconds * 1e9)
        if self.begun.is_set():
            self.skipped_upto_ns = self.elapsed_ns()
            self._schedule_end()

    async def caught_up(self) -> None:
        """Every row of skipped time has been taken."""
        while any(taker.behind for taker in self._takers):  # noqa: ASYNC110 - for tests, which may wait a little longer
            await asyncio.sleep(_LOOK_S)

    def _schedule_end(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
        known = [duration for duration in self._durations_ns if duration is not None]
        if known and len(known) == len(self._durations_ns):
            left_s = (max(known) - self.elapsed_ns()) / 1e9
            self._ends = asyncio.get_running_loop().call_later(max(0.0, left_s), self.ended.set)

    @property
    def begins_s(self) -> float:
        """When the walk began, in world time.

        :raises ValueError: it has not begun.
        """
        if self._begins_s is None:
            raise ValueError("the walk has not begun")
        return self._begins_s

    def now_s(self) -> float:
        """World time: it stands still for nobody, and jumps when time is skipped."""
        return asyncio.get_running_loop().time() + self.skipped_ns / 1e9

    def elapsed_ns(self) -> int:
        """Walk time now; negative in the short lead before the first row."""
        return round((self.now_s() - self.begins_s) * 1e9)
