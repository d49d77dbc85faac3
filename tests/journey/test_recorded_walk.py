"""A recorded walk from the foot to the summary: two Bluetooth stacks, a broker, processing, the stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from journey_kit import House, differences, recorded_codes, stored_codes

from ingest.wire.geometry import Side
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.recordings_reader import SqliteRecordingsReader
from underfoot.places import Places

SECONDS = 60
NAMES = {"walk", "source", "rules"}  # what a stored walk is called is not what a file is called
COMPARES_FEET = {  # on the hub's clock, which is known to some milliseconds: points, s, steps/min
    "double_support_pct": 0.3,
    "single_support_pct": 0.3,
    "asymmetry.load_si_pct": 0.3,
    "asymmetry.step_si_pct": 1.0,
    "step.mean_s": 0.005,
    "step.cv_pct": 0.3,
    "step.cadence_spm": 0.3,
    "duration_s": 0.003,
}
BY_SECONDS_OF_UTC = {  # which the hub's clock and a file's beginning cut differently: s, s, points
    "activity.walks": 0.05,
    "activity": 1,
    "health.left.cells.share_pct": 0.05,
    "health.right.cells.share_pct": 0.05,
}

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("walk"))
    yield house
    house.end_all()


@pytest.fixture(scope="module")
def demo(house: House, gaitpdb: Path) -> dict[str, Any]:
    walk = str(gaitpdb / "GaCo01_01.txt.xz")
    done = house.run("demo", "--walk", walk, "--seconds", str(SECONDS), "--json", timeout_s=150)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_row_is_taken_received_published_and_stored(demo: dict[str, Any]) -> None:
    rows = {"left": 6001, "right": 6001}  # 0.0000 … 59.9958 s, the recording runs at 100.007 Hz
    assert demo["books"] == {
        "taken": rows,
        "received": rows,
        "published": rows,
        "stored": rows,
        "missing": {"left": 0, "right": 0},
        "fetched": {"left": 0, "right": 0},
    }


def _places(house: House) -> Places:
    (demonstration,) = Places(house.data_dir).demonstrations
    return demonstration


@pytest.mark.parametrize("side", Side)
def test_every_stored_sample_is_the_recordings(demo: dict[str, Any], house: House, gaitpdb: Path, side: Side) -> None:
    with closing(SqliteRecordingsReader(_places(house).recordings)) as recordings:
        stored = stored_codes(recordings, demo["walk"]["walk"], side)
        scales = {block.scale for block in recordings.blocks(demo["walk"]["walk"])}
    assert [stored[seq] for seq in sorted(stored)] == recorded_codes(gaitpdb / "GaCo01_01.txt.xz", SECONDS, side)
    assert scales == {0.11}


def test_replaying_what_was_stored_gives_the_same_bytes(demo: dict[str, Any], house: House) -> None:
    kept = SqliteJournalReader(_places(house).journal).walks("p1")[-1]
    again = house.run("replay", "--stored", kept.walk, "--json")
    assert again.returncode == 0, again.stderr
    assert again.stdout.encode() == kept.summary + b"\n"
    assert json.loads(again.stdout) == demo["walk"]


def test_the_summary_is_that_of_the_file(demo: dict[str, Any], house: House, gaitpdb: Path) -> None:
    file = str(gaitpdb / "GaCo01_01.txt.xz")
    replayed = house.run("replay", file, "--seconds", str(SECONDS), "--json")
    assert replayed.returncode == 0, replayed.stderr
    far = {
        path: (walked, read)
        for path, (walked, read) in differences(demo["walk"], json.loads(replayed.stdout)).items()
        if path not in NAMES and not (isinstance(walked, int | float) and abs(walked - read) <= allowed(path))
    }
    assert not far


def allowed(path: str) -> float:
    """How far the two may be apart; to the last digits where a foot's own clock is all that a figure rests on."""
    of_places = COMPARES_FEET | BY_SECONDS_OF_UTC
    return next((apart for place, apart in of_places.items() if path == place or path.startswith(f"{place}.")), 1e-9)
