"""Walks that this machine has stored, fed through the pipeline again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from typing import Any

from ingest.wire.faults import FaultCode, UnderfootError
from processing.metrics.recipe import Recipe
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.recordings import WalkInfo
from processing.store.recordings_reader import SqliteRecordingsReader
from processing.terms import terms_maker
from processing.walk import run
from underfoot.places import Places

LATEST = "latest"


def replay_stored(places: Places, walk: str, recipe: Recipe, preset: str) -> dict[str, Any]:
    """The summary of a stored walk, or of the `latest`, on the terms of its own time; a demonstration's walk too.

    `preset` judges a walk that has no summary yet.

    :raises UnderfootError: NOTHING_STORED, UNKNOWN_NAME, FILE_UNREADABLE, STORE_DAMAGED.
    """
    where, info = _find(places, walk)
    with closing(SqliteRecordingsReader(where.recordings)) as recordings:
        journal = SqliteJournalReader(where.journal)
        kept = [each for each in journal.walks(info.person) if each.walk == info.walk]
        begun_t_ns = kept[0].begun_t_ns if kept else info.start_t_ns or 0
        judged_by = json.loads(kept[0].summary)["rules"] if kept else preset
        terms = terms_maker(judged_by, journal, recipe)(info.person, info.walk, begun_t_ns)
        return run(terms, chain(recordings.layouts(info.walk), recordings.blocks(info.walk))).summary()


def _find(places: Places, name: str) -> tuple[Places, WalkInfo]:
    stored = sorted(_walks(places), key=lambda found: found[1].start_t_ns or 0)
    if not stored:
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no walks in {places.data_dir}")
    if name == LATEST:
        return stored[-1]
    named = next((found for found in stored if found[1].walk == name), None)
    if named is None:
        there = ", ".join(info.walk for _, info in stored[-5:])
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"walk {name!r} in {places.data_dir}, there is {there}")
    return named


def _walks(places: Places) -> Iterator[tuple[Places, WalkInfo]]:
    for where in (places, *places.demonstrations):
        if where.recordings.is_file():
            with closing(SqliteRecordingsReader(where.recordings)) as recordings:
                yield from ((where, info) for info in recordings.walks())
