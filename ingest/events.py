"""What a source tells the ingest service: rows and events of one insole. Radio, virtual, replay and UDP are alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from ingest.wire.block import Codes
from ingest.wire.faults import Fault
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


@dataclass(frozen=True, slots=True)
class FaultSeen:
    fault: Fault


SourceEvent = Rows | LayoutSeen | LinkChanged | BatterySeen | TakenSeen | FaultSeen


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
