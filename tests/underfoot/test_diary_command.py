"""`underfoot diary` and `underfoot tasks`: what is said is kept and answered; what it asks for is listed and ended."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest.wire.entries import FootCheck, NoWalk, RedFlag, Skin, Symptoms
from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from underfoot.cli import underfoot
from underfoot.places import Places

DAY = ("--day", "2026-03-06")
BOLD = "\x1b[1m"


def called(data: Path, *words: str, color: bool = False, **env: str) -> Result:
    env = {"UNDERFOOT_DATA_DIR": str(data), "UNDERFOOT_HOUSEHOLD__ZONE": "Europe/Vienna"} | env
    return CliRunner(env=env).invoke(underfoot, words, color=color)


def fine(data: Path, *words: str, color: bool = False) -> str:
    done = called(data, *words, color=color)
    assert done.exit_code == 0, done.output
    return done.output


def listed(data: Path, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fine(data, *words, "--json"))
    return found


def test_what_is_said_is_kept_and_what_is_not_said_is_not_zero(tmp_path: Path) -> None:
    said = fine(tmp_path, "diary", "add", "--pain", "3", "--tingling", "0", "--left", "clear", *DAY, "--by", "anna")
    assert said.splitlines()[0] == "kept: 2026-03-06  pain 3/10, tingling 0/10  (by anna, patient)"
    entries = SqliteJournalReader(Places(tmp_path).journal).entries("p1")
    assert [each.said for each in entries] == [
        Symptoms(day="2026-03-06", pain=3, numbness=None, tingling=0),
        FootCheck(day="2026-03-06", left=Skin.CLEAR, right=Skin.NOT_LOOKED),
    ]
    assert {(each.by, each.role) for each in entries} == {("anna", "patient")}


def test_the_day_is_today_when_none_is_named(tmp_path: Path) -> None:
    fine(tmp_path, "diary", "add", "--no-walk")
    (entry,) = SqliteJournalReader(Places(tmp_path).journal).entries("p1")
    assert isinstance(entry.said, NoWalk)
    assert abs(date.fromisoformat(entry.said.day) - date.today()) <= timedelta(days=1)  # noqa: DTZ011 - near enough


def test_a_red_flag_is_answered_in_bold_and_ends_well(tmp_path: Path) -> None:
    done = called(tmp_path, "diary", "add", "--red-flag", "hot-swollen", *DAY, color=True,
                  UNDERFOOT_HOUSEHOLD__CLINIC_PHONE="012 345")  # fmt: skip
    assert done.exit_code == 0
    (advice,) = [line for line in done.output.splitlines() if "call now" in line]
    assert advice.startswith(BOLD)
    assert "012 345" in advice
    (task,) = listed(tmp_path, "tasks", "list")
    assert task["why"] == "red-flag"


@pytest.mark.parametrize("words", [("--day", "2999-01-01"), DAY])
def test_a_red_flag_that_could_not_be_kept_is_answered_all_the_same(words: tuple[str, str], tmp_path: Path) -> None:
    broken = Places(tmp_path).journal
    if words is DAY:
        broken.write_bytes(b"no journal at all" * 1000)
    done = called(tmp_path, "diary", "add", "--red-flag", "chest-pain", *words)
    assert isinstance(done.exception, UnderfootError)
    assert "call your emergency number now" in done.output


def test_an_open_foot_that_could_not_be_kept_is_answered_all_the_same(tmp_path: Path) -> None:
    Places(tmp_path).journal.write_bytes(b"no journal at all" * 1000)
    done = called(tmp_path, "diary", "add", "--left", "open", *DAY)
    assert isinstance(done.exception, UnderfootError)
    assert "call now" in done.output


def test_the_diary_is_listed_by_day(tmp_path: Path) -> None:
    for day, pain in (("2026-03-06", "2"), ("2026-03-04", "5"), ("2026-03-05", "4")):
        fine(tmp_path, "diary", "add", "--pain", pain, "--day", day)
    fine(tmp_path, "diary", "add", "--left", "clear", "--right", "not-looked", *DAY)
    lines = fine(tmp_path, "diary", "list").splitlines()
    assert [line[:12].strip() for line in lines] == ["2026-03-04", "2026-03-05", "2026-03-06", "2026-03-06"]
    assert "left foot clear, right foot not looked" in lines[-1]
    some = listed(tmp_path, "diary", "list", "--from", "2026-03-05", "--to", "2026-03-05")
    assert [each["said"]["pain"] for each in some] == [4]
    assert fine(tmp_path, "diary", "list", "--from", "2026-04-01") == "nothing was said\n"


def test_a_diary_that_was_never_begun_is_a_fault(tmp_path: Path) -> None:
    for words in (("diary", "list"), ("tasks", "list")):
        done = called(tmp_path, *words)
        assert isinstance(done.exception, UnderfootError)
        assert done.exception.code is FaultCode.NOTHING_STORED


@pytest.mark.parametrize(
    "words", [[], ["--pain", "11"], ["--pain", "x"], ["--left", "purple"], ["--red-flag", "tired"], ["--day", "today"]]
)
def test_an_entry_that_cannot_be_understood_ends_with_2(words: list[str], tmp_path: Path) -> None:
    assert called(tmp_path, "diary", "add", *words).exit_code == 2
    assert not Places(tmp_path).journal.exists()


def test_a_task_is_listed_and_ended(tmp_path: Path) -> None:
    fine(tmp_path, "diary", "add", "--left", "blister", "--right", "clear", *DAY)
    (task,) = listed(tmp_path, "tasks", "list")
    assert task["why"] == "skin"
    text = fine(tmp_path, "tasks", "list")
    assert text.startswith(f"{task['id']}  skin  opened ")
    assert "blister" in text
    done = fine(tmp_path, "tasks", "done", task["id"], "--by", "clinic-1", "--why", "seen, dry")
    assert done == f"{task['id']} is done, by clinic-1\n"
    assert fine(tmp_path, "tasks", "list") == "no open tasks\n"
    assert "done by clinic-1" in fine(tmp_path, "tasks", "list", "--all")
    (ended,) = listed(tmp_path, "tasks", "list", "--all")
    assert (ended["done_by"], ended["note"]) == ("clinic-1", "seen, dry")


def test_a_task_that_nobody_opened_is_unknown(tmp_path: Path) -> None:
    SqliteJournal(Places(tmp_path).journal).close()
    done = called(tmp_path, "tasks", "done", "skin-x", "--by", "clinic-1")
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.UNKNOWN_NAME
    assert called(tmp_path, "tasks", "done", "skin-x").exit_code == 2


def test_the_help_says_what_each_sign_and_skin_is(tmp_path: Path) -> None:
    told = fine(tmp_path, "diary", "add", "--help").partition("Warning signs:")[2].partition("Options:")[0]
    assert all(f"  {flag}  " in told for flag in RedFlag)
    assert all(skin in told for skin in Skin)


def test_a_list_that_ends_before_it_begins_is_a_mistake(tmp_path: Path) -> None:
    fine(tmp_path, "diary", "add", "--no-walk", *DAY)
    assert called(tmp_path, "diary", "list", "--from", "2026-03-07", "--to", "2026-03-06").exit_code == 2
    assert "no walk" in fine(tmp_path, "diary", "list", "--from", "2026-03-06", "--to", "2026-03-06")
