"""Which rules hold for a person at a time: the preset, and what people have changed of it since.

Of each number the change that was taken last counts, among those said by that time; one of None is the preset's again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ingest.wire.entries import Entry, RuleChange
from ingest.wire.faults import Fault, FaultBook, UnderfootError
from processing.rules.change import with_changes
from processing.rules.preset import load_preset
from processing.rules.ruleset import RuleSet, RulesFor, Value
from processing.store.journal import JournalReading

_SETS_KEPT = 64  # rule sets at hand; the desk asks with every message


@dataclass(frozen=True, slots=True)
class Fitted:
    """A preset with the changes that fit it; `misfits`: why each of the others does not."""

    rules: RuleSet
    changes: Mapping[str, Value]
    misfits: Mapping[str, Fault]


def changes_at(journal: JournalReading, person: str, t_ns: int) -> dict[str, Entry]:
    """The entries that count at a time, by the number that they change; in the order in which they were taken."""
    counting: dict[str, Entry] = {}
    for entry in journal.entries(person, RuleChange):
        if isinstance(entry.said, RuleChange) and entry.t_ns <= t_ns:
            counting.pop(entry.said.key, None)
            if entry.said.value is not None:
                counting[entry.said.key] = entry
    return counting


def values_of(changes: Mapping[str, Entry]) -> dict[str, Value]:
    """The changed numbers themselves."""
    said = {key: entry.said for key, entry in changes.items()}
    return {key: each.value for key, each in said.items() if isinstance(each, RuleChange) and each.value is not None}


def fit(preset: RuleSet, changes: Mapping[str, Value]) -> Fitted:
    """The preset with all changes, or with as many as fit where a newer preset has no such number or other bounds.

    Each change was right among the others when it was made, so they are tried together first.
    """
    try:
        return Fitted(with_changes(preset, changes), changes, {})
    except UnderfootError:
        pass
    fitting, misfits = dict[str, Value](), dict[str, Fault]()
    rules, left = preset, dict(changes)
    while True:
        for key, value in left.items():
            try:
                rules = with_changes(preset, {**fitting, key: value})
            except UnderfootError as error:
                misfits[key] = error.fault
            else:
                fitting[key] = value
                misfits.pop(key, None)
        if len(misfits) == len(left):  # another round would find the same
            return Fitted(rules, fitting, misfits)
        left = {key: left[key] for key in misfits}


def rules_maker(preset: str, journal: JournalReading, faults: FaultBook | None = None) -> RulesFor:
    """The rules of a person as they were at a time. What no longer fits the preset is left out and noted in `faults`.

    :raises UnderfootError: CONFIG_INVALID for an unknown preset.
    """
    base = load_preset(preset)

    @lru_cache(maxsize=_SETS_KEPT)
    def with_these(changes: tuple[tuple[str, Value], ...]) -> RuleSet:
        fitted = fit(base, dict(changes))
        for fault in fitted.misfits.values():
            if faults is not None:
                faults.note(fault)
        return fitted.rules

    def rules(person: str, t_ns: int) -> RuleSet:
        changes = values_of(changes_at(journal, person, t_ns))
        return with_these(tuple(changes.items())) if changes else base

    return rules
