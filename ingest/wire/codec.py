"""Messages to bytes and back. Whatever is wrong with the bytes comes out as an `UnderfootError`, never as a number."""

from __future__ import annotations

import msgspec
import numpy as np

from ingest.wire.block import Block
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.message import WIRE_VERSION
from ingest.wire.messages import AnyJson, AnyMessage, Samples

_MAX_ROWS = 100_000  # about a quarter of an hour at 100 Hz: bounds what a stranger's message can make us allocate
_MAX_CELLS = 1024
_MAX_NS_PER_ROW = 10_000_000_000
_MAX_COUNT = 2**62  # what is counted stays an int64, on disk too

_msgpack = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()
_read_samples = msgspec.msgpack.Decoder(Samples)
_read_json = msgspec.json.Decoder(AnyJson)


class _Versioned(msgspec.Struct):
    v: int = WIRE_VERSION


_read_version_msgpack = msgspec.msgpack.Decoder(_Versioned)
_read_version_json = msgspec.json.Decoder(_Versioned)


def encode(message: AnyMessage) -> bytes:
    """Samples as MessagePack, everything else as JSON."""
    return _msgpack.encode(message) if isinstance(message, Samples) else _json.encode(message)


def decode(payload: bytes, carries: type[AnyMessage]) -> AnyMessage:
    """Read a payload that should be a `carries`.

    :raises UnderfootError: PAYLOAD_VERSION for another version, PAYLOAD_NOT_OURS for anything else.
    """
    samples = carries is Samples
    try:
        version = (_read_version_msgpack if samples else _read_version_json).decode(payload).v
        if version != WIRE_VERSION:
            raise UnderfootError(FaultCode.PAYLOAD_VERSION, f"version {version}, known is {WIRE_VERSION}")
        message: AnyMessage = (_read_samples if samples else _read_json).decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnderfootError(FaultCode.PAYLOAD_NOT_OURS, str(error)) from error
    if type(message) is not carries:
        found = f"a {type(message).__name__} where a {carries.__name__} belongs"
        raise UnderfootError(FaultCode.PAYLOAD_NOT_OURS, found)
    return message


def to_message(block: Block) -> Samples:
    """A block as it crosses the wire."""
    return Samples(
        insole=block.insole,
        side=block.side,
        boot=block.boot,
        seq=block.seq,
        ticks=block.ticks,
        tick_ns=block.tick_ns,
        t_ns=block.t_ns,
        ns_per_row=block.ns_per_row,
        rows=block.rows,
        cells=block.cells,
        values=np.ascontiguousarray(block.codes, dtype="<i2").tobytes(),
        unit=block.unit,
        scale=block.scale,
        not_measured=_mask_sent(block.not_measured),
        origin=block.origin,
        lost_before=block.lost_before,
        lost_reason=block.lost_reason,
        t_error_ns=block.t_error_ns,
        time_known=block.time_known,
    )


def to_block(message: Samples) -> Block:
    """The block that a message carries; its codes are read-only.

    :raises UnderfootError: PAYLOAD_NOT_OURS when its sizes or times make no sense.
    """
    sent = message.not_measured
    not_measured = sent if isinstance(sent, int) else int.from_bytes(sent, "little")
    sane = (
        0 < message.rows <= _MAX_ROWS
        and 0 < message.cells <= _MAX_CELLS
        and len(message.values) == 2 * message.rows * message.cells
        and 0 <= message.seq < _MAX_COUNT
        and 0 <= message.boot < _MAX_COUNT
        and 0 < message.tick_ns < _MAX_COUNT
        and 0 < message.ns_per_row <= _MAX_NS_PER_ROW
        and 0 <= message.t_ns < 2**63 - 2**50
        and 0 <= message.ticks * message.tick_ns < 2**63 - 2**50
        and 0 <= not_measured < 1 << message.cells
        and 0 <= message.lost_before < _MAX_COUNT
        and 0 <= (message.t_error_ns or 0) < _MAX_COUNT
        and 0.0 < message.scale < float("inf")
    )
    if not sane:
        found = f"sizes or times of samples from {message.insole!r} make no sense"
        raise UnderfootError(FaultCode.PAYLOAD_NOT_OURS, found)
    codes = np.frombuffer(message.values, dtype="<i2").astype(np.int16, copy=False)
    return Block(
        insole=message.insole,
        side=message.side,
        boot=message.boot,
        seq=message.seq,
        ticks=message.ticks,
        tick_ns=message.tick_ns,
        t_ns=message.t_ns,
        ns_per_row=message.ns_per_row,
        codes=codes.reshape(message.rows, message.cells),
        unit=message.unit,
        scale=message.scale,
        not_measured=not_measured,
        origin=message.origin,
        lost_before=message.lost_before,
        lost_reason=message.lost_reason,
        t_error_ns=message.t_error_ns,
        time_known=message.time_known,
    )


def _mask_sent(mask: int) -> int | bytes:
    return mask if mask < 2**63 else mask.to_bytes(-(-mask.bit_length() // 8), "little")
