"""MCUmgr's SMP service of a virtual insole over Bumble: frames in, answers out, the bootloader does the rest."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from typing import Any

import cbor2
from bumble import gatt

from ingest.sources.virtual.bootloader import Bootloader, Refused

SMP_SERVICE = "8d53dc1d-1db7-4cd3-868b-8a527460aa84"
SMP_CHARACTERISTIC = "da2e7828-fbce-4e01-ae9e-261174997c48"
_HEAD = struct.Struct(">BBHHBB")  # operation and version, flags, octets, group, sequence, command
_NOTIFICATION_OVERHEAD = 3
_BUFFER_OCTETS = 2475
_READ, _WRITE = 0, 2
_OS, _IMAGE = 0, 1
_ECHO, _RESET, _PARAMETERS = 0, 5, 6
_STATE, _UPLOAD, _ERASE = 0, 1, 5
_NOT_SUPPORTED, _UNKNOWN = 8, 1

Notify = Callable[[Any, bytes], Awaitable[None]]


class SmpService:
    """`notify(connection, part)` sends a part of an answer; `restart` is called once a reset has been answered."""

    def __init__(self, bootloader: Bootloader, notify: Notify, restart: Callable[[], None]) -> None:
        self.bootloader = bootloader
        self.octets_received = 0
        self._notify = notify
        self._restart = restart
        self._parts: dict[int, bytearray] = {}
        self._requests: dict[tuple[int, int, int], Callable[[Any], dict[str, Any]]] = {
            (_OS, _ECHO, _WRITE): lambda request: {"r": request["d"]},
            (_OS, _RESET, _WRITE): lambda _: {},
            (_OS, _PARAMETERS, _READ): lambda _: {"buf_size": _BUFFER_OCTETS, "buf_count": 4},
            (_IMAGE, _STATE, _READ): lambda _: bootloader.states(),
            (_IMAGE, _STATE, _WRITE): bootloader.mark,
            (_IMAGE, _UPLOAD, _WRITE): bootloader.upload,
            (_IMAGE, _ERASE, _WRITE): lambda _: bootloader.erase(),
        }
        properties = gatt.Characteristic.Properties
        self.characteristic = gatt.Characteristic(
            SMP_CHARACTERISTIC,
            properties.WRITE_WITHOUT_RESPONSE | properties.NOTIFY,
            gatt.Characteristic.WRITEABLE,
            gatt.CharacteristicValue(write=self._on_write),
        )
        self.service = gatt.Service(SMP_SERVICE, [self.characteristic])

    def forget(self, connection: Any) -> None:
        """A link has ended."""
        self._parts.pop(connection.handle, None)

    async def _on_write(self, connection: Any, data: bytes) -> None:
        self.octets_received += len(data)
        parts = self._parts.setdefault(connection.handle, bytearray())
        parts += data
        while len(parts) >= _HEAD.size:
            operation, _, octets, group, sequence, command = _HEAD.unpack_from(parts)
            end = _HEAD.size + octets
            if len(parts) < end:
                return
            request = cbor2.loads(bytes(parts[_HEAD.size : end]))
            del parts[:end]
            answer = self._answer(operation & 7, operation >> 3 & 3, group, command, request)
            body = cbor2.dumps(answer)
            frame = _HEAD.pack(operation + 1, 0, len(body), group, sequence, command) + body
            room = connection.att_mtu - _NOTIFICATION_OVERHEAD
            for start in range(0, len(frame), room):
                await self._notify(connection, frame[start : start + room])
            if (group, command) == (_OS, _RESET):
                self._restart()

    def _answer(self, operation: int, version: int, group: int, command: int, request: Any) -> dict[str, Any]:
        known = self._requests.get((group, command, operation))
        if known is None:
            return {"rc": _NOT_SUPPORTED}
        try:
            return known(request)
        except Refused as refused:
            return {"err": {"group": group, "rc": int(refused.code)}} if version else {"rc": _UNKNOWN}
        except (KeyError, TypeError, ValueError):
            return {"rc": _UNKNOWN}
