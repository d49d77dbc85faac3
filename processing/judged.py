"""A walk judged by a recipe: per foot its rows in order, contacts and strides; and why what is not judged is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.contacts import Contacts, find_contacts
from processing.metrics.recipe import Recipe
from processing.metrics.record import FootRecord, Kept
from processing.metrics.strides import Strides, find_strides, kept


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRecord:
    """Everything kept of a walk; a foot without an insole is not in `feet`."""

    walk: str
    source: str
    feet: Mapping[Side, tuple[Layout, FootRecord]]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedFoot:
    layout: Layout
    record: FootRecord
    kept: Kept
    contacts: Contacts
    found: Strides
    used: Strides


class Reasons:
    """Collects why figures are null."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def value(self, path: str, value: float | None, reason: str) -> float | None:
        if value is None:
            self.said[path] = reason
        return value


def absent(side: Side) -> str:
    return f"the {side} foot was not measured"


def judge(record: WalkRecord, recipe: Recipe, start_t_ns: int) -> dict[Side, JudgedFoot]:
    """Feet that have rows; times count from `start_t_ns`."""
    kept_rows = {side: foot[1].kept(start_t_ns) for side, foot in record.feet.items()}
    signals = {side: rows.signal for side, rows in kept_rows.items() if rows is not None}
    contacts = {side: find_contacts(signal, recipe) for side, signal in signals.items()}
    found = {side: find_strides(contacts[side], signal, recipe) for side, signal in signals.items()}
    keep = kept(found, {side: signal.own_s for side, signal in signals.items()}, recipe)
    feet: dict[Side, JudgedFoot] = {}
    for side in Side:
        rows = kept_rows.get(side)
        if rows is not None:
            layout, kept_record = record.feet[side]
            feet[side] = JudgedFoot(
                layout, kept_record, rows, contacts[side], found[side], found[side].only(keep[side])
            )
    return feet
