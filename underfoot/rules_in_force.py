"""Every limit of a person's rules at a time: its bounds, what it rests on, the preset's, and who changed it why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.wire.alerts import AlertLevel, Audience
from ingest.wire.entries import Entry
from ingest.wire.faults import Fault
from processing.rule_changes import changes_at, fit, values_of
from processing.rules.change import Limit, limits
from processing.rules.preset import load_preset
from processing.rules.ruleset import Value
from processing.store.journal import JournalReading


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitInForce:
    """`limit` as it is; `in_preset` what it would be unchanged; `changed` None: it is unchanged."""

    limit: Limit
    in_preset: Value | None
    changed: Entry | None

    @property
    def part(self) -> str:
        return part_of(self.limit.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHead:
    id: str
    level: AlertLevel
    audience: Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """`title` as evidence names the rules. `left_out`: changes that no longer fit the preset, by their keys."""

    title: str
    heads: tuple[RuleHead, ...]
    limits: tuple[LimitInForce, ...]
    left_out: Mapping[str, Fault]


def part_of(key: str) -> str:
    """The rule, or `peace` or `escalation`; "" for what is of the whole set."""
    part, dot, _ = key.partition(".")
    return part if dot else ""


def rules_in_force(preset_name: str, journal: JournalReading | None, person: str, t_ns: int) -> RulesInForce:
    """`journal` None: there is none, so nothing was changed.

    :raises UnderfootError: CONFIG_INVALID for an unknown preset; as the journal.
    """
    preset = load_preset(preset_name)
    entries = {} if journal is None else changes_at(journal, person, t_ns)
    fitted = fit(preset, values_of(entries))
    in_preset = {limit.key: limit.value for limit in limits(preset)}
    return RulesInForce(
        title=fitted.rules.title,
        heads=tuple(
            RuleHead(id=rule.id, level=rule.level, audience=rule.audience)
            for rule in (*fitted.rules.rules, *fitted.rules.days)
        ),
        limits=tuple(
            LimitInForce(
                limit=limit,
                in_preset=in_preset[limit.key],
                changed=entries.get(limit.key) if limit.key in fitted.changes else None,
            )
            for limit in limits(fitted.rules)
        ),
        left_out=fitted.misfits,
    )
