"""What a keeper does with accounts, on the page and on the command line; all of it stands in the trail."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace

from underfoot.accounts.account import Account, fit_name, fit_roles
from underfoot.accounts.register import Register
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.sessions import Sessions
from underfoot.accounts.trail import Happened, Step, Trail


def new_account(
    name: str,
    roles: Iterable[str],
    people: frozenset[str] | None,
    kept_password: str,
    now_ns: int,
    *,
    one_time: bool = False,
    home_hub_user: str = "",
    language: str | None = None,
) -> Account:
    """:raises UnfitError: for a name or roles that cannot be."""
    return Account(
        id=secrets.token_hex(6),
        name=fit_name(name),
        roles=fit_roles(roles),
        people=people,
        language=language,
        home_hub_user=home_hub_user.strip(),
        password=kept_password,
        one_time=one_time,
        created_t_ns=now_ns,
        changed_t_ns=now_ns,
    )


class Keeping:
    """`by`: who does it. Whose roles, wearers or password change is signed out everywhere.

    :raises UnderfootError: every method; UNKNOWN_NAME, UnfitError, and as `AccountsFile`.
    """

    def __init__(self, register: Register, sessions: Sessions, trail: Trail, now_ns: Callable[[], int]) -> None:
        self._register = register
        self._sessions = sessions
        self._trail = trail
        self._now_ns = now_ns

    def add(self, by: str, account: Account) -> Account:
        self._register.add(account)
        self._keep(Happened.ACCOUNT_MADE, by, f"{account.name}: {_told(account)}")
        return account

    def change(
        self,
        by: str,
        account_id: str,
        roles: frozenset[SiteRole],
        people: frozenset[str] | None,
        home_hub_user: str | None = None,
    ) -> Account:
        """`home_hub_user` None: as it was."""

        def to(before: Account) -> Account:
            link = before.home_hub_user if home_hub_user is None else home_hub_user.strip()
            return replace(before, roles=roles, people=people, home_hub_user=link)

        before = self._register.get(account_id)
        after = self._register.change(account_id, to, self._now_ns())
        if (before.roles, before.people) != (after.roles, after.people):
            self._sessions.end_all(account_id)
        self._keep(Happened.ACCOUNT_CHANGED, by, f"{after.name}: {_told(before)} → {_told(after)}")
        return after

    def set_password(self, by: str, account_id: str, kept: str, *, one_time: bool) -> Account:
        after = self._register.change(
            account_id, lambda before: replace(before, password=kept, one_time=one_time), self._now_ns()
        )
        self._sessions.end_all(account_id)
        self._keep(Happened.PASSWORD_RESET, by, after.name)
        return after

    def set_language(self, account: Account, language: str | None) -> None:
        self._register.change(account.id, lambda before: replace(before, language=language), self._now_ns())

    def remove(self, by: str, account_id: str) -> Account:
        gone = self._register.remove(account_id)
        self._keep(Happened.ACCOUNT_REMOVED, by, gone.name)
        return gone

    def label(self, by: str, person: str, label: str) -> None:
        self._register.set_label(person, label)
        self._keep(Happened.LABEL_CHANGED, by, person)

    def _keep(self, what: Happened, by: str, detail: str) -> None:
        self._trail.keep(Step(t_ns=self._now_ns(), what=what, who=by, detail=detail))


def _told(account: Account) -> str:
    seen = "all" if account.people is None else ", ".join(sorted(account.people)) or "nobody"
    return f"{', '.join(sorted(account.roles))}; sees {seen}"
