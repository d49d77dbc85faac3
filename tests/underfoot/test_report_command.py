"""`underfoot report` as a person calls it, with a journal on disk."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from programme_kit import BACKWARD, DAILY, at, begin, on, said, symptoms
from summary_kit import walk_summary

from ingest.wire.entries import ProgrammeChange
from processing.store.journal import WalkSummary
from processing.store.journal_sqlite import SqliteJournal
from underfoot.cli import underfoot
from underfoot.places import Places

PERIODS = ("--before", f"{on(0)}..{on(6)}", "--after", f"{on(7)}..{on(13)}")


def call(data: Path, *words: str) -> Result:
    return CliRunner(env={"UNDERFOOT_DATA_DIR": str(data), "TZ": "UTC"}).invoke(underfoot, ["report", *words])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A fortnight of walks and symptoms; backward walking from the second week on."""
    with closing(SqliteJournal(Places(tmp_path).journal)) as journal:
        for n in range(14):
            areas = {side: {"M3": {"share_pct": {"mean": 20.0 + n // 7, "sd": 1.0}}} for side in ("left", "right")}
            made = walk_summary(
                regions=areas, direction_min={"forward": 14.0, "backward": float(n // 7), "unclear": 0.0}
            )
            raw = json.dumps(made).encode()
            walk = WalkSummary(person="p1", walk=f"w{n}", recipe="steady", begun_t_ns=at(on(n), 9), summary=raw)
            journal.put_walk(walk)
            journal.put_entry("p1", symptoms(on(n), pain=4 - n // 7))
        journal.put_entry("p1", begin())
        journal.put_entry("p1", begin(BACKWARD, on(7)))
        journal.put_entry("p1", said(ProgrammeChange(programme=DAILY, do="end", day=on(7).isoformat()), on(7)))
    return tmp_path


def test_regions_cadence_minutes_and_symptoms_with_what_they_rest_on(data: Path) -> None:
    done = call(data, *PERIODS)
    assert done.exit_code == 0, (done.output, done.exception)
    lines = done.output.splitlines()
    (region,) = [line for line in lines if line.startswith("left M3, share_pct")]
    assert region.split()[3:] == ["20.00", "±", "0.00", "(7)", "21.00", "±", "0.00", "(7)", "+1.00", "+5.0"]
    (pain,) = [line for line in lines if line.startswith("pain, 0 … 10")]
    assert pain.split()[4:] == ["4.0", "±", "0.0", "(7)", "3.0", "±", "0.0", "(7)", "-1.0"]
    assert any(line.startswith("backward, min a day") and "0.00 ± 0.00 (7)" in line for line in lines)
    assert any(line.startswith("numbness") and "not answered" in line for line in lines)
    assert "7 walks, 7 of 7 days measured" in done.output
    assert "Not a medical device" in done.output


def test_for_programs(data: Path) -> None:
    done = call(data, *PERIODS, "--json")
    found = json.loads(done.output)
    assert found["symptoms"]["pain"] == {
        "before": {"days": 7, "median": 4.0, "spread": 0.0}, "after": {"days": 7, "median": 3.0, "spread": 0.0},
        "change": -1.0,
    }  # fmt: skip
    assert found["days"]["backward_min"]["after"] == {"days": 7, "mean": 1.0, "sd": 0.0}
    assert found["before"]["walks"] == 7
    assert any("no study" in note for note in found["notes"])


def test_two_programmes(data: Path) -> None:
    done = call(data, "--programmes", "daily-walking,backward-walking", "--json")
    found = json.loads(done.output)
    before, after = found["before"], found["after"]
    assert (before["label"], before["days"], before["walks"]) == ("Daily walking", 7, 7)
    assert (after["label"], after["days"], after["walks"]) == ("Backward walking", 84, 7)
    assert found["days"]["backward_min"]["change"] == 1.0
    assert any("one 60-person study" in note for note in found["notes"])
    assert not any("count for neither" in note for note in found["notes"])


def test_days_on_which_both_were_on_are_named(data: Path) -> None:
    again = ProgrammeChange(programme=DAILY, do="begin", day=on(9).isoformat())
    stop = ProgrammeChange(programme=DAILY, do="end", day=on(11).isoformat())
    with closing(SqliteJournal(Places(data).journal)) as journal:
        journal.put_entry("p1", said(again, on(9)))
        journal.put_entry("p1", said(stop, on(11)))
    done = call(data, "--programmes", "daily-walking,backward-walking")
    assert "2 days on which both were on count for neither" in done.output


def test_a_change_of_what_goes_either_side_of_zero_has_no_percentage(data: Path) -> None:
    rows = {line.split("  ")[0]: line.rstrip() for line in call(data, *PERIODS).output.splitlines()}
    assert rows["asymmetry.load_si_pct"].endswith(("+0.00", "-0.00"))
    assert rows["cadence_spm"].endswith(("+0.0", "-0.0"))


@pytest.mark.parametrize(
    "words",
    [
        (),
        PERIODS[:2],
        (*PERIODS, "--programmes", "daily-walking,backward-walking"),
        ("--programmes", "daily-walking"),
        ("--programmes", "daily-walking,daily-walking"),
        ("--programmes", "daily-walking,hopping"),
        ("--before", "2025-03-09..2025-03-01", "--after", "2025-03-10"),
    ],
)
def test_two_times_are_wanted(data: Path, words: tuple[str, ...]) -> None:
    assert call(data, *words).exit_code == 2
