"""Walk summaries → columns: one for every figure that any of them states, its unit in its name. Pure.

A figure's name is its dotted path with `_` between; where the unit of its definition does not stand in the name, it is
added (`peak_force_left_mean` in N → `peak_force_left_mean_n`). Lists (gait lines, bouts) are no columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite

from processing.definitions import Definition, definitions
from processing.export.table import Column, Kind, Value
from processing.rules.baseline import Summary

REASONS = "reasons"
_SUFFIXES = {
    "%": "pct", "s": "s", "N": "n", "N s": "n_s", "kPa": "kpa", "kPa s": "kpa_s", "MPa s": "mpa_s", "BW s": "bw_s",
    "min": "min", "steps/min": "spm", "1/min": "per_min", "mm": "mm",
}  # fmt: skip
_ANYTHING_ELSE = re.compile(r"[^A-Za-z0-9]+")
_COUNTED = frozenset({"count", "number", "checksum"})


def leaves(node: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Path and value of everything in a summary that is neither a table nor a list; reasons are left out."""
    if isinstance(node, Mapping):
        for key, below in node.items():
            if path or key != REASONS:
                yield from leaves(below, f"{path}.{key}" if path else str(key))
    elif node is None or isinstance(node, str | int | float):
        yield path, None if isinstance(node, float) and not isfinite(node) else node


def reasons(summary: Summary) -> str:
    """Why each figure that is not measured is not, path by path."""
    found = summary.get(REASONS)
    return "; ".join(f"{path}: {why}" for path, why in found.items()) if isinstance(found, Mapping) else ""


def columns_of(summaries: Iterable[Summary], known: frozenset[str]) -> dict[str, Column]:
    """By path, in the order in which summaries state them; paths in `known` have a column of their own already."""
    kinds: dict[str, Kind | None] = {}
    for summary in summaries:
        for path, value in leaves(summary):
            if path not in known:
                kinds[path] = _either(kinds.get(path), value)
    every = definitions()
    tables = {path.rpartition(".")[0] for path in kinds}
    made = {}
    for path, kind in kinds.items():
        meant = next((each for each in every if each.means(path)), None)
        if kind is None and (meant is None or any(_above(path, table) for table in tables)):
            continue  # a table of figures that no walk states
        made[path] = _column(path, kind, meant)
    return made


def _above(path: str, table: str) -> bool:
    return table == path or table.startswith(f"{path}.")


def _either(kind: Kind | None, value: Value) -> Kind | None:
    if value is None:
        return kind
    if isinstance(value, str):
        return Kind.TEXT
    if isinstance(value, bool):
        return Kind.YES_NO if kind in (None, Kind.YES_NO) else kind
    found = Kind.WHOLE if isinstance(value, int) else Kind.NUMBER
    return found if kind in (None, found) else Kind.TEXT if kind is Kind.TEXT else Kind.NUMBER


def _column(path: str, kind: Kind | None, meant: Definition | None) -> Column:
    unit = "" if meant is None else meant.unit
    name = _ANYTHING_ELSE.sub("_", path).strip("_")
    suffix = _SUFFIXES.get(unit) or ("pct" if unit.startswith("% of") else "")
    if suffix and f"_{suffix}_" not in f"_{name}_":
        name = f"{name}_{suffix}"
    words = meant.words if meant is not None else "as in the walk's summary"
    if kind is Kind.WHOLE and unit not in _COUNTED:
        kind = Kind.NUMBER  # a figure that happens to be whole in these walks
    return Column(name=name, kind=kind or Kind.NUMBER, unit=unit, meaning=words)
