"""Questions to a journal in SQLite, on whatever connection they are asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from ingest.wire.alerts import Alert, AlertReply, AlertState
from ingest.wire.entries import Entry, Said
from ingest.wire.faults import FaultCode, UnderfootError
from processing.metrics.calibration import CalibrationVersion
from processing.rules.baseline import Baseline
from processing.store.database import Row
from processing.store.journal import (
    AlertChange,
    AuditEntry,
    BaselineSet,
    DayInTouch,
    Delivery,
    Task,
    WalkSummary,
)

T = TypeVar("T")

_read_alert = msgspec.json.Decoder(Alert)
_read_reply = msgspec.json.Decoder(AlertReply)
_read_calibration = msgspec.json.Decoder(CalibrationVersion)
_read_baseline = msgspec.json.Decoder(Baseline | None)
_read_entry = msgspec.json.Decoder(Entry)
_read_task = msgspec.json.Decoder(Task)
_read_delivery = msgspec.json.Decoder(Delivery)


def what_of(kind: type[Said]) -> str:
    """The name under which entries of this kind are kept: the one that stands in them."""
    return str(kind.__struct_config__.tag)


class JournalQuestions:
    """Questions to the journal, on whatever connection `_rows` asks them."""

    path: Path

    def _rows(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        raise NotImplementedError

    def people(self) -> tuple[str, ...]:
        return tuple(person for (person,) in self._rows("SELECT person FROM people ORDER BY person"))

    def alerts(self, person: str, *, open_only: bool = False) -> tuple[Alert, ...]:
        kept_out = AlertState.CLOSED if open_only else ""
        sql = "SELECT alert FROM alerts WHERE person = ? AND state <> ? ORDER BY raised_t_ns, id"
        return tuple(self._read(_read_alert, raw) for (raw,) in self._rows(sql, (person, kept_out)))

    def alert_history(self, person: str, alert_id: str) -> tuple[AlertChange, ...]:
        sql = "SELECT t_ns, by, alert FROM alert_history WHERE person = ? AND id = ? ORDER BY n"
        return tuple(
            AlertChange(t_ns=t_ns, by=by, alert=self._read(_read_alert, raw))
            for t_ns, by, raw in self._rows(sql, (person, alert_id))
        )

    def replies(self, person: str, alert_id: str | None = None) -> tuple[AlertReply, ...]:
        sql = "SELECT reply FROM replies WHERE person = ? AND id = coalesce(?, id) ORDER BY n"
        return tuple(self._read(_read_reply, raw) for (raw,) in self._rows(sql, (person, alert_id)))

    def baseline(self, person: str) -> BaselineSet | None:
        return next(reversed(self.baselines(person)), None)

    def baselines(self, person: str) -> tuple[BaselineSet, ...]:
        sql = "SELECT baseline, by, t_ns FROM baselines WHERE person = ? ORDER BY n"
        return tuple(
            BaselineSet(person=person, baseline=self._read(_read_baseline, raw), by=by, t_ns=t_ns)
            for raw, by, t_ns in self._rows(sql, (person,))
        )

    def calibrations(self, person: str) -> tuple[CalibrationVersion, ...]:
        sql = "SELECT calibration FROM calibrations WHERE person = ? ORDER BY version"
        return tuple(self._read(_read_calibration, raw) for (raw,) in self._newer("calibrations", sql, (person,)))

    def walks(self, person: str, recipe: str | None = None) -> tuple[WalkSummary, ...]:
        sql = (
            "SELECT walk, recipe, begun_t_ns, summary FROM walks "
            "WHERE person = ? AND recipe = coalesce(?, recipe) ORDER BY begun_t_ns, walk, recipe"
        )
        return tuple(
            WalkSummary(person=person, walk=walk, recipe=name, begun_t_ns=begun_t_ns, summary=summary)
            for walk, name, begun_t_ns, summary in self._rows(sql, (person, recipe))
        )

    def walk(self, person: str, walk: str, recipe: str) -> WalkSummary | None:
        sql = "SELECT begun_t_ns, summary FROM walks WHERE person = ? AND walk = ? AND recipe = ?"
        for begun_t_ns, summary in self._rows(sql, (person, walk, recipe)):
            return WalkSummary(person=person, walk=walk, recipe=recipe, begun_t_ns=begun_t_ns, summary=summary)
        return None

    def audit(self, about: str | None = None) -> tuple[AuditEntry, ...]:
        sql = "SELECT t_ns, by, what, about, detail FROM audit WHERE about = coalesce(?, about) ORDER BY n"
        return tuple(
            AuditEntry(t_ns=t_ns, by=by, what=what, about=name, detail=detail)
            for t_ns, by, what, name, detail in self._rows(sql, (about,))
        )

    def entries(self, person: str, kind: type[Said] | None = None) -> tuple[Entry, ...]:
        of_kind = () if kind is None else (what_of(kind),)
        sql = f"SELECT entry FROM entries WHERE person = ?{' AND what = ?' * len(of_kind)} ORDER BY n"
        asked = (person, *of_kind)
        return tuple(self._read(_read_entry, raw) for (raw,) in self._newer("entries", sql, asked))

    def tasks(self, person: str, *, open_only: bool = False) -> tuple[Task, ...]:
        sql = "SELECT task FROM tasks WHERE person = ? AND is_open >= ? ORDER BY opened_t_ns, id"
        return tuple(self._read(_read_task, raw) for (raw,) in self._newer("tasks", sql, (person, open_only)))

    def deliveries(self, person: str, *, open_only: bool = False) -> tuple[Delivery, ...]:
        sql = "SELECT delivery FROM deliveries WHERE person = ? AND is_open >= ? ORDER BY made_t_ns, id"
        return tuple(self._read(_read_delivery, raw) for (raw,) in self._newer("deliveries", sql, (person, open_only)))

    def days_in_touch(self, person: str) -> tuple[DayInTouch, ...]:
        sql = "SELECT day, heard_s, in_touch_s, until_t_ns, meets FROM days_in_touch WHERE person = ? ORDER BY day"
        return tuple(
            DayInTouch(day=day, heard_s=heard_s, in_touch_s=in_touch_s, until_t_ns=until_t_ns, meets=bool(meets))
            for day, heard_s, in_touch_s, until_t_ns, meets in self._newer("days_in_touch", sql, (person,))
        )

    def _newer(self, table: str, sql: str, values: Iterable[object]) -> list[Row]:
        """Of a table that a journal has only once a writer of today has opened it; nothing before."""
        try:
            return self._rows(sql, values)
        except sqlite3.OperationalError:
            if self._rows("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)):
                raise
            return []

    def _read(self, decoder: msgspec.json.Decoder[T], raw: bytes) -> T:
        try:
            return decoder.decode(raw)
        except msgspec.DecodeError as error:
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"{self.path}: {error}") from error
