"""Who has an account, what the wearers are called here, and the secrets of this installation."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.accounts.account import Account, key_of
from underfoot.accounts.file import AccountsFile
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.unfit import UnfitError

_COLUMNS = "id, name, roles, people, language, home_hub_user, password, one_time, created_t_ns, changed_t_ns"
_LONGEST_LABEL = 60
_CODE = "first code"


class Register:
    """The last keeper stays: without one nobody could let anybody in.

    :raises UnderfootError: every method, as `AccountsFile`.
    """

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def empty(self) -> bool:
        return not self._file.rows("SELECT 1 FROM accounts LIMIT 1")

    def accounts(self) -> list[Account]:
        return [_account(row) for row in self._file.rows(f"SELECT {_COLUMNS} FROM accounts ORDER BY key")]

    def named(self, name: str) -> Account | None:
        return self._one("key = ?", key_of(name))

    def of_home_hub(self, user_id: str, user_name: str) -> Account | None:
        """The account that is linked to a user of Home Assistant, by id or by name."""
        return self._one("home_hub_user = ?", user_id) or self._one("home_hub_user = ?", user_name)

    def get(self, account_id: str) -> Account:
        """:raises UnderfootError: UNKNOWN_NAME."""
        found = self._one("id = ?", account_id)
        if found is None:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, "no such account")
        return found

    def add(self, account: Account, code: str | None = None) -> None:
        """:param code: that has to be the one of the first account, which is worth nothing afterwards.

        :raises UnfitError: the name or the home hub's user is taken; it does not keep; the code is wrong.
        """
        now_ns = account.created_t_ns
        with self._file.transaction() as tx:
            first = not tx.execute("SELECT 1 FROM accounts LIMIT 1").fetchone()
            if code is not None and not (first and secrets.compare_digest(code.encode(), _code(tx).encode())):
                raise UnfitError("code", "code")
            if first and SiteRole.KEEPER not in account.roles:
                raise UnfitError("roles", "first_keeps")
            if tx.execute("SELECT 1 FROM accounts WHERE key = ?", (key_of(account.name),)).fetchone():
                raise UnfitError("name", "name_taken")
            _check_link(tx, account)
            tx.execute(
                "INSERT INTO accounts (id, name, key, roles, people, language, home_hub_user, password, one_time, "
                "created_t_ns, changed_t_ns) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (account.id, account.name, key_of(account.name), *_values(account), now_ns, now_ns),
            )
            tx.execute("DELETE FROM facts WHERE name = ?", (_CODE,))

    def change(self, account_id: str, to: Callable[[Account], Account], now_ns: int) -> Account:
        """:raises UnderfootError: UNKNOWN_NAME; UnfitError for the last keeper, or a hub's user of another."""
        with self._file.transaction() as tx:
            before = self.get(account_id)
            wanted = to(before)
            changed_t_ns = now_ns if wanted.password != before.password else before.changed_t_ns
            after = replace(wanted, id=before.id, name=before.name, changed_t_ns=changed_t_ns)
            if SiteRole.KEEPER in before.roles - after.roles:
                _check_another_keeps(tx, account_id)
            _check_link(tx, after)
            tx.execute(
                "UPDATE accounts SET roles=?, people=?, language=?, home_hub_user=?, password=?, one_time=?, "
                "changed_t_ns=? WHERE id=?",
                (*_values(after), changed_t_ns, account_id),
            )
        return after

    def remove(self, account_id: str) -> Account:
        """With its sessions.

        :raises UnderfootError: UNKNOWN_NAME; UnfitError for the last keeper.
        """
        with self._file.transaction() as tx:
            account = self.get(account_id)
            if SiteRole.KEEPER in account.roles:
                _check_another_keeps(tx, account_id)
            tx.execute("DELETE FROM accounts WHERE id = ?", (account_id,))
        return account

    def labels(self) -> dict[str, str]:
        return dict(self._file.rows("SELECT person, label FROM labels"))

    def label(self, person: str) -> str:
        found = self._file.rows("SELECT label FROM labels WHERE person = ?", (person,))
        return str(found[0][0]) if found else person

    def set_label(self, person: str, label: str) -> None:
        """An empty one takes it away.

        :raises UnfitError: too long, or not printable.
        """
        text = " ".join(label.split())
        if len(text) > _LONGEST_LABEL or not text.isprintable():
            raise UnfitError("label", "label")
        with self._file.transaction() as tx:
            tx.execute("DELETE FROM labels WHERE person = ?", (person,))
            if text:
                tx.execute("INSERT INTO labels VALUES (?, ?)", (person, text))

    def first_code(self) -> str | None:
        """What makes the first account; None once there is one."""
        with self._file.transaction() as tx:
            return None if tx.execute("SELECT 1 FROM accounts LIMIT 1").fetchone() else _code(tx)

    def secret(self) -> bytes:
        """Of this installation; made once."""
        with self._file.transaction() as tx:
            return bytes.fromhex(_fact(tx, "secret", secrets.token_hex(32)))

    def _one(self, where: str, value: str) -> Account | None:
        if not value:
            return None
        found = self._file.rows(f"SELECT {_COLUMNS} FROM accounts WHERE {where}", (value,))
        return _account(found[0]) if found else None


def _account(row: tuple[Any, ...]) -> Account:
    account_id, name, roles, people, language, hub_user, password, one_time, created, changed = row
    return Account(
        id=account_id,
        name=name,
        roles=frozenset(SiteRole(each) for each in roles.split(",")),
        people=None if people is None else frozenset(json.loads(people)),
        language=language,
        home_hub_user=hub_user,
        password=password,
        one_time=bool(one_time),
        created_t_ns=created,
        changed_t_ns=changed,
    )


def _values(account: Account) -> tuple[object, ...]:
    return (
        ",".join(sorted(account.roles)),
        None if account.people is None else json.dumps(sorted(account.people)),
        account.language,
        account.home_hub_user,
        account.password,
        account.one_time,
    )


def _check_another_keeps(tx: Connection, account_id: str) -> None:
    others = tx.execute("SELECT roles FROM accounts WHERE id != ?", (account_id,)).fetchall()
    if not any(SiteRole.KEEPER in roles.split(",") for (roles,) in others):
        raise UnfitError("roles", "last_keeper")


def _check_link(tx: Connection, account: Account) -> None:
    taken = "SELECT 1 FROM accounts WHERE home_hub_user = ? AND id != ?"
    if account.home_hub_user and tx.execute(taken, (account.home_hub_user, account.id)).fetchone():
        raise UnfitError("home_hub_user", "link_taken")


def _code(tx: Connection) -> str:
    return _fact(tx, _CODE, f"{secrets.randbelow(10**10):010d}")


def _fact(tx: Connection, name: str, otherwise: str) -> str:
    tx.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, otherwise))
    return str(tx.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0])
