"""The time that virtual insoles share: one moment at which the walk begins for all of them, and its end."""

from __future__ import annotations

import asyncio

_LEAD_S = 0.05  # so that no foot's first row is due before the other knows


class World:
    """`wait_for_all`: the walk begins when every insole has been told to start, else when the first one is.

    So no row of a recorded walk is due before both feet stream, and rows of one walk time are taken at one time.
    """

    def __init__(self, *, wait_for_all: bool = True) -> None:
        self._wait_for_all = wait_for_all
        self._waited_for: set[str] = set()
        self._durations_ns: list[int | None] = []
        self._begins_s: float | None = None
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    def enlist(self, serial: str, duration_ns: int | None) -> None:
        """An insole takes part. All have to enlist before the first one is told to start."""
        self._waited_for.add(serial)
        self._durations_ns.append(duration_ns)

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
        if self._begins_s is not None:
            return
        loop = asyncio.get_running_loop()
        self._begins_s = loop.time() + _LEAD_S
        self.begun.set()
        known = [duration for duration in self._durations_ns if duration is not None]
        if known and len(known) == len(self._durations_ns):
            loop.call_at(self._begins_s + max(known) / 1e9, self.ended.set)

    @property
    def begins_s(self) -> float:
        """When the walk began, in the event loop's time.

        :raises ValueError: it has not begun.
        """
        if self._begins_s is None:
            raise ValueError("the walk has not begun")
        return self._begins_s

    def elapsed_ns(self) -> int:
        """Walk time now; negative in the short lead before the first row."""
        return round((asyncio.get_running_loop().time() - self.begins_s) * 1e9)
