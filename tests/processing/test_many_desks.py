"""Several people's messages dealt with at once: one transaction, and nobody goes short because of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bench_kit import pair_layouts, pair_second
from desk_kit import judging

from ingest.wire.address import BrokerAddress
from ingest.wire.codec import to_message
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Metrics, Receipt
from ingest.wire.topics import Address
from processing.outgoing import Outgoing, Stores
from processing.service import ProcessingService
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.series_sqlite import SqliteSeries
from processing.subscribe import Subscriber

PEOPLE = [Address("h", f"p{number}") for number in range(3)]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with (
        closing(SqliteRecordings(tmp_path / "recordings")) as recordings,
        closing(SqliteJournal(tmp_path / "journal")) as journal,
        closing(SqliteSeries(tmp_path / "series")) as series,
    ):
        yield Stores(recordings=recordings, journal=journal, series=series)


def service_over(stores: Stores) -> ProcessingService:
    at = BrokerAddress(host="127.0.0.1", port=1)  # nothing is sent
    return ProcessingService(lambda greet: Subscriber(at, on_connected=greet), stores, *judging(stores.journal))


def layouts(address: Address) -> list[AnyMessage]:
    return list(pair_layouts(address.person))


def seconds(address: Address, first: int, stop: int) -> list[AnyMessage]:
    return [to_message(block) for second in range(first, stop) for block in pair_second(address.person, second)]


def said(out: list[Outgoing], address: Address, kind: type[Any]) -> list[Any]:
    return [
        each.message for each in out if each.topic.startswith(address.base + "/") and isinstance(each.message, kind)
    ]


def rows(stores: Stores, address: Address) -> int:
    return sum(sum(info.rows.values()) for info in stores.recordings.walks(address.person))


def test_each_gets_receipts_and_figures_and_the_series_has_them(stores: Stores) -> None:
    service = service_over(stores)
    out, refused = service.deal_with({address: layouts(address) + seconds(address, 0, 4) for address in PEOPLE})
    assert not refused
    for address in PEOPLE:
        receipts = said(out, address, Receipt)
        assert {receipt.insole for receipt in receipts} == {f"{address.person}-{side}" for side in Side}
        assert [boot.stored_upto for receipt in receipts for boot in receipt.boots] == [399, 399]
        figures = said(out, address, Metrics)
        assert len(figures) == 3
        begin, end = figures[0].t_ns, figures[-1].t_ns + 1
        kept = stores.series.query(address.person, "gait", "load_left", begin, end, 1.0)
        assert [bucket.t_ns for bucket in kept] == [figure.t_ns for figure in figures]


def test_one_who_is_refused_keeps_nobody_else_back(stores: Stores) -> None:
    first, poisoned, last = PEOPLE
    walk = f"{poisoned.person}-20231114T221320Z"  # what the poisoned walk will be called
    stores.recordings.append("somebody-else", walk, [])
    service = service_over(stores)
    batch = {address: seconds(address, 0, 2) for address in PEOPLE}
    out, refused = service.deal_with(batch)
    assert {address: error.code for address, error in refused.items()} == {poisoned: FaultCode.UNKNOWN_NAME}
    assert not said(out, poisoned, Receipt)
    for address in (first, last):
        assert len(said(out, address, Receipt)) == 2
        assert rows(stores, address) == 400
    assert rows(stores, poisoned) == 0


def test_figures_that_were_not_written_are_not_told(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_over(stores)
    batch = {address: layouts(address) + seconds(address, 0, 4) for address in PEOPLE}

    def full(_points: object) -> None:
        raise UnderfootError(FaultCode.DISK_FULL, "no room")

    monkeypatch.setattr(stores.series, "write", full)
    out, refused = service.deal_with(batch)
    assert not out
    assert set(refused) == set(PEOPLE)

    monkeypatch.undo()
    again = service_over(stores)  # as after a restart: from the recordings, without the rows coming again
    again.deal_with({address: seconds(address, 4, 5) for address in PEOPLE})
    begin = 1_700_000_000 * 10**9
    for address in PEOPLE:
        kept = stores.series.query(address.person, "gait", "load_left", begin, begin + 10 * 10**9, 1.0)
        assert len(kept) == 4
