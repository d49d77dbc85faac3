"""Presets: `presets.toml` → `RuleSet`, every number checked against its bounds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.change import with_changes
from processing.rules.day_rule import (
    DayRule,
    DoseRule,
    EscalationRule,
    GaitChangeRule,
    LongSilenceRule,
    PeaceRule,
    TemperatureRule,
    UpkeepRule,
    WearRule,
)
from processing.rules.load_rule import HotAreaRule, PeakRule, StandingRule, SustainedRule
from processing.rules.rule import DeviationRule, FaultRule, SilenceRule, Stronger
from processing.rules.ruleset import Rule, RuleSet, RuleSetHead

__all__ = ["RuleSet", "load_preset", "parse_preset", "with_changes"]

_OF_SECONDS: dict[str, type[Rule]] = {
    "deviation": DeviationRule,
    "silence": SilenceRule,
    "fault": FaultRule,
    "sustained": SustainedRule,
    "standing": StandingRule,
    "peak": PeakRule,
    "hot-area": HotAreaRule,
}
_OF_DAYS: dict[str, type[DayRule]] = {
    "dose": DoseRule,
    "gait-change": GaitChangeRule,
    "temperature": TemperatureRule,
    "wear": WearRule,
    "long-silence": LongSilenceRule,
    "upkeep": UpkeepRule,
}
_KINDS: dict[str, type[Rule | DayRule]] = {**_OF_SECONDS, **_OF_DAYS}
_SET_KEYS = ("version", "label", "window_s", "coverage_pct")
_SHARED = ("peace", "escalation")

Table = dict[str, Any]
T = TypeVar("T")


def load_preset(name: str) -> RuleSet:
    """The preset of this name from the file that is installed with the rules.

    :raises UnderfootError: CONFIG_INVALID for an unknown name.
    """
    return parse_preset(Path(__file__).with_name("presets.toml").read_text("utf-8"), name)


def parse_preset(text: str, name: str) -> RuleSet:
    """The preset `name` of a TOML text.

    :raises UnderfootError: CONFIG_INVALID, naming every mistake.
    """
    try:
        presets = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnderfootError(FaultCode.CONFIG_INVALID, f"rules are no TOML: {error}") from error
    sources: dict[str, str] = {}
    mistakes: list[str] = []
    plain = _take_reasons(_with_parent(presets, name), "", sources, mistakes)
    rules = [rule for key, table in plain.items() if (rule := _rule(key, table, mistakes)) is not None]
    given = {key: plain[key] for key in _SET_KEYS if key in plain}
    head = _convert({**given, "name": name}, RuleSetHead, name, mistakes)
    peace = _shared(plain, "peace", PeaceRule, mistakes)
    escalation = _shared(plain, "escalation", EscalationRule, mistakes)
    if not rules:
        mistakes.append("no rules")
    if head is None or peace is None or escalation is None or mistakes:
        raise UnderfootError(FaultCode.CONFIG_INVALID, f"rules {name!r}: " + "; ".join(mistakes))
    return RuleSet(
        **asdict(head),
        rules=tuple(rule for rule in rules if isinstance(rule, Rule)),
        days=tuple(rule for rule in rules if isinstance(rule, DayRule)),
        peace=peace,
        escalation=escalation,
        sources=sources,
    )


def _with_parent(presets: Table, name: str) -> Table:
    own = presets.get(name)
    if not isinstance(own, dict):
        raise UnderfootError(
            FaultCode.CONFIG_INVALID, f"no rules named {name!r}; there are {', '.join(sorted(presets))}"
        )
    parent = own.get("extends")
    if parent is None:
        return own
    if not isinstance(presets.get(parent), dict) or "extends" in presets[parent]:
        raise UnderfootError(FaultCode.CONFIG_INVALID, f"rules {name!r} cannot extend {parent!r}")
    return _over(presets[parent], {key: entry for key, entry in own.items() if key != "extends"})


def _over(below: Table, above: Table) -> Table:
    merged = dict(below)
    for key, entry in above.items():
        is_table = isinstance(entry, dict) and "value" not in entry and isinstance(merged.get(key), dict)
        merged[key] = _over(merged[key], entry) if is_table else entry
    return merged


def _take_reasons(table: Table, path: str, sources: dict[str, str], mistakes: list[str]) -> Table:
    """Replace each { value, why } by its value and remember why. A bare number other than the version is a mistake."""
    plain: Table = {}
    for key, entry in table.items():
        here = f"{path}{key}"
        if isinstance(entry, dict) and "value" in entry:
            if not isinstance(entry.get("why"), str) or not entry["why"]:
                mistakes.append(f"{here}: no reason given (why)")
            sources[here] = str(entry.get("why", ""))
            plain[key] = entry["value"]
        elif isinstance(entry, dict):
            plain[key] = _take_reasons(entry, f"{here}.", sources, mistakes)
        else:
            if isinstance(entry, int | float) and here != "version":
                mistakes.append(f"{here}: a number needs its reason: {{ value, why }}")
            plain[key] = entry
    return plain


def _rule(key: str, table: object, mistakes: list[str]) -> Rule | DayRule | None:
    if key in _SET_KEYS or key in _SHARED:
        return None
    kind = _KINDS.get(str(table.get("kind"))) if isinstance(table, Mapping) else None
    if kind is None or not isinstance(table, Mapping):
        mistakes.append(f"{key}: no rule of a known kind ({', '.join(_KINDS)})")
        return None
    given = {name: entry for name, entry in table.items() if name != "kind"}
    mistakes += [f"{key}.{name}: unknown" for name in _strangers(given, kind)]
    if isinstance(given.get("stronger"), dict):
        mistakes += [f"{key}.stronger.{name}: unknown" for name in _strangers(given["stronger"], Stronger)]
    return _convert({**given, "id": key}, kind, key, mistakes)


def _shared(plain: Table, key: str, kind: type[T], mistakes: list[str]) -> T | None:
    table = plain.get(key)
    if not isinstance(table, dict):
        mistakes.append(f"{key}: missing")
        return None
    mistakes += [f"{key}.{name}: unknown" for name in _strangers(table, kind)]
    return _convert(table, kind, key, mistakes)


def _strangers(table: Table, kind: type[Any]) -> list[str]:
    return sorted(table.keys() - {field.name for field in fields(kind)})


def _convert(table: Table, kind: type[T], path: str, mistakes: list[str]) -> T | None:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        mistakes.append(f"{path}: {error}")
        return None
