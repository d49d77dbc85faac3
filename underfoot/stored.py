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

    :raises UnderfootError: NOTHING_STORED, UNKNOWN_NAME, FILE_UNREADABLE, STORE_DAMAGED; CLOCK_UNKNOWN for rows that no
        clock can place in time.
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
    stored = sorted(_walks(places), key=lambda found: (found[1].time_known, found[1].start_t_ns or 0))
    if not stored:
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no walks in {places.data_dir}")
    named = stored[-1] if name == LATEST else next((found for found in stored if found[1].walk == name), None)
    if named is None:
        undated = [found for found in stored if not found[1].time_known]
        there = ", ".join(_listed(info) for _, info in [*undated[-5:], *stored[len(undated) :][-5:]])
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"walk {name!r} in {places.data_dir}, there is {there}")
    if not named[1].time_known:
        detail = f"{_listed(named[1])}: such rows are kept and accounted for, never judged"
        raise UnderfootError(FaultCode.CLOCK_UNKNOWN, detail)
    return named


def _listed(info: WalkInfo) -> str:
    return info.walk if info.time_known else f"{info.walk} (time unknown, {sum(info.rows.values())} rows)"


def _walks(places: Places) -> Iterator[tuple[Places, WalkInfo]]:
    for where in (places, *places.demonstrations):
        if where.recordings.is_file():
            with closing(SqliteRecordingsReader(where.recordings)) as recordings:
                yield from ((where, info) for info in recordings.walks())
