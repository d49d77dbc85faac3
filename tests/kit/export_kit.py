"""A person with two walks in real stores, small enough to count by hand."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from summary_kit import walk_summary

from ingest.wire.alerts import Alert, AlertLevel, AlertState
from ingest.wire.block import Block, GapReason
from ingest.wire.entries import ClinicNote, Entry, FootCheck, ProgrammeChange, ProgrammeId, Role, Skin, Symptoms
from ingest.wire.geometry import Calibration, Cell, Region, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout
from processing.store.journal import DayInTouch, WalkSummary
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings_sqlite import SqliteRecordings
from underfoot.exporting import Asked
from underfoot.places import Places

PERSON = "p1"
ZONE = ZoneInfo("Europe/Vienna")
FIRST, LAST = date(2025, 3, 24), date(2025, 3, 26)
WALK, UNJUDGED = "p1-20250324T090000Z", "p1-20250326T090000Z"
T0_NS = int(datetime(2025, 3, 24, 9, tzinfo=UTC).timestamp()) * 10**9
DAY_NS = 86_400 * 10**9
ROW_NS = 20_000_000
DEAD = 2  # the cell of the left foot that is never measured
FORMULA = '=cmd|"/c calc"!A1'


def asked(walk: str | None = None) -> Asked:
    return Asked(person=PERSON, zone=ZONE, first=FIRST, last=LAST, walk=walk)


def layout(side: Side, calibration: Calibration = Calibration.MAKER, cells: int = 4) -> Layout:
    described = tuple(
        Cell(area=f"area {i}", zone=Zone.FOREFOOT, x=0.25 * i, y=0.6, region=Region.M1, full_scale=4000)
        for i in range(cells)
    )
    return Layout(
        insole=f"insole-{side}", side=side, cells=described, unit=Unit.NEWTON, scale=0.05, rate_hz=50.0,
        calibration=calibration, checksum=checksum(described), model="Model X", firmware="1.2",
    )  # fmt: skip


def codes(seq: int, rows: int, cells: int = 4) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Numbers that depend on their row and cell alone; none of them is 0."""
    at = np.arange(seq, seq + rows)[:, None] * 7 + np.arange(cells)[None, :] * 101
    return (1 + at % 3000).astype(np.int16)


def block(side: Side, seq: int, rows: int = 50, **other: Any) -> Block:
    given = {
        "insole": f"insole-{side}", "boot": 1, "ticks": seq * 200, "tick_ns": 100_000,
        "t_ns": T0_NS + seq * ROW_NS, "ns_per_row": ROW_NS, "codes": codes(seq, rows), "unit": Unit.NEWTON,
        "scale": 0.05, "not_measured": 1 << DEAD if side is Side.LEFT else 0,
    }  # fmt: skip
    return Block(side=side, seq=seq, **(given | other))


def walk_blocks() -> list[Block]:
    """Four seconds of each foot; the right one loses the third second to the radio."""
    left = [block(Side.LEFT, seq) for seq in (0, 50, 100, 150)]
    right = [block(Side.RIGHT, 0), block(Side.RIGHT, 50)]
    right.append(block(Side.RIGHT, 150, lost_before=50, lost_reason=GapReason.RADIO))
    return sorted([*left, *right], key=lambda each: (each.t_ns, each.side))


def alert(**other: Any) -> Alert:
    given = {
        "id": "A1-left-1", "rule": "A1", "level": AlertLevel.MEDIUM, "state": AlertState.CLOSED, "side": Side.LEFT,
        "raised_t_ns": T0_NS + 2 * 10**9, "cleared_t_ns": T0_NS + 3 * 10**9, "walk": WALK, "text": "Sit down.",
        "evidence": "Pressed for 15 min.", "note": FORMULA, "sounded_t_ns": (T0_NS + 2 * 10**9,),
    }  # fmt: skip
    return Alert(**(given | other))


def entries() -> list[Entry]:
    said = [
        (Symptoms(day="2025-03-24", pain=4), Role.PATIENT),
        (FootCheck(day="2025-03-24", left=Skin.CLEAR, right=Skin.NOT_LOOKED), Role.PATIENT),
        (ClinicNote(day="2025-03-25", text="+ new shoes, “wide”\nsecond line"), Role.CLINICIAN),
        (ProgrammeChange(programme=ProgrammeId.DAILY_WALKING, do="begin", day="2025-03-24"), Role.CLINICIAN),
    ]
    return [
        Entry(id=f"e{n}", by="@ clinic", role=role, t_ns=T0_NS + n, said=each) for n, (each, role) in enumerate(said)
    ]


@dataclass(frozen=True, slots=True)
class Made:
    places: Places

    @property
    def folder(self) -> Path:
        return self.places.data_dir


def summary(**other: Any) -> dict[str, Any]:
    """The left foot's front was not measured."""
    made = walk_summary(duration_s=4.0, calibration="maker")
    front = {"left": None, "right": 45.5}
    reasons = {"forefoot_share_pct.left": "area 2 was not measured"}
    return made | {"forefoot_share_pct": front, "reasons": reasons} | other


def stores(folder: Path) -> Made:
    """One walk with a summary, another one whose rows nobody has judged, and a day without data between them."""
    places = Places(folder)
    with closing(SqliteJournal(places.journal)) as journal:
        raw = json.dumps(summary()).encode()
        journal.put_walk(WalkSummary(person=PERSON, walk=WALK, recipe="steady", begun_t_ns=T0_NS, summary=raw))
        journal.put_alert(PERSON, alert(), by="rules", t_ns=T0_NS)
        journal.put_day_in_touch(PERSON, DayInTouch(day="2025-03-24", heard_s=80_000.0, in_touch_s=900.0))
        for entry in entries():
            journal.put_entry(PERSON, entry)
    with closing(SqliteRecordings(places.recordings)) as recordings:
        for name, blocks in ((WALK, walk_blocks()), (UNJUDGED, [block(Side.LEFT, 0, boot=2, t_ns=T0_NS + 2 * DAY_NS)])):
            recordings.append(PERSON, name, blocks)
            for side in Side:
                recordings.put_layout(PERSON, name, layout(side))
            recordings.end_walk(name)
    return Made(places)
