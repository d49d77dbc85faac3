"""What the handlers of the page share: who may come in, what is stored, what is live, and how something is said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ingest.wire.alerts import AlertReply
from ingest.wire.entries import Entry, EntryTaken, Said
from ingest.wire.faults import FaultBook
from processing.household import Household
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.series import Series
from underfoot.accounts.rights import Right
from underfoot.accounts.trail import Happened
from underfoot.places import Places
from underfoot.saying import kept
from underfoot.setting_up.means import SettingUp
from underfoot.settings import Settings
from underfoot.web.door import Ask
from underfoot.web.gate import Gate
from underfoot.web.lives import Lives
from underfoot.web.viewer import Via, Viewer

_T = TypeVar("_T")
_ID_LENGTH = 12


class Doors(Protocol):
    """How what people say reaches processing. Both may raise UnderfootError BROKER_UNREACHABLE."""

    async def reply(self, person: str, reply: AlertReply) -> None: ...

    async def say(self, person: str, entry: Entry) -> EntryTaken: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Words of this installation. `banner`: a key of the word files for one line at the top, "" for none."""

    title: str = "underfoot"
    banner: str = ""


@dataclass(slots=True, kw_only=True)
class Site:
    settings: Settings
    gate: Gate
    lives: Lives
    doors: Doors
    series: Series
    house: Household
    people: Callable[[], Collection[str]]  # opaque ids of every wearer known here
    labels: Labels = field(default_factory=Labels)
    faults: FaultBook = field(default_factory=FaultBook)
    counts: Callable[[], Mapping[str, int]] = dict  # of every fault of this program, by code
    allowed_hosts: Collection[str] = ()
    now_ns: Callable[[], int] = time.time_ns
    setting_up: SettingUp | None = None  # None: nothing can be set up from this page
    connected: Callable[[], bool] = lambda: False  # whether the broker has us
    stranger: Viewer = field(
        default_factory=lambda: Viewer(
            name="", roles=frozenset(), people=frozenset(), csrf=uuid4().hex, via=Via.SESSION
        )
    )

    @property
    def places(self) -> Places:
        return Places(self.settings.data_dir)

    async def read(self, work: Callable[[SqliteJournalReader], _T]) -> _T:
        """Ask the journal, in a thread: readers never wait for its writer.

        :raises UnderfootError: as the journal.
        """
        return await asyncio.to_thread(lambda: work(SqliteJournalReader(self.places.journal)))

    async def say(self, ask: Ask, said: Said, right: Right, why: str = "") -> EntryTaken:
        """In the viewer's name and role, about the person of the path.

        :raises UnderfootError: the refusal, with its code; BROKER_UNREACHABLE.
        """
        entry = Entry(
            id=uuid4().hex[:_ID_LENGTH],
            by=ask.viewer.name,
            role=ask.viewer.speaks_as(right),
            t_ns=self.now_ns(),
            said=said,
            why=why,
        )
        return kept(await self.doors.say(ask.person, entry))

    def done(self, ask: Ask, back: str, **told: object) -> Response:
        """The answer to an action: JSON for a script, else the page at `back`, relative to the root of ours."""
        if ask.wants_json:
            return JSONResponse({"done": True, **told})
        return RedirectResponse(ask.up + back, status_code=303)

    def refused(self, request: Request, viewer: Viewer | None, what: Happened) -> None:
        """Somebody wanted what is not theirs: logged and kept by the gate."""
        self.gate.refused(request, viewer, what)
