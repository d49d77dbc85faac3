"""Every contact of a recording as a table, so that another program can compare it with its own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.wire.geometry import Side
    from processing.metrics.section import JudgedFoot

COLUMNS = (
    *("foot", "initial_contact_s", "foot_off_s", "next_initial_contact_s"),
    *("stride_s", "stance_s", "swing_s", "used"),
)
Row = tuple[str, float | None, float | None, float | None, float | None, float | None, float | None, int]


class EventFiles:
    """One file for each recording; recordings of one name in different folders get different ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: set[str] = set()

    def of(self, recording: str) -> Path:
        """NAME.csv, or NAME-2.csv and so on."""
        name, number = recording, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{recording}-{number}"
        self._taken.add(name.casefold())
        return self.folder / f"{name}.csv"


class EventTable:
    """Contacts of which an edge was seen; times in s on the foot's own clock since the recording began.

    An edge that nobody saw is blank, and so is what follows on the last whole contact of a foot and on those after it:
    a contact that the recording cuts off may be half a step and makes no stride.
    """

    def __init__(self) -> None:
        self._of_contact: dict[tuple[Side, int], Row] = {}
        self._began_s: dict[Side, float] = {}

    @property
    def rows(self) -> list[Row]:
        last_whole = {
            side: max((at for (of, at), row in self._of_contact.items() if of is side and _is_whole(row)), default=0)
            for side in self._began_s
        }
        made = (row if at < last_whole[side] else _not_followed(row) for (side, at), row in self._of_contact.items())
        return sorted(made, key=lambda row: (_known(row), row[0]))

    def take(self, feet: Mapping[Side, JudgedFoot]) -> None:
        """The contacts of one section."""
        for side, foot in feet.items():
            signal = foot.section.signal
            begins = self._began_s.setdefault(side, float(signal.walk_ns[0] - signal.own_ns[0]) / 1e9)
            first_own_ns = signal.own_ns[foot.contacts.first].tolist()
            rows = _rows(side.value[0].upper(), foot, begins)
            seen = {(side, at): row for at, row in zip(first_own_ns, rows, strict=True) if row[1:3] != (None, None)}
            self._of_contact |= seen

    def write(self, path: Path) -> None:
        """:raises OSError: the file cannot be written."""
        with path.open("w", newline="", encoding="utf-8") as opened:
            table = csv.writer(opened)
            table.writerow(COLUMNS)
            for row in self.rows:
                table.writerow([f"{value:.4f}" if isinstance(value, float) else value for value in row])


def _rows(foot_letter: str, foot: JudgedFoot, begins_s: float) -> list[Row]:
    contacts, found = foot.contacts, foot.found
    used = set(foot.used.contact.tolist())
    strides = {
        contact: times
        for contact, *times in zip(
            *(each.tolist() for each in (found.contact, found.stride_s, found.stance_s, found.swing_s)), strict=True
        )
    }
    made: list[Row] = []
    for number in range(contacts.count):
        on = begins_s + float(contacts.initial_contact_s[number]) if contacts.begins_known[number] else None
        off = begins_s + float(contacts.foot_off_s[number]) if contacts.ends_known[number] else None
        stride, stance, swing = strides.get(number, (None, None, None))
        if stance is None and on is not None and off is not None:
            stance = off - on
        again = on + stride if on is not None and stride is not None else None
        made.append((foot_letter, on, off, again, stride, stance, swing, int(number in used)))
    return made


def _is_whole(row: Row) -> bool:
    return row[1] is not None and row[2] is not None


def _not_followed(row: Row) -> Row:
    foot, on, off, _, _, stance, _, used = row
    return (foot, on, off, None, None, stance, None, used)


def _known(row: Row) -> float:
    return next(at_s for at_s in row[1:3] if isinstance(at_s, float))
