"""What MCUboot does with two image slots, and MCUmgr's image group on top of it. Pure: requests in, answers out.

The slots outlive a power cut; an upload that was under way does not, as in Zephyr's image management. An image whose
body begins with `DOES_NOT_START` never comes up, one with `IS_ILL` comes up and reports a fault of its sensor supply.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256
from typing import Any

_MAGIC = 0x96F3B83D
_TLV_MAGIC = 0x6907
_SHA256_TLV = 0x10
_HEADER = struct.Struct("<IIHHIIBBHI4x")
_TLV_HEAD = struct.Struct("<HH")
_TLV = struct.Struct("<BxH")
DOES_NOT_START = b"never comes up"
IS_ILL = b"comes up ill"


class SmpError(IntEnum):
    """Codes of the image group that this insole uses."""

    NO_IMAGE = 3
    HASH_NOT_FOUND = 8
    FLASH_WRITE_FAILED = 5
    INVALID_OFFSET = 15
    INVALID_MAGIC = 13
    HASH_MISMATCH = 32


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    def __init__(self, code: SmpError) -> None:
        super().__init__(code.name)
        self.code = code


def build_image(version: tuple[int, int, int, int], body: bytes) -> bytes:
    """The smallest image in MCUboot's format: header, body, the hash of both."""
    head = _HEADER.pack(_MAGIC, 0, _HEADER.size, 0, len(body), 0, *version)
    digest = sha256(head + body).digest()
    tail = _TLV_HEAD.pack(_TLV_MAGIC, _TLV_HEAD.size + _TLV.size + len(digest)) + _TLV.pack(_SHA256_TLV, len(digest))
    return head + body + tail + digest


@dataclass(frozen=True, slots=True)
class Image:
    """A whole image in a slot."""

    content: bytes
    version: str
    digest: bytes
    body: bytes
    confirmed: bool = False
    pending: bool = False


def read_slot(content: bytes) -> Image:
    """:raises Refused: INVALID_MAGIC, HASH_MISMATCH."""
    if len(content) < _HEADER.size or content[:4] != _MAGIC.to_bytes(4, "little"):
        raise Refused(SmpError.INVALID_MAGIC)
    _, _, head, _, size, _, major, minor, revision, build = _HEADER.unpack_from(content)
    body, tail = content[head : head + size], content[head + size :]
    if tail[_TLV_HEAD.size + _TLV.size :] != sha256(content[: head + size]).digest():
        raise Refused(SmpError.HASH_MISMATCH)
    version = f"{major}.{minor}.{revision}" + (f".{build}" if build else "")
    return Image(content, version, tail[-32:], body)


@dataclass(slots=True)
class _Upload:
    octets: int
    sha: bytes | None
    got: bytearray


class Bootloader:
    """`boot` at every start; `answer` for every request of the image group."""

    def __init__(self, content: bytes) -> None:
        self._running = replace(read_slot(content), confirmed=True)
        self._beside: Image | None = None
        self._upload: _Upload | None = None
        self._tried_from: Image | None = None  # what to go back to unless the running image is confirmed
        self.uploads_begun = 0

    @property
    def version(self) -> str:
        return self._running.version

    @property
    def ill(self) -> bool:
        return self._running.body.startswith(IS_ILL)

    def boot(self) -> bool:
        """A start: whether the firmware comes up. If not, the watchdog starts it again."""
        self._upload = None
        if self._tried_from is not None and not self._running.confirmed:
            self._running, self._beside = self._tried_from, replace(self._running, pending=False)
            self._tried_from = None
        elif self._beside is not None and self._beside.pending:
            self._tried_from = self._running
            self._running, self._beside = replace(self._beside, pending=False), replace(self._running, confirmed=False)
        return not self._running.body.startswith(DOES_NOT_START)

    # MCUmgr's image group

    def states(self) -> dict[str, Any]:
        slots = [image for image in (self._running, self._beside) if image is not None]
        return {"images": [_state(slot, image) for slot, image in enumerate(slots)]}

    def mark(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Image state write: keep (`confirm`), or try at the next start."""
        digest, keep = request.get("hash"), bool(request.get("confirm"))
        if keep and digest in (None, self._running.digest):
            self._running = replace(self._running, confirmed=True)
            self._tried_from = None
        elif self._beside is not None and digest == self._beside.digest:
            self._beside = replace(self._beside, pending=True, confirmed=keep)
        else:
            raise Refused(SmpError.HASH_NOT_FOUND)
        return self.states()

    def upload(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One piece. The first one of an image whose upload is under way is answered with where it stands."""
        offset, data = int(request["off"]), bytes(request["data"])
        if offset == 0:
            self._begin(request)
        under_way = self._upload
        if under_way is None:
            raise Refused(SmpError.INVALID_OFFSET)
        if offset == len(under_way.got):
            under_way.got += data
        if len(under_way.got) < under_way.octets:
            return {"off": len(under_way.got)}
        return self._finish(under_way)

    def _begin(self, request: Mapping[str, Any]) -> None:
        sha = request.get("sha")
        same = self._upload is not None and sha is not None and self._upload.sha == sha
        if not same:
            self._beside = None
            self._upload = _Upload(int(request["len"]), sha, bytearray())
            self.uploads_begun += 1

    def _finish(self, upload: _Upload) -> dict[str, Any]:
        content = bytes(upload.got)
        self._upload = None
        self._beside = read_slot(content)
        whole = upload.sha is None or sha256(content).digest() == upload.sha
        return {"off": len(content), "match": whole}

    def erase(self) -> dict[str, Any]:
        self._beside = self._upload = None
        return {}


def _state(slot: int, image: Image) -> dict[str, Any]:
    return {
        "image": 0,
        "slot": slot,
        "version": image.version,
        "hash": image.digest,
        "bootable": True,
        "pending": image.pending,
        "confirmed": image.confirmed,
        "active": slot == 0,
        "permanent": False,
    }
