"""Where everything lies inside the data folder; the one list of file names."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_DEMONSTRATIONS = "demo"
_VIRTUAL = "virtual"
_STORIES = "story"
_KEPT_DEMONSTRATIONS = 5


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one data folder, there or not."""

    data_dir: Path

    @property
    def spool(self) -> Path:
        return self.data_dir / "spool.sqlite"

    @property
    def known_insoles(self) -> Path:
        """Which insoles are the wearer's."""
        return self.data_dir / "insoles.json"

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
    def seconds(self) -> Path:
        """The figures of every second, for trying other rules on them."""
        return self.data_dir / "seconds.sqlite"

    @property
    def accounts(self) -> Path:
        """Who may sign in on the page, and what the wearers are called here."""
        return self.data_dir / "accounts.sqlite"

    @property
    def outbox(self) -> Path:
        """Points on their way to a time-series server."""
        return self.data_dir / "outbox.sqlite"

    @property
    def virtual_air(self) -> Path:
        """The data folder of commands that are tried on virtual insoles: a wearer's stays as it is."""
        return self.data_dir / _VIRTUAL

    def story(self, name: str) -> Path:
        """The data folder of weeks that are made up: a wearer's stays as it is."""
        return self.data_dir / _STORIES / name

    @property
    def demonstrations(self) -> list[Places]:
        """One for each demonstration that is kept, oldest first."""
        return [Places(folder) for folder in sorted((self.data_dir / _DEMONSTRATIONS).glob("2*Z"))]

    def new_demonstration(self, now: datetime) -> Places:
        """Where the next one is kept; of the earlier ones the latest few stay."""
        for old in self.demonstrations[: -_KEPT_DEMONSTRATIONS + 1]:
            shutil.rmtree(old.data_dir, ignore_errors=True)
        return Places(self.data_dir / _DEMONSTRATIONS / f"{now:%Y%m%dT%H%M%S.%fZ}")
