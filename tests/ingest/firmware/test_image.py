"""An image file is read whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.firmware.image import Version, parse_version, read_image
from ingest.sources.virtual.bootloader import build_image
from ingest.wire.faults import FaultCode, UnderfootError

_WHOLE = build_image((1, 3, 0, 7), b"body" * 200)


def refused(content: bytes, tmp_path: Path, name: str = "image.bin") -> UnderfootError:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnderfootError) as caught:
        read_image(path)
    assert caught.value.code is FaultCode.IMAGE_REFUSED
    return caught.value


def test_a_whole_image_tells_its_version_and_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(_WHOLE)
    image = read_image(path)
    assert image.version == Version(1, 3, 0, 7)
    assert str(image.version) == "1.3.0.7"
    assert image.digest == _WHOLE[-32:]
    assert image.content == _WHOLE


@pytest.mark.parametrize("octets", [0, 1, 31, 32, 100, 831, 832, 835, 840, len(_WHOLE) - 1])
def test_an_image_cut_short_anywhere_is_refused(octets: int, tmp_path: Path) -> None:
    refused(_WHOLE[:octets], tmp_path)


@pytest.mark.parametrize("at", [0, 9, 20, 40, 500, len(_WHOLE) - 1])
def test_an_image_with_one_wrong_bit_is_refused(at: int, tmp_path: Path) -> None:
    spoilt = bytearray(_WHOLE)
    spoilt[at] ^= 0x10
    refused(bytes(spoilt), tmp_path)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    refused(b"PK\x03\x04" + bytes(4000), tmp_path)
    assert "signed .bin" in str(refused(_WHOLE, tmp_path, "image.hex"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnderfootError) as caught:
        read_image(tmp_path / "nothing.bin")
    assert caught.value.code is FaultCode.FILE_UNREADABLE


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("1.2.3", Version(1, 2, 3)),
        ("1.2.3.4", Version(1, 2, 3, 4)),
        ("1.2.3+4", Version(1, 2, 3, 4)),
        (" 0.10.0 ", Version(0, 10, 0)),
        ("virtual 1", None),
        ("1.2", None),
        ("1.2.x", None),
        ("", None),
    ],
)
def test_what_insoles_call_their_version(told: str, version: Version | None) -> None:
    assert parse_version(told) == version


def test_versions_are_compared_as_numbers() -> None:
    assert Version(1, 10, 0) > Version(1, 9, 9, 5) > Version(1, 9, 9)
