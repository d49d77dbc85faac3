"""The summary of one walk, asked for by its name."""

from __future__ import annotations

from pathlib import Path

from processing.store.journal import WalkSummary
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader


def test_one_walk_is_that_of_the_list_or_none(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.db")
    kept = [
        WalkSummary(
            person=person, walk=walk, recipe=recipe, begun_t_ns=number, summary=f"{person}{walk}{recipe}".encode()
        )
        for number, (person, walk, recipe) in enumerate(
            [("p", "a", "steady"), ("p", "b", "steady"), ("p", "a", "other")]
        )
    ]
    for each in kept:
        journal.put_walk(each)
    reader = SqliteJournalReader(journal.path)
    for each in kept:
        assert reader.walk(each.person, each.walk, each.recipe) == each
    assert reader.walk("p", "c", "steady") is None
    assert reader.walk("q", "a", "steady") is None
    assert reader.walk("p", "b", "other") is None
    journal.close()
