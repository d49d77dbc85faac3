"""Tables as CSV: RFC 4180, UTF-8, a header of names; not measured is an empty cell.

Text that a spreadsheet would take for a formula is begun with an apostrophe: notes and names come from people.
"""

from __future__ import annotations

import csv
from math import isfinite
from pathlib import Path

from processing.export.table import Table, Value

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, table: Table) -> int:
    """How many rows were written.

    :raises OSError: when the disk does.
    """
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow([each.name for each in table.columns])
        for row in table.rows:
            out.writerow([_cell(value) for value in row])
            written += 1
    return written


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULAS) else value
    return value if isfinite(value) else ""
