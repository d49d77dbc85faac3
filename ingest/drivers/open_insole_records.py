"""Open Insole profile 1.1: asking for rows kept in flash, to bytes and back (`open_insole.md` 14 to 16).

HELD lists what is kept; the Record Access Control Point (SIG 0x2A52) asks for it and lets it go. Little-endian.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from ingest.drivers.open_insole_packing import (
    MAX_KEPT_CELLS,
    RECORD_KIND,
    RECORD_OCTETS,
    RECORD_ROWS,
    pack_record,
    pack_records,
    rows_that_pack,
    unpack_record,
)
from ingest.drivers.open_insole_wire import HELD, PROFILE_VERSION, check, check_version, long_enough
from ingest.drivers.sig import EPOCH_2000_NS, sig_uuid

__all__ = [
    "HELD",
    "MAX_HELD_BOOTS",
    "MAX_KEPT_CELLS",
    "RACP",
    "RECORD_KIND",
    "RECORD_OCTETS",
    "RECORD_ROWS",
    "HeldBoot",
    "RacpCode",
    "RacpOp",
    "RacpRequest",
    "RacpResponse",
    "is_whole_held",
    "pack_count",
    "pack_held",
    "pack_racp_request",
    "pack_racp_response",
    "pack_record",
    "pack_records",
    "rows_that_pack",
    "unpack_count",
    "unpack_held",
    "unpack_racp_request",
    "unpack_racp_response",
    "unpack_record",
]

RACP = sig_uuid(0x2A52)  # write, indicate
MAX_HELD_BOOTS = 16

# -- Record Access Control Point ------------------------------------------------------------------------------------


class RacpOp(IntEnum):
    REPORT = 1
    DELETE = 2
    ABORT = 3
    COUNT = 4
    COUNT_RESPONSE = 5
    RESPONSE = 6


class RacpCode(IntEnum):
    SUCCESS = 1
    OP_UNSUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_UNSUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS = 6
    ABORT_FAILED = 7
    NOT_COMPLETED = 8
    OPERAND_UNSUPPORTED = 9


@dataclass(frozen=True, slots=True)
class RacpRequest:
    """REPORT and COUNT: rows `first … last` of `boot`, both included. DELETE: its rows up to `last`."""

    op: RacpOp
    boot: int = 0
    first: int = 0
    last: int = 0


_OPERATORS = {RacpOp.REPORT: 4, RacpOp.COUNT: 4, RacpOp.DELETE: 2, RacpOp.ABORT: 0}
_LAST_OPERATOR = 6  # that the SIG has given a meaning
_ROW_OF_BOOT = 0x10  # filter type, from the range that is left to services
_OPERANDS = {
    RacpOp.REPORT: Struct("<BIII"),
    RacpOp.COUNT: Struct("<BIII"),
    RacpOp.DELETE: Struct("<BII"),
    RacpOp.ABORT: Struct(""),
}


def pack_racp_request(request: RacpRequest) -> bytes:
    head = bytes([request.op, _OPERATORS[request.op]])
    if request.op is RacpOp.ABORT:
        return head
    first = () if request.op is RacpOp.DELETE else (request.first,)
    return head + _OPERANDS[request.op].pack(_ROW_OF_BOOT, request.boot, *first, request.last)


def unpack_racp_request(data: bytes) -> RacpRequest | RacpCode:
    """The request, or the code that refuses it."""
    if not data or data[0] not in tuple(_OPERATORS):
        return RacpCode.OP_UNSUPPORTED
    op, operator = RacpOp(data[0]), data[1] if len(data) > 1 else -1
    if operator != _OPERATORS[op]:
        known = op is not RacpOp.ABORT and 0 < operator <= _LAST_OPERATOR
        return RacpCode.OPERATOR_UNSUPPORTED if known else RacpCode.INVALID_OPERATOR
    if len(data) > 2 and _OPERANDS[op].size and data[2] != _ROW_OF_BOOT:
        return RacpCode.OPERAND_UNSUPPORTED
    if len(data) != 2 + _OPERANDS[op].size:
        return RacpCode.INVALID_OPERAND
    if op is RacpOp.ABORT:
        return RacpRequest(op)
    _, boot, *rows = _OPERANDS[op].unpack_from(data, 2)
    first, last = (0, *rows) if op is RacpOp.DELETE else rows
    return RacpRequest(op, boot, first, last) if first <= last else RacpCode.INVALID_OPERAND


@dataclass(frozen=True, slots=True)
class RacpResponse:
    """Ends one request. `op` is the octet of the request even when the insole does not know it."""

    op: int
    code: RacpCode


def pack_racp_response(response: RacpResponse) -> bytes:
    return bytes([RacpOp.RESPONSE, 0, response.op, response.code])


def unpack_racp_response(data: bytes) -> RacpResponse:
    """:raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED."""
    long_enough(data, 4, "a record access response")
    check(data[0] == RacpOp.RESPONSE and data[1] == 0, f"a record access response that begins {data[:2].hex()}")
    check(data[3] in tuple(RacpCode), f"a record access response with code {data[3]}")
    return RacpResponse(data[2], RacpCode(data[3]))


_COUNT = Struct("<BBI")


def pack_count(rows: int) -> bytes:
    return _COUNT.pack(RacpOp.COUNT_RESPONSE, 0, rows)


def unpack_count(data: bytes) -> int:
    """Rows. :raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED."""
    long_enough(data, _COUNT.size, "a count of records")
    op, operator, rows = _COUNT.unpack_from(data)
    check(op == RacpOp.COUNT_RESPONSE and operator == 0, f"a count of records that begins {data[:2].hex()}")
    return int(rows)


# -- HELD: what is kept ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldBoot:
    """Rows `first_seq … next_seq - 1` of this boot are kept; its ticks were 0 at UTC `booted_t_ns`, None: not known."""

    boot: int
    first_seq: int
    next_seq: int
    booted_t_ns: int | None = None


_HELD_HEAD = Struct("<BBH")  # version, boots, reserved
_HELD = Struct("<IIIB3xQ")  # boot, first row, next row, flags, booted in ms since 2000
_CLOCK_GOOD = 0x01
_LATEST_BOOT_MS = 1 << 42  # 139 years after 2000: no clock says so that was ever set
_NS_PER_MS = 1_000_000


def pack_held(boots: tuple[HeldBoot, ...]) -> bytes:
    """Oldest first, the running boot last; at most 16. `booted_t_ns` crosses the air in whole ms."""
    packed = [_HELD_HEAD.pack(PROFILE_VERSION, len(boots), 0)]
    for one in boots:
        good = one.booted_t_ns is not None and one.booted_t_ns >= EPOCH_2000_NS
        booted_ms = ((one.booted_t_ns or 0) - EPOCH_2000_NS) // _NS_PER_MS if good else 0
        packed.append(_HELD.pack(one.boot, one.first_seq, one.next_seq, _CLOCK_GOOD if good else 0, booted_ms))
    return b"".join(packed)


def is_whole_held(data: bytes) -> bool:
    """A notification has room for ten boots; of more it carries the beginning, and HELD is to be read."""
    return len(data) >= _HELD_HEAD.size and len(data) >= _HELD_HEAD.size + data[1] * _HELD.size


def unpack_held(data: bytes) -> tuple[HeldBoot, ...]:
    """:raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED."""
    check_version(data, "a HELD")
    long_enough(data, _HELD_HEAD.size, "a HELD")
    count = data[1]
    check(count <= MAX_HELD_BOOTS, f"a HELD of {count} boots")
    long_enough(data, _HELD_HEAD.size + count * _HELD.size, "a HELD")
    boots = tuple(_held_boot(*_HELD.unpack_from(data, _HELD_HEAD.size + k * _HELD.size)) for k in range(count))
    check(len({one.boot for one in boots}) == count, "a HELD that lists a boot twice")
    return boots


def _held_boot(boot: int, first: int, stop: int, flags: int, booted_ms: int) -> HeldBoot:
    check(first <= stop, f"a HELD that counts from {first} to {stop}")
    good = flags & _CLOCK_GOOD
    check(not good or booted_ms < _LATEST_BOOT_MS, f"a HELD with a boot {booted_ms} ms after 2000")
    return HeldBoot(boot, first, stop, booted_ms * _NS_PER_MS + EPOCH_2000_NS if good else None)
