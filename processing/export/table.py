"""A table on its way out: named columns with units and meaning, rows that come one after the other. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

Value = str | int | float | bool | None  # None: not measured, or not said
Row = Sequence[Value]


class Kind(StrEnum):
    TEXT = "text"
    WHOLE = "whole number"
    CODE = "int16"
    NUMBER = "number"
    YES_NO = "yes or no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`unit` "": it has none, or another column of the table tells it."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`rows` may be asked for once; each has a value for every column."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]


def text(name: str, meaning: str) -> Column:
    return Column(name=name, kind=Kind.TEXT, meaning=meaning)


def whole(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name=name, kind=Kind.WHOLE, meaning=meaning, unit=unit)


def number(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name=name, kind=Kind.NUMBER, meaning=meaning, unit=unit)


def yes_no(name: str, meaning: str) -> Column:
    return Column(name=name, kind=Kind.YES_NO, meaning=meaning)


def watched(table: Table, tell: Callable[[str, int], None], every: int = 1000) -> Table:
    """The same table; `tell(name, rows so far)` is called now and then while it is written."""

    def rows() -> Iterator[Row]:
        for done, row in enumerate(table.rows):
            if done % every == 0:
                tell(table.name, done)
            yield row

    return replace(table, rows=rows())


def with_dictionary(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables, and after them one that says what each of their columns is."""
    rows = [
        (table.name, each.name, str(each.kind), each.unit, each.meaning) for table in tables for each in table.columns
    ]
    columns = (
        text("table", "table that has the column"),
        text("column", "its name"),
        text("kind", "what stands in it; an empty cell is not measured or not said, never 0"),
        text("unit", "its unit; empty where it has none or where another column tells it"),
        text("meaning", "what it is"),
    )
    return (*tables, Table(name="columns", columns=columns, rows=rows))
