"""Bytes of the NilsPod insole, written by hand from its facts."""

from __future__ import annotations

import pytest

from ingest.drivers import nilspod
from ingest.drivers.nilspod import Doing, Sample, Session
from ingest.wire.faults import FaultCode, UnderfootError

IMU = "0100 FEFF 0300" + "0000 0000 0008"


def test_sensors_say_how_long_a_sample_is() -> None:
    assert nilspod.unpack_sensors(bytes.fromhex("1300 00 11")) == Sample(17, 12, 1)
    assert nilspod.unpack_sensors(bytes.fromhex("1300 00 14")) == Sample(20, 12, 2)
    assert nilspod.unpack_sensors(bytes.fromhex("9B00 00 18")) == Sample(24, 14, 2)  # with barometer and temperature
    assert nilspod.unpack_sensors(bytes.fromhex("1000 05")) == Sample(5, 0, 1)


@pytest.mark.parametrize(
    ("hexed", "code"),
    [
        ("1300", FaultCode.FRAME_TRUNCATED),
        ("0300 00 0E", FaultCode.FRAME_MALFORMED),  # no force sensors
        ("1300 00 12", FaultCode.FRAME_MALFORMED),
    ],
)
def test_sensors_that_make_no_sense(hexed: str, code: FaultCode) -> None:
    with pytest.raises(UnderfootError) as caught:
        nilspod.unpack_sensors(bytes.fromhex(hexed))
    assert caught.value.code is code


def test_samples() -> None:
    octets = bytes.fromhex(IMU + "00 7F FF" + "FFFF" + IMU + "01 02 03" + "0000")
    counts, codes = nilspod.unpack_samples(octets, Sample(17, 12, 1))
    assert counts.tolist() == [65535, 0]
    assert codes.tolist() == [[0, 127, 255], [1, 2, 3]]
    counts, codes = nilspod.unpack_samples(bytes.fromhex(IMU + "0000 FF7F 0102" + "0302"), Sample(20, 12, 2))
    assert (counts.tolist(), codes.tolist()) == ([515], [[0, 32767, 513]])


@pytest.mark.parametrize("hexed", ["", IMU, IMU + "0080 0000 0000 0000"])
def test_samples_that_make_no_sense(hexed: str) -> None:
    with pytest.raises(UnderfootError):
        nilspod.unpack_samples(bytes.fromhex(hexed), Sample(20, 12, 2))


def test_a_session() -> None:
    record = bytes.fromhex("10000000 00F15365 10FF5365 00802300 0A 40")
    assert nilspod.unpack_sessions(record) == [Session(16, 1_700_000_000, 1_700_003_600, 2_326_528, 10, 0x40)]
    with pytest.raises(UnderfootError):
        nilspod.unpack_sessions(record[:-1])


def test_rates_and_state() -> None:
    assert [nilspod.unpack_rate(bytes([code])) for code in (1, 5, 10, 20)] == [
        976_562,
        4_882_812,
        9_765_625,
        19_531_250,
    ]
    assert nilspod.unpack_state(bytes.fromhex("00 02 10 00 4D")) == (Doing.LOGGING, 77)
    for hexed in ("00 02 10 00", "00 07 00 00 10", "00 00 00 00 65"):
        with pytest.raises(UnderfootError):
            nilspod.unpack_state(bytes.fromhex(hexed))
    with pytest.raises(UnderfootError):
        nilspod.unpack_rate(b"\x03")
