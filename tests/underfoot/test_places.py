"""Where demonstrations are kept: apart from the wearer's walks, and only the latest few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from underfoot.places import Places


def test_the_latest_five_demonstrations_stay(tmp_path: Path) -> None:
    places = Places(tmp_path)
    begun = datetime(2026, 11, 21, 9, 59, 58, tzinfo=UTC)
    made = []
    for number in range(7):
        made.append(places.new_demonstration(begun + timedelta(seconds=number)).data_dir)
        made[-1].mkdir(parents=True)
        (made[-1] / "recordings.sqlite").write_bytes(b"rows")
    assert [each.data_dir for each in places.demonstrations] == made[-5:]


def test_nothing_but_demonstrations_is_ever_removed(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.recordings.write_bytes(b"a wearer's rows")
    mine = tmp_path / "demo" / "notes"
    mine.mkdir(parents=True)
    for number in range(7):
        places.new_demonstration(datetime(2026, 1, 1 + number, tzinfo=UTC)).data_dir.mkdir()
    assert places.recordings.read_bytes() == b"a wearer's rows"
    assert mine.is_dir()
