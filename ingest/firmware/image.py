"""A firmware image in MCUboot's format (https://docs.mcuboot.com/design.html): read whole, refused when torn."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from smpclient.mcuboot import IMAGE_TLV, ImageInfo, MCUBootImageError

from ingest.wire.faults import FaultCode, UnderfootError

_LARGEST_OCTETS = 8 * 2**20  # of any flash that an insole's controller has


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """MCUboot's version. Its text is what SMP and Device Information say: 1.2.3, or 1.2.3.4 with a build number."""

    major: int
    minor: int
    revision: int
    build: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.revision}" + (f".{self.build}" if self.build else "")


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """`digest`: SHA-256 over header, body and protected part, by which MCUboot and SMP name the image."""

    version: Version
    digest: bytes
    content: bytes


def read_image(path: Path) -> FirmwareImage:
    """:raises UnderfootError: IMAGE_REFUSED when the file is no whole MCUboot image, FILE_UNREADABLE."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: {error.strerror}") from error
    if path.suffix == ".hex" or len(content) > _LARGEST_OCTETS:
        raise UnderfootError(FaultCode.IMAGE_REFUSED, f"{path.name}: an update is a signed .bin file of MCUboot")
    try:
        info = ImageInfo.load_file(str(path))
        told = bytes(info.get_tlv(IMAGE_TLV.SHA256).value)
    except (MCUBootImageError, struct.error, ValueError, TypeError) as error:
        raise UnderfootError(FaultCode.IMAGE_REFUSED, f"{path.name}: {_first_line(error)}") from error
    head = info.header
    covered = head.hdr_size + head.img_size + head.protect_tlv_size
    digest = sha256(content[:covered]).digest()
    if digest != told:
        raise UnderfootError(FaultCode.IMAGE_REFUSED, f"{path.name}: its content does not match its own hash")
    ver = head.ver
    return FirmwareImage(Version(ver.major, ver.minor, ver.revision, ver.build_num), digest, content)


def parse_version(text: str) -> Version | None:
    """The version that an insole tells; None when it is told in another form."""
    parts = text.strip().replace("+", ".").split(".")
    if len(parts) not in (3, 4) or not all(part.isdecimal() for part in parts):
        return None
    return Version(*map(int, parts))


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
