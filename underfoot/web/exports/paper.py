"""The report as one file that needs no server: the page's own, its styles put in, its scripts and ways left out."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from starlette.requests import Request

from ingest.wire.alerts import AlertReply
from ingest.wire.entries import Entry, EntryTaken
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.at_home import household
from underfoot.settings import Settings
from underfoot.web.door import Ask
from underfoot.web.gate import OpenGate, open_viewer
from underfoot.web.record.report import show
from underfoot.web.site import Site
from underfoot.words import words_in

_STATIC = Path(__file__).parents[1] / "static"
_STYLE = re.compile(r'<link rel="stylesheet" href="[./]*static/([\w-]+\.css)">')
_NEEDS_A_SERVER = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<header class=\"top\">.*?</header>|<a class=\"skip\".*?</a>"
    r"|<p class=\"screen-only[^\"]*\">.*?</p>",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _NobodySpeaks:
    """What a page would send; paper sends nothing."""

    async def reply(self, person: str, reply: AlertReply) -> None:  # noqa: ARG002 - the doors' signature
        raise UnderfootError(FaultCode.REQUEST_REFUSED, "paper says nothing")

    async def say(self, person: str, entry: Entry) -> EntryTaken:  # noqa: ARG002 - the doors' signature
        raise UnderfootError(FaultCode.REQUEST_REFUSED, "paper says nothing")


async def report_html(settings: Settings, now_ns: int, language: str, asked: dict[str, str]) -> str:
    """`asked`: what the page's address would say (`until`, `weeks`, …).

    :raises UnderfootError: REQUEST_MALFORMED, STORE_DAMAGED.
    """
    person = settings.person
    scope = {
        "type": "http", "method": "GET", "path": f"/p/{person}/report", "headers": [],
        "query_string": urlencode(asked).encode(), "path_params": {"person": person},
    }  # fmt: skip
    ask = Ask(request=Request(scope), viewer=open_viewer(), words=words_in(language), person=person)
    answer = await show(_site(settings, now_ns, (person,)), ask)
    return _alone(bytes(answer.body).decode())


def _site(settings: Settings, now_ns: int, people: Collection[str]) -> Site:
    nothing_live = cast(Any, None)  # a report is of what is stored: it asks neither the live feet nor the series
    return Site(
        settings=settings,
        gate=OpenGate(),
        lives=nothing_live,
        doors=_NobodySpeaks(),
        series=nothing_live,
        house=household(settings),
        people=lambda: people,
        now_ns=lambda: now_ns,
    )


def _alone(html: str) -> str:
    def style(found: re.Match[str]) -> str:
        return f"<style>{(_STATIC / found[1]).read_text(encoding='utf-8')}</style>"

    return _NEEDS_A_SERVER.sub("", _STYLE.sub(style, html))
