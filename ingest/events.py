"""What a source tells the ingest service: rows and events of one insole. Radio, virtual, replay and UDP are alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ingest.wire.block import Codes
from ingest.wire.faults import Fault
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, LinkState


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Rows `seq …` of one boot, evenly spaced on the insole's clock, out of one notification or stretch of a file.

    `codes`: int16, rows × cells. `ns_per_row` is a whole multiple of `tick_ns`. `arrived_ns`: hub UTC at which the
    bytes came in; None when the source knows the rows' UTC itself (`t_ns`, a recording).
    """

    boot: int
    seq: int
    ticks: int
    tick_ns: int
    ns_per_row: int
    codes: Codes
    not_measured: int = 0
    arrived_ns: int | None = None
    t_ns: int | None = None
    kept: bool = False  # out of the insole's memory: when it arrived says nothing about when it was taken


@dataclass(frozen=True, slots=True)
class LayoutSeen:
    layout: Layout


@dataclass(frozen=True, slots=True)
class LinkChanged:
    state: LinkState
    t_ns: int


@dataclass(frozen=True, slots=True)
class BatterySeen:
    pct: int


@dataclass(frozen=True, slots=True)
class TakenSeen:
    """The insole's own count: it has taken rows `first_seq … next_seq - 1` in this stream."""

    boot: int
    first_seq: int
    next_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSeen:
    """The insole still has rows `first_seq … next_seq - 1` of this boot in its memory and can be asked for them.

    `booted_t_ns`: UTC at which the ticks of this boot were 0, by the insole's own clock; None when that was not set.
    """

    boot: int
    first_seq: int
    next_seq: int
    booted_t_ns: int | None = None


class FetchResult(StrEnum):
    DONE = "done"  # everything that was there has been sent
    NOTHING = "nothing"  # none of these rows is there any more
    BROKEN_OFF = "broken-off"  # the link ended, or the insole gave up: ask again


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchEnded:
    """The answer to a `Fetch` is over. Some of its rows may still not have come."""

    boot: int
    first_seq: int
    next_seq: int
    result: FetchResult


@dataclass(frozen=True, slots=True)
class FaultSeen:
    fault: Fault


@dataclass(frozen=True, slots=True)
class SetSide:
    """Be for this foot from now on."""

    side: Side


@dataclass(frozen=True, slots=True)
class Identify:
    """Light or vibrate for so long, 0–255 s."""

    seconds: int


Setting = SetSide | Identify


@dataclass(frozen=True, slots=True)
class Answered:
    """What the insole says to a `Setting`. `refusal` "": it is done."""

    setting: Setting
    refusal: str = ""


SourceEvent = Rows | LayoutSeen | LinkChanged | BatterySeen | TakenSeen | HeldSeen | FetchEnded | FaultSeen | Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Send rows `first_seq … next_seq - 1` of this boot out of the insole's memory. One at a time."""

    boot: int
    first_seq: int
    next_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Rows of this boot before `next_seq` are durable here, or given up: the insole may forget them."""

    boot: int
    next_seq: int


Request = Fetch | Release


class Source(Protocol):
    """Rows and events of one insole, from wherever they come."""

    @property
    def insole(self) -> str:
        """Stable id of the insole; stands in every row's name."""

    def events(self) -> AsyncIterator[SourceEvent]:
        """Everything the insole says, until the source is stopped or the recording ends.

        The last event is `LinkChanged(ENDED)`, after a `TakenSeen` where the insole can tell.
        """

    async def stop(self) -> None:
        """End the stream in good order: what is under way still comes out of `events`."""

    def ask(self, request: Request) -> None:
        """Pass a request on to the insole; without a link, or to one that remembers nothing, it is dropped.

        What is still wanted is asked again at the next `HeldSeen`.
        """
