"""How often something may be tried: growing waits after wrong tries. Time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """After `free` wrong tries each further one costs a wait, from `first_s`, doubling up to `longest_s`."""

    free: int
    first_s: int
    longest_s: int

    def wait_s(self, wrong: int) -> int:
        if wrong < self.free:
            return 0
        doublings = min(wrong - self.free, 30)
        return min(self.first_s << doublings, self.longest_s)


@dataclass(frozen=True, slots=True)
class _Tries:
    wrong: int
    until_ns: int
    forgotten_ns: int


class Limiter:
    """Wrong tries by key. Of more than `most` keys the one that was quiet for longest is forgotten."""

    def __init__(self, pace: Pace, most: int = 4096, forgotten_after_s: int = 24 * 3600) -> None:
        self._pace = pace
        self._most = most
        self._forgotten_ns = forgotten_after_s * _S
        self._tries: OrderedDict[Hashable, _Tries] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tries)

    def wait_s(self, key: Hashable, now_ns: int) -> int:
        """Whole seconds until the next try is looked at; 0: now."""
        tries = self._known(key, now_ns)
        return 0 if tries is None else max(0, -((now_ns - tries.until_ns) // _S))

    def tried(self, key: Hashable, now_ns: int) -> None:
        """Counts as wrong until `right` is said, so that tries made at once do not slip through together."""
        before = self._known(key, now_ns)
        wrong = (before.wrong if before else 0) + 1
        until_ns = now_ns + self._pace.wait_s(wrong) * _S
        self._tries[key] = _Tries(wrong, until_ns, until_ns + self._forgotten_ns)
        self._tries.move_to_end(key)
        while len(self._tries) > self._most:
            self._tries.popitem(last=False)

    def right(self, key: Hashable) -> None:
        self._tries.pop(key, None)

    def taken_back(self, key: Hashable, now_ns: int) -> None:
        """The last try was right, but says nothing about those before it."""
        tries = self._known(key, now_ns)
        if tries is not None:
            self._tries[key] = _Tries(tries.wrong - 1, min(tries.until_ns, now_ns), tries.forgotten_ns)

    def _known(self, key: Hashable, now_ns: int) -> _Tries | None:
        tries = self._tries.get(key)
        if tries is not None and now_ns >= tries.forgotten_ns:
            del self._tries[key]
            return None
        return tries
