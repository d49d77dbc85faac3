"""Who comes in: what the doors ask, and the gate that is open to all."""

from __future__ import annotations

import secrets
from typing import Protocol

from starlette.requests import Request

from underfoot.accounts.house import Accounts
from underfoot.accounts.rights import SiteRole
from underfoot.accounts.trail import Happened
from underfoot.web.viewer import Via, Viewer


class Gate(Protocol):
    @property
    def accounts(self) -> Accounts | None:
        """None: this gate keeps none."""

    def viewer(self, request: Request) -> Viewer | None:
        """Whoever is known by this request; None: they have to sign in."""

    def vouched(self, request: Request) -> bool:
        """Whether the home hub itself hands this request on: it has seen to the host that was asked for."""

    def label(self, person: str) -> str:
        """What people here call the wearer; the opaque id where nobody has said. It never leaves this machine."""

    def refused(self, request: Request, viewer: Viewer | None, what: Happened) -> None:
        """Keep that somebody wanted what is not theirs."""


def open_viewer() -> Viewer:
    """Who may do everything, because nobody has to sign in."""
    return Viewer(name="the page", roles=frozenset(SiteRole), people=None, csrf=secrets.token_urlsafe(16), via=Via.OPEN)


class OpenGate:
    """Everybody who reaches the page may do everything: for a page of a test, over no accounts at all."""

    accounts: Accounts | None = None

    def __init__(self) -> None:
        self._viewer = open_viewer()

    def viewer(self, request: Request) -> Viewer | None:  # noqa: ARG002 - the gate's signature
        return self._viewer

    def vouched(self, request: Request) -> bool:  # noqa: ARG002 - the gate's signature
        return False

    def label(self, person: str) -> str:
        return person

    def refused(self, request: Request, viewer: Viewer | None, what: Happened) -> None:
        """Nobody keeps it."""
