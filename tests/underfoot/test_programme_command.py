"""`underfoot programme` as a person calls it, with a journal on disk."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from programme_kit import BACKWARD, at, begin, check, no_cap, on
from summary_kit import walk_summary

from ingest.wire.entries import Entry
from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.journal import WalkSummary
from processing.store.journal_sqlite import SqliteJournal
from underfoot.cli import underfoot
from underfoot.places import Places

BY = ("--by", "dr-1", "--why", "asked for in the clinic")
CLINICIAN = ("--role", "clinician", *BY)


def call(data: Path, *words: str) -> Result:
    return CliRunner(env={"UNDERFOOT_DATA_DIR": str(data), "TZ": "UTC"}).invoke(underfoot, ["programme", *words])


def told(data: Path, *words: str) -> str:
    done = call(data, *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def walked(minutes: float, n: int) -> WalkSummary:
    made = walk_summary(
        activity={"walking_s": 60 * minutes, "standing_s": 0.0, "seated_s": 0.0, "unworn_s": 0.0, "unknown_s": 0.0},
        direction_min={"forward": minutes, "backward": 0.0, "unclear": 0.0},
        steps=dict.fromkeys(("left", "right"), int(50 * minutes)),
    )
    return WalkSummary(
        person="p1", walk=f"w{n}", recipe="steady", begun_t_ns=at(on(n), 9), summary=json.dumps(made).encode()
    )


def keep(data: Path, entries: list[Entry], walks: list[WalkSummary]) -> None:
    with closing(SqliteJournal(Places(data).journal)) as journal:
        for entry in entries:
            journal.put_entry("p1", entry)
        for walk in walks:
            journal.put_walk(walk)


def test_today_and_the_days_so_far_are_shown_with_distinct_signs(tmp_path: Path) -> None:
    keep(
        tmp_path,
        [begin(), no_cap(), *(check(on(n)) for n in range(3))],
        [walked(15.0, 0), walked(17.0, 1), walked(10.0, 3)],
    )
    said = told(tmp_path, "show", "--on", on(4).isoformat())
    assert "Daily walking: Walk for 19 minutes today; it does not grow" in said
    assert "not more: your usual steps are not known yet" not in said
    assert "2025-03-03  # # ? + _" in said
    assert "# done   + partial   ? not measured   _ today" in said
    assert "not more: your last walk was shorter than planned" in said
    assert "Before every walk:" in said
    assert "Not a medical device" in said
    (found,) = json.loads(told(tmp_path, "show", "--on", on(4).isoformat(), "--json"))
    assert [day["state"] for day in found["days"]] == ["done", "done", "not-measured", "partial", "today"]
    assert found["days"][2]["reason"] == "the hub did not run"
    assert found["days"][2]["done_min"] is None
    assert found["days"][3]["forward_min"] == 10.0


def test_a_clinician_begins_it_sets_its_cap_and_ends_it(tmp_path: Path) -> None:
    assert "Do not walk on an open sore" in told(tmp_path, "begin", "daily-walking", "--step-min", "3", *CLINICIAN)
    told(tmp_path, "cap", "daily-walking", "2500", *CLINICIAN)
    (found,) = json.loads(told(tmp_path, "show", "--json"))
    assert (found["state"], found["step_min"], found["cap_steps"]) == ("running", 3, 2500)
    assert found["plan"]["minutes"] == 15
    told(tmp_path, "cap", "daily-walking", "--none", *CLINICIAN)
    assert "no cap" in told(tmp_path, "show")
    told(tmp_path, "end", "daily-walking", "--role", "patient", *BY)
    (found,) = json.loads(told(tmp_path, "show", "--json"))
    assert (found["state"], found["plan"]["minutes"]) == ("ended", 0)
    with closing(SqliteJournal(Places(tmp_path).journal)) as journal:
        assert [(each.by, each.why) for each in journal.entries("p1")] == [("dr-1", "asked for in the clinic")] * 4


@pytest.mark.parametrize(
    "words",
    [
        ("begin", BACKWARD.value, *CLINICIAN),
        ("begin", BACKWARD.value, "--support-present", "--role", "patient", *BY),
        ("cap", "daily-walking", "--none", "--role", "patient", *BY),
    ],
)
def test_what_is_not_theirs_to_settle_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = call(tmp_path, *words)
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.ENTRY_REFUSED


@pytest.mark.parametrize("words", [("cap", "daily-walking"), ("cap", "daily-walking", "500", "--none")])
def test_a_cap_is_a_number_or_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert call(tmp_path, *words, *CLINICIAN).exit_code == 2


def test_a_beginning_in_days_to_come_asks_for_nothing_yet(tmp_path: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    told(tmp_path, "begin", "daily-walking", "--day", later, *CLINICIAN)
    assert "no programme was begun" in told(tmp_path, "show")


def test_without_a_journal_there_is_a_fault(tmp_path: Path) -> None:
    done = call(tmp_path, "show")
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.NOTHING_STORED
