"""Where everything lies inside the data folder; the one list of file names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one data folder, there or not."""

    data_dir: Path

    @property
    def spool(self) -> Path:
        return self.data_dir / "spool.sqlite"

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings.sqlite"

    @property
    def journal(self) -> Path:
        return self.data_dir / "journal.sqlite"

    @property
    def series(self) -> Path:
        return self.data_dir / "series.sqlite"

    @property
    def outbox(self) -> Path:
        """Points on their way to a time-series server."""
        return self.data_dir / "outbox.sqlite"
