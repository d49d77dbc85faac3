"""The tables of the journal, and which of them are only ever added to."""

from __future__ import annotations

VERSION = 1

SCHEMA = """
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
    detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    n INTEGER PRIMARY KEY, person TEXT NOT NULL, id TEXT NOT NULL, what TEXT NOT NULL, t_ns INTEGER NOT NULL,
    by TEXT NOT NULL, entry BLOB NOT NULL, UNIQUE (person, id));
CREATE INDEX IF NOT EXISTS entries_of ON entries (person, what);
CREATE TABLE IF NOT EXISTS tasks (
    person TEXT NOT NULL, id TEXT NOT NULL, opened_t_ns INTEGER NOT NULL, is_open INTEGER NOT NULL, task BLOB NOT NULL,
    PRIMARY KEY (person, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
    person TEXT NOT NULL, id TEXT NOT NULL, made_t_ns INTEGER NOT NULL, is_open INTEGER NOT NULL,
    delivery BLOB NOT NULL, PRIMARY KEY (person, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS days_in_touch (
    person TEXT NOT NULL, day TEXT NOT NULL, heard_s REAL NOT NULL, in_touch_s REAL NOT NULL,
    until_t_ns INTEGER NOT NULL, meets INTEGER NOT NULL, PRIMARY KEY (person, day)) WITHOUT ROWID"""

KEPT_FOR_EVER = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
    for table in ("alert_history", "baselines", "calibrations", "entries", "audit")
    for verb in ("UPDATE", "DELETE")
)
