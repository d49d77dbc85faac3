"""Rows kept in flash to bytes and back: records exact for any code, requests refused by their codes, what is held."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ingest.drivers import open_insole_records as records
from ingest.drivers.open_insole_records import RacpCode, RacpOp, RacpRequest
from ingest.drivers.open_insole_wire import RowsFrame
from ingest.wire.block import Codes
from ingest.wire.faults import FaultCode, UnderfootError

any_codes = st.integers(-(2**15), 2**15 - 1)
quiet_codes = st.integers(-40, 40)


def tables(most_rows: int, most_cells: int) -> st.SearchStrategy[Codes]:
    shapes = st.tuples(st.integers(1, most_rows), st.integers(1, most_cells))
    return shapes.flatmap(
        lambda shape: arrays(np.int16, shape, elements=any_codes) | arrays(np.int16, shape, elements=quiet_codes)
    )


def frame_of(codes: Codes, seq: int = 0, ticks: int = 0) -> RowsFrame:
    return RowsFrame(boot_low=0xC3D4, seq=seq, ticks=ticks, codes=codes)


def walked(rows: int, cells: int = 16) -> Codes:
    """Something like a foot: slow waves and a little noise."""
    noise = np.random.default_rng(7).normal(0, 1.5, (rows, cells))
    wave = 900 * np.maximum(0, np.sin(2 * np.pi * np.arange(rows)[:, np.newaxis] / 100 + np.arange(cells)))
    return (wave + noise).astype(np.int16)


@given(
    tables(records.RECORD_ROWS, 9) | tables(3, records.MAX_KEPT_CELLS),
    st.integers(0, 2**32 - 256),
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**86),
)
def test_a_record_is_exact(codes: Codes, seq: int, ticks: int, mask: int) -> None:
    cells = codes.shape[1]
    frame = replace(frame_of(codes, seq, ticks), not_measured=mask % (1 << cells))
    back = records.unpack_record(records.pack_record(frame), cells)
    assert (back.boot_low, back.seq, back.ticks, back.not_measured) == (0xC3D4, seq, ticks, frame.not_measured)
    assert back.codes.dtype == np.int16
    assert not back.codes.flags.writeable
    assert np.array_equal(back.codes, codes)


@pytest.mark.parametrize("step", [1, -1, 2**13, -(2**14), 2**14, 2**15 - 1, -(2**15)])
def test_every_width_of_a_difference(step: int) -> None:
    codes = np.array([[0], [step], [0], [-7]], dtype=np.int16)
    assert np.array_equal(records.unpack_record(records.pack_record(frame_of(codes)), 1).codes, codes)


@given(tables(300, 5), st.integers(40, records.RECORD_OCTETS))
def test_a_stretch_fills_records_as_one_by_one(codes: Codes, room: int) -> None:
    packed = records.pack_records(0xC3D4, 10, 1_000, 50, codes, room=room)
    at = 0
    for record in packed:
        rows = records.rows_that_pack(codes[at:], room)
        assert record == records.pack_record(frame_of(codes[at : at + rows], 10 + at, 1_000 + 50 * at))
        assert len(record) <= room
        at += rows
        if at < len(codes) and rows < records.RECORD_ROWS:
            assert len(records.pack_record(frame_of(codes[at - rows : at + 1]))) > room  # not one row more
    assert at == len(codes)


def test_a_long_stretch_comes_back() -> None:
    codes = walked(30_000)
    frames = [records.unpack_record(one, 16) for one in records.pack_records(1, 0, 0, 100, codes)]
    assert np.array_equal(np.concatenate([frame.codes for frame in frames]), codes)
    assert all(b.seq == a.seq + len(a.codes) and b.ticks == 100 * b.seq for a, b in pairwise(frames))
    assert sum(map(len, records.pack_records(1, 0, 0, 100, codes))) < 30_000 * 16  # half of what the codes take


def test_nothing_packs_into_no_room() -> None:
    assert records.pack_records(1, 0, 0, 100, walked(0)) == []
    assert records.rows_that_pack(walked(0)) == 0
    widest = walked(2, records.MAX_KEPT_CELLS)
    assert records.rows_that_pack(widest) == 1
    assert records.rows_that_pack(walked(2, records.MAX_KEPT_CELLS + 1)) == 0
    with pytest.raises(ValueError, match="not one row"):
        records.pack_records(1, 0, 0, 100, walked(2, records.MAX_KEPT_CELLS + 1))
    with pytest.raises(ValueError, match="256 rows"):
        records.pack_record(frame_of(walked(256)))


RECORD = records.pack_record(replace(frame_of(walked(4, 3), 70_000, 5), not_measured=0b10))


@pytest.mark.parametrize(
    ("at", "octet", "code"),
    [
        (0, 2, FaultCode.FRAME_VERSION),
        (1, 1, FaultCode.FRAME_MALFORMED),
        (2, 0, FaultCode.FRAME_MALFORMED),
        (2, 200, FaultCode.FRAME_TRUNCATED),
        (2, 2, FaultCode.FRAME_MALFORMED),
        (3, 4, FaultCode.FRAME_MALFORMED),
        (16, 0b1000, FaultCode.FRAME_MALFORMED),
    ],
)
def test_a_record_that_is_wrong(at: int, octet: int, code: FaultCode) -> None:
    spoilt = bytearray(RECORD)
    spoilt[at] = octet
    with pytest.raises(UnderfootError) as caught:
        records.unpack_record(bytes(spoilt), 3)
    assert caught.value.code is code


def test_a_record_cut_anywhere_or_too_long() -> None:
    for size in range(len(RECORD)):
        with pytest.raises(UnderfootError) as caught:
            records.unpack_record(RECORD[:size], 3)
        assert caught.value.code is FaultCode.FRAME_TRUNCATED
    with pytest.raises(UnderfootError):
        records.unpack_record(RECORD + b"\0", 3)
    past = records.pack_record(frame_of(walked(2, 3), 2**32 - 2))
    assert records.unpack_record(past, 3).seq == 2**32 - 2
    with pytest.raises(UnderfootError):
        records.unpack_record(past[:4] + b"\xff\xff\xff\xff" + past[8:], 3)


@given(st.binary(max_size=260), st.integers(1, 107))
def test_any_octets_are_a_record_or_a_fault(data: bytes, cells: int) -> None:
    for octets in (data, bytes([1, 2, 1 + data[2] % 9 if len(data) > 2 else 1, cells]) + data[4:]):
        try:
            frame = records.unpack_record(octets, cells)
        except UnderfootError:
            continue
        assert frame.codes.shape[1] == cells


# -- Record Access Control Point ------------------------------------------------------------------------------------

requests = st.one_of(
    st.builds(
        lambda op, boot, rows: RacpRequest(op, boot, min(rows), max(rows)),
        st.sampled_from([RacpOp.REPORT, RacpOp.COUNT]),
        st.integers(0, 2**32 - 1),
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    ),
    st.builds(
        lambda boot, last: RacpRequest(RacpOp.DELETE, boot, 0, last),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
    ),
    st.just(RacpRequest(RacpOp.ABORT)),
)


@given(requests)
def test_a_request_comes_back(request: RacpRequest) -> None:
    assert records.unpack_racp_request(records.pack_racp_request(request)) == request


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("", RacpCode.OP_UNSUPPORTED),
        ("07 00", RacpCode.OP_UNSUPPORTED),
        ("06 00 01 01", RacpCode.OP_UNSUPPORTED),
        ("01", RacpCode.INVALID_OPERATOR),
        ("01 00", RacpCode.INVALID_OPERATOR),
        ("01 07", RacpCode.INVALID_OPERATOR),
        ("03 01", RacpCode.INVALID_OPERATOR),
        ("01 01", RacpCode.OPERATOR_UNSUPPORTED),  # all records: no hub of this profile asks so
        ("02 01", RacpCode.OPERATOR_UNSUPPORTED),
        ("01 04 01 00 00 05 00", RacpCode.OPERAND_UNSUPPORTED),
        ("01 04", RacpCode.INVALID_OPERAND),
        ("01 04 10 01 00 00 00 05 00 00 00", RacpCode.INVALID_OPERAND),
        ("01 04 10 01 00 00 00 05 00 00 00 04 00 00 00", RacpCode.INVALID_OPERAND),
        ("03 00 00", RacpCode.INVALID_OPERAND),
    ],
)
def test_a_request_is_refused(octets: str, code: RacpCode) -> None:
    assert records.unpack_racp_request(bytes.fromhex(octets)) is code


def test_responses() -> None:
    for code in RacpCode:
        response = records.RacpResponse(9, code)
        assert records.unpack_racp_response(records.pack_racp_response(response)) == response
    assert records.unpack_count(records.pack_count(2**32 - 1)) == 2**32 - 1
    for bad in ("", "06 00 01", "05 00 01 01", "06 01 01 01", "06 00 01 00", "06 00 01 0a"):
        with pytest.raises(UnderfootError):
            records.unpack_racp_response(bytes.fromhex(bad))
    for bad in ("", "05 00 01 00 00", "06 00 01 00 00 00"):
        with pytest.raises(UnderfootError):
            records.unpack_count(bytes.fromhex(bad))


# -- HELD -----------------------------------------------------------------------------------------------------------

HELD = (
    records.HeldBoot(7, 0, 2**32 - 1),
    records.HeldBoot(9, 5, 5, booted_t_ns=1_732_156_245_678_000_000),
)


def test_what_is_held_comes_back() -> None:
    packed = records.pack_held(HELD)
    assert records.unpack_held(packed) == HELD
    assert records.unpack_held(packed + b"more of a later minor version") == HELD
    assert records.unpack_held(records.pack_held(())) == ()
    many = tuple(records.HeldBoot(boot, boot, boot + 1) for boot in range(records.MAX_HELD_BOOTS))
    assert records.unpack_held(records.pack_held(many)) == many
    assert [records.is_whole_held(packed[:size]) for size in (0, 3, len(packed) - 1, len(packed))] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(("at", "octet"), [(0, 2), (1, 3), (1, 17), (8, 255), (36, 4), (28, 7), (51, 255)])
def test_held_that_makes_no_sense(at: int, octet: int) -> None:
    spoilt = bytearray(records.pack_held((records.HeldBoot(7, 0, 5), HELD[1])))
    spoilt[at] = octet
    with pytest.raises(UnderfootError):
        records.unpack_held(bytes(spoilt))


def test_a_clock_before_2000_was_never_set() -> None:
    (held,) = records.unpack_held(records.pack_held((records.HeldBoot(7, 0, 5, booted_t_ns=0),)))
    assert held.booted_t_ns is None
