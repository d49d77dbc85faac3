"""A template filled in for one viewer: their words, links up to the root, their times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from underfoot.accounts.rights import Right
from underfoot.alert_words import told
from underfoot.web.door import Ask
from underfoot.web.site import Site
from underfoot.words import Words, times
from underfoot.words.areas import area_words

_HERE = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Link:
    """`key`: of the words that name it. `here`: it is the page that is shown."""

    href: str
    key: str
    here: bool


def page(site: Site, ask: Ask, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Every template extends base.html and may use: t, up, viewer, csrf, person, person_label, labels, when, day,
    num, pct, day_words, ago, area_words, alert_told."""
    html = _ENVIRONMENT.get_template(template).render(
        t=ask.words,
        up=ask.up,
        viewer=ask.viewer,
        csrf=ask.viewer.csrf,
        person=ask.person,
        person_label=site.gate.label(ask.person) if ask.person else "",
        labels=site.labels,
        banner=_banner(site, ask),
        nav=nav(site, ask),
        Right=Right,
        when=lambda t_ns: _local(site, t_ns).strftime("%Y-%m-%d %H:%M"),
        day=lambda t_ns: _local(site, t_ns).strftime("%Y-%m-%d"),
        **{**_said_in(ask.words, site.now_ns()), **values},
    )
    return HTMLResponse(html, status_code=status, headers=_NO_STORE)


def nav(site: Site, ask: Ask) -> list[Link]:
    """Where this viewer may go: the wearer's pages of the person in question, then those of the house."""
    viewer = ask.viewer
    seen = [person for person in site.people() if viewer.sees(person)]
    person = ask.person or (seen[0] if len(seen) == 1 else "")
    links: list[tuple[str, str, Right]] = []
    if person:
        links += [
            (f"p/{person}/", "nav.feet", Right.SEE_FEET),
            (f"p/{person}/diary", "nav.diary", Right.DIARY),
            (f"p/{person}/contact", "nav.contact", Right.SEE_CONTACT),
        ]
    links.append(("inbox", "nav.inbox", Right.DECIDE))
    if person:
        links += [
            (f"p/{person}/record", "nav.record", Right.SEE_RECORD),
            (f"p/{person}/walks", "nav.walks", Right.SEE_RECORD),
            (f"p/{person}/limits", "nav.limits", Right.DECIDE),
            (f"p/{person}/programme", "nav.programme", Right.DECIDE),
        ]
    links += [("setup", "nav.setup", Right.SET_UP), ("setup/people", "nav.people", Right.MANAGE_PEOPLE)]
    at = ask.request.url.path.lstrip("/")
    return [Link(href, key, href == at) for href, key, right in links if viewer.may(right)]


def _said_in(words: Words, now_ns: int) -> dict[str, Any]:
    """Numbers, days, areas and alerts; a page may say its own instead."""
    return {
        "num": words.number,
        "pct": words.percent,
        "day_words": lambda day: times.day_words(day, words),
        "ago": lambda t_ns: times.ago((now_ns - t_ns) / 10**9, words),
        "area_words": lambda area: area_words(area, words),
        "alert_told": lambda alert: told(alert, words),
    }


def _banner(site: Site, ask: Ask) -> str:
    key = site.labels.banner
    return ask.words(key, day=_local(site, site.now_ns()).strftime("%Y-%m-%d")) if key else ""


def _local(site: Site, t_ns: int) -> datetime:
    return datetime.fromtimestamp(t_ns // 10**9, UTC).astimezone(site.house.zone)
