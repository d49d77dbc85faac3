"""The real page on the air over a synthetic walk, with stores of its own, for whom a test says."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from browser_kit import PERSON, LiveWalk
from starlette.applications import Starlette

from processing.household import Household
from processing.store.journal_sqlite import SqliteJournal
from processing.store.series import gait_point
from processing.store.series_sqlite import SqliteSeries
from underfoot.accounts.rights import SiteRole
from underfoot.places import Places
from underfoot.screen import ScreenModel
from underfoot.settings import Settings
from underfoot.web.app import create_app
from underfoot.web.gate import OpenGate
from underfoot.web.lives import Lives
from underfoot.web.serve import serve
from underfoot.web.site import Labels, Site
from underfoot.web.viewer import Via, Viewer


class RoleGate(OpenGate):
    """Lets everybody in, as one who has these roles."""

    def __init__(self, *roles: SiteRole) -> None:
        super().__init__()
        self.known = Viewer(name="the page", roles=frozenset(roles), people=None, csrf="c" * 16, via=Via.OPEN)

    def viewer(self, _: object) -> Viewer | None:
        return self.known


@dataclass(slots=True, kw_only=True)
class Shown:
    """A page on the air over a live walk; `journal` is where its site reads what is stored."""

    url: str
    site: Site
    model: ScreenModel
    walk: LiveWalk
    app: Starlette
    viewers: list[int]
    journal: SqliteJournal

    def at(self, path: str = "") -> str:
        """The address of a page of the wearer."""
        return f"{self.url}p/{PERSON}/{path}"

    @property
    def csrf(self) -> str:
        return self.site.gate.viewer(None).csrf


@contextlib.asynccontextmanager
async def live_page(
    before_s: int = 0, port: int = 0, roles: tuple[SiteRole, ...] = tuple(SiteRole), banner: str = ""
) -> AsyncIterator[Shown]:
    """The real page on a free port of this machine, over the synthetic walk and stores of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), person=PERSON)
        places = Places(settings.data_dir)
        journal, series = SqliteJournal(places.journal), SqliteSeries(Path(folder) / "series.sqlite")
        viewers: list[int] = []
        lives = Lives(time.time_ns, on_viewers=lambda _person, count: viewers.append(count))
        model = lives.of(PERSON).model
        walk = LiveWalk(model, before_s, lambda metrics: series.write([gait_point(PERSON, metrics)]))
        walk.journal = journal
        site = Site(
            settings=settings, gate=RoleGate(*roles), lives=lives, doors=walk, series=series, house=Household(),
            people=lambda: [PERSON], labels=Labels(banner=banner),
        )  # fmt: skip
        app = create_app(site)
        walking = asyncio.create_task(walk.run())
        try:
            async with serve(app, port=port) as served:
                yield Shown(
                    url=served.url, site=site, model=model, walk=walk, app=app, viewers=viewers, journal=journal
                )
        finally:
            walking.cancel()
            await asyncio.gather(walking, return_exceptions=True)
            journal.close()
            series.close()
