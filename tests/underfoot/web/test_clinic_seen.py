"""A clinician sees the wearers that are theirs: in the inbox, in what they answer, and in every page of a wearer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from clinic_kit import LEANING, NOW_NS, OF_SECOND, SECOND, alert_in, undecided
from site_kit import PERSON
from starlette.requests import Request

from ingest.wire.alerts import AlertReply, AlertState
from ingest.wire.entries import Entry, EntryTaken
from processing.store.series_sqlite import SqliteSeries
from underfoot.accounts.rights import SiteRole
from underfoot.at_home import household
from underfoot.places import Places
from underfoot.web.app import create_app
from underfoot.web.gate import OpenGate
from underfoot.web.lives import Lives
from underfoot.web.serve import serve
from underfoot.web.site import Site
from underfoot.web.viewer import Via, Viewer

CSRF = "of-this-test"


class OneClinician(OpenGate):
    """Everybody is the same clinician, who sees these wearers; None: all."""

    def __init__(self, people: frozenset[str] | None, role: SiteRole = SiteRole.CLINICIAN) -> None:
        self.only = Viewer(name="Dr. K", roles=frozenset({role}), people=people, csrf=CSRF, via=Via.SESSION)

    def viewer(self, request: Request) -> Viewer | None:
        return self.only

    def label(self, person: str) -> str:
        return {PERSON: "<b>Anna</b>", SECOND: "Bert"}[person]


class NoDoors:
    """What is refused is never said."""

    async def reply(self, person: str, reply: AlertReply) -> None:
        raise AssertionError(f"said for {person}: {reply}")

    async def say(self, person: str, entry: Entry) -> EntryTaken:
        raise AssertionError(f"said for {person}: {entry}")


@asynccontextmanager
async def _pages(story: Path, folder: Path, gate: OneClinician) -> AsyncIterator[str]:
    settings = undecided(story, folder)
    with closing(SqliteSeries(Places(settings.data_dir).series)) as series:
        site = Site(
            settings=settings,
            gate=gate,
            lives=Lives(lambda: NOW_NS),
            doors=NoDoors(),
            series=series,
            house=household(settings),
            people=lambda: (PERSON, SECOND),
            now_ns=lambda: NOW_NS,
        )
        async with serve(create_app(site), settings.web.host, settings.web.port) as served:
            yield served.url
    assert alert_in(settings, OF_SECOND, SECOND).state is AlertState.ACTIVE


async def _got(http: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with http.get(url) as answer:
        return answer.status, await answer.text()


@pytest.mark.timeout(120)
async def test_a_clinician_of_one_wearer_sees_and_answers_for_that_one(twelve_weeks: Path, tmp_path: Path) -> None:
    gate = OneClinician(frozenset({PERSON}))
    async with (
        _pages(twelve_weeks, tmp_path / "s", gate) as url,
        aiohttp.ClientSession(headers={"Accept": "text/html"}) as http,
    ):
        status, inbox = await _got(http, f"{url}inbox")
        assert status == 200
        assert LEANING in inbox
        assert "&lt;b&gt;Anna&lt;/b&gt;" in inbox
        assert "<b>Anna" not in inbox
        assert OF_SECOND not in inbox
        assert "Bert" not in inbox
        for page in ("limits", "programme"):
            assert (await _got(http, f"{url}p/{PERSON}/{page}"))[0] == 200
            assert (await _got(http, f"{url}p/{SECOND}/{page}"))[0] == 404
        for where, fields in (
            (f"inbox/{SECOND}/{OF_SECOND}/acknowledge", {}),
            ("inbox/acknowledge", {"alerts": f"{SECOND}/{OF_SECOND}"}),
            (f"p/{SECOND}/alerts/{OF_SECOND}/mute", {"until": "morning", "why": "x"}),
            (f"p/{SECOND}/limits", {"key": "A4.enter_points", "value": "20", "why": "x"}),
            (f"p/{SECOND}/programme", {"do": "end", "programme": "daily-walking", "why": "x"}),
        ):
            async with http.post(url + where, data={"csrf": CSRF, **fields}) as answer:
                assert (where, answer.status) == (where, 404)
        gate.only = replace(gate.only, people=None)
        _, both = await _got(http, f"{url}inbox")
        assert LEANING in both
        assert OF_SECOND in both
        assert "Bert" in both


@pytest.mark.timeout(120)
@pytest.mark.parametrize("role", [SiteRole.PATIENT, SiteRole.CARER, SiteRole.KEEPER])
async def test_nobody_else_decides(twelve_weeks: Path, tmp_path: Path, role: SiteRole) -> None:
    async with (
        _pages(twelve_weeks, tmp_path / "s", OneClinician(None, role)) as url,
        aiohttp.ClientSession(headers={"Accept": "text/html"}) as http,
    ):
        for page in ("inbox", f"p/{PERSON}/limits", f"p/{PERSON}/programme"):
            assert (await _got(http, url + page))[0] == 403
        for where in (f"p/{PERSON}/limits", f"p/{PERSON}/programme", f"p/{PERSON}/alerts/{LEANING}/mute"):
            async with http.post(url + where, data={"csrf": CSRF}) as answer:
                assert (where, answer.status) == (where, 403)
