"""What a desk wants published, and where things are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.wire.block import Block
from ingest.wire.messages import AnyMessage, Status
from processing.store.journal import Journal
from processing.store.recordings import Portion, Recordings
from processing.store.seconds import SecondsWriter
from processing.store.series import Series


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that wants to be published; None: what is retained there is over."""

    topic: str
    message: AnyMessage | None


@dataclass(frozen=True, slots=True)
class Stores:
    """`seconds` None: nobody will want to try other rules on these walks."""

    recordings: Recordings
    journal: Journal
    series: Series
    seconds: SecondsWriter | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Messages half dealt with: nothing more is said of them until the `portions` are kept."""

    blocks: Sequence[Block]
    statuses: Sequence[Status]
    portions: Sequence[Portion]
    out: Sequence[Outgoing]
