"""The OpenGo app's datagrams over a real socket to two sources."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from radio_kit import Reader

from ingest.events import Fetch, LayoutSeen, LinkChanged, Rows
from ingest.sources.replay import open_recording
from ingest.sources.udp import moticon as moticon_source
from ingest.sources.udp.moticon import MoticonSource, moticon_feet
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit
from ingest.wire.messages import LinkState

S = LinkState
NAMES = {side: f"p1-{side}" for side in Side}


def datagram(time_s: float, left: float | str = 1.0, right: float | str = 2.0) -> bytes:
    foot = "0.01 0.02 0.98 1 2 3 0.1 -0.1"
    return " ".join([f"{time_s:.3f}", foot, *[str(left)] * 16, "100.5", foot, *[str(right)] * 16, "200.5"]).encode()


@dataclass(frozen=True, slots=True)
class App:
    """What sends: the stand-in for the app."""

    port: int
    socket: socket.socket

    def send(self, data: bytes) -> None:
        self.socket.sendto(data, ("127.0.0.1", self.port))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def both(silent_s: float = 5.0) -> AsyncIterator[tuple[App, Reader, Reader]]:
    port = free_port()
    left, right = moticon_feet(NAMES, port, silent_s=silent_s)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        async with Reader(left) as one, Reader(right) as other:
            await asyncio.gather(one.until_state(S.SEARCHING), other.until_state(S.SEARCHING))
            yield App(port, sender), one, other


def rows_of(reader: Reader) -> list[Rows]:
    return [event for event in reader.events if isinstance(event, Rows)]


async def test_both_feet_of_a_datagram_come_to_their_own_source() -> None:
    async with both() as (app, left, right):
        for k in range(50):
            app.send(datagram(10 + k / 100, left=k / 4, right=100 - k / 4))
        await asyncio.gather(left.until_rows(50), right.until_rows(50))
        for reader, first, step in ((left, 0, 25), (right, 10_000, -25)):
            assert [rows.codes[0, 0] for rows in rows_of(reader)] == [first + step * k for k in range(50)]
            assert [rows.seq for rows in rows_of(reader)] == list(range(50))
            assert [rows.ticks for rows in rows_of(reader)] == [10_000 + 10 * k for k in range(50)]
            assert reader.states == [S.SEARCHING, S.STREAMING]
        (layout,) = (event.layout for event in left.events if isinstance(event, LayoutSeen))
        assert (layout.side, layout.unit, layout.scale) == (Side.LEFT, Unit.KILOPASCAL, 0.1)
        assert (layout.calibration, len(layout.cells), layout.insole) == (Calibration.MAKER, 16, "p1-left")
        await asyncio.gather(left.source.stop(), right.source.stop())
        await asyncio.gather(left.until_state(S.ENDED), right.until_state(S.ENDED))
        assert isinstance(left.events[-1], LinkChanged)


async def test_a_recorded_walk_through_the_socket_is_the_walk(moticon: Path) -> None:
    recording = open_recording(moticon / "230927_102137.txt", seconds=1.5)
    codes = {side: recording.tracks[side].codes.astype(int) for side in Side}
    count = min(map(len, codes.values()))
    async with both() as (app, left, right):
        for k in range(count):
            words = [f"{k / 100:.2f}"]
            for side in Side:
                words += ["0"] * 8 + [str(code / 4) for code in codes[side][k]] + ["0"]
            app.send(" ".join(words).encode())
            if k % 50 == 0:
                await asyncio.sleep(0)
        await asyncio.gather(left.until_rows(count), right.until_rows(count))
        for reader, side in ((left, Side.LEFT), (right, Side.RIGHT)):
            got_kpa = np.concatenate([rows.codes for rows in rows_of(reader)]) * 0.1
            assert np.allclose(got_kpa, codes[side][:count] * 2.5, atol=1e-9)
            assert got_kpa.max() > 10


@pytest.mark.parametrize("nothing", ["nan", "NaN"])
async def test_a_side_without_pressures_has_no_rows_and_the_other_goes_on(nothing: str) -> None:
    async with both(silent_s=0.2) as (app, left, right):
        app.send(datagram(1.00))
        for k in range(1, 60):
            app.send(datagram(1 + k / 100, left=nothing))
            await asyncio.sleep(0.005)
        await right.until(lambda reader: len(rows_of(reader)) >= 60)
        await left.until_state(S.STREAMING, S.LOST, S.SEARCHING)
        assert len(rows_of(left)) == 1
        assert left.faults == [FaultCode.LINK_SILENT]
        assert right.states == [S.SEARCHING, S.STREAMING]
        app.send(datagram(1.60))
        await left.until_state(S.SEARCHING, S.STREAMING)
        await left.until(lambda reader: len(rows_of(reader)) == 2)
        assert [rows.seq for rows in rows_of(left)] == [0, 60]


async def test_one_blank_cell_is_masked_and_a_blank_side_between_tabs_is_left_out() -> None:
    async with both() as (app, left, right):
        words = datagram(1.0).decode().split()
        words[9 + 3] = ""
        words[34:50] = [""] * 16
        app.send("\t".join(words).encode() + b"\r\n")
        await left.until_rows(1)
        (rows,) = rows_of(left)
        assert rows.not_measured == 1 << 3
        assert rows.codes.tolist() == [[100] * 3 + [0] + [100] * 12]
        assert rows_of(right) == []


async def test_what_cannot_be_read_is_a_fault_of_both_and_no_row() -> None:
    bad = [b"", b"1 2 3", datagram(1.0) + b" 7", datagram(-1.0), b"x" + datagram(1.0), datagram(1.0, left="abc")]
    bad += [
        datagram(1.0, left=-0.5),
        datagram(1.0, right="1e9"),
        datagram(1.0, right="inf"),
        datagram(1.0, left="1_0"),
        b"\xff\xfe" * 60,
    ]
    async with both() as (app, left, right):
        for data in bad:
            app.send(data)
        await left.until(lambda reader: len(reader.faults) == len(bad))
        assert left.states == [S.SEARCHING]
        app.send(datagram(2.0))
        await asyncio.gather(left.until_rows(1), right.until_rows(1))
        assert left.faults == right.faults == [FaultCode.FRAME_MALFORMED] * len(bad)
        assert len(rows_of(left)) == 1


async def test_the_same_time_again_is_no_second_row_and_a_gap_is_missing_numbers() -> None:
    async with both() as (app, left, _right):
        for time_s in (1.00, 1.01, 1.01, 1.05):
            app.send(datagram(time_s))
        await left.until_rows(3)
        assert [rows.seq for rows in rows_of(left)] == [0, 1, 5]
        assert left.faults == [FaultCode.ROWS_REPEATED]


async def test_faults_alone_do_not_keep_a_foot_streaming() -> None:
    async with both(silent_s=0.3) as (app, left, _right):
        app.send(datagram(1.0))
        await left.until_rows(1)
        while S.LOST not in left.states:
            app.send(b"nonsense")
            await asyncio.sleep(0.01)


async def test_a_port_that_is_taken_is_said_and_one_that_is_given_back_can_be_opened_again() -> None:
    port = free_port()
    first, _ = moticon_feet(NAMES, port)
    again, _ = moticon_feet(NAMES, port)
    async with Reader(first) as reader:
        await reader.until_state(S.SEARCHING)
        with pytest.raises(UnderfootError) as caught:
            await anext(aiter(again.events()))
        assert caught.value.code is FaultCode.PORT_IN_USE
    async with Reader(again) as reader:
        await reader.until_state(S.SEARCHING)
        assert isinstance(again, MoticonSource)
        again.ask(Fetch(boot=1, first_seq=0, next_seq=1))


async def test_a_reader_that_lags_for_minutes_costs_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moticon_source, "_MOST_WAITING", 3)
    port = free_port()
    left, _right = moticon_feet(NAMES, port)
    events = left.events()
    assert isinstance(await anext(events), LinkChanged)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for k in range(9):
            App(port, sender).send(datagram(1 + k / 100))
            await asyncio.sleep(0.01)
    await left.stop()
    assert [event.seq async for event in events if isinstance(event, Rows)] == [0, 1, 2]
