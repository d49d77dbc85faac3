"""What a person may change in a set of rules: every number and switch, within the bounds of its type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from math import isfinite
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.ruleset import RuleSet, RuleSetHead, Value

_FIXED = ("id", "kind", "level", "audience", "figure", "direction", "folds_into", "repeated")
_OF_SET = ("window_s", "coverage_pct")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One number, switch or name of a rule, as it stands. `least`, `most`: bounds of a number, both included."""

    key: str  # "A4.enter_points"
    value: Value | None  # None: not given
    wanted: str  # "a number from 1 to 60"
    why: str
    least: float | None = None
    most: float | None = None
    pattern: str | None = None  # of words


def limits(ruleset: RuleSet) -> tuple[Limit, ...]:
    """Everything that `with_changes` takes, in the order of the rules."""
    return tuple(_limit(ruleset, key, getattr(owner, name), hint) for key, owner, name, hint in _places(ruleset))


def with_changes(ruleset: RuleSet, changes: Mapping[str, Value | None]) -> RuleSet:
    """The rules with other numbers, by their keys ("A4.enter_points"); None: as the preset has it.

    :raises UnderfootError: RULE_REFUSED for an unknown key or a value out of its bounds, naming the bounds; and for
        numbers that contradict each other.
    """
    asked = {key: value for key, value in changes.items() if value is not None}
    known = {limit.key: limit for limit in limits(ruleset)}
    for key in changes:
        if key not in known:
            raise _refused(f"{key}: no rule has it; `underfoot rules show` lists what can be changed")
    for key, value in asked.items():
        _check(known[key], value)
    differing = {key: _as(known[key], value) for key, value in asked.items() if value != known[key].value}
    if not differing:
        return ruleset
    rest: dict[str, dict[str, Value]] = {}
    for key, value in differing.items():
        rule, _, path = key.rpartition(".") if key in _OF_SET else key.partition(".")
        rest.setdefault(rule, {})[path] = value
    of_set = rest.get("", {})
    return replace(
        ruleset,
        window_s=int(of_set.get("window_s", ruleset.window_s)),
        coverage_pct=float(of_set.get("coverage_pct", ruleset.coverage_pct)),
        rules=tuple(_rebuilt(rule, rule.id, rest) for rule in ruleset.rules),
        days=tuple(_rebuilt(rule, rule.id, rest) for rule in ruleset.days),
        peace=_rebuilt(ruleset.peace, "peace", rest),
        escalation=_rebuilt(ruleset.escalation, "escalation", rest),
        changed={**ruleset.changed, **differing},
    )


def _rebuilt(rule: T, name: str, changes: Mapping[str, Mapping[str, Value]]) -> T:
    own = changes.get(name)
    if own is None:
        return rule
    table: dict[str, Any] = msgspec.to_builtins(rule)
    for path, value in own.items():
        *parents, last = path.split(".")
        inner = table
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    try:
        return msgspec.convert(table, type(rule))
    except msgspec.ValidationError as error:
        raise _refused(f"{name}: {error}") from error


def _places(ruleset: RuleSet) -> Iterator[tuple[str, Any, str, Any]]:
    """Key, owner, field and type of everything that may be changed."""
    hints = get_type_hints(RuleSetHead, include_extras=True)
    for name in _OF_SET:
        yield name, ruleset, name, hints[name]
    named = [(rule.id, rule) for rule in (*ruleset.rules, *ruleset.days)]
    for key, owner in (*named, ("peace", ruleset.peace), ("escalation", ruleset.escalation)):
        yield from _places_of(key, owner)


def _places_of(key: str, owner: Any) -> Iterator[tuple[str, Any, str, Any]]:
    hints = get_type_hints(type(owner), include_extras=True)
    for each in fields(owner):
        inner = getattr(owner, each.name)
        if is_dataclass(inner):
            yield from _places_of(f"{key}.{each.name}", inner)
        elif each.name not in _FIXED and not (inner is None and _holds_dataclass(hints[each.name])):
            yield f"{key}.{each.name}", owner, each.name, hints[each.name]


def _holds_dataclass(hint: Any) -> bool:
    return any(is_dataclass(part) for part in get_args(hint))


def _limit(ruleset: RuleSet, key: str, value: Any, hint: Any) -> Limit:
    kind, meta = _bare(hint)
    why = ruleset.sources.get(key, "")
    if kind is bool:
        return Limit(key=key, value=value, wanted="true or false", why=why)
    if kind in (int, float):
        number = "a whole number" if kind is int else "a number"
        least, most = float(meta.ge), float(meta.le)
        return Limit(
            key=key, value=value, wanted=f"{number} from {least:g} to {most:g}", why=why, least=least, most=most
        )
    members = getattr(kind, "__members__", None)
    if members:
        return Limit(key=key, value=value, wanted=" or ".join(each.value for each in members.values()), why=why)
    return Limit(
        key=key, value=value, wanted=meta.description or f"words that fit {meta.pattern}", why=why, pattern=meta.pattern
    )


def _bare(hint: Any) -> tuple[Any, Any]:
    """The type without what surrounds it, and its bounds."""
    if get_origin(hint) in (UnionType, Union):
        hint = next(part for part in get_args(hint) if part is not type(None))
    kind, *metas = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    return kind, metas[0] if metas else None


def _check(limit: Limit, value: Value) -> None:
    if limit.least is not None and limit.most is not None:
        fits = (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and isfinite(value)
            and limit.least <= value <= limit.most
            and (not limit.wanted.startswith("a whole") or float(value).is_integer())
        )
    elif limit.wanted == "true or false":
        fits = isinstance(value, bool)
    else:
        fits = isinstance(value, str) and re.search(limit.pattern or "", value, re.ASCII) is not None
    if not fits:
        raise _refused(f"{limit.key}: {value!r} was asked for, it has to be {limit.wanted}")


def _as(limit: Limit, value: Value) -> Value:
    return int(value) if limit.wanted.startswith("a whole") else value


def _refused(detail: str) -> UnderfootError:
    return UnderfootError(FaultCode.RULE_REFUSED, detail)
