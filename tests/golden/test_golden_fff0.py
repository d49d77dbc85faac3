"""Lines of the FFF0 insole, written by hand from its facts."""

from __future__ import annotations

import pytest

from ingest.drivers import fff0
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

LINE = (
    b"L_[[12.3,45.6,67.8,23.4],[156.7,234.5,198.2,167.4],[9.9,89.1,112.3,98.7],"
    b"[9.9,134.5,156.2,145.8],[9.9,285.6,267.3,9.9],[9.9,198.4,203.1,9.9]]"
)
CODES = [123, 456, 678, 234, 1567, 2345, 1982, 1674, 891, 1123, 987, 1345, 1562, 1458, 2856, 2673, 1984, 2031]


def test_a_line() -> None:
    side, codes = fff0.unpack_line(LINE)
    assert side is Side.LEFT
    assert codes.tolist() == [CODES]
    assert fff0.unpack_line(b" R" + LINE[1:].replace(b",", b", ") + b"\r")[0] is Side.RIGHT
    assert fff0.unpack_line(LINE.replace(b"12.3", b"7"))[1][0, 0] == 70


@pytest.mark.parametrize(
    "line",
    [
        b"",
        LINE[:-1],
        LINE[1:],
        LINE + LINE,
        b"X" + LINE[1:],
        LINE.replace(b"12.3", b""),
        LINE.replace(b"12.3", b"-12.3"),
        LINE.replace(b"12.3", b"nan"),
        LINE.replace(b"12.3", b"1e9"),
        LINE.replace(b"12.3", b"3276.8"),
        LINE.replace(b"12.3", b"12.3.4"),
        LINE.replace(b"12.3,", b""),
        LINE.replace(b"],[", b",", 1),
        LINE.replace(b"12.3", "１２".encode()),
    ],
)
def test_what_is_no_row(line: bytes) -> None:
    with pytest.raises(UnderfootError) as caught:
        fff0.unpack_line(line)
    assert caught.value.code is FaultCode.FRAME_MALFORMED


def test_lines_are_put_together_from_pieces_and_the_first_may_be_torn() -> None:
    lines = fff0.Lines()
    whole = LINE[20:] + b"\n" + LINE + b"\r\n\n" + LINE + b"\nL_["
    got = [line for at in range(0, len(whole), 7) for line in lines.add(whole[at : at + 7])]
    assert got == [LINE + b"\r", LINE]


def test_text_without_an_end_is_dropped() -> None:
    lines = fff0.Lines()
    assert list(lines.add(b"x" * 600)) == [None]
    assert list(lines.add(b"x" * 20 + b"\n" + LINE + b"\n")) == [LINE]
