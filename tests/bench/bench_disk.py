"""What a walk of an hour leaves on the disk, by keeper, and how much was written to get there."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from bench_kit import START_NS, pair_layouts, pair_second, table
from days_kit import status
from desk_kit import desk_over, stores_in, take

from ingest.wire.codec import to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from underfoot.places import Places

WALKED_S = 3600
STATUS_EVERY_S = 5

pytestmark = pytest.mark.bench


def test_what_an_hour_leaves_on_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    before = psutil.Process().io_counters().write_bytes
    with stores_in(folder) as stores:
        desk = desk_over(stores)
        desk.resume()
        take(desk, stores, pair_layouts("a"))
        for second in range(WALKED_S):
            take(desk, stores, [to_message(block) for block in pair_second("a", second)])
            if second % STATUS_EVERY_S == 0:
                take(desk, stores, _both(second, LinkState.STREAMING))
        take(desk, stores, _both(WALKED_S, LinkState.ENDED))
        (walk,) = stores.journal.walks("p1")
    written = psutil.Process().io_counters().write_bytes - before
    raw = WALKED_S * sum(block.codes.nbytes for block in pair_second("a", 0))
    kept = {
        name: sum(each.stat().st_size for each in folder.glob(f"{path.name}*"))
        for name, path in _places(Places(folder)).items()
    }
    rows = [("one pair, one hour", "kB", "× its rows as int16")]
    named = {"its rows as int16": raw, **kept, "all of it": sum(kept.values()), "written to the disk": written}
    rows += [(name, f"{size / 1e3:,.0f}", f"{size / raw:.2f}") for name, size in named.items()]
    table(f"After a walk of an hour; its summary {len(walk.summary) / 1e3:.1f} kB", rows)


def _places(places: Places) -> dict[str, Path]:
    return {
        "recordings": places.recordings,
        "series": places.series,
        "journal": places.journal,
        "seconds": places.seconds,
    }


def _both(second: int, link: LinkState) -> list[Status]:
    return [status(START_NS + second * 10**9, link, side, battery_pct=80, clock_error_ms=1.0) for side in Side]
