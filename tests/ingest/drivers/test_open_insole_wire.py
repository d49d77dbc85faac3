"""Every value of the profile to bytes and back; bytes that are wrong come out as faults."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from open_insole_kit import CELLS, INFO

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_records as records
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import pack_announced, pack_layout, unpack_announced, unpack_layout
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Cell, Region, Side, Zone

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "open_insole_1.json").read_text())

ROWS = wire.RowsFrame(
    boot_low=0xC3D4,
    seq=70_000,
    ticks=2**40 + 5,
    codes=np.array([[1, -2], [300, 32767], [-32768, 0]], dtype=np.int16),
    not_measured=0b10,
)
COUNT = control.Count(boot=0xA1B2C3D4, first_seq=5, next_seq=260)
REPLY = control.Reply(op=control.Op.STOP, result=control.Result.OK, count=COUNT, ns_per_row=10_000_000)
STATUS = control.StatusFrame(
    count=COUNT, faults=control.DeviceFault.CELL | control.DeviceFault.BATTERY_LOW, streaming=True
)
RECORD = wire.RowsFrame(
    boot_low=0xC3D4, seq=300, ticks=30_000, codes=np.array([[100, 7], [103, 8], [99, 7], [99, 8]], dtype=np.int16)
)
HELD = (
    records.HeldBoot(0x0BADCAFE, 1_000, 4_600),
    records.HeldBoot(0xA1B2C3D4, 5, 260, booted_t_ns=1_732_156_245_678_000_000),
)
ACCESS = {
    op: records.pack_racp_request(records.RacpRequest(op, 0xA1B2C3D4, 5, 259))
    for op in (records.RacpOp.REPORT, records.RacpOp.COUNT, records.RacpOp.DELETE, records.RacpOp.ABORT)
}
TIME = sig.ElapsedTime(1_732_156_245_678_000_000, sig.TimeSource.NTP)

PACKED = {
    "info": wire.pack_info(INFO),
    "layout": pack_layout(CELLS),
    "rows": wire.pack_rows(ROWS),
    "request-start": control.pack_request(control.Request(control.Op.START, 10_000_000)),
    "request-stop": control.pack_request(control.Request(control.Op.STOP)),
    "request-status": control.pack_request(control.Request(control.Op.STATUS)),
    "request-identify": control.pack_request(control.Request(control.Op.IDENTIFY, 3)),
    "request-set-side": control.pack_request(control.Request(control.Op.SET_SIDE, 2)),
    "reply": control.pack_reply(REPLY),
    "status": control.pack_status(STATUS),
    "elapsed-time": sig.pack_elapsed_time(TIME),
    "announced": pack_announced(Side.LEFT),
    "held": records.pack_held(HELD),
    "record": records.pack_record(RECORD),
    "access-report": ACCESS[records.RacpOp.REPORT],
    "access-count": ACCESS[records.RacpOp.COUNT],
    "access-delete": ACCESS[records.RacpOp.DELETE],
    "access-abort": ACCESS[records.RacpOp.ABORT],
    "access-response": records.pack_racp_response(
        records.RacpResponse(records.RacpOp.REPORT, records.RacpCode.SUCCESS)
    ),
    "access-counted": records.pack_count(255),
}


@pytest.mark.parametrize("kind", sorted(GOLDEN))
def test_golden_bytes(kind: str) -> None:
    assert PACKED[kind].hex(" ") == GOLDEN[kind]


def test_an_insole_with_flash_is_of_minor_version_1() -> None:
    kept = replace(INFO, features=wire.Features.FLASH)
    assert (wire.pack_info(INFO)[1], wire.pack_info(kept)[1]) == (0, 1)
    assert wire.unpack_info(wire.pack_info(kept)) == kept


def test_every_kind_has_golden_bytes() -> None:
    assert set(GOLDEN) == set(PACKED)


def test_the_golden_bytes_are_read_back() -> None:
    read = {kind: bytes.fromhex(text) for kind, text in GOLDEN.items()}
    assert wire.unpack_info(read["info"]) == INFO
    assert unpack_layout(read["layout"], 2) == CELLS
    rows = wire.unpack_rows(read["rows"], 2)
    assert (rows.boot_low, rows.seq, rows.ticks, rows.not_measured) == (0xC3D4, 70_000, 2**40 + 5, 2)
    assert np.array_equal(rows.codes, ROWS.codes)
    assert control.unpack_request(read["request-start"]) == control.Request(control.Op.START, 10_000_000)
    assert control.unpack_request(read["request-stop"]) == control.Request(control.Op.STOP)
    assert control.unpack_request(read["request-identify"]) == control.Request(control.Op.IDENTIFY, 3)
    assert control.unpack_request(read["request-set-side"]) == control.Request(control.Op.SET_SIDE, 2)
    assert control.unpack_reply(read["reply"]) == REPLY
    assert control.unpack_status(read["status"]) == STATUS
    assert sig.unpack_elapsed_time(read["elapsed-time"]) == TIME
    announced = unpack_announced(read["announced"])
    assert announced is not None
    assert announced.side is Side.LEFT


def test_a_hub_whose_clock_was_never_set_says_so() -> None:
    shown = sig.unpack_elapsed_time(sig.pack_elapsed_time(sig.ElapsedTime(0)))
    assert shown == sig.ElapsedTime(sig.EPOCH_2000_NS, sig.TimeSource.NOT_SYNCHRONISED)


def test_a_scale_of_0_11_is_exact() -> None:
    assert float(wire.unpack_info(wire.pack_info(INFO)).scale) == 0.11


def test_a_later_minor_version_may_append_to_info() -> None:
    assert wire.unpack_info(PACKED["info"] + b"more") == INFO


@pytest.mark.parametrize(
    ("mtu", "cells", "rows"),
    [(247, 16, 7), (247, 8, 14), (247, wire.MAX_CELLS, 1), (246, wire.MAX_CELLS, 0), (23, 8, 0)],
)
def test_how_many_rows_fit(mtu: int, cells: int, rows: int) -> None:
    assert wire.rows_that_fit(mtu, cells) == rows
    if rows:
        frame = wire.RowsFrame(boot_low=0, seq=0, ticks=0, codes=np.zeros((rows, cells), dtype=np.int16))
        assert len(wire.pack_rows(frame)) <= mtu - 3


def fault_of(read: Any, *arguments: Any) -> FaultCode:
    with pytest.raises(UnderfootError) as caught:
        read(*arguments)
    return caught.value.code


def changed(kind: str, at: int, *octets: int) -> bytes:
    data = bytearray(PACKED[kind])
    data[at : at + len(octets)] = octets
    return bytes(data)


READERS: dict[str, tuple[Any, ...]] = {
    "info": (wire.unpack_info,),
    "rows": (wire.unpack_rows, 2),
    "reply": (control.unpack_reply,),
    "status": (control.unpack_status,),
}


@pytest.mark.parametrize("kind", READERS)
def test_cut_short_anywhere_is_truncated(kind: str) -> None:
    read, *more = READERS[kind]
    for size in range(len(PACKED[kind])):
        assert fault_of(read, PACKED[kind][:size], *more) is FaultCode.FRAME_TRUNCATED


@pytest.mark.parametrize("kind", READERS)
def test_another_version_is_refused(kind: str) -> None:
    read, *more = READERS[kind]
    assert fault_of(read, changed(kind, 0, 2), *more) is FaultCode.FRAME_VERSION


@pytest.mark.parametrize(
    ("at", "octets"),
    [
        (2, (3,)),  # a third side
        (3, (0,)),  # no cells
        (3, (108,)),  # too many
        (8, (0, 0, 0, 0)),  # no tick
        (12, (1, 0, 0, 0)),  # a row that is no whole number of ticks
        (16, (0, 0, 0, 0)),  # scale 0
        (20, (0, 0, 0, 0)),  # scale over 0
        (24, (9,)),  # an unknown unit
        (25, (9,)),  # an unknown calibration
        (26, (0, 0)),  # no layout
    ],
)
def test_an_info_that_makes_no_sense(at: int, octets: tuple[int, ...]) -> None:
    assert fault_of(wire.unpack_info, changed("info", at, *octets)) is FaultCode.FRAME_MALFORMED


@pytest.mark.parametrize(
    "data",
    [
        changed("rows", 1, 2),  # another kind
        changed("rows", 2, 0),  # no rows
        changed("rows", 2, 2),  # fewer rows than octets
        changed("rows", 3, 3),  # cells that the insole does not have
        changed("rows", 16, 0xFF),  # masks cells that do not exist
        PACKED["rows"] + b"\0",
    ],
)
def test_a_frame_of_rows_that_makes_no_sense(data: bytes) -> None:
    assert fault_of(wire.unpack_rows, data, 2) is FaultCode.FRAME_MALFORMED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PACKED["layout"][:2], FaultCode.FRAME_TRUNCATED),
        (PACKED["layout"][:8], FaultCode.FRAME_TRUNCATED),
        (changed("layout", 0, 2), FaultCode.FRAME_VERSION),
        (changed("layout", 1, 3), FaultCode.FRAME_MALFORMED),
        (changed("layout", 4, 0xFF), FaultCode.FRAME_MALFORMED),  # a name that is no UTF-8
        (PACKED["layout"] + b"\0", FaultCode.FRAME_MALFORMED),
        (changed("layout", len(PACKED["layout"]) - 1, 9), FaultCode.FRAME_MALFORMED),  # a name that is not there
        (changed("layout", len(PACKED["layout"]) - 13, 0xFF, 0xFF), FaultCode.FRAME_MALFORMED),  # x beyond the foot
    ],
)
def test_a_layout_that_makes_no_sense(data: bytes, code: FaultCode) -> None:
    assert fault_of(unpack_layout, data, 2) is code


def test_counts_that_run_backwards() -> None:
    backwards = control.Count(boot=1, first_seq=2, next_seq=1)
    reply = control.pack_reply(control.Reply(op=1, result=control.Result.OK, count=backwards, ns_per_row=1))
    assert fault_of(control.unpack_reply, reply) is FaultCode.FRAME_MALFORMED
    status = control.pack_status(control.StatusFrame(count=backwards))
    assert fault_of(control.unpack_status, status) is FaultCode.FRAME_MALFORMED


def test_an_unknown_result_is_a_failure() -> None:
    assert control.unpack_reply(changed("reply", 3, 77)).result is control.Result.FAILED


def test_battery_and_time_that_make_no_sense() -> None:
    assert fault_of(sig.unpack_battery, b"") is FaultCode.FRAME_TRUNCATED
    assert fault_of(sig.unpack_battery, b"\x65") is FaultCode.FRAME_MALFORMED
    assert fault_of(sig.unpack_elapsed_time, PACKED["elapsed-time"][:8]) is FaultCode.FRAME_TRUNCATED
    assert fault_of(sig.unpack_elapsed_time, changed("elapsed-time", 0, 0x22)) is FaultCode.FRAME_MALFORMED


def test_text_that_is_no_utf_8() -> None:
    assert sig.unpack_text(b"Insole 16\0\0") == "Insole 16"
    assert sig.unpack_text(b"\xff") == "�"


@st.composite
def frames(draw: st.DrawFn) -> wire.RowsFrame:
    rows, cells = draw(st.integers(1, 12)), draw(st.integers(1, 20))
    code = st.integers(-32768, 32767)
    codes = draw(st.lists(st.lists(code, min_size=cells, max_size=cells), min_size=rows, max_size=rows))
    return wire.RowsFrame(
        boot_low=draw(st.integers(0, 2**16 - 1)),
        seq=draw(st.integers(0, 2**32 - rows)),
        ticks=draw(st.integers(0, 2**48 - 1)),
        codes=np.array(codes, dtype=np.int16),
        not_measured=draw(st.integers(0, 2**cells - 1)),
    )


@given(frames())
def test_any_rows_come_back(frame: wire.RowsFrame) -> None:
    back = wire.unpack_rows(wire.pack_rows(frame), frame.codes.shape[1])
    assert np.array_equal(back.codes, frame.codes)
    assert (back.boot_low, back.seq, back.ticks, back.not_measured) == (
        frame.boot_low,
        frame.seq,
        frame.ticks,
        frame.not_measured,
    )


a_cell = st.builds(
    Cell,
    area=st.text(max_size=12),
    zone=st.sampled_from(Zone),
    x=st.integers(0, 10_000).map(lambda place: place / 10_000),
    y=st.integers(0, 10_000).map(lambda place: place / 10_000),
    region=st.none() | st.sampled_from(Region),
    area_mm2=st.none() | st.integers(1, 10**6).map(lambda area: area / 100),
    full_scale=st.integers(1, 32767),
)


@given(st.lists(a_cell, min_size=1, max_size=20).map(tuple))
def test_any_layout_comes_back(cells: tuple[Cell, ...]) -> None:
    assert unpack_layout(pack_layout(cells), len(cells)) == cells


@given(st.binary(max_size=80), st.integers(1, 20))
def test_any_bytes_at_all_raise_nothing_but_ours(data: bytes, cells: int) -> None:
    for read, *more in (
        *READERS.values(),
        (wire.unpack_rows, cells),
        (unpack_layout, cells),
        (sig.unpack_elapsed_time,),
        (sig.unpack_battery,),
        (sig.unpack_text,),
        (control.unpack_request,),
        (unpack_announced,),
    ):
        try:
            read(data, *more)
        except UnderfootError:
            continue
