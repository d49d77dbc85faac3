"""The figures of every second of a walk, packed: what rules were judged by, so that other rules can be tried on it.

A minute of figures is packed at a time, however the rows were cut, so the same walk is the same bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import msgspec

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Metrics

_AT_ONCE = 60
_FASTEST = 1  # a tenth larger than the default, three times as fast

_encode = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(list[Metrics])


class PackedSeconds:
    """Takes one second after the other; `packs` may be asked for once, at the end of the walk."""

    def __init__(self) -> None:
        self._packs: list[bytes] = []
        self._waiting: list[msgspec.Raw] = []

    def add(self, metrics: Metrics) -> None:
        self._waiting.append(msgspec.Raw(_encode(metrics)))
        if len(self._waiting) == _AT_ONCE:
            self._pack()

    def packs(self) -> tuple[bytes, ...]:
        if self._waiting:
            self._pack()
        return tuple(self._packs)

    def _pack(self) -> None:
        self._packs.append(zlib.compress(_encode(self._waiting), _FASTEST))
        self._waiting.clear()


def unpacked(packs: Iterable[bytes]) -> Iterator[Metrics]:
    """The seconds in their order.

    :raises UnderfootError: STORE_DAMAGED.
    """
    for pack in packs:
        try:
            yield from _read.decode(zlib.decompress(pack))
        except (zlib.error, msgspec.DecodeError) as error:
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"packed seconds: {error}") from error
