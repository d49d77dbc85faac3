"""Who is signed in: sessions by the digest of their token, bound to one browser in one network."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from underfoot.accounts.device import Device
from underfoot.accounts.file import AccountsFile

_HOUR_NS = 3600 * 10**9
_DAY_NS = 24 * _HOUR_NS
IDLE_NS = 12 * _HOUR_NS
LONGEST_NS = 30 * _DAY_NS
STAYING_IDLE_NS = 90 * _DAY_NS
_NOTED_NS = 300 * 10**9  # how exactly it is known when a session was last seen
_MOST = 30  # of one account; the oldest gives way
_TOKEN_BYTES = 32
_COLUMNS = "digest, account, csrf, begun_t_ns, seen_t_ns, stays, network, agent, browser"


class Standing(StrEnum):
    HOLDS = "holds"
    EXPIRED = "expired"
    STOLEN = "stolen"  # its token came from another browser or network


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`stays`: begun with "stay signed in on this device"."""

    digest: str
    account: str
    csrf: str
    begun_t_ns: int
    seen_t_ns: int
    stays: bool
    device: Device

    @property
    def id(self) -> str:
        """What may be shown of it: of no use to anybody who wants to come in."""
        return self.digest[:16]

    def standing(self, here: Device, now_ns: int) -> Standing:
        idle_ns = STAYING_IDLE_NS if self.stays else IDLE_NS
        if now_ns - self.seen_t_ns > idle_ns or (not self.stays and now_ns - self.begun_t_ns > LONGEST_NS):
            return Standing.EXPIRED
        same = (self.device.network, self.device.agent) == (here.network, here.agent)
        return Standing.HOLDS if same else Standing.STOLEN


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Sessions:
    """:raises UnderfootError: every method, as `AccountsFile`."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def begin(self, account: str, device: Device, now_ns: int, *, stays: bool) -> str:
        """The token, which is nowhere but in the browser."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        values = (digest_of(token), account, secrets.token_urlsafe(24), now_ns, now_ns, stays)
        with self._file.transaction() as tx:
            tx.execute(
                "INSERT INTO sessions VALUES (?,?,?,?,?,?,?,?,?)",
                (*values, device.network, device.agent, device.browser),
            )
            tx.execute(
                "DELETE FROM sessions WHERE (stays = 0 AND (seen_t_ns < ? OR begun_t_ns < ?)) OR seen_t_ns < ?",
                (now_ns - IDLE_NS, now_ns - LONGEST_NS, now_ns - STAYING_IDLE_NS),
            )
            tx.execute(
                "DELETE FROM sessions WHERE account = ? AND digest NOT IN "
                "(SELECT digest FROM sessions WHERE account = ? ORDER BY seen_t_ns DESC, rowid DESC LIMIT ?)",
                (account, account, _MOST),
            )
            tx.execute("INSERT OR REPLACE INTO networks VALUES (?, ?, ?)", (account, device.network, now_ns))
            tx.execute("DELETE FROM networks WHERE t_ns < ?", (now_ns - STAYING_IDLE_NS,))
        return token

    def find(self, token: str) -> Session | None:
        """By its digest alone: how long the looking-up takes tells nothing about a token."""
        found = self._file.rows(f"SELECT {_COLUMNS} FROM sessions WHERE digest = ?", (digest_of(token),))
        return _session(found[0]) if found else None

    def seen(self, session: Session, now_ns: int) -> None:
        if now_ns - session.seen_t_ns > _NOTED_NS:
            with self._file.transaction() as tx:
                tx.execute("UPDATE sessions SET seen_t_ns = ? WHERE digest = ?", (now_ns, session.digest))

    def of(self, account: str) -> list[Session]:
        """Seen last first."""
        sql = f"SELECT {_COLUMNS} FROM sessions WHERE account = ? ORDER BY seen_t_ns DESC"
        return [_session(row) for row in self._file.rows(sql, (account,))]

    def end(self, session: Session) -> None:
        with self._file.transaction() as tx:
            tx.execute("DELETE FROM sessions WHERE digest = ?", (session.digest,))

    def end_all(self, account: str, but: Session | None = None) -> None:
        with self._file.transaction() as tx:
            tx.execute("DELETE FROM sessions WHERE account = ? AND digest != ?", (account, but.digest if but else ""))

    def knows(self, account: str, network: str) -> bool:
        """Whether the account has signed in from there lately."""
        return bool(self._file.rows("SELECT 1 FROM networks WHERE account = ? AND network = ?", (account, network)))


def _session(row: tuple[str, str, str, int, int, int, str, str, str]) -> Session:
    digest, account, csrf, begun, seen, stays, network, agent, browser = row
    return Session(
        digest=digest,
        account=account,
        csrf=csrf,
        begun_t_ns=begun,
        seen_t_ns=seen,
        stays=bool(stays),
        device=Device(network, agent, browser),
    )
