"""The journal in one SQLite file: one writer, any number of readers that cannot write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Alert, AlertReply, AlertState
from processing.metrics.calibration import CalibrationVersion
from processing.rules.baseline import Baseline
from processing.store.database import Database, Row, in_our_words
from processing.store.journal import AlertChange, AuditEntry, BaselineSet, WalkSummary

T = TypeVar("T")

_VERSION = 1
_BUSY_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (person TEXT PRIMARY KEY, known_since_t_ns INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alerts (
    person TEXT NOT NULL, id TEXT NOT NULL, raised_t_ns INTEGER NOT NULL, state TEXT NOT NULL, alert BLOB NOT NULL,
    PRIMARY KEY (person, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alert_history (
    n INTEGER PRIMARY KEY, person TEXT NOT NULL, id TEXT NOT NULL, t_ns INTEGER NOT NULL, by TEXT NOT NULL,
    alert BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS alert_history_of ON alert_history (person, id);
CREATE TABLE IF NOT EXISTS replies (
    n INTEGER PRIMARY KEY, person TEXT NOT NULL, id TEXT NOT NULL, reply BLOB NOT NULL, UNIQUE (person, id, reply));
CREATE TABLE IF NOT EXISTS baselines (
    n INTEGER PRIMARY KEY, person TEXT NOT NULL, t_ns INTEGER NOT NULL, by TEXT NOT NULL, baseline BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS baselines_of ON baselines (person);
CREATE TABLE IF NOT EXISTS calibrations (
    n INTEGER PRIMARY KEY, person TEXT NOT NULL, version INTEGER NOT NULL, t_ns INTEGER NOT NULL, by TEXT NOT NULL,
    calibration BLOB NOT NULL, UNIQUE (person, version));
CREATE TABLE IF NOT EXISTS walks (
    person TEXT NOT NULL, walk TEXT NOT NULL, recipe TEXT NOT NULL, begun_t_ns INTEGER NOT NULL, summary BLOB NOT NULL,
    PRIMARY KEY (person, walk, recipe));
CREATE TABLE IF NOT EXISTS audit (
    n INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, by TEXT NOT NULL, what TEXT NOT NULL, about TEXT NOT NULL,
    detail TEXT NOT NULL)"""

_KEPT_FOR_EVER = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
    for table in ("alert_history", "baselines", "calibrations", "audit")
    for verb in ("UPDATE", "DELETE")
)

_encode = msgspec.json.Encoder().encode
_read_alert = msgspec.json.Decoder(Alert)
_read_reply = msgspec.json.Decoder(AlertReply)
_read_calibration = msgspec.json.Decoder(CalibrationVersion)
_read_baseline = msgspec.json.Decoder(Baseline | None)


class _Reading:
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
        if not self._rows("SELECT 1 FROM sqlite_schema WHERE name = 'calibrations'"):
            return ()  # a reader of a journal that no writer has opened since calibrations are kept
        sql = "SELECT calibration FROM calibrations WHERE person = ? ORDER BY version"
        return tuple(self._read(_read_calibration, raw) for (raw,) in self._rows(sql, (person,)))

    def walks(self, person: str, recipe: str | None = None) -> tuple[WalkSummary, ...]:
        sql = (
            "SELECT walk, recipe, begun_t_ns, summary FROM walks "
            "WHERE person = ? AND recipe = coalesce(?, recipe) ORDER BY begun_t_ns, walk, recipe"
        )
        return tuple(
            WalkSummary(person=person, walk=walk, recipe=name, begun_t_ns=begun_t_ns, summary=summary)
            for walk, name, begun_t_ns, summary in self._rows(sql, (person, recipe))
        )

    def audit(self, about: str | None = None) -> tuple[AuditEntry, ...]:
        sql = "SELECT t_ns, by, what, about, detail FROM audit WHERE about = coalesce(?, about) ORDER BY n"
        return tuple(
            AuditEntry(t_ns=t_ns, by=by, what=what, about=name, detail=detail)
            for t_ns, by, what, name, detail in self._rows(sql, (about,))
        )

    def _read(self, decoder: msgspec.json.Decoder[T], raw: bytes) -> T:
        try:
            return decoder.decode(raw)
        except msgspec.DecodeError as error:
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"{self.path}: {error}") from error


class SqliteJournal(_Reading):
    """The writer; calls from several threads take turns. Blocking: call it in a thread.

    :raises UnderfootError: STORE_DAMAGED, FILE_UNREADABLE; PAYLOAD_VERSION when a newer version wrote the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = Database(path, _SCHEMA, _VERSION)
        try:
            with self._db.transaction() as tx:
                for statement in _KEPT_FOR_EVER:
                    tx.execute(statement)
        except BaseException:
            self._db.close()
            raise

    def add_person(self, person: str, t_ns: int) -> bool:
        with self._db.transaction() as tx:
            return _add_person(tx, person, t_ns)

    def put_alert(self, person: str, alert: Alert, *, by: str, t_ns: int) -> bool:
        with self._db.transaction() as tx:
            return _put_alert(tx, person, alert, by, t_ns)

    def put_reply(self, person: str, reply: AlertReply, alert: Alert | None = None) -> bool:
        with self._db.transaction() as tx:
            _add_person(tx, person, reply.t_ns)
            sql = "INSERT OR IGNORE INTO replies (person, id, reply) VALUES (?, ?, ?)"
            is_new = tx.execute(sql, (person, reply.id, _encode(reply))).rowcount == 1
            if is_new:
                said = AuditEntry(
                    t_ns=reply.t_ns, by=reply.by, what=reply.do, about=reply.id, detail=reply.action or ""
                )
                _note(tx, said)
            if alert is not None:
                _put_alert(tx, person, alert, reply.by, reply.t_ns)
            return is_new

    def set_baseline(self, baseline: BaselineSet) -> None:
        raw = _encode(baseline.baseline)
        with self._db.transaction() as tx:
            _add_person(tx, baseline.person, baseline.t_ns)
            sql = "INSERT INTO baselines (person, t_ns, by, baseline) VALUES (?, ?, ?, ?)"
            tx.execute(sql, (baseline.person, baseline.t_ns, baseline.by, raw))
            what = "take back baseline" if baseline.baseline is None else "set baseline"
            _note(
                tx,
                AuditEntry(t_ns=baseline.t_ns, by=baseline.by, what=what, about=baseline.person, detail=raw.decode()),
            )

    def add_calibration(self, person: str, calibration: CalibrationVersion) -> bool:
        raw = _encode(calibration)
        with self._db.transaction() as tx:
            sql = "SELECT version, calibration FROM calibrations WHERE person = ? ORDER BY version DESC LIMIT 1"
            latest = tx.execute(sql, (person,)).fetchone()
            if latest == (calibration.version, raw):
                return False
            due = 1 if latest is None else latest[0] + 1
            if calibration.version != due:
                detail = f"version {due} is the next one, not {calibration.version}"
                raise UnderfootError(FaultCode.CALIBRATION_REFUSED, detail)
            _add_person(tx, person, calibration.t_ns)
            values = (person, calibration.version, calibration.t_ns, calibration.by, raw)
            sql = "INSERT INTO calibrations (person, version, t_ns, by, calibration) VALUES (?, ?, ?, ?, ?)"
            tx.execute(sql, values)
            _note(
                tx,
                AuditEntry(
                    t_ns=calibration.t_ns, by=calibration.by, what=f"calibration {due}", about=person,
                    detail=calibration.what,
                ),
            )  # fmt: skip
            return True

    def put_walk(self, walk: WalkSummary) -> bool:
        with self._db.transaction() as tx:
            _add_person(tx, walk.person, walk.begun_t_ns)
            sql = (
                "INSERT INTO walks (person, walk, recipe, begun_t_ns, summary) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET begun_t_ns = excluded.begun_t_ns, summary = excluded.summary "
                "WHERE (begun_t_ns, summary) <> (excluded.begun_t_ns, excluded.summary)"
            )
            values = (walk.person, walk.walk, walk.recipe, walk.begun_t_ns, walk.summary)
            return tx.execute(sql, values).rowcount == 1

    def drop_walk(self, person: str, walk: str) -> None:
        with self._db.transaction() as tx:
            tx.execute("DELETE FROM walks WHERE person = ? AND walk = ?", (person, walk))

    def note(self, entry: AuditEntry) -> None:
        with self._db.transaction() as tx:
            _note(tx, entry)

    def close(self) -> None:
        self._db.close()

    def _rows(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        return self._db.rows(sql, values)


class SqliteJournalReader(_Reading):
    """Reads beside a writer in another process, and cannot write.

    :raises UnderfootError: FILE_UNREADABLE when there is no such file, STORE_DAMAGED.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows("PRAGMA user_version")

    def _rows(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        uri = f"{self.path.resolve().as_uri()}?mode=ro"
        with in_our_words(self.path), closing(sqlite3.connect(uri, timeout=_BUSY_S, uri=True)) as reader:
            return reader.execute(sql, tuple(values)).fetchall()


def _add_person(tx: sqlite3.Connection, person: str, t_ns: int) -> bool:
    return tx.execute("INSERT OR IGNORE INTO people VALUES (?, ?)", (person, t_ns)).rowcount == 1


def _put_alert(tx: sqlite3.Connection, person: str, alert: Alert, by: str, t_ns: int) -> bool:
    raw = _encode(alert)
    known: Any = tx.execute("SELECT alert FROM alerts WHERE person = ? AND id = ?", (person, alert.id)).fetchone()
    if known is not None and known[0] == raw:
        return False
    _add_person(tx, person, t_ns)
    tx.execute(
        "INSERT OR REPLACE INTO alerts (person, id, raised_t_ns, state, alert) VALUES (?, ?, ?, ?, ?)",
        (person, alert.id, alert.raised_t_ns, alert.state, raw),
    )
    sql = "INSERT INTO alert_history (person, id, t_ns, by, alert) VALUES (?, ?, ?, ?, ?)"
    tx.execute(sql, (person, alert.id, t_ns, by, raw))
    return True


def _note(tx: sqlite3.Connection, entry: AuditEntry) -> None:
    sql = "INSERT INTO audit (t_ns, by, what, about, detail) VALUES (?, ?, ?, ?, ?)"
    tx.execute(sql, (entry.t_ns, entry.by, entry.what, entry.about, entry.detail))
