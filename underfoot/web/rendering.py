"""A template filled in for one viewer: their words, links up to the root, their times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from processing.times import local_time
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
    """`key`: of the words that name it. `current`: "page" where it is what is shown, "true" where that is below it."""

    href: str
    key: str
    current: str = ""


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
        when=lambda t_ns: local_time(t_ns, site.house.zone).strftime("%Y-%m-%d %H:%M"),
        day=lambda t_ns: local_time(t_ns, site.house.zone).strftime("%Y-%m-%d"),
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
        if viewer.may(Right.SEE_FEET):
            links.append((f"p/{person}/live", "nav.live", Right.SEE_CONTACT))
    links.append(("inbox", "nav.inbox", Right.DECIDE))
    if person:
        links += [
            (f"p/{person}/record", "nav.record", Right.SEE_RECORD),
            (f"p/{person}/walks", "nav.walks", Right.SEE_RECORD),
            (f"p/{person}/limits", "nav.limits", Right.DECIDE),
            (f"p/{person}/programme", "nav.programme", Right.DECIDE),
        ]
    links += [("setup", "nav.setup", Right.SET_UP), ("setup/people", "nav.people", Right.MANAGE_PEOPLE)]
    return _marked([Link(href, key) for href, key, right in links if viewer.may(right)], ask.request.url.path)


def _marked(links: list[Link], path: str) -> list[Link]:
    at = path.lstrip("/")
    above = [link for link in links if at == link.href or (at.startswith(f"{link.href}/"))]
    nearest = max(above, key=lambda link: len(link.href), default=None)
    current = "page" if nearest is not None and nearest.href == at else "true"
    return [replace(link, current=current) if link is nearest else link for link in links]


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
    return ask.words(key, day=local_time(site.now_ns(), site.house.zone).strftime("%Y-%m-%d")) if key else ""
