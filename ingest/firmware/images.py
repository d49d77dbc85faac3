"""The image slots of an insole, through MCUmgr's SMP over a link that somebody else has opened.

smpclient's own Bluetooth transport would open a second link, and an insole has one: `OpenLinkTransport` uses ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from smp.header import Header
from smpclient import SMPClient
from smpclient.exceptions import SMPClientException
from smpclient.generics import error
from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite
from smpclient.requests.os_management import ResetWrite
from smpclient.transport import SMPTransport, SMPTransportDisconnected

from ingest.firmware.image import FirmwareImage
from ingest.wire.faults import FaultCode, UnderfootError

_REQUEST_S = 5.0
_ERASING_S = 40.0  # the first piece waits until the insole has cleared the slot


class Pipe(Protocol):
    """The SMP characteristic of an open link. `room_octets`: of one write."""

    @property
    def room_octets(self) -> int: ...

    async def write(self, data: bytes) -> None:
        """:raises UnderfootError: LINK_LOST."""

    async def listen(self, heard: Callable[[bytes | None], None]) -> None:
        """Have every notification handed to `heard`; None: the link has ended.

        :raises UnderfootError: UPDATE_REFUSED when the insole offers no SMP, LINK_LOST.
        """


@dataclass(frozen=True, slots=True)
class Slot:
    number: int  # 0 runs, 1 is beside it
    version: str
    digest: bytes
    active: bool
    confirmed: bool
    pending: bool


class OpenLinkTransport(SMPTransport):
    """One request at a time; the link is neither opened nor closed here."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._heard: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def connect(self, address: str, timeout_s: float) -> None:  # noqa: ARG002 - smpclient's interface
        await self._pipe.listen(self._heard.put_nowait)

    async def disconnect(self) -> None:
        """The link belongs to whoever opened it."""

    async def send(self, data: bytes) -> None:
        while not self._heard.empty():  # the answer to a request that was given up
            if self._heard.get_nowait() is None:
                self._heard.put_nowait(None)
                raise SMPTransportDisconnected
        room = self.mtu
        for start in range(0, len(data), room):
            await self._pipe.write(data[start : start + room])

    async def receive(self) -> bytes:
        answer = await self._more()
        while len(answer) < Header.SIZE:
            answer += await self._more()
        whole = Header.SIZE + Header.loads(answer[: Header.SIZE]).length
        while len(answer) < whole:
            answer += await self._more()
        return answer[:whole]

    async def _more(self) -> bytes:
        part = await self._heard.get()
        if part is None:
            self._heard.put_nowait(None)
            raise SMPTransportDisconnected
        return part

    async def send_and_receive(self, data: bytes) -> bytes:
        await self.send(data)
        return await self.receive()

    @property
    def mtu(self) -> int:
        return self._pipe.room_octets


class Images:
    """Make it with `Images.over`. Every method may raise UnderfootError: LINK_LOST, LINK_SILENT (no answer in time),
    UPDATE_REFUSED (the insole said no).
    """

    def __init__(self, client: SMPClient) -> None:
        self._client = client

    @classmethod
    async def over(cls, pipe: Pipe) -> Images:
        client = SMPClient(OpenLinkTransport(pipe), "", _REQUEST_S)
        with _faults("hand-shake"):
            await client.connect()
        return cls(client)

    async def slots(self) -> tuple[Slot, ...]:
        answer = await self._request(ImageStatesRead(), "list of images")
        return tuple(
            Slot(
                number=one.slot,
                version=one.version,
                digest=bytes(one.hash or b""),
                active=bool(one.active),
                confirmed=bool(one.confirmed),
                pending=bool(one.pending),
            )
            for one in answer.images
            if not one.image
        )

    async def upload(self, image: FirmwareImage) -> AsyncIterator[int]:
        """Yields how many octets the insole has; goes on where it stands when it has some of this very image."""
        with _faults("upload"):
            async for done in self._client.upload(image.content, first_timeout_s=_ERASING_S):
                yield done

    async def try_next(self, digest: bytes) -> None:
        """At the next start this image runs once; unless it is kept then, the start after that goes back."""
        await self._request(ImageStatesWrite(hash=digest, confirm=False), "mark for a try")

    async def keep(self, digest: bytes) -> None:
        await self._request(ImageStatesWrite(hash=digest, confirm=True), "confirmation")

    async def restart(self) -> None:
        """The insole answers, then its link ends."""
        await self._request(ResetWrite(), "restart")

    async def _request(self, request: Any, what: str) -> Any:
        with _faults(what):
            answer = await self._client.request(request, _REQUEST_S)
        if error(answer):
            raise UnderfootError(FaultCode.UPDATE_REFUSED, f"{what}: {_reason(answer)}")
        return answer


@contextmanager
def _faults(what: str) -> Iterator[None]:
    """What smpclient raises, as faults of ours."""
    try:
        yield
    except SMPTransportDisconnected as gone:
        raise UnderfootError(FaultCode.LINK_LOST, what) from gone
    except TimeoutError as late:
        raise UnderfootError(FaultCode.LINK_SILENT, f"no answer to {what}") from late
    except (SMPClientException, ValueError) as refused:  # ValueError: an answer that smp's models cannot read
        raise UnderfootError(FaultCode.UPDATE_REFUSED, f"{what}: {str(refused).splitlines()[0]}") from refused


def _reason(answer: Any) -> str:
    told = getattr(answer, "err", None)
    return f"group {told.group}, code {told.rc}" if told is not None else f"code {getattr(answer, 'rc', '?')}"
