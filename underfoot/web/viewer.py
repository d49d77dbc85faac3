"""Who looks at the page in one request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.entries import Role
from underfoot.accounts.rights import Right, SiteRole, rights_of, speaks_as


class Via(StrEnum):
    """How somebody is known."""

    SESSION = "session"  # signed in here
    HOME_HUB = "home-hub"  # Home Assistant has signed them in
    OPEN = "open"  # nobody has to sign in: this machine alone, and no account was ever made


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """`people`: opaque ids they may see, None: all. `csrf`: what a form of theirs must carry."""

    name: str
    roles: frozenset[SiteRole]
    people: frozenset[str] | None
    csrf: str
    via: Via
    language: str | None = None  # None: as the browser asks

    def may(self, right: Right) -> bool:
        return right in rights_of(self.roles)

    def sees(self, person: str) -> bool:
        return self.people is None or person in self.people

    def speaks_as(self, right: Right) -> Role:
        return speaks_as(self.roles, right)
