"""What an insole recorded out of range and still has: never shown as measured, never as lost. Pure.

In: statuses, and when they arrived. Out: how much it is, how much of it has come, and one sentence for a person.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from underfoot.words import ENGLISH, Words
from underfoot.words.times import span

_S = 1_000_000_000
_FRESH_NS = 15 * _S  # a status comes every 5 s; after three that did not come nothing is known to be under way
_WORTH_SAYING_ROWS = 300  # what the air lost is fetched in a moment and is no news: 3 s at 100 Hz


@dataclass(frozen=True, slots=True, kw_only=True)
class StillKept:
    """Rows that the insole has and that are not stored here yet. `seconds` None: its rate is not known.

    `most`: rows that it had at most since it last had none. `under_way`: it is connected, so they are coming.
    """

    rows: int
    most: int
    seconds: float | None
    under_way: bool


class KeptTrack:
    """Follows what one insole still has."""

    def __init__(self) -> None:
        self._rows = 0
        self._most = 0
        self._streams = False
        self._at_ns = 0

    def on_status(self, status: Status, now_ns: int) -> None:
        self._rows = status.to_fetch
        self._most = max(self._most, self._rows) if self._rows else 0
        self._streams = status.link is LinkState.STREAMING
        self._at_ns = min(now_ns, status.t_ns)  # one that the broker has retained may be days old

    def view(self, rate_hz: float | None, now_ns: int) -> StillKept | None:
        """None: nothing, or too little to be told."""
        if self._most < _WORTH_SAYING_ROWS:
            return None
        return StillKept(
            rows=self._rows,
            most=self._most,
            seconds=self._rows / rate_hz if rate_hz else None,
            under_way=self._streams and now_ns - self._at_ns <= _FRESH_NS,
        )


def done_pct(kept: Sequence[StillKept]) -> float | None:
    """How much has come of all that the insoles had; None: they have nothing."""
    most = sum(each.most for each in kept)
    return 100.0 * (most - sum(each.rows for each in kept)) / most if most else None


def kept_words(kept: Mapping[Side, StillKept], words: Words = ENGLISH) -> str:
    """In plain words; empty where there is nothing to say."""
    coming = {side: each for side, each in kept.items() if each.under_way}
    resting = {side: each for side, each in kept.items() if not each.under_way}
    parts = ((coming, "state.kept.coming"), (resting, "state.kept.resting"))
    return " ".join(_told(of_feet, key, words) for of_feet, key in parts if of_feet)


def _told(kept: Mapping[Side, StillKept], key: str, words: Words) -> str:
    (side, first), *more = kept.items()
    amount, insole = _amount(first, words), words(f"state.side.{side}")
    if not more:
        return words(f"{key}.one", amount=amount, side=insole)
    other, rest = more[0]
    named = {"amount": amount, "side": insole, "more": _amount(rest, words), "other": words(f"state.side.{other}")}
    return words(f"{key}.both", **named)


def _amount(kept: StillKept, words: Words) -> str:
    if kept.seconds is None:
        return words("state.kept.rows", count=words.number(kept.rows))
    return span(max(1, math.ceil(kept.seconds)), words)
