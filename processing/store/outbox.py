"""Lines on their way to a server, on disk until the server has answered for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from processing.store.database import Database

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (id INTEGER PRIMARY KEY, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY, line TEXT NOT NULL, reason TEXT NOT NULL,
    sendable INTEGER NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    line: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that the server will not have, and what it said."""

    line: str
    reason: str


class Outbox:
    """Lines in the order in which they came; one sender takes them out. Durable on return.

    :raises UnderfootError: DISK_FULL, STORE_DAMAGED, from every method.
    """

    def __init__(self, path: Path) -> None:
        self._db = Database(path, _SCHEMA, _VERSION)

    def put(self, lines: Sequence[str], refused: Sequence[Refused] = ()) -> None:
        """Keep lines to be sent, and such as cannot be sent at all."""
        with self._db.transaction() as tx:
            tx.executemany("INSERT INTO waiting (line) VALUES (?)", [(line,) for line in lines])
            aside = [(one.line, one.reason) for one in refused]
            tx.executemany("INSERT INTO refused (line, reason, sendable) VALUES (?, ?, 0)", aside)

    def head(self, limit: int) -> list[Waiting]:
        """The oldest lines that wait."""
        return [Waiting(*row) for row in self._db.rows("SELECT id, line FROM waiting ORDER BY id LIMIT ?", (limit,))]

    def delivered(self, lines: Sequence[Waiting]) -> None:
        """The server has answered for these, neighbours out of one `head`."""
        with self._db.transaction() as tx:
            tx.execute("DELETE FROM waiting WHERE id BETWEEN ? AND ?", (lines[0].id, lines[-1].id))

    def refuse(self, line: Waiting, reason: str) -> None:
        """Set a line aside for a person to look at."""
        with self._db.transaction() as tx:
            tx.execute("INSERT INTO refused (line, reason, sendable) VALUES (?, ?, 1)", (line.line, reason))
            tx.execute("DELETE FROM waiting WHERE id = ?", (line.id,))

    def refused(self, limit: int = 100) -> list[Refused]:
        """What was set aside, the latest first."""
        rows = self._db.rows("SELECT line, reason FROM refused ORDER BY id DESC LIMIT ?", (limit,))
        return [Refused(*row) for row in rows]

    def retry_refused(self) -> int:
        """Have what was set aside sent once more, after the server was put right; how many lines that is."""
        with self._db.transaction() as tx:
            tx.execute("INSERT INTO waiting (line) SELECT line FROM refused WHERE sendable ORDER BY id")
            return tx.execute("DELETE FROM refused WHERE sendable").rowcount

    @property
    def waiting_count(self) -> int:
        return int(self._db.rows("SELECT count(*) FROM waiting")[0][0])

    @property
    def refused_count(self) -> int:
        return int(self._db.rows("SELECT count(*) FROM refused")[0][0])

    def tidy(self) -> None:
        """Give the room of a backlog that is gone back to the disk."""
        self._db.give_back_free_pages()

    def close(self) -> None:
        self._db.close()
