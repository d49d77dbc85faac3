"""Bytes of the Botz shoes and of their activity files, written by hand from the facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.drivers import botz_wire as botz
from ingest.drivers.botz_file import Battery, Header, Power, is_whole, names_to_try, read_activity
from ingest.wire.faults import FaultCode, UnderfootError

SAMPLES = bytes.fromhex(
    "E8030000"  # 1000 ms
    "0100 0200 0300 0400 0500 0600 0700 FF3F"  # right
    "1100 1200 1300 1400 1500 1600 1700 1800"  # left
)
HEADER = bytes.fromhex(
    "424F545A 03 00D2496B 64000000"  # BOTZ, version 3, 1800000000 s, 100 Hz
    "312E392E33 0000000000000000000000"  # 1.9.3
    "B4 48 28 01"  # height, weight, age, sex
    "740E 55 01"  # 3700 mV, 85 %, charging
    "000102030405060708090A0B0C0D0E0F"
)
RECORD = bytes.fromhex(
    "01000000 01D2496B"  # packet 1, 1800000001 s
    "6E00 6801 6400"  # 110 steps a minute, 360 s a km, 10.0 km/h
    "FB 2C01 0A00"  # balance −5, contact 300 ms, flight 10 ms
    "FE 03 00 00 02 FC 09"  # asymmetries −2, 3, 0; strike heel and forefoot; pronation −4, vertical ratio 9
)
FOOTER = bytes.fromhex("0FD2496B 02000000 01000000 00000000 720E 54 00")
WHOLE = HEADER + 2 * RECORD + FOOTER


def test_samples_of_both_feet() -> None:
    samples = botz.unpack_samples(SAMPLES)
    assert samples.uptime_ms == 1000
    assert samples.right.words == (1, 2, 3, 4, 5, 6, 7, 16_383)
    assert samples.left.words == (17, 18, 19, 20, 21, 22, 23, 24)
    assert botz.pack_samples(samples) == SAMPLES
    assert samples.right.row()[0].tolist() == [[1, 2, 3, 4, 5, 6, 7, 16_383]]
    assert replace(samples.right, words=(0x4000, *[0] * 7)).row()[1] == 1


@pytest.mark.parametrize(("data", "code"), [(SAMPLES[:-1], "frame-truncated"), (SAMPLES + b"\0", "frame-malformed")])
def test_what_is_no_sample(data: bytes, code: str) -> None:
    with pytest.raises(UnderfootError) as caught:
        botz.unpack_samples(data)
    assert caught.value.code == code


def test_time_is_big_endian_and_batteries_are_percent() -> None:
    assert botz.pack_time(1_800_000_000_999_999_999).hex() == "6b49d200"
    assert botz.unpack_batteries(bytes([100, 7])) == (100, 7)
    for data in (b"\x64", bytes([101, 7])):
        with pytest.raises(UnderfootError):
            botz.unpack_batteries(data)


def test_a_whole_activity() -> None:
    assert (len(HEADER), len(RECORD), len(FOOTER)) == (53, 26, 20)
    activity = read_activity(WHOLE)
    assert activity.header == Header(1_800_000_000, 100, "1.9.3", Battery(3700, 85, Power.CHARGING))
    assert len(activity.records) == 2
    record = activity.records[0]
    assert (record.packet, record.t_s, record.cadence_spm, record.speed_kmh) == (1, 1_800_000_001, 110, 10.0)
    assert (record.balance_pct, record.contact_ms, record.flight_ms) == (-5, 300, 10)
    assert (record.contact_asymmetry_pct, record.force_asymmetry_pct, record.pronation_asymmetry_pct) == (-2, 3, 0)
    assert (record.strike_left, record.strike_right, record.pronation_deg, record.vertical_ratio) == (0, 2, -4, 9)
    assert activity.footer is not None
    assert (activity.footer.end_s, activity.footer.records) == (1_800_000_015, 2)
    assert activity.footer.battery == Battery(3698, 84, Power.DISCHARGING)
    assert activity.faults == ()


def test_a_shoe_that_lost_power_leaves_what_was_written() -> None:
    for torn in (HEADER + 3 * RECORD, HEADER + 3 * RECORD + RECORD[:20], WHOLE[:-1], HEADER):
        activity = read_activity(torn)
        assert activity.footer is None
        assert len(activity.records) == (len(torn) - 53) // 26
        assert all(record == activity.records[0] for record in activity.records[:2])
        assert FaultCode.FILE_TORN_LINE in {fault.code for fault in activity.faults}


def test_a_footer_that_counts_something_else_is_none() -> None:
    activity = read_activity(HEADER + RECORD + FOOTER)
    assert activity.footer is None
    assert len(activity.records) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", FaultCode.FILE_EMPTY),
        (b"BOTZ", FaultCode.FILE_UNREADABLE),
        (b"BOT!" + WHOLE[4:], FaultCode.FILE_UNREADABLE),
        (b"BOTZ\x02" + WHOLE[5:], FaultCode.FILE_UNREADABLE),  # described, never written
        (WHOLE[:52], FaultCode.FILE_UNREADABLE),
    ],
)
def test_what_is_no_activity(data: bytes, code: FaultCode) -> None:
    with pytest.raises(UnderfootError) as caught:
        read_activity(data)
    assert caught.value.code is code


def test_names() -> None:
    names = list(names_to_try())
    assert (names[0], names[-1]) == ("/lfs1/hardware/activity_001.dat", "/lfs1/hardware/activity_255.dat")


def test_a_download_is_held_against_the_shoes_own_hash() -> None:
    of_abc = bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    assert is_whole(b"abc", of_abc)
    assert not is_whole(b"ab", of_abc)
