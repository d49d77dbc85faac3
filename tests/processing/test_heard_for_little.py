"""What comes every few seconds does not ask the journal while nothing is due, however long the person is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench_kit import START_NS, pair_layouts, pair_second
from days_kit import status
from desk_kit import PERSON, desk_over, judging, stores_in, take
from history_kit import put_history

from ingest.wire.codec import to_message
from ingest.wire.entries import Entry, Role, RuleChange
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from processing.desk import Desk
from processing.outgoing import Stores
from processing.store.journal_sqlite import SqliteJournal

BEGUN_S, UNTIL_S = 3, 55  # the person's figures are put together every minute of a walk


@contextmanager
def _asked(stores: Stores) -> Iterator[list[str]]:
    """The statements that the journal runs meanwhile."""
    assert isinstance(stores.journal, SqliteJournal)
    connection = stores.journal._db._writer
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    yield statements
    connection.set_trace_callback(None)


def _live(desk: Desk, stores: Stores, seconds: range) -> None:
    for second in seconds:
        take(desk, stores, [to_message(block) for block in pair_second("a", second)])
        for side in Side:
            t_ns = START_NS + (second + 1) * 10**9
            heard = status(t_ns, LinkState.STREAMING, side, battery_pct=80, clock_error_ms=1.0)
            take(desk, stores, [heard])


@pytest.mark.parametrize("waiting", [False, True], ids=["nothing-open", "an-alert-waits"])
@pytest.mark.parametrize("days", [0, 84])
def test_a_live_minute_asks_the_journal_nothing(tmp_path: Path, days: int, waiting: bool) -> None:
    with stores_in(tmp_path / "data") as stores:
        put_history(stores.journal, START_NS, days, waiting=waiting)
        desk = desk_over(stores)
        desk.resume()
        take(desk, stores, pair_layouts("a"))
        _live(desk, stores, range(BEGUN_S))
        with _asked(stores) as statements:
            _live(desk, stores, range(BEGUN_S, UNTIL_S))
        assert statements == []
        with _asked(stores) as statements:
            _live(desk, stores, range(UNTIL_S, 65))
        assert any("FROM tasks" in each for each in statements)  # the minute is over


def test_what_is_said_meanwhile_counts_at_once(tmp_path: Path) -> None:
    with stores_in(tmp_path / "data") as stores:
        put_history(stores.journal, START_NS)
        _, rules_for = judging(stores.journal)
        assert rules_for(PERSON, START_NS).peace.per_day == 6
        said = RuleChange(key="peace.per_day", value=3.0)
        stores.journal.put_entry(
            PERSON, Entry(id="fewer", by="somebody", role=Role.CLINICIAN, t_ns=START_NS, why="to try", said=said)
        )
        assert rules_for(PERSON, START_NS).peace.per_day == 3
        assert rules_for(PERSON, START_NS - 1).peace.per_day == 6
