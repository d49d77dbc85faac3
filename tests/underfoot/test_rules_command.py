"""`underfoot rules`: every limit with bounds and evidence; changes with who, when and why; refusals name the bounds."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest.wire.entries import Entry, Role, RuleChange
from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.change import limits
from processing.rules.preset import load_preset
from processing.store.journal_sqlite import SqliteJournal
from underfoot.cli import underfoot
from underfoot.places import Places

WHO = ("--by", "clinic-1", "--why", "new shoes")


def called(data: Path, *words: str) -> Result:
    return CliRunner(env={"UNDERFOOT_DATA_DIR": str(data)}).invoke(underfoot, ["rules", *words])


def fine(data: Path, *words: str) -> str:
    done = called(data, *words)
    assert done.exit_code == 0, done.output
    return done.output


def shown(data: Path, *rules: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fine(data, "show", *rules, "--json"))
    return found


def limit(data: Path, key: str) -> dict[str, Any]:
    (row,) = shown(data, key)["limits"]
    return dict(row)


def test_every_limit_is_shown_with_bounds_and_evidence(tmp_path: Path) -> None:
    rows = shown(tmp_path)["limits"]
    assert [row["key"] for row in rows] == [each.key for each in limits(load_preset("clinical"))]
    a4 = limit(tmp_path, "A4.enter_points")
    assert (a4["value"], a4["preset"], a4["least"], a4["most"], a4["changed"]) == (15, 15, 1, 60, None)
    assert "gaitpdb" in a4["evidence"]
    text = fine(tmp_path, "show")
    assert all(row["key"] in text for row in rows)
    assert not Places(tmp_path).journal.exists()  # looking changes nothing


def test_one_rule_is_shown_one_without_limits_as_well(tmp_path: Path) -> None:
    assert {row["key"].partition(".")[0] for row in shown(tmp_path, "A4", "peace")["limits"]} == {"A4", "peace"}
    assert "\nT1: low" in fine(tmp_path, "show", "T1")
    assert called(tmp_path, "show", "B9").exit_code == 2


def test_a_limit_is_changed_shown_and_set_back(tmp_path: Path) -> None:
    said = fine(tmp_path, "set", "A4.enter_points=20", "A4.clear_points=18", *WHO)
    assert said.startswith("A4.enter_points is 20, by clinic-1. In force from the next walk on")
    row = limit(tmp_path, "A4.enter_points")
    assert (row["value"], row["preset"], row["changed"]["by"], row["changed"]["why"]) == (
        20, 15, "clinic-1", "new shoes",
    )  # fmt: skip
    text = fine(tmp_path, "show", "A4")
    assert "2 limits changed" in text
    assert "changed from 15 by clinic-1" in text
    fine(tmp_path, "reset", "A4.clear_points", "A4.enter_points", *WHO)
    assert limit(tmp_path, "A4.enter_points")["changed"] is None
    assert limit(tmp_path, "A4.enter_points")["value"] == 15
    lines = fine(tmp_path, "history").splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "A4.enter_points = 20",
        "A4.clear_points = 18",
        "A4.clear_points = the preset's",
        "A4.enter_points = the preset's",
    ]
    assert [each["value"] for each in json.loads(fine(tmp_path, "history", "--json"))] == [20, 18, None, None]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("A5.site=M1", "M1"), ("A5.side=left", "left"), ("peace.quiet_from=21:30", "21:30"), ("peace.per_day=5", 5),
        ("A9.difference_c=2.5", 2.5),
    ],
)  # fmt: skip
def test_numbers_switches_and_words_are_told_apart(typed: str, value: object, tmp_path: Path) -> None:
    assert json.loads(fine(tmp_path, "set", typed, *WHO, "--json"))[0]["key"] == typed.partition("=")[0]
    assert limit(tmp_path, typed.partition("=")[0])["value"] == value


def test_a_rule_that_is_off_wants_its_site_first(tmp_path: Path) -> None:
    assert isinstance(called(tmp_path, "set", "A5.enabled=true", *WHO).exception, UnderfootError)
    fine(tmp_path, "set", "A5.site=M1", "A5.side=left", "A5.enabled=true", *WHO)
    assert limit(tmp_path, "A5.enabled")["value"] is True


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("A4.enter_points=61", "1 to 60"), ("A4.enter_points=many", "1 to 60"), ("A4.nothing=1", "A4.nothing"),
        ("A4.level=medium", "A4.level"), ("peace.per_day=2.5", "whole"), ("A4.clear_points=16", "clear_points"),
        ("peace.quiet_from=25:00", "quiet_from"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_the_bounds_are_named(typed: str, word: str, tmp_path: Path) -> None:
    done = called(tmp_path, "set", typed, *WHO)
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.RULE_REFUSED
    assert word in done.exception.fault.detail
    assert shown(tmp_path)["title"] == load_preset("clinical").title


@pytest.mark.parametrize(
    "words",
    [
        ["set", "A4.enter_points", *WHO], ["set", "A4.enter_points=", *WHO], ["set", "A4.enter_points=nan", *WHO],
        ["set", "=3", *WHO], ["set", "A4/x=3", *WHO], ["set", *WHO], ["set", "A4.enter_points=20", "--by", "c"],
        ["set", "A4.enter_points=20", "--why", "w"], ["set", "A4.enter_points=20", "--by", " ", "--why", "w"],
        ["set", "A4.enter_points=20", "--by", "c", "--why", " "], ["reset", "A4 .x", *WHO], ["reset", *WHO],
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_understood_ends_with_2(words: list[str], tmp_path: Path) -> None:
    assert called(tmp_path, *words).exit_code == 2
    assert not Places(tmp_path).journal.exists()


def test_a_change_that_no_longer_fits_is_shown_as_left_out(tmp_path: Path) -> None:
    with closing(SqliteJournal(Places(tmp_path).journal)) as journal:
        said = RuleChange(key="A4.of_an_older_preset", value=3.0)
        journal.put_entry("p1", Entry(id="e", by="c", role=Role.CLINICIAN, t_ns=1, said=said, why="w"))
    assert list(shown(tmp_path)["left_out"]) == ["A4.of_an_older_preset"]
    assert "left out" in called(tmp_path, "show").output


def test_nothing_was_changed(tmp_path: Path) -> None:
    done = called(tmp_path, "history")
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.NOTHING_STORED
    SqliteJournal(Places(tmp_path).journal).close()
    assert fine(tmp_path, "history") == "no limit was ever changed\n"
    assert json.loads(fine(tmp_path, "history", "--json")) == []


def test_other_limits_are_tried_by_a_command_of_the_same_group() -> None:
    assert "simulate" in CliRunner().invoke(underfoot, ["rules", "--help"]).output
