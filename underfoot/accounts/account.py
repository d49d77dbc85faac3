"""An account: who, in which roles, for which wearers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from underfoot.accounts.rights import SiteRole
from underfoot.accounts.unfit import UnfitError

LONGEST_NAME = 40
ONE_TIME_NS = 7 * 86_400 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`people`: opaque ids that it may see, None: all. `home_hub_user`: id or name at Home Assistant, "" for none.

    `one_time`: the password was made up by another and has to be changed first, within `ONE_TIME_NS` of
    `changed_t_ns`, which is when the password was.
    """

    id: str
    name: str
    roles: frozenset[SiteRole]
    people: frozenset[str] | None
    language: str | None = None
    home_hub_user: str = ""
    password: str = field(repr=False)
    one_time: bool = False
    created_t_ns: int
    changed_t_ns: int

    def outlived(self, now_ns: int) -> bool:
        """Whether its one-time password has waited for too long, on a slip of paper, to be worth anything."""
        return self.one_time and now_ns - self.changed_t_ns > ONE_TIME_NS


def fit_name(said: str) -> str:
    """:raises UnfitError: for one that is empty, too long or not printable."""
    name = " ".join(unicodedata.normalize("NFC", said).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UnfitError("name", "name")
    return name


def key_of(name: str) -> str:
    """Two names with the same key are the same name."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def fit_roles(said: Iterable[str]) -> frozenset[SiteRole]:
    """:raises UnfitError: for none, or one that there is not."""
    try:
        roles = frozenset(SiteRole(each) for each in said)
    except ValueError:
        roles = frozenset()
    if not roles:
        raise UnfitError("roles", "roles")
    return roles
