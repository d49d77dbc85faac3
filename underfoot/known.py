"""The wearer's insoles, as they were paired: a small file in the data folder, replaced whole at every change.

Who reads it meanwhile sees the old file or the new one, never a half.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Literal

import msgspec

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side


class Bound(StrEnum):
    """How it was settled for which foot an insole is."""

    STAMPED = "stamped"  # the wearer stamped it
    TOLD = "told"  # somebody said so
    FIXED = "fixed"  # one insole link that carries both feet: its maker has settled it


class KnownInsole(msgspec.Struct, frozen=True, kw_only=True):
    """`insole`: its name in every row. `says`: the side that it announced when it was paired; None: it told none."""

    insole: str
    address: str
    driver: str
    name: str = ""
    serial: str = ""
    paired_t_ns: int
    bound: Bound
    says: Side | None = None
    bonded: bool = False


class KnownInsoles(msgspec.Struct, frozen=True, kw_only=True):
    """One for each foot, or None."""

    v: Literal[1] = 1
    left: KnownInsole | None = None
    right: KnownInsole | None = None

    def of(self, side: Side) -> KnownInsole | None:
        return self.left if side is Side.LEFT else self.right

    def by_side(self) -> dict[Side, KnownInsole]:
        return {side: known for side in Side if (known := self.of(side)) is not None}

    def side_of(self, address: str) -> Side | None:
        """For which foot the insole at that address is known; either of the two where one has both."""
        wanted = address.casefold()
        return next((side for side, known in self.by_side().items() if known.address.casefold() == wanted), None)

    def knowing(self, pair: Mapping[Side, KnownInsole]) -> KnownInsoles:
        """With these instead; an insole that changes feet leaves the one it had."""
        moved = {known.address.casefold() for known in pair.values()}
        kept = {side: known for side, known in self.by_side().items() if known.address.casefold() not in moved}
        return _of({**kept, **pair})

    def without(self, side: Side) -> KnownInsoles:
        return _of({each: known for each, known in self.by_side().items() if each is not side})


def _of(feet: Mapping[Side, KnownInsole]) -> KnownInsoles:
    return KnownInsoles(left=feet.get(Side.LEFT), right=feet.get(Side.RIGHT))


class KnownFile:
    """The file at `path`, there or not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> KnownInsoles:
        """:raises UnderfootError: STORE_DAMAGED when it makes no sense, FILE_UNREADABLE."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=KnownInsoles)
        except FileNotFoundError:
            return KnownInsoles()
        except msgspec.DecodeError as error:
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"{self._path.name}: {error}") from error
        except OSError as error:
            raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{self._path}: {error.strerror}") from error

    def write(self, known: KnownInsoles) -> None:
        """On disk when it returns.

        :raises UnderfootError: DISK_FULL when it could not be written; the file is as it was.
        """
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(known), indent=2) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise UnderfootError(FaultCode.DISK_FULL, f"{self._path}: {error.strerror}") from error

    def stamp(self) -> tuple[int, int] | None:
        """Something that is another one after every change; None: there is no file."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino
