"""Bytes of ORPHE INSOLE, written by hand from its facts."""

from __future__ import annotations

import pytest

from ingest.drivers import orphe_wire as orphe
from ingest.drivers.orphe_newton import forces_of
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

IMU = "0001 FFFF 0003  4000 C000 0006"  # gyroscope, accelerometer
# kind 54, serial 258, 23:59:59.998; the newest of four samples first
PACKET = bytes.fromhex(
    "36 0102 17 3B 3B 03E6"
    f"{IMU} 0004 0104 0204 0304 0404 0504"
    f"{IMU} 0003 0103 0203 0303 0403 0503"
    f"{IMU} 0002 0102 0202 0302 0402 0502"
    f"{IMU} 0001 0101 0201 0301 0401 FFFF"
)


def test_a_packet_is_big_endian_and_newest_first() -> None:
    packet = orphe.unpack_notification(PACKET)
    assert isinstance(packet, orphe.Packet)
    assert (packet.serial, packet.stamp_ms) == (258, 86_399_998)
    assert packet.adc.tolist() == [
        [0x0001, 0x0101, 0x0201, 0x0301, 0x0401, 0xFFFF],
        [0x0002, 0x0102, 0x0202, 0x0302, 0x0402, 0x0502],
        [0x0003, 0x0103, 0x0203, 0x0303, 0x0403, 0x0503],
        [0x0004, 0x0104, 0x0204, 0x0304, 0x0404, 0x0504],
    ]
    # cell 4 at 769 counts: 20.67 − 82.33 + 110.37 − 34.31 + 3.11 = 17.51 N
    assert forces_of(packet.adc)[0, 3] == 175


@pytest.mark.parametrize(
    ("hexed", "told"),
    [
        ("35 01 8001 14 05DC", orphe.Newest(serial=0x8001, waiting=1500)),
        ("35 02 FFFF 0003", orphe.NotThere(orphe.Span(65_535, 3))),
        ("35 03", orphe.Done(orphe.Op.DELETE)),
        ("35 04 00", orphe.Done(orphe.Op.START)),
        ("35 06", orphe.Done(orphe.Op.STOP)),
    ],
)
def test_answers(hexed: str, told: orphe.Notification) -> None:
    assert orphe.unpack_notification(bytes.fromhex(hexed)) == told


@pytest.mark.parametrize(
    ("hexed", "code"),
    [
        ("", FaultCode.FRAME_TRUNCATED),
        ("36", FaultCode.FRAME_TRUNCATED),
        (PACKET[:-1].hex(), FaultCode.FRAME_TRUNCATED),
        (PACKET.hex() + "00", FaultCode.FRAME_MALFORMED),
        (PACKET.hex().replace("3601021", "3601022"), FaultCode.FRAME_MALFORMED),  # 39 o'clock
        ("38" + PACKET[1:].hex(), FaultCode.FRAME_VERSION),  # a mode with quaternions
        ("35 01 8001", FaultCode.FRAME_TRUNCATED),
        ("35 02 8001", FaultCode.FRAME_TRUNCATED),
        ("35 05", FaultCode.FRAME_MALFORMED),
    ],
)
def test_what_is_no_notification(hexed: str, code: FaultCode) -> None:
    with pytest.raises(UnderfootError) as caught:
        orphe.unpack_notification(bytes.fromhex(hexed))
    assert caught.value.code is code


def test_commands() -> None:
    assert orphe.CHOOSE_RING.hex() == "0d02"
    assert orphe.pack_command(orphe.Op.START).hex() == "0b04"
    asked = orphe.pack_data_request([orphe.Span(65_534, 4), orphe.Span(65_540, 1)])
    assert asked[:10] == bytes.fromhex("0B 02 FFFE 0004 0004 0001")
    assert len(asked) == 122
    assert not any(asked[10:])
    with pytest.raises(ValueError, match="31"):
        orphe.pack_data_request([orphe.Span(1, 1)] * 31)


def test_time_and_identity() -> None:
    assert orphe.pack_date_time(1_800_000_000_990_000_000).hex(" ") == "1b 01 0f 08 00 00 63"  # 2027-01-15 08:00:00.99
    assert orphe.unpack_info(bytes.fromhex("02 01") + bytes(18)) == orphe.Info(Side.RIGHT, orphe.Charge.HIGH)
    assert orphe.unpack_info(bytes.fromhex("00 02")) == orphe.Info(Side.LEFT, orphe.Charge.LOW)
    assert orphe.unpack_info(bytes.fromhex("07 00")).charge is None
    with pytest.raises(UnderfootError):
        orphe.unpack_info(b"\x01")
