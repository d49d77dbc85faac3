"""The wearer's own page: two feet, one sentence, today, and one big button; live."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from starlette.responses import Response, StreamingResponse

from ingest.wire.alerts import STILL_SO
from ingest.wire.entries import ProgrammeId
from processing.programme.words import BACKWARD_STOP_RULES, STOP_RULES
from processing.times import local_time
from underfoot.accounts.rights import Right
from underfoot.web.door import Ask, Door
from underfoot.web.home import answers
from underfoot.web.home.in_touch import in_touch_of
from underfoot.web.rendering import page
from underfoot.web.shapes import summary
from underfoot.web.site import Site
from underfoot.words import Words
from underfoot.words.times import day_words


async def show(site: Site, ask: Ask) -> Response:
    state = summary_of(site, ask)
    known = await in_touch_of(site, ask.person)
    is_heard = any(foot.measured for foot in site.lives.of(ask.person).model.state(site.now_ns()).feet)
    all_right = known.all_right if known else None
    all_right_time = local_time(all_right.t_ns, site.house.zone).strftime("%H:%M") if all_right else ""
    return page(
        site, ask, "feet.html",
        state=state,
        mine=[alert for alert in state["alerts"] if alert["for_wearer"] and _is_open(alert)],
        told=next((alert for alert in state["alerts"] if alert["id"] == state["told"]), None),
        silence=None if is_heard or known is None else known.silence,
        day_words=lambda day: day_words(day, ask.words),
        said=answers.said_words(ask, all_right_time),
        actions=answers.ACTIONS,
        stop_rules=stop_rules(ask.words, {plan["programme"] for plan in state["plans"]}),
        zone=zone_name(site.house.zone),
        now_ms=site.now_ns() // 1_000_000,
        phone=site.house.clinic_phone,
    )  # fmt: skip


def _is_open(alert: dict[str, Any]) -> bool:
    return alert["can_acknowledge"] or alert["state"] in STILL_SO


def summary_of(site: Site, ask: Ask) -> dict[str, Any]:
    return summary(site.lives.of(ask.person).model.state(site.now_ns(), ask.words))


def zone_name(zone: tzinfo) -> str:
    """As browsers know it; "" for one that has no name, such as the machine's own: the browser's is taken then."""
    return "UTC" if zone is UTC else str(getattr(zone, "key", None) or "")


def stop_rules(words: Words, programmes: set[ProgrammeId]) -> list[str]:
    """Those of the plans that have begun, before every walk; the general ones where there is no plan."""
    backward = ProgrammeId.BACKWARD_WALKING in programmes
    keys = [f"feet.stop_backward_{n}" for n in range(1, len(BACKWARD_STOP_RULES) + 1)] if backward else []
    return [words(key) for key in (*keys, *(f"feet.stop_{n}" for n in range(1, len(STOP_RULES) + 1)))]


async def events(site: Site, ask: Ask) -> Response:
    feed = site.lives.of(ask.person).feed(ask.words)
    return StreamingResponse(
        feed.events(ask.request.headers.get("last-event-id")),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


DOORS = (
    Door("/p/{person}/", show, Right.SEE_FEET),
    Door("/p/{person}/events", events, Right.SEE_FEET),
    *answers.DOORS,
)
