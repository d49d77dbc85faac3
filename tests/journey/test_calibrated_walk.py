"""Scaled to body weight after one walk, worn for the next: what a person calls and reads between two demonstrations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from journey_kit import House

from processing.metrics.health import GRAVITY_M_S2
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.recordings_reader import SqliteRecordingsReader
from underfoot.places import Places

SECONDS = 50
KG = 83.0  # the system of the recording reads 1.3 times what he weighs

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("calibrated"))
    yield house
    house.end_all()


def fine(house: House, *words: str) -> str:
    done = house.run(*words)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done.stdout


def walked(house: House, gaitpdb: Path) -> dict[str, Any]:
    words = ("--walk", str(gaitpdb / "GaCo01_01.txt.xz"), "--seconds", str(SECONDS), "--data", str(house.data_dir))
    return dict(json.loads(fine(house, "demo", *words, "--json"))["walk"])


@pytest.fixture(scope="module")
def walks(house: House, gaitpdb: Path) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The walk before, what was told of the calibration, and the walk after."""
    before = walked(house, gaitpdb)
    told = fine(house, "calibrate", "weight", "--kg", f"{KG:g}", "--walk", "latest", "--by", "clinic-1", "--yes")
    return before, told, walked(house, gaitpdb)


def both_n(walk: dict[str, Any]) -> float:
    return float(sum(walk["mean_force"].values()))


def test_the_walk_after_carries_the_body_weight(walks: tuple[dict[str, Any], str, dict[str, Any]]) -> None:
    before, told, after = walks
    assert f"→ 1.00 × body weight ({KG:g} kg)" in told
    assert before["calibration_version"] is None
    assert before["health"]["load_ratio"] is None
    assert after["calibration_version"] == 1
    assert after["calibration"] == {"left": "weight-scaled", "right": "weight-scaled"}
    assert after["health"]["load_ratio"] == pytest.approx(1.0, abs=0.02)
    assert both_n(after) == pytest.approx(KG * GRAVITY_M_S2, rel=0.02)
    assert after["dose"]["left"]["impulse_bw_s"] is not None


def test_one_gain_for_both_feet_leaves_what_compares_them(walks: tuple[dict[str, Any], str, dict[str, Any]]) -> None:
    before, _, after = walks
    for side in ("left", "right"):
        assert after["forefoot_share_pct"][side] == pytest.approx(before["forefoot_share_pct"][side], abs=0.05)
        scaled = after["mean_force"][side] / before["mean_force"][side]
        assert scaled == pytest.approx(both_n(after) / both_n(before), abs=0.001)
    assert after["stride"]["mean_s"] == pytest.approx(before["stride"]["mean_s"], abs=0.001)


def test_each_walk_is_judged_again_under_what_was_in_force(
    walks: tuple[dict[str, Any], str, dict[str, Any]], house: House
) -> None:
    kept = SqliteJournalReader(Places(house.data_dir).journal).walks("p1")
    assert [each.walk for each in kept] == [walks[0]["walk"], walks[2]["walk"]]
    with closing(SqliteRecordingsReader(Places(house.data_dir).recordings)) as recordings:
        assert [info.ended for info in recordings.walks()] == [True, True]
    for walk in kept:
        again = house.run("replay", "--stored", walk.walk, "--json")
        assert again.stdout.encode() == walk.summary + b"\n", again.stderr


def test_two_short_walks_are_in_the_trend_and_are_no_baseline(
    walks: tuple[dict[str, Any], str, dict[str, Any]], house: House
) -> None:
    (day,) = [day for day in json.loads(fine(house, "trend", "--weeks", "1", "--json")) if day["recordings"]]
    assert day["recordings"] == 2
    told = fine(house, "baseline", "show")
    assert "No baseline yet." in told
    for walk in (walks[0], walks[2]):
        assert any(walk["walk"] in line and not line.endswith("counts") for line in told.splitlines()), told
    refused = house.run("baseline", "refresh", "--by", "clinic-1")
    assert refused.returncode == 1
    assert "too few walks count for a baseline" in refused.stderr
