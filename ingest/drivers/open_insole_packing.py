"""Open Insole profile 1.1: records, rows as an insole keeps them in flash, to bytes and back (`open_insole.md` 15).

A record holds what a DATA frame of kind 1 holds, column by column as differences packed to bits. Little-endian.
"""

from __future__ import annotations

from struct import Struct

import numpy as np
from numpy.typing import NDArray

from ingest.drivers.open_insole_wire import PROFILE_VERSION, RowsFrame, check, check_version, long_enough
from ingest.wire.block import Codes

RECORD_KIND = 2
RECORD_OCTETS = 244  # one notification at the ATT MTU of 247
RECORD_ROWS = 255
MAX_KEPT_CELLS = 86  # a record of one row of them fits RECORD_OCTETS

_HEAD = Struct("<BBBBIH6s")  # version, kind, rows, cells, seq, boot low, ticks; then mask, first codes, widths, bits
_WIDTHS = np.array([*range(15), 16], dtype=np.int32)
_WIDTHS_OF_OCTET = np.stack((np.tile(_WIDTHS, 16), np.repeat(_WIDTHS, 16)), axis=1)  # low nibble, high nibble
_LOOK_AHEAD_ROWS = 48
_RECORDS_AT_ONCE = 1024

_Numbers = NDArray[np.int64]


def _width_of_every_zigzag() -> NDArray[np.uint8]:
    widths = np.zeros(1 << 16, dtype=np.uint8)
    for bits in range(1, 17):
        widths[1 << (bits - 1) : 1 << bits] = 16 if bits == 15 else bits  # 15 is how a nibble says 16
    return widths


_WIDTH_OF_ZIGZAG = _width_of_every_zigzag()


def _overhead_octets(cells: int) -> int:
    return _HEAD.size + -(-cells // 8) + 2 * cells + -(-cells // 2)


def _zigzag_steps(codes: Codes) -> NDArray[np.uint16]:
    """From each row to the next, modulo 2**16, small ones of either sign to small numbers."""
    steps = codes[1:] - codes[:-1]
    folded: Codes = (steps << 1) ^ (steps >> 15)
    return folded.view(np.uint16)


def _leading(widths: NDArray[np.uint8], room_bits: int) -> tuple[int, NDArray[np.uint8]]:
    """How many rows fit, given the widths of the steps after the first of them, and the widths they need."""
    for ahead in (_LOOK_AHEAD_ROWS, RECORD_ROWS - 1):
        needed = np.maximum.accumulate(widths[:ahead], axis=0)
        bits = needed.sum(axis=1, dtype=np.int64) * np.arange(1, len(needed) + 1)
        steps = int(np.searchsorted(bits, room_bits, side="right"))
        if steps < len(needed) or len(needed) == len(widths):
            break
    return 1 + steps, needed[steps - 1] if steps else np.zeros(widths.shape[1], dtype=np.uint8)


def rows_that_pack(codes: Codes, room_octets: int = RECORD_OCTETS) -> int:
    """How many leading rows of `codes` fit one record of `room_octets`, 255 at most."""
    room_bits = 8 * (room_octets - _overhead_octets(codes.shape[1]))
    if room_bits < 0 or not len(codes):
        return 0
    return _leading(_WIDTH_OF_ZIGZAG[_zigzag_steps(codes[:RECORD_ROWS])], room_bits)[0]


def pack_record(frame: RowsFrame) -> bytes:
    """Of 1 to 255 rows. Whether it fits a notification is asked of `rows_that_pack` before."""
    rows = len(frame.codes)
    if not 0 < rows <= RECORD_ROWS:
        raise ValueError(f"a record of {rows} rows")
    steps = _zigzag_steps(frame.codes)
    widths = _WIDTH_OF_ZIGZAG[steps].max(axis=0, initial=0)
    (bits,) = _bit_streams(steps, np.array([0]), np.array([rows]), widths[np.newaxis].astype(np.int64))
    return _assemble(frame.boot_low, frame.seq, frame.ticks, frame.codes, frame.not_measured, widths, bits)


def pack_records(
    boot_low: int,
    first_seq: int,
    ticks: int,
    ticks_per_row: int,
    codes: Codes,
    not_measured: int = 0,
    room: int = RECORD_OCTETS,
) -> list[bytes]:
    """A long stretch of evenly spaced rows as full records, ascending; the same bytes as one by one."""
    steps, room_bits = _zigzag_steps(codes), 8 * (room - _overhead_octets(codes.shape[1]))
    if room_bits < 0:
        raise ValueError(f"not one row of {codes.shape[1]} cells fits {room} octets")
    widths_of_steps = _WIDTH_OF_ZIGZAG[steps]
    firsts: list[int] = []
    counts: list[int] = []
    widths: list[NDArray[np.uint8]] = []
    at = 0
    while at < len(codes):
        rows, needed = _leading(widths_of_steps[at : at + RECORD_ROWS - 1], room_bits)
        firsts.append(at)
        counts.append(rows)
        widths.append(needed)
        at += rows
    packed: list[bytes] = []
    for begin in range(0, len(firsts), _RECORDS_AT_ONCE):
        some = slice(begin, begin + _RECORDS_AT_ONCE)
        streams = _bit_streams(steps, np.array(firsts[some]), np.array(counts[some]), np.array(widths[some], np.int64))
        packed += [
            _assemble(
                boot_low,
                first_seq + first,
                ticks + first * ticks_per_row,
                codes[first : first + rows],
                not_measured,
                needed,
                bits,
            )
            for first, rows, needed, bits in zip(firsts[some], counts[some], widths[some], streams, strict=True)
        ]
    return packed


def _bit_streams(steps: NDArray[np.uint16], firsts: _Numbers, counts: _Numbers, widths: _Numbers) -> list[bytes]:
    """The packed steps of records that begin at rows `firsts` and have `counts` rows, `widths` record × cell."""
    bits_before_cell = (counts - 1)[:, np.newaxis] * (np.cumsum(widths, axis=1) - widths)
    octets = -(-(counts - 1) * widths.sum(axis=1) // 8)
    ends = np.cumsum(octets)
    record = np.repeat(np.arange(len(counts)), counts - 1)
    step = np.arange(len(record)) - np.repeat(np.cumsum(counts - 1) - (counts - 1), counts - 1)
    at_bit = (8 * (ends - octets)[:, np.newaxis] + bits_before_cell)[record] + step[:, np.newaxis] * widths[record]
    shifted = (steps[firsts[record] + step].astype(np.int64) << (at_bit & 7)).ravel()
    at_octet, size = (at_bit >> 3).ravel(), int(ends[-1])
    octet_sums = sum(  # no two steps share a bit, so a sum is the octet
        np.bincount(at_octet + place, (shifted >> 8 * place) & 0xFF, size + 3) for place in range(3)
    )
    stream = np.asarray(octet_sums).astype(np.uint8)[:size].tobytes()
    return [stream[end - length : end] for end, length in zip(ends.tolist(), octets.tolist(), strict=True)]


def _assemble(
    boot_low: int, seq: int, ticks: int, codes: Codes, not_measured: int, widths: NDArray[np.uint8], bits: bytes
) -> bytes:
    rows, cells = codes.shape
    nibbles = [min(15, width) for width in widths.tolist()] + [0]
    return b"".join(
        (
            _HEAD.pack(PROFILE_VERSION, RECORD_KIND, rows, cells, seq, boot_low, ticks.to_bytes(6, "little")),
            not_measured.to_bytes(-(-cells // 8), "little"),
            codes[0].astype("<i2", copy=False).tobytes(),
            bytes(low | high << 4 for low, high in zip(nibbles[0:cells:2], nibbles[1::2], strict=False)),
            bits,
        )
    )


def unpack_record(data: bytes, cells: int) -> RowsFrame:
    """Read a record of an insole that has `cells` cells; the codes are read-only.

    :raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED.
    """
    check_version(data, "a record")
    long_enough(data, _overhead_octets(cells), "a record")
    _, kind, rows, of_cells, seq, boot_low, ticks = _HEAD.unpack_from(data)
    check(kind == RECORD_KIND, f"a record of kind {kind}")
    check(of_cells == cells, f"a record with {of_cells} cells from an insole that has {cells}")
    check(rows > 0, "a record without rows")
    check(seq + rows <= 1 << 32, f"a record whose numbers run out at {seq}")
    first_at = _HEAD.size + -(-cells // 8)
    not_measured = int.from_bytes(data[_HEAD.size : first_at], "little")
    check(not_measured < 1 << cells, "a record that masks cells which do not exist")
    octets = np.frombuffer(data, dtype=np.uint8)
    width_pairs = octets[first_at + 2 * cells : _overhead_octets(cells)]
    widths = _WIDTHS_OF_OCTET[width_pairs].ravel()[:cells]
    size = _overhead_octets(cells) + -(-(rows - 1) * int(widths.sum()) // 8)
    long_enough(data, size, "a record")
    check(len(data) == size, f"a record with {len(data) - size} octets too many")
    codes = np.empty((rows, cells), dtype=np.int16)
    codes[0] = np.frombuffer(data, dtype="<i2", count=cells, offset=first_at)
    codes[1:] = _steps_in(octets[_overhead_octets(cells) :], rows - 1, widths)
    np.add.accumulate(codes, axis=0, out=codes)
    codes.flags.writeable = False
    return RowsFrame(
        boot_low=boot_low, seq=seq, ticks=int.from_bytes(ticks, "little"), codes=codes, not_measured=not_measured
    )


def _steps_in(stream: NDArray[np.uint8], steps: int, widths: NDArray[np.int32]) -> NDArray[np.int32]:
    """Signed steps × cells; every one lies within 24 bits from the octet it begins in."""
    octets = np.zeros(len(stream) + 3, dtype=np.int32)
    octets[:-3] = stream
    window = octets[:-2] | octets[1:-1] << 8 | octets[2:] << 16
    at_bit = steps * (np.add.accumulate(widths) - widths) + np.arange(steps, dtype=np.int32)[:, np.newaxis] * widths
    zigzag = (window[at_bit >> 3] >> (at_bit & 7)) & ((1 << widths) - 1)
    signed: NDArray[np.int32] = (zigzag >> 1) ^ -(zigzag & 1)
    return signed
