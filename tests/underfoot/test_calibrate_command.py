"""`underfoot calibrate`: measured on a stored walk, shown before and after, asked for, and written as a new version."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from recorded_kit import store_three_walks

from ingest.alone import take_alone
from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.journal import WalkSummary
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from processing.terms import calibration_at
from underfoot.cli import underfoot
from underfoot.places import Places

WHO = ("--by", "clinic-1")
TABLE = (
    """
format = "underfoot.bench/1"
model = "Ultraflex (gaitpdb)"
kpa_per_code = 0.02
by = "a press"
"""
    + 8 * "[[cells]]\ncodes = [0, 20000]\nkpa = [0, 600]\narea_mm2 = 400\n"
)


@pytest.fixture
def data(tmp_path: Path, gaitpdb: Path) -> Path:
    """A data folder with two stored walks of p1, the later with something left in swing, and one of somebody else."""
    store_three_walks(tmp_path, gaitpdb)
    return tmp_path


def called(data: Path, *words: str, says: str = "") -> Result:
    env = {"UNDERFOOT_DATA_DIR": str(data)}
    return CliRunner(env=env).invoke(underfoot, ["calibrate", *words], input=says)


def fine(data: Path, *words: str, says: str = "") -> str:
    done = called(data, *words, says=says)
    assert done.exit_code == 0, done.output
    return done.output


def fault(done: Result) -> UnderfootError:
    assert isinstance(done.exception, UnderfootError), done.output
    return done.exception


def versions(data: Path) -> list:
    return json.loads(fine(data, "show", "--json"))["versions"]


def test_nothing_was_ever_calibrated(tmp_path: Path) -> None:
    assert "never calibrated here" in fine(tmp_path, "show")
    assert json.loads(fine(tmp_path, "show", "--json")) == {"versions": [], "stale": None}


def test_the_gain_is_shown_asked_for_and_written(data: Path) -> None:
    words = ("weight", "--kg", "83", "--walk", "GaCo01_01", *WHO)
    told = fine(data, *words, says="y\n")
    assert "1.32 × body weight → 1.00 × body weight (83 kg); gain none → 0.756" in told
    assert "left   518 N → 391 N" in told
    assert "Write version 1?" in told
    (version,) = versions(data)
    assert (version["by"], version["weight_kg"]) == ("clinic-1", 83.0)
    assert "gain 0.756 from GaCo01_01" in fine(data, "show")
    again = fine(data, *words, "--yes")
    assert "gain 0.756 → 0.756" in again
    assert "Write version" not in again
    assert [each["version"] for each in versions(data)] == [1, 2]


def test_without_a_yes_nothing_is_written(data: Path) -> None:
    done = called(data, "weight", "--kg", "83", "--walk", "GaCo01_01", *WHO, says="n\n")
    assert done.exit_code == 1
    assert versions(data) == []


def test_the_weight_alone_is_kept(data: Path) -> None:
    fine(data, "weight", "--kg", "83", "--walk", "GaCo01_01", "--yes", *WHO)
    told = fine(data, "weight", "--kg", "85", "--yes", *WHO)
    assert "body weight 83 kg → 85 kg" in told
    assert "no longer holds" in told
    assert {insole["gain"] for insole in versions(data)[-1]["insoles"]} == {None}


def test_the_zero_of_the_latest_walk_is_taken(data: Path) -> None:
    told = fine(data, "zero", "--yes", *WHO)
    assert told.startswith("JuPt26_03: ")
    assert "zero none → [105, 0, 0, 0, 0, 0, 83, 0]" in told
    assert "[105, 0, 0, 0, 0, 0, 83, 0] → [105, 0, 0, 0, 0, 0, 83, 0]" in fine(data, "zero", "--yes", *WHO)


def kept_walk(data: Path, name: str, version: int | None, load_ratio: float) -> None:
    summary = {"calibration_version": version, "health": {"load_ratio": load_ratio}}
    with closing(SqliteJournal(Places(data).journal)) as journal:
        journal.put_walk(
            WalkSummary(
                person="p1", walk=name, recipe="steady", begun_t_ns=len(name), summary=json.dumps(summary).encode()
            )
        )  # fmt: skip


def test_a_gain_that_no_longer_holds_is_said_and_walks_of_other_versions_say_nothing(data: Path) -> None:
    fine(data, "weight", "--kg", "83", "--walk", "GaCo01_01", "--yes", *WHO)
    kept_walk(data, "a", 1, 1.05)
    kept_walk(data, "ab", None, 1.32)
    assert "nothing wants doing" in fine(data, "show")
    kept_walk(data, "abc", 1, 1.2)
    assert "take it again: load against body weight has moved by +20 %" in fine(data, "show")
    assert "+20 %" in json.loads(fine(data, "show", "--json"))["stale"]


def test_a_weight_may_be_kept_before_anything_was_walked(tmp_path: Path) -> None:
    fine(tmp_path / "new", "weight", "--kg", "83", "--yes", *WHO)
    assert len(versions(tmp_path / "new")) == 1


def test_a_bench_table_is_taken_for_the_insoles_that_were_worn(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "table.toml"
    file.write_text(TABLE)
    told = fine(data, "bench", str(file), "--yes", *WHO)
    assert told.count("maker → bench, up to 600 kPa") == 2
    file.write_text(TABLE.replace("Ultraflex", "Other"))
    assert "worn were insoles Ultraflex (gaitpdb)" in fault(called(data, "bench", str(file), *WHO)).fault.detail
    assert len(versions(data)) == 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("weight", "--kg", "30", "--walk", "GaCo01_01"), FaultCode.CALIBRATION_REFUSED, "check the weight"),
        (("weight", "--kg", "-1"), FaultCode.CALIBRATION_REFUSED, "body weight of -1 kg"),
        (("zero", "--walk", "SiCo01_01"), FaultCode.UNKNOWN_NAME, "there is GaCo01_01, JuPt26_03"),
    ],
)
def test_what_cannot_be_is_refused(data: Path, words: tuple[str, ...], code: FaultCode, told: str) -> None:
    error = fault(called(data, *words, "--yes", *WHO))
    assert error.code is code
    assert told in error.fault.detail
    assert versions(data) == []


def test_without_a_walk_there_is_nothing_to_measure(tmp_path: Path) -> None:
    assert fault(called(tmp_path, "zero", *WHO)).code is FaultCode.NOTHING_STORED


def test_who_must_be_said(data: Path) -> None:
    done = called(data, "zero", "--yes")
    assert done.exit_code == 2
    assert "--by" in done.output


def test_while_processing_runs_nothing_is_written(data: Path) -> None:
    with closing(take_alone(Places(data).recordings)):
        error = fault(called(data, "zero", "--yes", *WHO))
    assert error.code is FaultCode.STORE_IN_USE
    assert versions(data) == []


def test_a_walk_is_judged_by_the_version_in_force_when_it_began(data: Path) -> None:
    for kg in ("83", "84"):
        fine(data, "weight", "--kg", kg, "--yes", *WHO)
    journal = SqliteJournalReader(Places(data).journal)
    first, second = journal.calibrations("p1")
    assert calibration_at(journal, "p1", first.t_ns - 1) is None
    assert calibration_at(journal, "p1", second.t_ns - 1) == first
    assert calibration_at(journal, "p1", second.t_ns) == second


def replayed(data: Path) -> bytes:
    done = CliRunner(env={"UNDERFOOT_DATA_DIR": str(data)}).invoke(
        underfoot, ["replay", "--stored", "GaCo01_01", "--json"]
    )
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


def test_a_stored_walk_keeps_its_figures_when_a_version_is_written_later(data: Path) -> None:
    fine(data, "weight", "--kg", "83", "--yes", *WHO)
    before = replayed(data)
    fine(data, "weight", "--kg", "83", "--walk", "GaCo01_01", "--yes", *WHO)
    assert replayed(data) == before
    assert json.loads(before)["calibration_version"] is None
    assert json.loads(before)["calibration"] == {"left": "maker", "right": "maker"}


def test_a_walk_after_the_version_is_judged_by_it(data: Path) -> None:
    fine(data, "weight", "--kg", "83", "--walk", "GaCo01_01", "--yes", *WHO)
    (made,) = SqliteJournalReader(Places(data).journal).calibrations("p1")
    Places(data).journal.unlink()
    with closing(SqliteJournal(Places(data).journal)) as journal:
        journal.add_calibration("p1", replace(made, t_ns=0))
    summary = json.loads(replayed(data))
    assert summary["calibration_version"] == 1
    assert summary["calibration"] == {"left": "weight-scaled", "right": "weight-scaled"}
    assert sum(summary["mean_force"].values()) == pytest.approx(83 * 9.80665, rel=0.02)
