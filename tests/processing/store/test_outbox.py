"""Lines on their way: in order, until somebody answers for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.line_protocol import line_of
from processing.store.outbox import Outbox, Refused
from processing.store.series import Point


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db")
    yield box
    box.close()


def test_gives_lines_in_order_until_delivered(outbox: Outbox) -> None:
    outbox.put([f"line {n}" for n in range(10)])
    head = outbox.head(4)
    assert [waiting.line for waiting in head] == ["line 0", "line 1", "line 2", "line 3"]
    assert outbox.head(4) == head
    outbox.put(["line 10"])
    outbox.delivered(head)
    assert [waiting.line for waiting in outbox.head(100)] == [f"line {n}" for n in range(4, 11)]


def test_a_refused_line_waits_no_longer(outbox: Outbox) -> None:
    outbox.put(["good", "bad"], [Refused("worse", "no name")])
    outbox.refuse(outbox.head(2)[1], "not a number")
    assert outbox.refused() == [Refused("bad", "not a number"), Refused("worse", "no name")]
    assert (outbox.waiting_count, outbox.refused_count) == (1, 2)


def test_what_was_set_aside_can_be_sent_once_more(outbox: Outbox) -> None:
    outbox.put(["good", "bad"], [Refused("no line at all", "no name")])
    outbox.refuse(outbox.head(2)[1], "no such bucket")
    assert outbox.retry_refused() == 1
    assert [waiting.line for waiting in outbox.head(9)] == ["good", "bad"]
    assert outbox.refused() == [Refused("no line at all", "no name")]


def test_the_room_of_a_backlog_comes_back(outbox: Outbox, tmp_path: Path) -> None:
    outbox.put(["x" * 500] * 10_000)
    before = outbox._db.rows("PRAGMA page_count")[0][0]
    outbox.delivered(outbox.head(10_000))
    outbox.tidy()
    assert outbox._db.rows("PRAGMA page_count")[0][0] < before / 10


def test_no_room_is_told_and_nothing_is_half_kept(outbox: Outbox) -> None:
    outbox._db.rows("PRAGMA max_page_count=8")
    with pytest.raises(UnderfootError) as caught:
        outbox.put(["x" * 500] * 1_000)
    assert caught.value.code is FaultCode.DISK_FULL
    assert outbox.waiting_count == 0


def test_a_line_reads_as_the_protocol_says() -> None:
    point = Point(
        t_ns=1_700_000_000_123_456_789,
        person="p 1",
        name="walk figures,a=b",
        fields={"share pct": 0.1 + 0.2, "steps": 7, "load": None},
        tags={"side": "left", "a=b,c d": "x", "empty": ""},
    )
    assert line_of(point) == (
        r"walk\ figures\,a=b,a\=b\,c\ d=x,person=p\ 1,side=left share\ pct=0.30000000000000004,steps=7.0 "
        "1700000000123456789"
    )


def test_nothing_measured_is_no_line() -> None:
    assert line_of(Point(t_ns=1, person="p", name="walk", fields={"a": None, "b": float("nan")})) is None
