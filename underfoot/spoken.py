"""What people say on the page, carried to processing over the broker, and processing's answer back."""

from __future__ import annotations

import asyncio

from ingest.wire.alerts import AlertReply
from ingest.wire.entries import Entry, EntryTaken
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage
from ingest.wire.topics import Address
from processing.subscribe import Subscriber

_ANSWER_S = 10.0


class Spoken:
    """`look` is an onlooker of processing: it hears the answers."""

    def __init__(self, hub: str) -> None:
        self._hub = hub
        self._waiting: dict[str, asyncio.Future[EntryTaken]] = {}
        self.subscriber: Subscriber | None = None

    def look(self, _person: str, message: AnyMessage) -> None:
        if isinstance(message, EntryTaken) and (waiting := self._waiting.get(message.id)) and not waiting.done():
            waiting.set_result(message)

    async def reply(self, person: str, reply: AlertReply) -> None:
        """:raises UnderfootError: BROKER_UNREACHABLE."""
        await self._send(Address(self._hub, person).reply(reply.id), reply)

    async def say(self, person: str, entry: Entry) -> EntryTaken:
        """:raises UnderfootError: BROKER_UNREACHABLE, also when processing does not answer."""
        self._waiting[entry.id] = asyncio.get_running_loop().create_future()
        try:
            await self._send(Address(self._hub, person).entries, entry)
            async with asyncio.timeout(_ANSWER_S):
                return await self._waiting[entry.id]
        except TimeoutError as error:
            raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "processing does not answer") from error
        finally:
            del self._waiting[entry.id]

    async def _send(self, topic: str, message: AlertReply | Entry) -> None:
        if self.subscriber is None or not await self.subscriber.publish(topic, message):
            raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "it was not sent")
