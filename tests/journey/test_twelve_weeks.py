"""Twelve weeks of a made-up person through the real desk and stores, lived once and read by all tests of a run.

What the story counts of itself is counted anew here from the alerts of its journal.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience, Outcome
from processing.store.journal import TaskWhy
from processing.store.journal_sqlite import SqliteJournalReader
from underfoot.cli import underfoot
from underfoot.places import Places
from underfoot.twelve_weeks.making import KEPT, as_text, make, make_ready
from underfoot.twelve_weeks.words import lines

pytestmark = [pytest.mark.timeout(600), pytest.mark.computes]

ZONE = ZoneInfo("Europe/Vienna")
PERSON, DAYS = "p1", 84
WANTED = {"A1", "A2", "A3", "A4", "A6", "A7", "A8", "A9", "A10", "T1", "T2", "T2_long", "T3"}  # A5 wants a bench's kPa


@dataclass(frozen=True)
class Lived:
    folder: Path
    story: dict[str, Any]
    journal: SqliteJournalReader

    @property
    def alerts(self) -> tuple[Alert, ...]:
        return self.journal.alerts(PERSON)

    def of(self, rule: str) -> list[Alert]:
        return [alert for alert in self.alerts if alert.rule == rule]


def live(folder: Path, days: int, seed: int = 1) -> dict[str, Any]:
    make_ready(folder, seed)
    return asyncio.run(make(folder, seed, days))


@pytest.fixture(scope="module")
def lived(twelve_weeks: Path) -> Lived:
    story = json.loads((twelve_weeks / KEPT).read_text(encoding="utf-8"))
    return Lived(twelve_weeks, story, SqliteJournalReader(Places(twelve_weeks).journal))


def day_of(t_ns: int) -> date:
    return datetime.fromtimestamp(t_ns // 10**9, UTC).astimezone(ZONE).date()


def test_every_rule_that_can_speak_has_spoken(lived: Lived) -> None:
    assert WANTED - {alert.rule for alert in lived.alerts} == set()
    assert any(alert.level is AlertLevel.MEDIUM for alert in lived.of("A4"))


def test_never_more_than_eight_sounds_a_day_nor_two_within_half_an_hour(lived: Lived) -> None:
    sounds = sorted(t_ns for alert in lived.alerts for t_ns in alert.sounded_t_ns)
    per_day = Counter(map(day_of, sounds))
    assert len(sounds) > 10
    assert max(per_day.values()) <= 8
    assert min(later - earlier for earlier, later in pairwise(sounds)) >= 1800 * 10**9
    for t_ns in sounds:
        assert 7 <= datetime.fromtimestamp(t_ns // 10**9, ZONE).hour < 22
    counted = lived.story["alerts"]
    assert (counted["audible"], counted["most_on_a_day"]) == (len(sounds), max(per_day.values()))


def test_only_what_wants_a_sound_makes_one(lived: Lived) -> None:
    for alert in lived.alerts:
        if alert.sounded_t_ns:
            assert alert.level is not AlertLevel.INFO, alert.id
            assert alert.audience is not Audience.CLINICIAN, alert.id


def test_what_was_found_in_late_rows_never_sounded(lived: Lived) -> None:
    late = [alert for alert in lived.alerts if alert.late]
    assert {alert.rule for alert in late} >= {"A3"}
    assert [alert.id for alert in late if alert.sounded_t_ns] == []


def test_every_alert_has_come_to_an_end(lived: Lived) -> None:
    ended = (AlertState.CLEARED, AlertState.CLOSED)
    assert [(alert.id, alert.state) for alert in lived.alerts if alert.state not in ended] == []
    assert lived.story["alerts"]["not_ended"] == []


def test_sitting_down_in_time_is_told_from_staying(lived: Lived) -> None:
    """Two stood at a market and sat down, three stayed; each on both feet."""
    outcomes = Counter((day_of(alert.raised_t_ns), alert.outcome) for alert in lived.of("A1"))
    offloaded = {day for day, outcome in outcomes if outcome is Outcome.OFFLOADED}
    stayed = {day for day, outcome in outcomes if outcome is Outcome.NOT_OFFLOADED}
    first = date(2026, 1, 12)
    assert offloaded >= {first + timedelta(days=n) for n in (9, 70)}
    assert stayed >= {first + timedelta(days=n) for n in (11, 13, 15)}


def test_the_clinic_got_each_kind_of_task_and_dealt_with_it(lived: Lived) -> None:
    tasks = lived.journal.tasks(PERSON)
    assert {task.why for task in tasks} >= {TaskWhy.RED_FLAG, TaskWhy.WARM, TaskWhy.SKIN, TaskWhy.REPEATED}
    assert [task.id for task in tasks if task.done_by is None] == []
    for task in tasks:
        assert date.fromisoformat(task.due).weekday() < 5 or task.why is TaskWhy.RED_FLAG


def test_a_torn_lead_is_told_and_no_shift_of_load_with_it(lived: Lived) -> None:
    first = date(2026, 1, 12)
    torn = {first + timedelta(days=n) for n in (48, 49, 50)}
    assert {day_of(alert.raised_t_ns) for alert in lived.of("T1")} == torn
    assert [alert.id for alert in lived.of("A3") if day_of(alert.raised_t_ns) in torn] == []


def test_days_are_told_apart(lived: Lived) -> None:
    measured = {day["day"]: day["measured"] for day in lived.story["days"]}
    first = date(2026, 1, 12)
    assert len(measured) == DAYS
    assert measured[(first + timedelta(days=20)).isoformat()] == "no-data"
    assert measured[(first + timedelta(days=18)).isoformat()] == "not-worn"
    assert Counter(measured.values())["measured"] > 70


def test_the_programmes_went_on_as_far_as_they_were_allowed(lived: Lived) -> None:
    daily, backward = lived.story["programmes"]
    assert (daily["programme"], backward["programme"]) == ("daily-walking", "backward-walking")
    for programme in (daily, backward):
        assert programme["became"]["done"] > programme["became"].get("missed", 0)
    states = {day["state"] for day in daily["days"]}
    assert states >= {"done", "partial", "missed", "not-measured", "rest"}
    held = {kind for day in daily["days"] for kind in day["held"]}
    assert held >= {"cap", "step-back", "not-looked"}
    assert any(day["backward_min"] and day["backward_min"] > 3 for day in lived.story["days"])


def test_the_diary_and_what_was_changed_are_kept_and_nothing_was_refused(lived: Lived) -> None:
    story = lived.story
    assert (story["refused"], story["faults"]) == ([], {})
    assert [each["flags"] for each in story["diary"]["red_flags"]] == [["hot-swollen"]]
    assert len(story["diary"]["symptoms"]) > 50
    assert story["diary"]["foot_checks"] > 60
    assert {change["key"] for change in story["rules_changed"]} == {
        "A10.least_h_per_day", "T2_long.absent_h", "A7.steps_over", "A4.enter_points",
    }  # fmt: skip
    assert all(change["why"] for change in story["rules_changed"])


def test_the_books_balance(lived: Lived) -> None:
    books = lived.story["books"]
    assert books["fed"] == books["stored"]
    assert {side: books["taken"][side] - books["fed"][side] for side in books["taken"]} == books["never_sent"]
    assert books["never_sent"] == {"left": 0, "right": 4 * 60 * 50}


def test_the_commands_read_the_folder_as_they_would_a_wearers_own(lived: Lived) -> None:
    def called(*words: str) -> Any:
        done = CliRunner().invoke(underfoot, ["--config", str(lived.folder / "underfoot.toml"), *words, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert len(called("alerts", "list", "--all")) == len(lived.alerts)
    days = called("trend", "--weeks", "12", "--until", "2026-04-05")
    assert sum(bool(day["recordings"]) for day in days) > 70


def test_the_words_fit_a_screen(lived: Lived) -> None:
    words = list(lines(json.loads(as_text(lived.story))))
    assert max(map(len, words)) < 240
    assert 25 <= len(words) <= 60


def test_two_weeks_lived_twice_are_the_same_bytes(tmp_path: Path) -> None:
    one, other = (live(tmp_path / name, 14) for name in ("one", "other"))
    assert as_text(one) == as_text(other)
    assert one["alerts"]["by_rule"]["A1"]["raised"] >= 4


def test_another_seed_is_another_person(tmp_path: Path) -> None:
    assert live(tmp_path / "one", 1)["digest"] != live(tmp_path / "other", 1, seed=2)["digest"]
