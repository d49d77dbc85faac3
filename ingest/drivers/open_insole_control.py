"""Open Insole profile 1: requests, replies and status to bytes and back. All numbers little-endian."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from struct import Struct

from ingest.drivers.open_insole_wire import PROFILE_VERSION, SIDES, check, check_version, long_enough
from ingest.events import Answered, Identify, SetSide, Setting


class Op(IntEnum):
    START = 1
    STOP = 2
    STATUS = 3
    IDENTIFY = 4
    SET_SIDE = 5


class Result(IntEnum):
    OK = 0
    UNKNOWN_OP = 1
    BAD_LENGTH = 2
    RATE_NOT_OFFERED = 3
    NOT_NOW = 4
    FAILED = 5


@dataclass(frozen=True, slots=True)
class Request:
    """`argument`: START ns per row (0: the nominal rate), IDENTIFY seconds, SET_SIDE as in INFO, else 0."""

    op: Op
    argument: int = 0


_REQUEST_ARGUMENTS = {
    Op.START: Struct("<I"),
    Op.STOP: Struct(""),
    Op.STATUS: Struct(""),
    Op.IDENTIFY: Struct("<B"),
    Op.SET_SIDE: Struct("<B"),
}


def pack_request(request: Request) -> bytes:
    argument = _REQUEST_ARGUMENTS[request.op]
    return bytes([request.op]) + (argument.pack(request.argument) if argument.size else b"")


def unpack_request(data: bytes) -> Request | Result:
    """The request, or the result that refuses it."""
    if not data or data[0] not in tuple(Op):
        return Result.UNKNOWN_OP
    op = Op(data[0])
    argument = _REQUEST_ARGUMENTS[op]
    if len(data) != 1 + argument.size:
        return Result.BAD_LENGTH
    return Request(op, *argument.unpack_from(data, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The insole's own books: it has taken rows `first_seq … next_seq - 1` in the present or latest stream."""

    boot: int
    first_seq: int
    next_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answers one request. `op` is the octet of the request even when the insole does not know it."""

    op: int
    result: Result
    count: Count
    ns_per_row: int


_REPLY = Struct("<BBBBIIII")
_REPLY_KIND = 0x80


def pack_reply(reply: Reply) -> bytes:
    count = reply.count
    return _REPLY.pack(
        PROFILE_VERSION,
        _REPLY_KIND,
        reply.op,
        reply.result,
        count.boot,
        count.first_seq,
        count.next_seq,
        reply.ns_per_row,
    )


def unpack_reply(data: bytes) -> Reply:
    """:raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED."""
    check_version(data, "a CONTROL reply")
    long_enough(data, _REPLY.size, "a CONTROL reply")
    _, kind, op, result, boot, first_seq, next_seq, ns_per_row = _REPLY.unpack_from(data)
    check(kind == _REPLY_KIND, f"a CONTROL reply of kind {kind}")
    check(first_seq <= next_seq, f"a CONTROL reply that counts from {first_seq} to {next_seq}")
    known = Result(result) if result in tuple(Result) else Result.FAILED
    return Reply(
        op=op, result=known, count=Count(boot=boot, first_seq=first_seq, next_seq=next_seq), ns_per_row=ns_per_row
    )


def asking(setting: Setting) -> Request:
    """The request that carries a setting."""
    match setting:
        case SetSide():
            return Request(Op.SET_SIDE, SIDES.index(setting.side))
        case Identify():
            return Request(Op.IDENTIFY, setting.seconds)


def answer_in(reply: Reply, asked: Setting | None) -> Answered | None:
    """The reply as an answer to the setting that is under way; None: it is to something else."""
    if asked is None or reply.op != asking(asked).op:
        return None
    return Answered(asked, _REFUSALS.get(reply.result, "it failed"))


_REFUSALS = {Result.OK: "", Result.UNKNOWN_OP: "it does not offer that", Result.NOT_NOW: "not now"}


class DeviceFault(IntFlag):
    """What an insole reports to be wrong with itself."""

    NONE = 0
    CELL = 0x0001  # at least one cell is masked out
    BATTERY_LOW = 0x0002
    OVERRUN = 0x0004  # rows were taken faster than they could be sent
    SENSOR_SUPPLY = 0x0008
    STORAGE = 0x0010


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFrame:
    count: Count
    faults: DeviceFault = DeviceFault.NONE
    streaming: bool = False


_STATUS = Struct("<BBHIII")
_STREAMING = 0x01


def pack_status(status: StatusFrame) -> bytes:
    count = status.count
    flags = _STREAMING if status.streaming else 0
    return _STATUS.pack(PROFILE_VERSION, flags, status.faults, count.boot, count.first_seq, count.next_seq)


def unpack_status(data: bytes) -> StatusFrame:
    """:raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED."""
    check_version(data, "a STATUS")
    long_enough(data, _STATUS.size, "a STATUS")
    _, flags, faults, boot, first_seq, next_seq = _STATUS.unpack_from(data)
    check(first_seq <= next_seq, f"a STATUS that counts from {first_seq} to {next_seq}")
    return StatusFrame(
        count=Count(boot=boot, first_seq=first_seq, next_seq=next_seq),
        faults=DeviceFault(faults),
        streaming=bool(flags & _STREAMING),
    )
