"""`underfoot rules simulate`: other limits over stored walks, beside what was raised; nothing is changed."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from desk_kit import PERSON, desk_over, stores_in, take
from rule_stories import START_NS, S, Told, usual

from ingest.sources.virtual.gait import Gait
from ingest.wire import codec
from ingest.wire.alerts import Alert, AlertLevel, AlertState
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from processing.packed_seconds import unpacked
from processing.simulating import judged_again
from processing.store.journal import BaselineSet
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.seconds import SecondsReader
from processing.terms import terms_maker
from underfoot.cli import underfoot
from underfoot.cli._simulate import _tell
from underfoot.places import Places
from underfoot.simulated import Simulated

LEANS = Told(600, ((120.0, Gait(load_si_pct=18.0)),))
DAYS = ("--from", "2026-01-05", "--to", "2026-01-05")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one walk that leans by 18 points."""
    folder = tmp_path_factory.mktemp("lived")
    with stores_in(folder) as stores:
        stores.journal.set_baseline(BaselineSet(person=PERSON, baseline=usual(), by="kit", t_ns=1))
        desk = desk_over(stores)
        take(desk, stores, LEANS.layouts())
        blocks = LEANS.blocks()
        for left, right in zip(blocks[::2], blocks[1::2], strict=True):
            take(desk, stores, [codec.to_message(left), codec.to_message(right)])
        over = START_NS + 605 * S
        ended = [Status(insole=f"virtual-{side}", side=side, t_ns=over, link=LinkState.ENDED) for side in Side]
        take(desk, stores, ended)
    return folder


def ask(folder: Path, *words: str) -> Result:
    env = {"UNDERFOOT_DATA_DIR": str(folder), "UNDERFOOT_HOUSEHOLD__ZONE": "UTC"}
    return CliRunner().invoke(underfoot, ["rules", "simulate", *words], env=env)


def told(folder: Path, *words: str) -> dict:
    answer = ask(folder, *words, "--json")
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def of_rule(answer: dict, rule: str) -> dict:
    return next(each for each in answer["rules"] if each["rule"] == rule)


def test_the_packed_seconds_under_the_same_rules_give_the_same_alerts(lived: Path) -> None:
    journal = SqliteJournalReader(Places(lived).journal)
    reader = SecondsReader(Places(lived).seconds)
    (walk,) = reader.walks(PERSON, 0, 2**62)
    terms = terms_maker("clinical", journal)(PERSON, walk.walk, walk.begun_t_ns)
    again = judged_again(walk.walk, unpacked(reader.packs(PERSON, walk.walk)), terms.rules, terms.baseline)
    was = [each for each in journal.alerts(PERSON) if each.walk == walk.walk]
    assert [(each.id, each.evidence, each.cleared_t_ns) for each in again] == [
        (each.id, each.evidence, each.cleared_t_ns) for each in was if each.rule in {"A4", "T2"}
    ]
    assert [each.rule for each in again] == ["A4"]


def test_a_wider_limit_raises_it_no_longer(lived: Path) -> None:
    answer = told(lived, *DAYS, "--set", "A4.enter_points=20")
    assert of_rule(answer, "A4") == {"rule": "A4", "was": 1, "would_be": 0, "both": 0}
    assert len(answer["no_longer_raised"]) == 1
    assert answer["walks"] == 1
    assert answer["measured_s"] == pytest.approx(600, abs=5)


def test_a_narrower_limit_tells_the_same_event_earlier(lived: Path) -> None:
    answer = told(lived, *DAYS, "--set", "A4.enter_points=12", "--set", "A4.clear_points=8")
    assert of_rule(answer, "A4") == {"rule": "A4", "was": 1, "would_be": 1, "both": 1}
    assert (answer["no_longer_raised"], answer["raised_in_addition"]) == ([], [])


def test_days_without_walks_and_words_for_people(lived: Path) -> None:
    answer = ask(lived, "--from", "2026-01-06", "--to", "2026-01-09", "--set", "A4.enter_points=20")
    assert answer.exit_code == 0
    assert "0 walks, 0.0 h" in answer.output
    answer = ask(lived, *DAYS, "--set", "A4.enter_points=20")
    assert "No longer raised:\n  2026-01-05 " in answer.output
    assert "with A4.enter_points=20\n" in answer.output
    assert "Other rules differ" not in answer.output
    assert "Nothing was changed." in answer.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "A4.enter_points=500"), "from 1 to 60"),
        (("--set", "A7.steps_over=500"), "rests on days"),
        (("--set", "A4.no_such=1"), "A4.no_such"),
        (("--set", "enter_points"), "is not KEY=VALUE"),
        (("--set", "A4.enter_points=nan"), "not a number to reckon with"),
    ],
)
def test_what_cannot_be_tried_is_said(lived: Path, words: tuple[str, ...], said: str) -> None:
    answer = ask(lived, *DAYS, *words)
    assert answer.exit_code != 0
    assert said in f"{answer.output}{answer.exception}"


def test_nothing_is_changed(lived: Path) -> None:
    before = {file.name: file.read_bytes() for file in sorted(lived.glob("*.sqlite"))}
    told(lived, *DAYS, "--set", "A4.enter_points=20")
    assert {file.name: file.read_bytes() for file in sorted(lived.glob("*.sqlite"))} == before


def test_without_a_walk_it_says_so(tmp_path: Path) -> None:
    answer = ask(tmp_path, *DAYS, "--set", "A4.enter_points=20")
    assert answer.exit_code != 0
    assert "nothing-stored" in f"{answer.output}{answer.exception}"


def test_what_differs_without_having_been_changed_is_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    late = Alert(
        id="t", rule="T2", level=AlertLevel.LOW, state=AlertState.CLEARED, raised_t_ns=START_NS, walk="w", text="",
        evidence="No data.",
    )  # fmt: skip
    outcome = Simulated(walks=1, measured_s=3600, was=[late], would_be=[], beside=[])
    _tell(outcome, {"A4.enter_points": 20.0}, UTC)
    said = capsys.readouterr().out
    assert "No longer raised" not in said
    assert "Other rules differ as well: 1 of T2;" in said
    _tell(outcome, {"T2.absent_s": 20.0}, UTC)
    assert "No longer raised:" in capsys.readouterr().out
