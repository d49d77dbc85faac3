"""The first baseline comes from seven valid walks, once; then it is a person's matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from processing.learning import BY, learn_first_baseline
from processing.store.journal import BaselineSet, WalkSummary
from processing.store.journal_sqlite import SqliteJournal

_WALK_NS = 3_600 * 10**9


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


def _walk(journal: SqliteJournal, number: int, *, duration_s: float = 900.0, left_pct: float = 45.0) -> None:
    summary = {
        "duration_s": duration_s,
        "coverage_pct": {"left": 99.0, "right": 98.0},
        "forefoot_share_pct": {"left": left_pct, "right": 47.0},
        "asymmetry": {"load_si_pct": 3.0},
    }
    journal.put_walk(
        WalkSummary(
            person="p1",
            walk=f"p1-{number}",
            recipe="steady",
            begun_t_ns=number * _WALK_NS,
            summary=json.dumps(summary).encode(),
        )
    )


def test_it_is_set_with_the_seventh_valid_walk_and_not_before(journal: SqliteJournal) -> None:
    for number in range(6):
        _walk(journal, number, left_pct=40.0 + number)
    _walk(journal, 6, duration_s=300.0)  # too short to count
    assert not learn_first_baseline(journal, "p1", 10 * _WALK_NS)
    _walk(journal, 7, left_pct=46.0)
    assert learn_first_baseline(journal, "p1", 10 * _WALK_NS)
    kept = journal.baseline("p1")
    assert kept is not None
    assert kept.baseline is not None
    assert (kept.by, kept.t_ns, kept.baseline.walks) == (BY, 10 * _WALK_NS, 7)
    assert kept.baseline.forefoot_share_pct.left.median == 43.0


def test_it_is_never_refreshed_nor_brought_back_by_itself(journal: SqliteJournal) -> None:
    for number in range(7):
        _walk(journal, number)
    journal.set_baseline(BaselineSet(person="p1", baseline=None, by="clinician", t_ns=8 * _WALK_NS))
    _walk(journal, 8, left_pct=60.0)
    assert not learn_first_baseline(journal, "p1", 10 * _WALK_NS)
    assert [each.by for each in journal.baselines("p1")] == ["clinician"]
