"""The audit trail of who came in, was refused, changed an account. Refusals are summed up by the minute."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from threading import RLock

from underfoot.accounts.file import AccountsFile

log = logging.getLogger(__name__)

_MINUTE_NS = 60 * 10**9
_MOST_APART = 40  # kinds of refusals told apart within a minute
_MOST_ROWS = 20_000
_LONGEST = 80


class Happened(StrEnum):
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SESSION_ENDED = "session-ended"
    ACCOUNT_MADE = "account-made"
    ACCOUNT_CHANGED = "account-changed"
    ACCOUNT_REMOVED = "account-removed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a word
    LABEL_CHANGED = "label-changed"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a word
    WRONG_CODE = "wrong-code"
    TOO_OFTEN = "too-often"
    WRONG_ROLE = "wrong-role"
    WRONG_PERSON = "wrong-person"
    FORGED_FORM = "forged-form"
    STRANGE_HOST = "strange-host"
    STOLEN_SESSION = "stolen-session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`place`: the network it came from. `times`: how often within a minute."""

    t_ns: int
    what: Happened
    who: str
    place: str = ""
    detail: str = ""
    times: int = 1


_Kind = tuple[Happened, str, str, str]


class Trail:
    """:raises UnderfootError: every method, as `AccountsFile`."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file
        self._lock = RLock()
        self._minute = -1
        self._times: dict[_Kind, tuple[int, int]] = {}  # row and how often, in this minute

    def keep(self, step: Step) -> None:
        self._insert(step)
        log.info("%s: %s", step.what, step.who)

    def refuse(self, step: Step) -> None:
        """Once as it happens; when it happens again in the same minute, written at each doubling and at its end."""
        with self._lock:
            if step.t_ns // _MINUTE_NS != self._minute:
                self.settle()
                self._minute = step.t_ns // _MINUTE_NS
            kind = (step.what, _cut(step.who), step.place, _cut(step.detail))
            if kind not in self._times and len(self._times) >= _MOST_APART:
                kind = (step.what, "…", "…", "")
            row, times = self._times.get(kind, (0, 0))
            times += 1
            if times == 1:
                what, who, place, detail = kind
                row = self._insert(Step(t_ns=step.t_ns, what=what, who=who, place=place, detail=detail))
            elif times.bit_count() == 1:
                self._set_times(row, times)
            self._times[kind] = (row, times)
            if times.bit_count() == 1:
                level = logging.WARNING if step.what is Happened.STOLEN_SESSION else logging.INFO
                log.log(level, "refused, %d times this minute: %s from %s", times, kind[0], kind[2])

    def settle(self) -> None:
        """Write what has only been counted."""
        with self._lock:
            for row, times in self._times.values():
                if times.bit_count() > 1:
                    self._set_times(row, times)
            self._times = {}
            self._minute = -1

    def steps(self, most: int = 200) -> list[Step]:
        """Newest first."""
        with self._lock:
            for row, times in self._times.values():
                if times.bit_count() > 1:
                    self._set_times(row, times)
        sql = "SELECT t_ns, what, who, place, detail, times FROM trail ORDER BY id DESC LIMIT ?"
        return [
            Step(t_ns=t_ns, what=Happened(what), who=who, place=place, detail=detail, times=times)
            for t_ns, what, who, place, detail, times in self._file.rows(sql, (most,))
        ]

    def _insert(self, step: Step) -> int:
        values = (step.t_ns, step.what, _cut(step.who), step.place, _cut(step.detail), step.times)
        with self._file.transaction() as tx:
            row = tx.execute(
                "INSERT INTO trail (t_ns, what, who, place, detail, times) VALUES (?,?,?,?,?,?)", values
            ).lastrowid
            tx.execute("DELETE FROM trail WHERE id <= ?", ((row or 0) - _MOST_ROWS,))
        return row or 0

    def _set_times(self, row: int, times: int) -> None:
        with self._file.transaction() as tx:
            tx.execute("UPDATE trail SET times = ? WHERE id = ?", (times, row))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
