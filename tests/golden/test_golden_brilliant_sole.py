"""Bytes of the BrilliantSole insole, written by hand from its facts."""

from __future__ import annotations

import pytest

from ingest.drivers import brilliant_sole as sole
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

# two messages: type (left), then sensor data of 14 octets: 513 ms, acceleration, pressure of three cells
TWO = bytes.fromhex("06 0100 00" + "0E 0E00" + "0102" + "01 02 FFFF" + "00 06 0000 0100 FF7F")


def test_messages() -> None:
    assert list(sole.unpack_messages(TWO)) == [(6, b"\0"), (14, TWO[7:])]
    assert sole.pack_message(sole.Message.GET_TYPE) == bytes.fromhex("06 0000")
    assert sole.pack_message(11, b"\1\2\3") == bytes.fromhex("0B 0300 010203")


def test_a_message_that_is_cut_takes_none_before_it_along() -> None:
    messages = sole.unpack_messages(TWO[:-1])
    assert next(messages) == (6, b"\0")
    with pytest.raises(UnderfootError) as caught:
        next(messages)
    assert caught.value.code is FaultCode.FRAME_TRUNCATED


def test_pressure() -> None:
    stamp_ms, codes = sole.unpack_pressure(TWO[7:], 3)
    assert stamp_ms == 513
    assert codes is not None
    assert codes.tolist() == [[0, 1, 32767]]
    assert sole.unpack_pressure(bytes.fromhex("0100 01 02 FFFF"), 3) == (1, None)


@pytest.mark.parametrize(
    ("hexed", "code"),
    [
        ("01", FaultCode.FRAME_TRUNCATED),
        ("0102 00", FaultCode.FRAME_TRUNCATED),
        ("0102 00 06 0000", FaultCode.FRAME_TRUNCATED),
        ("0102 00 04 0000 0000", FaultCode.FRAME_MALFORMED),  # two cells of three
        ("0102 00 06 0000 0000 0080", FaultCode.FRAME_MALFORMED),  # 32768
        ("0102 00 06 0000 0000 0000 00 06 0000 0000 0000", FaultCode.FRAME_MALFORMED),
    ],
)
def test_what_makes_no_sense(hexed: str, code: FaultCode) -> None:
    with pytest.raises(UnderfootError) as caught:
        sole.unpack_pressure(bytes.fromhex(hexed), 3)
    assert caught.value.code is code


def test_places_are_an_image_from_its_left_edge_and_the_toes() -> None:
    image = bytes.fromhex("40 20  C0 40  80 C0")
    assert sole.unpack_places(image, Side.RIGHT) == ((0.25, 0.875), (0.75, 0.75), (0.5, 0.25))
    assert sole.unpack_places(image, Side.LEFT) == ((0.75, 0.875), (0.25, 0.75), (0.5, 0.25))


@pytest.mark.parametrize("hexed", ["", "40", "40 C0 40 C0 40 20"])
def test_places_that_cannot_be(hexed: str) -> None:
    with pytest.raises(UnderfootError):
        sole.unpack_places(bytes.fromhex(hexed), Side.LEFT)


def test_rates() -> None:
    assert sole.unpack_rates(bytes.fromhex("00 1400 01 0000")) == {0: 20, 1: 0}
    with pytest.raises(UnderfootError):
        sole.unpack_rates(bytes.fromhex("00 14"))
