"""Walks of the real recordings, stored as processing would have them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from walk_kit import items_of

from ingest.sources.replay import open_recording
from ingest.wire.block import Block
from ingest.wire.messages import Layout
from processing.store.recordings_sqlite import SqliteRecordings
from underfoot.places import Places


def store_three_walks(folder: Path, gaitpdb: Path) -> None:
    """Two of p1, the later with something left in swing, and one of somebody else."""
    with closing(SqliteRecordings(Places(folder).recordings)) as recordings:
        for person, walk in (("p1", "GaCo01_01"), ("p1", "JuPt26_03"), ("p2", "SiCo01_01")):
            items = list(items_of(open_recording(gaitpdb / f"{walk}.txt.xz")))
            recordings.append(person, walk, [each for each in items if isinstance(each, Block)])
            for each in items:
                if isinstance(each, Layout):
                    recordings.put_layout(person, walk, each)
            recordings.end_walk(walk)
