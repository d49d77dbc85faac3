"""A datagram of the OpenGo app, written by hand from its facts."""

from __future__ import annotations

import random

import pytest

from ingest.sources.udp.moticon_lines import RowMaker, layout_of, read_line
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

LINE = (
    b"12.340 "
    b"0.01 -0.02 0.98 1.5 -2.5 3.5 0.25 -0.125 "  # left acceleration, angular rate, centre of pressure
    b"0.0 0.25 0.5 0.75 1.0 1.25 1.5 1.75 2.0 2.25 2.5 2.75 3.0 3.25 3.5 20.0 431.5 "
    b"0.02 -0.01 1.02 -1.5 2.5 -3.5 -0.25 0.125 "
    b"0 1 2 3 4 5 6 7 8 9 10 11 12 13 nan 327.67 812\r\n"
)


def test_a_datagram() -> None:
    line = read_line(LINE)
    assert line.time_s == 12.34
    assert line.pressures[Side.LEFT] == (*range(0, 375, 25), 2000)
    assert line.pressures[Side.RIGHT] == (*range(0, 1400, 100), None, 32_767)


def test_its_rows() -> None:
    rows = RowMaker(1_800_000_000_000_000_000).rows(read_line(LINE), 1_800_000_000_000_000_000)
    assert isinstance(rows, dict)
    left, right = rows[Side.LEFT], rows[Side.RIGHT]
    assert (left.seq, left.ticks, left.tick_ns, left.ns_per_row) == (0, 12_340, 1_000_000, 10_000_000)
    assert (left.not_measured, right.not_measured) == (0, 1 << 14)
    assert right.codes.tolist() == [[*range(0, 1400, 100), 0, 32_767]]
    assert layout_of("x", Side.LEFT).cells != layout_of("x", Side.RIGHT).cells


@pytest.mark.parametrize(
    "data", [b"", LINE + b"1", LINE[7:], LINE.replace(b"12.340", b"nan"), LINE.replace(b"20.0", b"327.68"), b"\0" * 60]
)
def test_what_is_no_datagram(data: bytes) -> None:
    with pytest.raises(UnderfootError) as caught:
        read_line(data)
    assert caught.value.code is FaultCode.FRAME_MALFORMED


def test_spoilt_datagrams_are_refused_or_give_codes_within_range() -> None:
    chance = random.Random(8)
    refused = 0
    maker = RowMaker(0)
    for number in range(3_000):
        data = bytearray(LINE)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.choice(b"0123456789.-+einfa \t\xff\0")
        try:
            line = read_line(bytes(data[: chance.choice((len(data), len(data), chance.randrange(len(data))))]))
        except UnderfootError:
            refused += 1
            continue
        assert all(code is None or 0 <= code <= 32_767 for codes in line.pressures.values() for code in codes)
        assert maker.rows(line, number * 10_000_000) is not None
    assert 500 < refused < 3_000
