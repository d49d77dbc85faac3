"""The journal in one SQLite file: one writer, any number of readers that cannot write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import msgspec

from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.entries import Entry, Said
from ingest.wire.faults import FaultCode, UnderfootError
from processing.metrics.calibration import CalibrationVersion
from processing.store.database import Database, Row, in_our_words
from processing.store.journal import AuditEntry, BaselineSet, DayInTouch, Delivery, DeliveryState, Task, WalkSummary
from processing.store.journal_questions import JournalQuestions, what_of
from processing.store.journal_tables import KEPT_FOR_EVER, SCHEMA, VERSION

_BUSY_S = 10.0

_encode = msgspec.json.Encoder().encode


class SqliteJournal(JournalQuestions):
    """The writer; calls from several threads take turns. Blocking: call it in a thread.

    :raises UnderfootError: STORE_DAMAGED, FILE_UNREADABLE; PAYLOAD_VERSION when a newer version wrote the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = Database(path, SCHEMA, VERSION)
        self._entries: dict[tuple[str, type[Said] | None], tuple[Entry, ...]] = {}  # rules are asked for all the time
        try:
            with self._db.transaction() as tx:
                for statement in KEPT_FOR_EVER:
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

    def entries(self, person: str, kind: type[Said] | None = None) -> tuple[Entry, ...]:
        with self._db.lock:
            if (person, kind) not in self._entries:
                self._entries[person, kind] = super().entries(person, kind)
            return self._entries[person, kind]

    def put_entry(self, person: str, entry: Entry, tasks: Iterable[Task] = ()) -> bool:
        with self._db.transaction() as tx:
            self._entries.clear()
            sql = "INSERT OR IGNORE INTO entries (person, id, what, t_ns, by, entry) VALUES (?, ?, ?, ?, ?, ?)"
            what = what_of(type(entry.said))
            values = (person, entry.id, what, entry.t_ns, entry.by, _encode(entry))
            if tx.execute(sql, values).rowcount == 0:
                return False
            _add_person(tx, person, entry.t_ns)
            said = _encode(entry.said).decode()
            detail = f"as {entry.role}: {said}" + (f", because: {entry.why}" if entry.why else "")
            _note(tx, AuditEntry(t_ns=entry.t_ns, by=entry.by, what=what, about=person, detail=detail))
            for task in tasks:
                _put_task(tx, task)
            return True

    def put_task(self, task: Task) -> bool:
        with self._db.transaction() as tx:
            return _put_task(tx, task)

    def put_delivery(self, delivery: Delivery) -> bool:
        is_open = delivery.state in (DeliveryState.WAITING, DeliveryState.UNDELIVERED)
        with self._db.transaction() as tx:
            _add_person(tx, delivery.person, delivery.made_t_ns)
            sql = (
                "INSERT INTO deliveries (person, id, made_t_ns, is_open, delivery) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET made_t_ns = excluded.made_t_ns, is_open = excluded.is_open, "
                "delivery = excluded.delivery WHERE delivery <> excluded.delivery"
            )
            values = (delivery.person, delivery.id, delivery.made_t_ns, is_open, _encode(delivery))
            return tx.execute(sql, values).rowcount == 1

    def put_day_in_touch(self, person: str, day: DayInTouch) -> bool:
        with self._db.transaction() as tx:
            _add_person(tx, person, _begin_of(day.day))
            sql = (
                "INSERT INTO days_in_touch (person, day, heard_s, in_touch_s, until_t_ns, meets) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET heard_s = excluded.heard_s, "
                "in_touch_s = excluded.in_touch_s, until_t_ns = excluded.until_t_ns, meets = excluded.meets "
                "WHERE (heard_s, in_touch_s, until_t_ns, meets) "
                "<> (excluded.heard_s, excluded.in_touch_s, excluded.until_t_ns, excluded.meets)"
            )
            values = (person, day.day, day.heard_s, day.in_touch_s, day.until_t_ns, day.meets)
            return tx.execute(sql, values).rowcount == 1

    def note(self, entry: AuditEntry) -> None:
        with self._db.transaction() as tx:
            _note(tx, entry)

    def close(self) -> None:
        self._db.close()

    def _rows(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        return self._db.rows(sql, values)


class SqliteJournalReader(JournalQuestions):
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


def _put_task(tx: sqlite3.Connection, task: Task) -> bool:
    _add_person(tx, task.person, task.opened_t_ns)
    sql = (
        "INSERT INTO tasks (person, id, opened_t_ns, is_open, task) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET opened_t_ns = excluded.opened_t_ns, is_open = excluded.is_open, "
        "task = excluded.task WHERE task <> excluded.task"
    )
    values = (task.person, task.id, task.opened_t_ns, task.done_by is None, _encode(task))
    return tx.execute(sql, values).rowcount == 1


def _begin_of(day: str) -> int:
    return int(datetime.combine(date.fromisoformat(day), time(), UTC).timestamp()) * 10**9


def _note(tx: sqlite3.Connection, entry: AuditEntry) -> None:
    sql = "INSERT INTO audit (t_ns, by, what, about, detail) VALUES (?, ?, ?, ?, ?)"
    tx.execute(sql, (entry.t_ns, entry.by, entry.what, entry.about, entry.detail))
