"""When to ask an insole for what it remembers, and for how much. Pure; time is monotonic seconds."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from math import inf

from ingest.events import Fetch, FetchEnded, FetchResult, HeldSeen
from ingest.held import RowRange

PIECE_ROWS = 2_000
_TIMES_ASKED = 3  # on one link
_LINKS = 3
_ASKED_AGAIN_S = 5.0  # an insole that has not put rows down yet may say that there are none
_SILENT_S = 30.0  # neither a row nor an end for so long: the request was lost with its link
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_TROUBLE_S = 5.0
_RELEASE_EVERY_S = 10.0


class Phase(Enum):
    AWAY = auto()  # no rows come live
    READY = auto()
    ASKED = auto()


class _Happens(Enum):
    STREAM_UP = auto()
    STREAM_DOWN = auto()
    ASKED = auto()
    ENDED = auto()


_NEXT = {
    (Phase.AWAY, _Happens.STREAM_UP): Phase.READY,
    (Phase.READY, _Happens.STREAM_DOWN): Phase.AWAY,
    (Phase.READY, _Happens.ASKED): Phase.ASKED,
    (Phase.ASKED, _Happens.ENDED): Phase.READY,
    (Phase.ASKED, _Happens.STREAM_DOWN): Phase.AWAY,
}


class Fetching:
    """Newest first, a piece at a time.

    What the insole says twice that it does not have is given up: it frees nothing before it is told to. What it says
    that it has sent, and what did not come, is asked for twice more, then left aside until the next link, and given
    up on the third.
    """

    def __init__(self) -> None:
        self.phase = Phase.AWAY
        self.asked: Fetch | None = None
        self._held: dict[int, HeldSeen] = {}  # by boot, in the order told: the running one comes last
        self._unnoted: dict[int, HeldSeen] = {}
        self._old_news = True  # what `_held` says is of an earlier link
        self._signed_at = 0.0  # when something of the piece last came
        self._brought = False
        self._pause_s = _FIRST_PAUSE_S
        self._not_before = 0.0
        self._release_at = 0.0
        self._short: dict[tuple[int, int], int] = {}  # boot and end of what lacks → times a piece came short of it
        self._denied: set[tuple[int, int]] = set()  # boot and end of what the insole says it does not have
        self._aside: dict[tuple[int, RowRange], float] = {}  # what is not asked for, until when

    # what happens

    def told(self, seen: HeldSeen) -> bool:
        """The insole tells of a boot in its memory; whether everything told earlier is void by that."""
        anew, self._old_news = self._old_news, False
        if anew:
            self._held.clear()
            self._unnoted.clear()
        if self._held.get(seen.boot) != seen:
            self._held[seen.boot] = self._unnoted[seen.boot] = seen
        return anew

    def stream_up(self) -> None:
        self._happens(_Happens.STREAM_UP)

    def stream_down(self) -> None:
        """The answer to what was asked, and what was told, went with the link."""
        self._happens(_Happens.STREAM_DOWN)
        self.asked, self._old_news = None, True
        self._aside.clear()
        self._pause_s, self._not_before, self._release_at = _FIRST_PAUSE_S, 0.0, 0.0

    def came(self, now_s: float) -> None:
        """Rows out of the memory."""
        self._signed_at, self._brought = now_s, True

    def trouble(self, now_s: float) -> None:
        """The live stream suffers, or the hub cannot take more: nothing is asked for a while."""
        self._not_before = max(self._not_before, now_s + _TROUBLE_S)

    def ended(self, ended: FetchEnded, lacking: Sequence[RowRange], now_s: float, *, refused: bool) -> list[RowRange]:
        """The answer is over and these of its rows still lack; which of them to give up.

        :param refused: the hub did not take all that came.
        """
        if self.asked is None or (ended.boot, ended.first_seq) != (self.asked.boot, self.asked.first_seq):
            return []
        self.asked = None
        self._happens(_Happens.ENDED)
        self._release_at = now_s if self._brought else self._release_at
        if ended.result is FetchResult.BROKEN_OFF:
            self._pause_s = _FIRST_PAUSE_S if self._brought else min(2 * self._pause_s, _LONGEST_PAUSE_S)
            self._not_before = max(self._not_before, now_s + self._pause_s)
            return []
        self._pause_s = _FIRST_PAUSE_S
        if not lacking or refused:
            return []
        final = self._denied_twice if ended.result is FetchResult.NOTHING else self._short_for_good
        return list(lacking) if final(ended.boot, lacking, now_s) else []

    def _denied_twice(self, boot: int, lacking: Sequence[RowRange], now_s: float) -> bool:
        name = (boot, lacking[-1].next)
        if name in self._denied:
            self._denied.discard(name)
            return True
        self._denied.add(name)
        self._lay_aside(boot, lacking, now_s + _ASKED_AGAIN_S)
        return False

    def _short_for_good(self, boot: int, lacking: Sequence[RowRange], _now_s: float) -> bool:
        name = (boot, lacking[-1].next)
        times = self._short.pop(name, 0) + 1
        if times >= _LINKS * _TIMES_ASKED:
            return True
        self._short[name] = times
        if times % _TIMES_ASKED == 0:
            self._lay_aside(boot, lacking, inf)
        return False

    def _lay_aside(self, boot: int, lacking: Sequence[RowRange], until_s: float) -> None:
        self._aside |= {(boot, rows): until_s for rows in lacking}

    # what to do

    @property
    def held(self) -> tuple[HeldSeen, ...]:
        """Newest boot first."""
        return tuple(reversed(self._held.values()))

    def booted_t_ns(self, boot: int) -> int | None:
        seen = self._held.get(boot)
        return None if seen is None else seen.booted_t_ns

    @property
    def unnoted(self) -> tuple[HeldSeen, ...]:
        """What was told and is not `noted` yet."""
        return tuple(self._unnoted.values())

    def noted(self, seen: HeldSeen) -> None:
        if self._unnoted.get(seen.boot) == seen:
            del self._unnoted[seen.boot]

    def newest(self, boot: int, lacking: Sequence[RowRange], now_s: float) -> RowRange | None:
        """The newest of what lacks and is not laid aside. `lacking`: ascending."""
        self._aside = {what: until_s for what, until_s in self._aside.items() if now_s < until_s}
        aside = sorted((rows for whose, rows in self._aside if whose == boot), reverse=True)
        found = (_above(rows, aside) for rows in reversed(lacking))
        return next((rows for rows in found if rows is not None), None)

    def silent(self, now_s: float) -> bool:
        """The insole was asked and says nothing: take it for `BROKEN_OFF`."""
        return self.asked is not None and now_s - self._signed_at > _SILENT_S

    def may_ask(self, now_s: float) -> bool:
        return self.phase is Phase.READY and now_s >= self._not_before

    def release_due(self, now_s: float) -> bool:
        """Every ten seconds, and after each piece; never while an answer is under way."""
        if self.phase is not Phase.READY or now_s < self._release_at:
            return False
        self._release_at = now_s + _RELEASE_EVERY_S
        return True

    def ask(self, boot: int, lacking: RowRange, now_s: float) -> Fetch:
        """The newest piece of rows that lack."""
        self._happens(_Happens.ASKED)
        self._signed_at, self._brought = now_s, False
        first = max(lacking.first, lacking.next - PIECE_ROWS)
        self.asked = Fetch(boot=boot, first_seq=first, next_seq=lacking.next)
        return self.asked

    def _happens(self, what: _Happens) -> None:
        self.phase = _NEXT.get((self.phase, what), self.phase)


def _above(rows: RowRange, aside: Sequence[RowRange]) -> RowRange | None:
    """The highest stretch of these rows that is not aside. `aside`: descending, none overlaps another."""
    end = rows.next
    for each in aside:
        if each.next <= rows.first:
            break
        if each.next < end:
            return RowRange(each.next, end)
        end = min(end, each.first)
    return RowRange(rows.first, end) if end > rows.first else None
