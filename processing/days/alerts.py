"""Alerts of rules over days: how one is made, and what is news of those that the journal knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertState
from ingest.wire.geometry import Side
from processing.household import Household
from processing.rules.day_rule import DayRule
from processing.rules.day_wording import CAME_LATER, patient_text
from processing.rules.ruleset import RuleSet
from processing.rules.upkeep import Upkeep

DAY_NS = 24 * 3600 * 10**9
STILL_SO_NS = 3 * DAY_NS  # Reasoned: a hub that was off over a weekend tells what nobody has seen the end of
RAISED_WITHIN_NS = 14 * DAY_NS  # Reasoned: older than what an insole remembers, so no late rows tell of it


def day_alert(
    rule: DayRule,
    rules: RuleSet,
    house: Household,
    *,
    when: str,
    found: str,
    raised_t_ns: int,
    cleared_t_ns: int | None = None,
    side: Side | None = None,
    area: str = "",
    upkeep: Upkeep | None = None,
    late: bool = False,
) -> Alert:
    """`when`: day, walk or time that tells it from others of this rule; `found`: for the clinician."""
    place = "-".join(word for word in ("both" if side is None else side, area, upkeep or "") if word)
    return Alert(
        id=f"{rule.id}-{place}-{when}",
        rule=rule.id,
        level=rule.level,
        state=AlertState.ACTIVE if cleared_t_ns is None else AlertState.CLEARED,
        raised_t_ns=raised_t_ns,
        walk="",
        side=side,
        text=patient_text(rule, house, side=side, area=area, upkeep=upkeep),
        evidence=f"{found} Rules {rules.title}.",
        cleared_t_ns=cleared_t_ns,
        late=late,
        areas=(area,) if area else (),
        audience=rule.audience,
    )


def cleared(alert: Alert, t_ns: int, note: str = "") -> Alert:
    """The alert as it ends; what people did with it is added by the book."""
    evidence = f"{alert.evidence} {note}" if note else alert.evidence
    return replace(
        alert, state=AlertState.CLEARED, cleared_t_ns=max(t_ns, alert.raised_t_ns), evidence=evidence
    )  # fmt: skip


def untold(
    known: Mapping[str, Alert], wanted: Iterable[Alert], rules: frozenset[str], t_ns: int, *, late: bool
) -> Iterator[Alert]:
    """What the journal does not know yet, of alerts that should stand there, and of those of `rules` that should not.

    `late`: found because rows came after their time. An alert that has been told is never told again: one that is said
    to begin while another of the same place stands is that one.
    """
    ids = set()
    for alert in wanted:
        ids.add(alert.id)
        before = known.get(alert.id)
        if before is not None:
            if before.cleared_t_ns is None and alert.cleared_t_ns is not None:
                yield cleared(before, alert.cleared_t_ns)
        elif t_ns - alert.raised_t_ns <= RAISED_WITHIN_NS and not _is_told(alert, known.values()):
            old_ns = DAY_NS if alert.cleared_t_ns is not None else STILL_SO_NS
            yield replace(alert, late=alert.late or late or t_ns - alert.raised_t_ns > old_ns)
    for alert in known.values():
        if alert.rule in rules and alert.cleared_t_ns is None and alert.id not in ids:
            yield cleared(alert, t_ns, CAME_LATER)


def _is_told(alert: Alert, known: Iterable[Alert]) -> bool:
    return any(
        (each.rule, each.side, each.areas) == (alert.rule, alert.side, alert.areas)
        and each.raised_t_ns < alert.raised_t_ns
        and (each.cleared_t_ns is None or alert.raised_t_ns < each.cleared_t_ns)
        for each in known
    )
