"""A walk that is computed again is read piece by piece: twice the walk takes no more memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import away_kit
from bench_kit import pair_layouts
from desk_kit import PERSON, desk_over, stores_in, take

SHORT_S, LONG_S = 1300, 2600  # two and four sections of ten minutes, and a bit
HOME_S = 60


def peak_bytes(folder: Path, away_s: int) -> int:
    """Of computing a walk again, all but a minute of which came late."""
    with stores_in(folder) as stores:
        desk = desk_over(stores)
        take(desk, stores, list(pair_layouts(PERSON)))
        for batch in away_kit.walking(away_s, away_s + HOME_S, to_fetch=5):
            take(desk, stores, batch)
        for batch in away_kit.fetched(0, away_s):
            take(desk, stores, batch)
        tracemalloc.start()
        rest = away_kit.walking(away_s + HOME_S, away_s + 2 * HOME_S)
        for batch in (*rest, *away_kit.ended(away_s + 2 * HOME_S + 1)):
            take(desk, stores, batch)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        (info,) = stores.recordings.walks(PERSON)
        assert not info.late
        assert sum(info.rows.values()) == 200 * (away_s + 2 * HOME_S)
    return peak


def test_of_twice_the_walk_it_takes_no_more(tmp_path: Path) -> None:
    short, long = peak_bytes(tmp_path / "short", SHORT_S), peak_bytes(tmp_path / "long", LONG_S)
    print(f"{short / 2**20:.1f} and {long / 2**20:.1f} MB")
    assert long < 1.1 * short
