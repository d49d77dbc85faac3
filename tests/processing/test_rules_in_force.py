"""Which rules hold when: the preset and the changes said by then, in the order in which they were taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.wire.entries import Entry, Role, RuleChange
from ingest.wire.faults import FaultBook, FaultCode
from processing.rule_changes import changes_at, fit, rules_maker, values_of
from processing.rules.preset import load_preset
from processing.rules.ruleset import Value
from processing.store.journal_sqlite import SqliteJournal
from processing.terms import terms_maker

P = "p-1"
CLINICAL = load_preset("clinical")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    opened = SqliteJournal(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


def change(journal: SqliteJournal, name: str, t_ns: int, key: str, value: Value | None, person: str = P) -> None:
    said = RuleChange(key=key, value=value)
    journal.put_entry(person, Entry(id=name, by="clinic-1", role=Role.CLINICIAN, t_ns=t_ns, said=said, why="shoes"))


def a4(rules: object) -> float:
    found = next(rule for rule in rules.rules if rule.id == "A4")
    return float(found.enter_points)


def test_without_changes_it_is_the_preset(journal: SqliteJournal) -> None:
    assert rules_maker("clinical", journal)(P, 10) == CLINICAL


def test_a_change_holds_from_its_time_on_and_for_its_person(journal: SqliteJournal) -> None:
    change(journal, "e1", 100, "A4.enter_points", 20.0)
    rules = rules_maker("clinical", journal)
    assert a4(rules(P, 99)) == 15
    assert a4(rules(P, 100)) == 20
    assert a4(rules("p-2", 100)) == 15
    assert "1 limit changed" in rules(P, 100).title


def test_the_last_taken_counts_and_none_is_the_presets_again(journal: SqliteJournal) -> None:
    change(journal, "e1", 100, "A4.enter_points", 20.0)
    change(journal, "e2", 90, "A4.enter_points", 22.0)  # said earlier, taken later
    rules = rules_maker("clinical", journal)
    assert a4(rules(P, 95)) == a4(rules(P, 200)) == 22
    change(journal, "e3", 300, "A4.enter_points", None)
    assert [a4(rules(P, t_ns)) for t_ns in (80, 299, 300)] == [15, 22, 15]
    assert changes_at(journal, P, 300) == {}
    assert [each.id for each in changes_at(journal, P, 299).values()] == ["e2"]


def test_a_walk_is_judged_by_the_rules_of_its_beginning(journal: SqliteJournal) -> None:
    change(journal, "e1", 100, "A4.enter_points", 20.0)
    terms = terms_maker("clinical", journal)
    assert [a4(terms(P, "w", t_ns).rules) for t_ns in (99, 100)] == [15, 20]


def test_the_same_changes_are_not_worked_out_twice(journal: SqliteJournal) -> None:
    change(journal, "e1", 100, "A4.enter_points", 20.0)
    rules = rules_maker("clinical", journal)
    assert rules(P, 100) is rules(P, 5000)


def test_what_no_longer_fits_is_left_out_and_noted_once(journal: SqliteJournal) -> None:
    change(journal, "e1", 1, "A4.of_an_older_preset", 3.0)
    change(journal, "e2", 2, "A4.enter_points", 999.0)
    change(journal, "e3", 3, "A3.hold_s", 240.0)
    faults = FaultBook()
    rules = rules_maker("clinical", journal, faults)
    for t_ns in (10, 11):
        assert rules(P, t_ns).changed == {"A3.hold_s": 240.0}
    assert faults.counts == {FaultCode.RULE_REFUSED: 2}


def test_changes_that_fit_together_alone_are_kept_in_whatever_order() -> None:
    together = {"A4.clear_points": 18.0, "A4.enter_points": 24.0}
    assert fit(CLINICAL, together).changes == together
    with_a_misfit = fit(CLINICAL, {**together, "A9.nothing": 1.0})
    assert with_a_misfit.changes == together
    assert list(with_a_misfit.misfits) == ["A9.nothing"]
    assert with_a_misfit.rules == fit(CLINICAL, together).rules
    alone = fit(CLINICAL, {"A4.clear_points": 18.0})
    assert alone.rules == CLINICAL
    assert list(alone.misfits) == ["A4.clear_points"]


def test_values_of_any_kind_cross_the_journal(journal: SqliteJournal) -> None:
    values: dict[str, Value] = {"A5.site": "M1", "A5.side": "left", "peace.per_day": 5.0, "peace.quiet_from": "21:30"}
    for n, (key, value) in enumerate(values.items()):
        change(journal, f"e{n}", n, key, value)
    change(journal, "on", 9, "A5.enabled", value=True)
    rules = rules_maker("clinical", journal)(P, 10)
    assert values_of(changes_at(journal, P, 10)) == values | {"A5.enabled": True}
    assert rules.peace.per_day == 5
    assert isinstance(rules.peace.per_day, int)
    assert rules.peace.quiet_from == "21:30"
