"""Rows a second through both keepers, against a plain write and fsync of the same bytes in the same folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from bench_kit import Cost, cost, pair_second, table

from ingest.spool import Spool
from ingest.wire.block import Block
from ingest.wire.codec import encode, to_message
from ingest.wire.messages import BootReceipt, Receipt
from processing.store.recordings import Portion
from processing.store.recordings_sqlite import SqliteRecordings

CALLS = 200
ROWS_PER_CALL = 200  # a second of both feet

pytestmark = pytest.mark.bench


def test_rows_through_the_keepers(tmp_path: Path) -> None:
    pairs = [pair_second("a", second) for second in range(CALLS + 20)]
    messages = [[to_message(block) for block in pair] for pair in pairs]
    payloads = [[encode(each) for each in pair] for pair in messages]
    receipts = [[_receipt(block) for block in pair] for pair in pairs]
    people = [f"p{number}" for number in range(50)]
    many = [[Portion(who, f"{who}-w", pair_second(who, second)) for who in people] for second in range(24)]

    def spool_second(spool: Spool, n: int) -> None:
        for message in messages[n]:
            spool.append(message)
        for receipt in receipts[n]:
            spool.release(receipt)

    figures: list[tuple[str, Cost, int]] = []

    def measure(name: str, work: Callable[[int], object], calls: int = CALLS, pairs: int = 1) -> None:
        cost(work, 4)
        figures.append((name, cost(work, calls, 4), pairs))

    with (
        (tmp_path / "plain").open("ab", buffering=0) as plain,
        closing(Spool(tmp_path / "spool")) as spool,
        closing(SqliteRecordings(tmp_path / "recordings")) as recordings,
    ):
        measure("plain write and fsync, a message each", lambda n: [_write(plain.fileno(), one) for one in payloads[n]])
        measure("plain write and fsync, a pair each", lambda n: _write(plain.fileno(), b"".join(payloads[n])))
        measure("spool: append two, release two", lambda n: spool_second(spool, n))
        measure("recordings.append of a pair", lambda n: recordings.append("a", "a-w", pairs[n]))
        measure("recordings.append_all of 50 pairs", lambda n: recordings.append_all(many[n]), 20, 50)
        assert spool.empty
        assert spool.books("a-left").received == (CALLS + 4) * ROWS_PER_CALL // 2
        stored = {info.walk: sum(info.rows.values()) for info in recordings.walks()}
        assert stored == {"a-w": (CALLS + 4) * ROWS_PER_CALL, **{f"{who}-w": 24 * ROWS_PER_CALL for who in people}}
    per_second, per_pair = (figures[index][1].wall_s for index in (0, 1))
    rows = [("one second of one pair", "processor µs", "passed µs", "rows/s of a foot", "× plain write, fsync")]
    for index, (name, it, shared) in enumerate(figures):
        floor_s = per_second if index in (0, 2) else per_pair  # as many times made durable, or once
        passed_s = it.wall_s / shared
        rows.append(
            (
                name,
                f"{it.cpu_s / shared * 1e6:.0f}",
                f"{passed_s * 1e6:.0f}",
                f"{ROWS_PER_CALL / passed_s:,.0f}",
                f"{passed_s / floor_s:.1f}",
            )
        )
    table("Rows through the keepers", rows)


def _write(file: int, data: bytes) -> None:
    os.write(file, data)
    os.fsync(file)


def _receipt(block: Block) -> Receipt:
    return Receipt(
        insole=block.insole,
        side=block.side,
        session="s",
        boots=(BootReceipt(boot=1, stored_upto=block.end_seq - 1),),
    )
