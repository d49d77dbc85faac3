"""What a minute of a played walk costs: bytes on the line, and how many times faster than the walk it is read."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest
from bench_kit import ROWS, START_NS, pair_layouts, pair_second, table

from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.series_sqlite import SqliteSeries
from underfoot.places import Places
from underfoot.playback_store import frames, reel
from underfoot.web.walks.shapes import chunk, figures
from underfoot.web.walks.walks import _encode

MINUTES = 60
CHUNK_S = 60
FRAMES = CHUNK_S * 25
FASTEST = 16

pytestmark = pytest.mark.bench


def an_hour(places: Places, rows: int) -> None:
    with closing(SqliteRecordings(places.recordings)) as recordings:
        for layout in pair_layouts("p"):
            recordings.put_layout("p", "w", layout)
        for minute in range(MINUTES):
            seconds = range(minute * 60, minute * 60 + 60)
            parts = range(ROWS // rows)
            blocks = [each for second in seconds for part in parts for each in pair_second("p", second, rows, part)]
            recordings.append("p", "w", blocks)
        recordings.end_walk("w")


@pytest.fixture(params=[20, 100], ids=["blocks of 0.2 s", "blocks of 1 s"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Places]:
    found = Places(tmp_path)
    an_hour(found, request.param)
    return f"blocks of {request.param / ROWS:g} s", found


def test_a_minute_of_an_hour(places: tuple[str, Places]) -> None:
    name, where = places
    begin = time.process_time()
    shown = reel(where, "p", "w")
    opened_s = time.process_time() - begin
    with closing(SqliteSeries(where.series)) as series:
        taken_s, sizes = [], []
        for minute in (0, 17, 31, 58):
            begin = time.process_time()
            first = minute * FRAMES
            cut = frames(where, reel(where, "p", "w"), first, FRAMES)
            told = _encode(chunk(shown.film, cut, first, FRAMES, figures(series, "p", shown.film, first, FRAMES)))
            taken_s.append(time.process_time() - begin)
            sizes.append(len(told))
    worst_s = max(taken_s)
    assert shown.film.start_t_ns == START_NS
    table(
        f"an hour of a pair at {ROWS} Hz played, {name}",
        [
            ("opened the first time", f"{opened_s * 1e3:.0f} ms", f"{MINUTES * 60 / opened_s:,.0f} x real time"),
            ("a minute of frames", f"{worst_s * 1e3:.1f} ms", f"{CHUNK_S / worst_s:,.0f} x real time"),
            (
                "its bytes",
                f"{max(sizes) / 1e3:.0f} kB",
                f"{max(sizes) * FASTEST / CHUNK_S / 1e3:.0f} kB/s at {FASTEST} x",
            ),
        ],
    )
    assert CHUNK_S / worst_s > 20 * FASTEST
