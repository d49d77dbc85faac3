"""A record put together from a journal on disk: of nobody known, of one walk, of insoles that nobody calibrated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any, cast

import pytest
from days_kit import at
from summary_kit import walk_summary

from ingest.wire.faults import FaultCode, UnderfootError
from processing.metrics.recipe import STEADY
from processing.rules.day_facts import DayMeasured
from processing.store.journal import WalkSummary
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from processing.summary import as_json
from underfoot.web.door import Ask
from underfoot.web.record.asked import asked
from underfoot.web.record.context import context
from underfoot.web.record.read import Record, UnderWay, read_record
from underfoot.words import LANGUAGES, Words, words_in

PERSON = "p1"
TODAY = date(2026, 4, 5)


@dataclass(frozen=True)
class Asking:
    words: Words
    person: str = PERSON
    up: str = "../../"


def shown(record: Record, language: str = "en") -> dict[str, Any]:
    return context(cast("Ask", Asking(words_in(language))), record, UTC)


def record_of(folder: Path, *summaries: dict[str, Any], under_way: UnderWay | None = None, **query: str) -> Record:
    """Each summary on a day of its own, the last on the last day."""
    journal = SqliteJournal(folder / "journal.sqlite")
    for index, summary in enumerate(reversed(summaries)):
        name = f"w{index}"
        begun_t_ns = at(TODAY, 9) - index * 86_400 * 10**9
        kept = as_json({"walk": name, **summary})
        journal.put_walk(WalkSummary(person=PERSON, walk=name, recipe=STEADY.name, begun_t_ns=begun_t_ns, summary=kept))
    journal.close()
    return read_record(
        SqliteJournalReader(folder / "journal.sqlite"), PERSON, UTC, "clinical", asked(query.get, TODAY), under_way
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_nobody_known_nothing_is_shown_as_a_figure(tmp_path: Path, language: str) -> None:
    record = record_of(tmp_path)
    values = shown(record, language)
    assert values["gaps"] == [words_in(language)("record.nothing")]
    assert record.strip.count(DayMeasured.NO_DATA) == 84
    assert not any(known for _, cells in values["table_rows"] for _, known in cells)
    assert not any(chart.chart.is_known for chart in values["charts"])
    assert {row.before for row in values["compared"].rows} <= {
        words_in(language)("page.not_measured"),
        words_in(language)("record.not_answered"),
    }


def test_one_walk_is_one_day(tmp_path: Path) -> None:
    record = record_of(tmp_path, walk_summary())
    values = shown(record)
    assert values["gaps"][0] == "Nothing is known before 5 Apr 2026."
    assert [line.name for line in values["walks"]] == ["w0"]
    assert [each.walks for each in record.strip.days if each.walks] == [("w0",)]
    assert values["weeks"][-1][1][-1].href == "../../p/p1/walks/w0"


def test_shares_alone_are_offered_where_one_walk_has_no_calibration(tmp_path: Path) -> None:
    regions = {side: {"M1": {"share_pct": {"mean": 40.0}, "max_force_n": {"mean": 90.0}}} for side in ("left", "right")}
    raw = walk_summary(regions=regions, calibration="none")
    known = walk_summary(regions=regions, calibration="maker")
    for walks, figures in (((known, known), ("share_pct", "max_force_n")), ((raw, raw), ("share_pct",))):
        folder = tmp_path / str(len(figures))
        folder.mkdir()
        record = record_of(folder, *walks, before="2026-04-04", after="2026-04-05", figure="max_force_n")
        compared = shown(record)["compared"]
        assert (compared.figures, compared.figure) == (figures, figures[-1])


def test_a_programme_that_was_never_begun_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(UnderfootError) as refused:
        record_of(tmp_path, programmes="daily-walking,backward-walking")
    assert refused.value.code is FaultCode.REQUEST_MALFORMED


@pytest.mark.parametrize(
    ("language", "parts", "rests"),
    [
        (
            "en",
            ["Trends", "Map of the feet", "Before and after"],
            [
                "No walk of these weeks is over yet.",
                "A walk is under way since 09:00. It counts here once it is over; it can be played now.",
            ],
        ),
        (
            "de",
            ["Verlauf", "Karte der Füße", "Vorher und nachher"],
            [
                "In diesen Wochen ist noch kein Weg zu Ende.",
                "Seit 09:00 ist ein Weg im Gang. Er zählt hier, sobald er zu Ende ist; abspielen können Sie ihn jetzt.",
            ],
        ),
    ],
)
def test_while_the_first_walk_is_under_way_the_record_says_what_it_lacks(
    tmp_path: Path, language: str, parts: list[str], rests: list[str]
) -> None:
    values = shown(record_of(tmp_path, under_way=UnderWay("w", at(TODAY, 9))), language)
    assert (values["left_out"], values["rests"]) == (parts, rests)
    assert len(values["weeks"]) == 1, "those before the first day are not drawn"
    assert values["reason"](values["table_rows"][-1][0].facts.reason) in ("a walk is under way", "ein Weg ist im Gang")
    assert values["weeks"][0][1][-1].href == "../../p/p1/walks/w"
    assert values["gaps"] == [words_in(language)("record.began", day=values["long"](TODAY))], "today is no gap"


def test_a_walk_under_way_belongs_to_its_own_day(tmp_path: Path) -> None:
    record = record_of(tmp_path, walk_summary(), under_way=UnderWay("w", at(TODAY, 9)), until="2026-04-04")
    assert (record.under_way, record.strip.open_day) == (None, None)
    assert shown(record)["rests"] == ["No walk in these weeks."], "not one that might still come"


def test_one_walk_is_no_trend_and_no_walk_is_not_called_few(tmp_path: Path) -> None:
    values = shown(record_of(tmp_path, walk_summary()))
    assert values["rests"] == ["One walk of these weeks is all there is: no trend can be read from it."]
    assert values["counts"].endswith("of 1 day")
    assert [note for note in values["compared"].notes if "walk" in note][:2] == [
        "No walk before.",
        "Only 1 walk after.",
    ]
