"""Open Insole profile 1: the description of the cells and what is said in an advertisement, to bytes and back."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from zlib import crc32

from ingest.drivers.base import Read, Write
from ingest.drivers.open_insole_wire import LAYOUT, MAX_CELLS, PROFILE_VERSION, Info
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Cell, Region, Side, Zone

LAYOUT_FORMAT = 1
PART_OCTETS = 512  # an attribute holds no more, so a longer description is read in parts
OFFSET = Struct("<H")  # written to LAYOUT: where the next read begins

_HEAD = Struct("<BBB")  # format, cells, names; then the names, then the cells
_CELL = Struct("<HHIHBBB")  # x, y, area, full scale, zone, region, name
_ZONES = (Zone.FOREFOOT, Zone.MIDFOOT, Zone.REARFOOT)
_REGIONS: tuple[Region | None, ...] = (None, *Region)
_PLACES = 10_000  # x and y in steps of 1/10000
_AREAS_PER_MM2 = 100
_NAME_OCTETS = 63


def layout_crc(layout: bytes) -> int:
    """CRC-32 (IEEE 802.3) over all octets of a layout."""
    return crc32(layout)


def pack_layout(cells: tuple[Cell, ...]) -> bytes:
    """Places to 1/10000 of the foot, areas to 1/100 mm²; names are cut to 63 octets of UTF-8."""
    names = list(dict.fromkeys(cell.area for cell in cells))
    encoded = [name.encode()[:_NAME_OCTETS].decode(errors="ignore").encode() for name in names]
    packed = [_HEAD.pack(LAYOUT_FORMAT, len(cells), len(names)), *(bytes([len(name)]) + name for name in encoded)]
    packed += [
        _CELL.pack(
            round(cell.x * _PLACES),
            round(cell.y * _PLACES),
            round((cell.area_mm2 or 0) * _AREAS_PER_MM2),
            cell.full_scale,
            _ZONES.index(cell.zone),
            _REGIONS.index(cell.region),
            names.index(cell.area),
        )
        for cell in cells
    ]
    return b"".join(packed)


def unpack_layout(data: bytes, cells: int) -> tuple[Cell, ...]:
    """:raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED."""
    if len(data) < _HEAD.size:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"a layout of {len(data)} bytes")
    layout_format, count, names = _HEAD.unpack_from(data)
    if layout_format != LAYOUT_FORMAT:
        raise UnderfootError(FaultCode.FRAME_VERSION, f"a layout of format {layout_format}, known is {LAYOUT_FORMAT}")
    if count != cells or not 0 < count <= MAX_CELLS:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a layout of {count} cells, the insole says {cells}")
    areas, start = _names(data, names)
    if len(data) != start + count * _CELL.size:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a layout of {len(data)} bytes for {count} cells")
    return tuple(_cell(data, start + index * _CELL.size, areas) for index in range(count))


def _names(data: bytes, count: int) -> tuple[list[str], int]:
    names, at = [], _HEAD.size
    for _ in range(count):
        end = at + 1 + data[at] if at < len(data) else len(data) + 1
        if end > len(data):
            raise UnderfootError(FaultCode.FRAME_TRUNCATED, "a layout that ends within its names")
        try:
            names.append(data[at + 1 : end].decode())
        except UnicodeDecodeError as error:
            raise UnderfootError(FaultCode.FRAME_MALFORMED, "a name in the layout is no UTF-8") from error
        at = end
    return names, at


def _cell(data: bytes, at: int, areas: list[str]) -> Cell:
    x, y, area, full_scale, zone, region, name = _CELL.unpack_from(data, at)
    known = zone < len(_ZONES) and region < len(_REGIONS) and name < len(areas)
    if not known or x > _PLACES or y > _PLACES or not 0 < full_scale <= 32767:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, "a cell in the layout makes no sense")
    return Cell(
        area=areas[name],
        zone=_ZONES[zone],
        x=x / _PLACES,
        y=y / _PLACES,
        region=_REGIONS[region],
        area_mm2=area / _AREAS_PER_MM2 if area else None,
        full_scale=full_scale,
    )


class LayoutReader:
    """Puts a layout together from its parts and remembers the one that was read whole."""

    def __init__(self) -> None:
        self.cells: tuple[Cell, ...] = ()
        self._crc: int | None = None
        self._parts = b""

    def knows(self, info: Info) -> bool:
        """This very layout has been read before."""
        return self._crc == info.layout_crc and len(self.cells) == info.cells

    def ask(self, *, afresh: bool) -> tuple[Write, Read]:
        """What fetches the next part."""
        if afresh:
            self._parts = b""
        return Write(LAYOUT, OFFSET.pack(len(self._parts))), Read(LAYOUT)

    def take(self, part: bytes, info: Info) -> bool:
        """Whether the layout is whole now; else there is more to read.

        :raises UnderfootError: LAYOUT_MISMATCH, and what `unpack_layout` raises.
        """
        self._parts += part
        if part and len(self._parts) < info.layout_octets:
            return False
        if layout_crc(self._parts) != info.layout_crc:
            raise UnderfootError(FaultCode.LAYOUT_MISMATCH, f"{len(self._parts)} of {info.layout_octets} bytes read")
        self.cells = unpack_layout(self._parts, info.cells)
        self._crc = info.layout_crc
        return True


# -- advertisement ---------------------------------------------------------------------------------------------------

_SIDES: tuple[Side | None, ...] = (None, Side.LEFT, Side.RIGHT)


@dataclass(frozen=True, slots=True)
class Announced:
    """The service data that an insole advertises."""

    version: int
    side: Side | None


def pack_announced(side: Side | None) -> bytes:
    return bytes([PROFILE_VERSION, _SIDES.index(side)])


def unpack_announced(data: bytes) -> Announced | None:
    """None when these bytes say nothing that this version can read."""
    if len(data) < 2 or data[1] >= len(_SIDES):
        return None
    return Announced(data[0], _SIDES[data[1]])
