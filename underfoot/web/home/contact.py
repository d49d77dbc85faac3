"""For who looks after the wearer: when anything last came, what is wrong with it, what is open, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ingest.wire.alerts import STILL_SO
from processing.rules.day_facts import DayFacts
from processing.times import local_day, local_time
from underfoot.accounts.rights import Right
from underfoot.foot_view import FootView
from underfoot.kept import kept_words
from underfoot.trouble import advice_of
from underfoot.web.door import Ask, Door
from underfoot.web.home.answers import ACTIONS, said_words
from underfoot.web.home.in_touch import InTouch, in_touch_of, while_open
from underfoot.web.rendering import page
from underfoot.web.shapes import summary
from underfoot.web.site import Site
from underfoot.words import Words
from underfoot.words.reasons import reason_words
from underfoot.words.times import ago, day_short, day_words, minutes

_S = 1_000_000_000
_BATTERY_LOW_PCT = 15
_BATTERY_HOLDS_NS = 600 * _S


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of an insole or of the home; `known` False: the words say that and why it is not known."""

    name: str
    label: str
    words: str
    known: bool = True
    alarming: bool = False


async def show(site: Site, ask: Ask) -> Response:
    now_ns = site.now_ns()
    state = site.lives.of(ask.person).model.state(now_ns, ask.words)
    shown = summary(state)
    known = await in_touch_of(site, ask.person)
    is_heard = any(foot.measured for foot in state.feet)
    today = local_day(now_ns, site.house.zone)
    return page(
        site, ask, "contact.html",
        as_of=local_time(now_ns, site.house.zone).strftime("%H:%M"),
        insoles=[(foot.side, _insole(foot, ask.words, now_ns)) for foot in state.feet],
        home=_home(known, ask.words, now_ns),
        advice=advice_of({foot.side: foot.trouble for foot in state.feet if foot.trouble is not None}, ask.words),
        alerts=[each for each in shown["alerts"] if each["can_acknowledge"] or each["state"] in STILL_SO],
        is_measured=all(foot.measured for foot in state.feet),
        silence=known.silence if known and not is_heard else None,
        days=[_day(while_open(each, today) if is_heard else each, ask.words) for each in known.days] if known else [],
        said=said_words(ask, _time_said(site, known)), actions=ACTIONS,
        day_words=lambda day: day_words(day, ask.words),
    )  # fmt: skip


def _time_said(site: Site, known: InTouch | None) -> str:
    said = known.all_right if known else None
    return local_time(said.t_ns, site.house.zone).strftime("%H:%M") if said else ""


def _insole(foot: FootView, t: Words, now_ns: int) -> list[Fact]:
    battery = _battery(foot, t, now_ns)
    return [
        _last_contact(foot, t, now_ns),
        _link(foot, t),
        battery,
        *(each(foot, t) for each in (_kept, _cells, _clock)),
    ]


def _last_contact(foot: FootView, t: Words, now_ns: int) -> Fact:
    heard = foot.last_t_ns is not None
    words = ago(max(0, now_ns - foot.last_t_ns) / _S, t) if foot.last_t_ns is not None else t("contact.never")
    return Fact(name="last-contact", label=t("contact.last_contact"), words=words, known=heard)


def _link(foot: FootView, t: Words) -> Fact:
    words = t("contact.measured") if foot.measured else foot.reason or t("contact.link_none")
    return Fact(name="link", label=t("contact.link"), words=words, known=foot.measured)


def _battery(foot: FootView, t: Words, now_ns: int) -> Fact:
    label = t("contact.battery")
    if foot.battery_pct is None:
        return Fact(name="battery", label=label, words=t("contact.unknown"), known=False)
    is_low = foot.battery_pct <= _BATTERY_LOW_PCT
    words = t("contact.battery_pct", pct=foot.battery_pct)
    told_ns = now_ns - foot.status_t_ns if foot.status_t_ns is not None else 0
    if told_ns > _BATTERY_HOLDS_NS:
        words = t("contact.battery_then", battery=words, ago=ago(told_ns / _S, t))
        return Fact(name="battery", label=label, words=words, known=False, alarming=is_low)
    return Fact(
        name="battery", label=label, words=f"{words}: {t('contact.battery_low')}" if is_low else words, alarming=is_low
    )


def _kept(foot: FootView, t: Words) -> Fact:
    kept = kept_words({foot.side: foot.kept}, t) if foot.kept is not None else ""
    return Fact(name="kept", label=t("contact.kept"), words=kept or t("contact.kept_none"), known=bool(kept))


def _cells(foot: FootView, t: Words) -> Fact:
    label = t("contact.cells")
    if foot.faults:
        return Fact(name="cells", label=label, words="; ".join(foot.faults), alarming=True)
    words = t("contact.cells_fit") if foot.measured else t("contact.cells_unknown")
    return Fact(name="cells", label=label, words=words, known=foot.measured)


def _clock(foot: FootView, t: Words) -> Fact:
    label = t("contact.clock")
    if foot.clock_known is None:
        return Fact(name="clock", label=label, words=t("contact.clock_not_heard"), known=False)
    words = t("contact.clock_ok") if foot.clock_known else t("contact.clock_unknown")
    return Fact(name="clock", label=label, words=words, known=foot.clock_known, alarming=not foot.clock_known)


def _home(known: InTouch | None, t: Words, now_ns: int) -> list[Fact]:
    said = known.all_right if known else None
    all_right = t("contact.all_right_never")
    if said is not None:
        all_right = t("contact.all_right_by", ago=ago(max(0, now_ns - said.t_ns) / _S, t), by=said.by)
    last = known.last_day if known else None
    worn = known.person.worn_today_min if known else None
    coverage = known.person.coverage_today_pct if known else None
    return [
        Fact(name="all-right", label=t("contact.all_right"), words=all_right, known=said is not None),
        _measured("worn", t("contact.worn"), worn, coverage, t),
        _measured("walked", t("contact.walked"), known.person.walked_today_min if known else None, coverage, t),
        Fact(
            name="last-day",
            label=t("contact.last_day"),
            words=day_words(last, t) if last else t("contact.last_day_never"),
            known=last is not None,
        ),
    ]


def _measured(name: str, label: str, count: float | None, coverage_pct: float | None, t: Words) -> Fact:
    if count is None or coverage_pct is None:
        return Fact(name=name, label=label, words=t("page.not_measured"), known=False)
    words = t("contact.minutes", minutes=minutes(count, t), pct=round(coverage_pct))
    return Fact(name=name, label=label, words=words)


def _day(facts: DayFacts, t: Words) -> dict[str, Any]:
    return {
        "day": day_short(facts.day, t),
        "measured": facts.measured,
        "worn": None if facts.worn_min is None else minutes(facts.worn_min, t),
        "reason": reason_words(facts.reason, t) if facts.reason else "",
    }


DOORS: tuple[Door, ...] = (Door("/p/{person}/contact", show, Right.SEE_CONTACT),)
