"""What the set-up pages work with in this process: its radio, the journal's one writer, its settings file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from processing.metrics.calibration import CalibrationVersion
from processing.store.journal import AuditEntry, Journal
from underfoot.known import KnownFile
from underfoot.places import Places
from underfoot.setting_up.setter import Lender, Setter
from underfoot.setting_up.settings_file import SettingsFile
from underfoot.settings import RadioKind, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingUp:
    """`setter` None: this process has no radio. `file` None: its settings are not to be changed."""

    journal: Journal
    setter: Setter | None = None
    file: SettingsFile | None = None
    now_ns: Callable[[], int] = time.time_ns

    async def note(self, by: str, what: str, about: str, detail: str) -> None:
        """Into the audit trail.

        :raises UnderfootError: DISK_FULL, as the journal.
        """
        entry = AuditEntry(t_ns=self.now_ns(), by=by, what=what, about=about, detail=detail)
        await asyncio.to_thread(self.journal.note, entry)

    async def keep(self, person: str, version: CalibrationVersion) -> None:
        """The next version of the wearer's calibration; the journal notes who and when.

        :raises UnderfootError: CALIBRATION_REFUSED when another one was kept meanwhile.
        """
        await asyncio.to_thread(self.journal.add_calibration, person, version)


@asynccontextmanager
async def set_up_by(
    settings: Settings, feet: Lender, journal: Journal, config: Path | None, listen_s: float = 8.0
) -> AsyncIterator[SettingUp]:
    """Of the process that reads the insoles, so that they can be paired. `config`: the file that was named to it."""
    means = SettingUp(journal=journal, file=SettingsFile(config))
    if settings.radio.kind is RadioKind.MOTICON_UDP:
        yield means
        return
    known = KnownFile(Places(settings.data_dir).known_insoles)
    async with Setter(settings, feet, known, means.note, listen_s=listen_s) as setter:
        yield replace(means, setter=setter)
