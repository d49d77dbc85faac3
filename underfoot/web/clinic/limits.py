"""The limits of a wearer's rules: what each is and rests on, changed with a reason, and tried on stored weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from ingest.wire.entries import Entry, RuleChange
from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.change import Limit, with_changes
from processing.rules.preset import load_preset
from processing.rules.ruleset import Value
from processing.simulating import only
from processing.times import day_bounds_ns, local_day
from underfoot.accounts.rights import Right
from underfoot.rules_in_force import LimitInForce, RulesInForce, rules_in_force
from underfoot.simulated import rules_of_seconds, simulated
from underfoot.web.clinic import limit_rows
from underfoot.web.clinic.trying import Trials, TrialState
from underfoot.web.door import Ask, Door
from underfoot.web.fields import typed
from underfoot.web.refusal import NOTHING_REFUSED, Refused, shown_beside
from underfoot.web.rendering import page
from underfoot.web.site import Site

_MOST_LISTED = 20
_TRY = "try"

_trials = Trials()


async def show(site: Site, ask: Ask) -> Response:
    return await _show(site, ask, NOTHING_REFUSED)


async def _show(site: Site, ask: Ask, refused: Refused) -> Response:
    found = await _in_force(site, ask)
    history = await site.read(lambda journal: journal.entries(ask.person, RuleChange))
    t, today = ask.words, local_day(site.now_ns(), site.house.zone)
    return page(
        site,
        ask,
        "limits.html",
        status=refused.status,
        found=found,
        parts=limit_rows.parts(found),
        history=list(_changes(history)),
        kept=_kept(ask, found),
        refused=refused,
        triable=list(limit_rows.triable(found, rules_of_seconds(site.settings.rules.preset))),
        first=(today - timedelta(days=limit_rows.TRIED_DAYS - 1)).isoformat(),
        last=today.isoformat(),
        words_of=lambda limit: limit_rows.words_of(limit, t),
        unit_of=limit_rows.unit_of,
        spelled=lambda value, key: limit_rows.spelled(value, key, t),
        typed=limit_rows.typed,
        bound=lambda value: limit_rows.spelled(value, "", t),
        options=limit_rows.options,
    )


async def _in_force(site: Site, ask: Ask) -> RulesInForce:
    preset, now_ns = site.settings.rules.preset, site.now_ns()
    return await site.read(lambda journal: rules_in_force(preset, journal, ask.person, now_ns))


def _changes(entries: tuple[Entry, ...]) -> Iterator[tuple[Entry, RuleChange]]:
    """The latest first."""
    return ((each, each.said) for each in reversed(entries) if isinstance(each.said, RuleChange))


def _kept(ask: Ask, found: RulesInForce) -> LimitInForce | None:
    """The limit that was just changed."""
    return next((each for each in found.limits if each.limit.key == ask.query("kept")), None)


@shown_beside(_show, lambda ask: ask.form.get("key", ""))
async def change(site: Site, ask: Ask) -> Response:
    """`do` is `change` or `reset`; `why` is asked of both."""
    key = ask.form.get("key", "")
    value = None if ask.form.get("do") == "reset" else await _value(site, ask, key)
    why = typed(ask, "why")
    await site.say(ask, RuleChange(key=await _known(site, ask, key), value=value), Right.DECIDE, why=why)
    to = f"p/{ask.person}/limits?kept={quote(key)}#{quote(key)}"
    return site.done(ask, to, to=to)


async def _known(site: Site, ask: Ask, key: str) -> str:
    return (await _limit(site, ask, key)).key


async def _limit(site: Site, ask: Ask, key: str) -> Limit:
    """:raises UnderfootError: UNKNOWN_NAME."""
    found = await _in_force(site, ask)
    limit = next((each.limit for each in found.limits if each.limit.key == key), None)
    if limit is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no limit {key!r}")
    return limit


async def _value(site: Site, ask: Ask, key: str) -> Value:
    return limit_rows.read(await _limit(site, ask, key), ask.form.get("value", ""))


@shown_beside(_show, lambda _: _TRY)
async def try_it(site: Site, ask: Ask) -> Response:
    """Begins a trial; the answer leads to the page on which it is seen to work."""
    key, zone = ask.form.get("key", ""), site.house.zone
    value = await _value(site, ask, key)
    with_changes(load_preset(site.settings.rules.preset), {key: value})
    first, last = limit_rows.days_tried(
        ask.form.get("first", ""), ask.form.get("last", ""), local_day(site.now_ns(), zone)
    )
    span = day_bounds_ns(first, zone)[0], day_bounds_ns(last, zone)[1]
    settings, person = site.settings, ask.person
    trial = _trials.start(
        person,
        key,
        value,
        first.isoformat(),
        last.isoformat(),
        lambda tell: simulated(settings, person, *span, {key: value}, tell),
    )
    to = f"p/{person}/limits/try/{trial.id}"
    return site.done(ask, to, to=to)


async def trial(site: Site, ask: Ask) -> Response:
    """How far it is (JSON for a script), or what came of it."""
    found = _trials.of(ask.person, ask.path("trial"))
    if ask.wants_json:
        return JSONResponse({"state": found.state, "done": found.walks_done, "of": found.walks})
    result, t = found.result, ask.words
    rule = found.key.partition(".")[0]
    gone = [] if result is None else [each for each in only(result.was, result.would_be) if each.rule == rule]
    new = [] if result is None else [each for each in only(result.would_be, result.was) if each.rule == rule]
    return page(
        site,
        ask,
        "trial.html",
        trial=found,
        works=found.state is TrialState.WORKING,
        result=result,
        rule=rule,
        lists=(("limits.gone", gone), ("limits.new", new)),
        most=_MOST_LISTED,
        limit_words=t(f"limits.field.{found.key.rpartition('.')[2]}"),
        spelled=limit_rows.spelled(found.value, found.key, t),
    )


DOORS = (
    Door("/p/{person}/limits", show, Right.DECIDE),
    Door("/p/{person}/limits", change, Right.DECIDE, post=True),
    Door("/p/{person}/limits/try", try_it, Right.DECIDE, post=True),
    Door("/p/{person}/limits/try/{trial}", trial, Right.DECIDE),
)
