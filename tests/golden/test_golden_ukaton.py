"""Bytes of the Ukaton insole, written by hand from its facts."""

from __future__ import annotations

import pytest

from ingest.drivers import ukaton
from ingest.wire.faults import FaultCode, UnderfootError

ROW = bytes.fromhex(
    "34 12"  # 4660 ms
    "00 07 00 0100 0200 0300"  # motion: acceleration, not read
    "01 21 01"  # pressure, 33 octets, as words
    "0000 0100 0200 FF00 0001 0002 0004 0008 FF0F 0A00 1400 1E00 2800 3200 3C00 4600"
)
CODES = [0, 1, 2, 255, 256, 512, 1024, 2048, 4095, 10, 20, 30, 40, 50, 60, 70]


def test_a_row() -> None:
    stamp_ms, codes = ukaton.unpack_data(ROW)
    assert stamp_ms == 4660
    assert codes is not None
    assert codes.tolist() == [CODES]
    assert codes.dtype == "int16"


def test_a_notification_of_motion_alone_holds_no_row() -> None:
    assert ukaton.unpack_data(bytes.fromhex("FFFF 00 07 00 0100 0200 0300")) == (65535, None)


def test_derived_figures_are_passed_over() -> None:
    derived = bytes.fromhex("0100 01 0E 03 01000000 04 0000000000000000")
    assert ukaton.unpack_data(derived) == (1, None)


@pytest.mark.parametrize(
    ("hexed", "code"),
    [
        ("", FaultCode.FRAME_TRUNCATED),
        ("34", FaultCode.FRAME_TRUNCATED),
        ("3412 01", FaultCode.FRAME_TRUNCATED),
        ("3412 01 21 01 0000", FaultCode.FRAME_TRUNCATED),
        ("3412 01 03 01 0000", FaultCode.FRAME_TRUNCATED),
        ("3412 07 01 00", FaultCode.FRAME_MALFORMED),
        ("3412 01 01 09", FaultCode.FRAME_MALFORMED),
        ("3412 01 21 01" + "0010" * 16, FaultCode.FRAME_MALFORMED),  # 4096 of 12 bits
    ],
)
def test_what_makes_no_sense(hexed: str, code: FaultCode) -> None:
    with pytest.raises(UnderfootError) as caught:
        ukaton.unpack_data(bytes.fromhex(hexed))
    assert caught.value.code is code


def test_the_configuration() -> None:
    assert ukaton.pack_configuration(20) == bytes.fromhex("01 03 01 1400")
    assert ukaton.unpack_configuration(bytes.fromhex("00 03 00 0A00 01 06 02 2800 01 1400")) == 20
    assert ukaton.unpack_configuration(bytes.fromhex("00 03 00 0A00")) is None
    assert ukaton.unpack_configuration(bytes.fromhex("01 03 01 14")) is None


def test_places_are_those_of_the_left_foot_from_heel_and_inner_edge() -> None:
    first, last = ukaton.PLACES[0], ukaton.PLACES[-1]
    assert first == pytest.approx((1 - 59.55 / 93.257, 1 - 32.3 / 265.069))
    assert last[1] == pytest.approx(0.0867, abs=1e-4)
