"""Calibrations of this machine's person: read from the journal, measured on a stored walk, written as a new version."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

from ingest.alone import take_alone
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Layout
from processing.calibrating import WalkEvidence, evidence_of
from processing.metrics.calibration import CalibrationVersion
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from processing.store.recordings_reader import SqliteRecordingsReader
from processing.walk import Terms
from underfoot.places import Places
from underfoot.settings import Settings

LATEST = "latest"


class StoredCalibrations:
    """:raises UnderfootError: NOTHING_STORED, STORE_DAMAGED, UNKNOWN_NAME; from all methods."""

    def __init__(self, settings: Settings) -> None:
        self.person = settings.person
        self._places = Places(settings.data_dir)
        self._preset = settings.rules.preset

    def versions(self) -> tuple[CalibrationVersion, ...]:
        """The first one first; none while there is no journal."""
        if not self._places.journal.is_file():
            return ()
        return SqliteJournalReader(self._places.journal).calibrations(self.person)

    @property
    def in_force(self) -> CalibrationVersion | None:
        """The latest version; None: never calibrated."""
        return next(reversed(self.versions()), None)

    def load_ratio(self, version: CalibrationVersion) -> float | None:
        """Mean (left + right) / body weight of the latest walk judged by this version; None where none says it."""
        for walk in reversed(SqliteJournalReader(self._places.journal).walks(self.person, STEADY.name)):
            summary = json.loads(walk.summary)
            health = summary.get("health")
            if summary.get("calibration_version") == version.version and isinstance(health, dict):
                ratio = health.get("load_ratio")
                return float(ratio) if isinstance(ratio, int | float) else None
        return None

    def evidence(self, walk: str, version: CalibrationVersion | None) -> WalkEvidence:
        """What the person's stored walk, or the `latest`, says of its insoles under a version.

        :raises UnderfootError: CALIBRATION_REFUSED as well, when the walk bears no calibration.
        """
        with self._recordings() as recordings:
            name = self._named(recordings, walk)
            terms = Terms(walk=name, recipe=STEADY, rules=load_preset(self._preset), baseline=None, calibration=version)
            return evidence_of(terms, chain(recordings.layouts(name), recordings.blocks(name)))

    def layouts(self, walk: str) -> list[Layout]:
        """The insoles of a stored walk, or of the `latest`, as they describe themselves."""
        with self._recordings() as recordings:
            return list(recordings.layouts(self._named(recordings, walk)))

    def walks(self) -> tuple[str, ...]:
        """Of the person, the latest last; none while nothing is recorded."""
        if not self._places.recordings.is_file():
            return ()
        with self._recordings() as recordings:
            return tuple(each.walk for each in recordings.walks(self.person) if each.time_known)

    @contextmanager
    def writing(self) -> Iterator[Callable[[CalibrationVersion], None]]:
        """While open nobody else writes; call what it gives with the next version. It holds for walks from then on.

        :raises UnderfootError: STORE_IN_USE while processing runs: the journal has one writer.
        """
        self._places.data_dir.mkdir(parents=True, exist_ok=True)
        with closing(take_alone(self._places.recordings)):
            yield self._add

    def _add(self, version: CalibrationVersion) -> None:
        with closing(SqliteJournal(self._places.journal)) as journal:
            journal.add_calibration(self.person, version)

    @contextmanager
    def _recordings(self) -> Iterator[SqliteRecordingsReader]:
        if not self._places.recordings.is_file():
            raise UnderfootError(FaultCode.NOTHING_STORED, f"no walks in {self._places.data_dir}")
        with closing(SqliteRecordingsReader(self._places.recordings)) as recordings:
            yield recordings

    def _named(self, recordings: SqliteRecordingsReader, walk: str) -> str:
        names = [each.walk for each in recordings.walks(self.person) if each.time_known]
        if walk == LATEST and names:
            return names[-1]
        if walk not in names:
            detail = f"walk {walk!r} in {self._places.data_dir}, there is {', '.join(names[-5:]) or 'none'}"
            raise UnderfootError(FaultCode.UNKNOWN_NAME, detail)
        return walk


def read_text(file: Path) -> str:
    """:raises UnderfootError: FILE_UNREADABLE."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, str(error)) from error
