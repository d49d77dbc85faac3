"""What a desk wants published, and where things are kept."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.wire.messages import AnyMessage
from processing.store.journal import Journal
from processing.store.recordings import Recordings
from processing.store.series import Series


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that wants to be published; None: what is retained there is over."""

    topic: str
    message: AnyMessage | None


@dataclass(frozen=True, slots=True)
class Stores:
    recordings: Recordings
    journal: Journal
    series: Series
