"""The whole service over virtual air, as `underfoot run` puts it together, so that it can be set up from the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from broker_kit import free_port

from underfoot import compose, virtual_air
from underfoot.judging import Processing, processing
from underfoot.known import KnownFile
from underfoot.page import FaultCounts, page, screens
from underfoot.places import Places
from underfoot.real_feet import RealFeet
from underfoot.running import running
from underfoot.setting_up.means import SettingUp, set_up_by
from underfoot.setting_up.setter import Setter
from underfoot.settings import RadioKind, RadioSettings, Settings, WebSettings
from underfoot.virtual_air import Scene

_LISTEN_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    url: str
    settings: Settings
    half: Processing
    means: SettingUp
    feet: RealFeet
    enough: asyncio.Event

    @property
    def known(self) -> KnownFile:
        return KnownFile(Places(self.settings.data_dir).known_insoles)

    @property
    def setter(self) -> Setter:
        assert self.means.setter is not None
        return self.means.setter

    def stored(self) -> int:
        """Rows of the wearer's walks."""
        return sum(rows for info in self.half.stores.recordings.walks() for rows in info.rows.values())

    def audit(self) -> list[tuple[str, str]]:
        return [(entry.by, entry.what) for entry in self.half.stores.journal.audit()]


def quick(patch: pytest.MonkeyPatch, scene: Scene | None = None) -> None:
    """The person on virtual air stamps soon."""
    patch.setattr(virtual_air, "_REACTION_S", 0.5)
    patch.setattr(virtual_air, "_BETWEEN_STAMPS_S", 0.6)
    patch.setattr(virtual_air, "scene", scene or Scene(recorded_s=0.0))


@asynccontextmanager
async def hub_on_air(folder: Path, *, config: Path | None = None) -> AsyncIterator[Hub]:
    settings = Settings(data_dir=folder, radio=RadioSettings(kind=RadioKind.VIRTUAL), web=WebSettings(port=free_port()))
    shown, enough = screens(settings), asyncio.Event()
    async with compose.broker(settings, 0) as at, processing(settings, at, shown.onlookers) as half:
        feet = RealFeet(settings, at, look_s=0.1)
        faults = FaultCounts(half.fault_books, feet.fault_books)
        async with (
            set_up_by(settings, feet, half.stores.journal, config, _LISTEN_S) as means,
            page(settings, shown, half, faults, setting_up=means) as served,
            running(_run(feet, enough)),
        ):
            hub = Hub(
                url=served.url, settings=settings, half=half, means=means, feet=feet, enough=enough
            )  # fmt: skip
            try:
                yield hub
            finally:
                enough.set()


async def _run(feet: RealFeet, enough: asyncio.Event) -> None:
    await feet.run(enough)
