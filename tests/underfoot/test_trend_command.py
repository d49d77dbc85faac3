"""`underfoot trend`, `underfoot compare`, `underfoot baseline` and `underfoot definitions` as a person calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from summary_kit import walk_summary

from ingest.alone import take_alone
from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.journal import WalkSummary
from processing.store.journal_sqlite import SqliteJournal
from underfoot.cli import underfoot
from underfoot.places import Places


def call(data: Path, *words: str) -> Result:
    return CliRunner(env={"UNDERFOOT_DATA_DIR": str(data), "TZ": "UTC"}).invoke(underfoot, list(words))


def said(data: Path, *words: str) -> str:
    done = call(data, *words)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with closing(SqliteJournal(Places(tmp_path).journal)) as kept:
        yield kept


def walk(journal: SqliteJournal, day: int, summary: dict[str, Any]) -> None:
    begun_t_ns = int(datetime(2025, 3, day, 9, tzinfo=UTC).timestamp()) * 10**9
    raw = json.dumps(summary).encode()
    journal.put_walk(WalkSummary(person="p1", walk=f"p1-{day}", recipe="steady", begun_t_ns=begun_t_ns, summary=raw))


def test_days_in_between_are_listed_as_not_measured(tmp_path: Path, journal: SqliteJournal) -> None:
    walk(journal, 24, walk_summary())
    walk(journal, 26, walk_summary(coverage_pct=60.0))
    told = said(tmp_path, "trend", "--weeks", "1", "--until", "2025-03-26")
    lines = {line.split()[0]: line for line in told.splitlines() if line.startswith("2025")}
    assert len(lines) == 7
    assert lines["2025-03-24"].split()[-2:] == ["maker", "measured"]
    assert lines["2025-03-25"].split() == ["2025-03-25", "not", "measured"]
    assert "partly measured: coverage of the time recorded: left foot 60 %" in lines["2025-03-26"]
    assert "Not a medical device" in told


def test_weeks_for_programs(tmp_path: Path, journal: SqliteJournal) -> None:
    walk(journal, 24, walk_summary())
    walk(journal, 28, walk_summary(front_pct=47.0))  # after the last day asked for, and in its week
    found = json.loads(said(tmp_path, "trend", "--by", "week", "--weeks", "2", "--until", "2025-03-26", "--json"))
    assert [each["first"] for each in found] == ["2025-03-10", "2025-03-17", "2025-03-24"]
    assert found[-1]["figures"]["forefoot_share_pct.left"] == {
        "value": pytest.approx(46.0), "coverage_pct": 100.0, "walks": 2, "reason": None,
    }  # fmt: skip
    assert found[0]["figures"]["forefoot_share_pct.left"]["value"] is None
    assert (found[-1]["days_measured"], found[-1]["calibration"]) == (2, "maker")


def weighed(ratio: float) -> dict[str, Any]:
    summary = walk_summary()
    return summary | {"health": summary["health"] | {"load_ratio": ratio}}


def test_a_load_ratio_that_moved_is_told(tmp_path: Path, journal: SqliteJournal) -> None:
    for day, ratio in ((10, 1.30), (11, 1.31), (12, 1.32), (17, 1.48), (18, 1.31)):
        walk(journal, day, weighed(ratio))
    words = ("trend", "--weeks", "1", "--until", "2025-03-18")  # the days before are those before the first one shown
    told = said(tmp_path, *words)
    (line,) = [line for line in told.splitlines() if "load / weight" in line and line.startswith("2025")]
    assert line.startswith("2025-03-17: load / weight 1.48 is 13 % above the 1.31 of the seven days before")
    found = {each["first"]: each for each in json.loads(said(tmp_path, *words, "--json"))}
    assert [each["ratio"] for each in found["2025-03-17"]["load_ratio_moved"]] == [1.48]
    assert found["2025-03-18"]["load_ratio_moved"] == []
    assert found["2025-03-18"]["figures"]["health.load_ratio"]["value"] == 1.31


def test_a_time_zone_that_does_not_exist_is_refused(tmp_path: Path, journal: SqliteJournal) -> None:
    done = call(tmp_path, "trend", "--zone", "Nowhere/At_All")
    assert done.exit_code == 2
    assert "not a known time zone" in done.output


@pytest.mark.parametrize("words", [("trend",), ("baseline", "show"), ("baseline", "refresh", "--by", "me")])
def test_without_a_journal_there_is_a_fault(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = call(tmp_path, *words)
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.NOTHING_STORED


def test_a_baseline_is_learned_anew_by_a_person_from_the_latest_walks(tmp_path: Path, journal: SqliteJournal) -> None:
    for day in range(1, 15):
        walk(journal, day, walk_summary(front_pct=40.0 if day < 8 else 50.0))
    found = json.loads(said(tmp_path, "baseline", "refresh", "--by", "clinic-1", "--json"))
    assert (found["by"], found["walks"]) == ("clinic-1", 7)
    assert found["figures"]["forefoot_share_pct.left"] == {"usual": 50.0, "spread": 0.0}
    said(tmp_path, "baseline", "refresh", "--by", "clinic-2")
    assert len(journal.baselines("p1")) == 2
    assert "set by clinic-1" not in said(tmp_path, "baseline", "show")
    assert "set by clinic-1" in said(tmp_path, "baseline", "show", "--all")


def test_too_few_walks_change_nothing_and_each_says_why(tmp_path: Path, journal: SqliteJournal) -> None:
    for day in range(1, 7):
        walk(journal, day, walk_summary())
    walk(journal, 7, walk_summary(duration_s=599.0))
    done = call(tmp_path, "baseline", "refresh", "--by", "clinic-1")
    assert done.exit_code == 1
    assert "p1-7  shorter than 10 min" in done.output
    assert "p1-6  counts" in done.output
    assert journal.baselines("p1") == ()
    assert "No baseline yet" in said(tmp_path, "baseline", "show")


def test_a_running_processing_is_not_written_beside(tmp_path: Path, journal: SqliteJournal) -> None:
    for day in range(1, 8):
        walk(journal, day, walk_summary())
    with closing(take_alone(Places(tmp_path).recordings)):
        done = call(tmp_path, "baseline", "refresh", "--by", "clinic-1")
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.STORE_IN_USE
    assert journal.baselines("p1") == ()


def areas(share_pct: float) -> dict[str, Any]:
    """The regions of a walk in which the left heel carried so much."""
    return {"left": {"heel": {"share_pct": {"mean": share_pct, "sd": 1.0}}}, "right": {}}


COMPARED = ("compare", "--before", "2025-03-01..2025-03-07", "--after", "2025-03-08..2025-03-14")


def test_two_stretches_of_days_are_compared_area_by_area(tmp_path: Path, journal: SqliteJournal) -> None:
    for day, share_pct in ((1, 20.0), (7, 22.0), (8, 30.0), (14, 32.0), (15, 99.0)):
        walk(journal, day, walk_summary(regions=areas(share_pct)))
    found = json.loads(said(tmp_path, *COMPARED, "--json"))
    (heel,) = found["regions"]
    assert (heel["side"], heel["area"], heel["figure"]) == ("left", "heel", "share_pct")
    assert (heel["before"]["mean"], heel["after"]["mean"], heel["change"]) == (21.0, 31.0, pytest.approx(10.0))
    assert heel["after"]["walks"] == 2
    told = said(tmp_path, *COMPARED)
    assert "left heel, share_pct" in told
    assert "+10.00" in told


def test_other_insoles_are_not_compared_and_the_reason_is_said(tmp_path: Path, journal: SqliteJournal) -> None:
    for day in (1, 8):
        walk(journal, day, walk_summary(insole=day, regions=areas(20.0)))
    told = said(tmp_path, *COMPARED)
    assert "not comparable" in told
    assert "different layouts of the left insole" in told


@pytest.mark.parametrize("days", ["2025-03", "2025-03-07..2025-03-01", "..", "2025-03-01..x"])
def test_days_that_cannot_be_read_are_refused(tmp_path: Path, journal: SqliteJournal, days: str) -> None:
    assert call(tmp_path, "compare", "--before", days, "--after", "2025-03-08").exit_code == 2


def test_days_without_a_walk_are_not_compared(tmp_path: Path, journal: SqliteJournal) -> None:
    walk(journal, 1, walk_summary(regions=areas(20.0)))
    done = call(tmp_path, *COMPARED)
    assert done.exit_code == 1
    assert "no walk was recorded from 2025-03-08 to 2025-03-14" in done.output
