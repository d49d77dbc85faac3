"""Tells Home Assistant who is here: when a person or an insole becomes known, and whenever Home Assistant starts.

The subscriber holds what is retained and says it again at each of its connections. Switched off, it takes back what an
earlier start may have announced, once for each person it meets.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Protocol

from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from ingest.wire.topics import Address
from processing.hearing import Arrival
from processing.notify.discovery import Announcement, discovery, discovery_topic

_ONLINE = b"online"


class Announce(Protocol):
    def __call__(self, topic: str, payload: bytes, *, retain: bool) -> Awaitable[bool]: ...


class Announcer:
    """`arrived` and `hub_said` are handed to the subscriber; `run` to its `announce`."""

    def __init__(self, *, version: str, prefix: str, page_url: str | None = None, enabled: bool = True) -> None:
        self._version = version
        self._prefix = prefix
        self._page_url = page_url
        self._enabled = enabled
        self._models: dict[Address, dict[Side, str]] = {}
        self._told: dict[str, bytes] = {}
        self._news = asyncio.Event()

    @property
    def hub_topic(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self._prefix}/status"

    def knows(self, address: Address) -> None:
        """The person lives here, whether or not anything was heard of them yet."""
        if address not in self._models:
            self._models[address] = {}
            self._news.set()

    def arrived(self, arrival: Arrival) -> None:
        if not arrival.topic.person or arrival.message is None:
            return
        address = Address(arrival.topic.hub, arrival.topic.person)
        self.knows(address)
        if isinstance(arrival.message, Layout):
            self._models[address][arrival.message.side] = arrival.message.model
            self._news.set()

    def hub_said(self, payload: bytes) -> None:
        """A Home Assistant that has just started may have a broker that forgot, and wants to hear it again."""
        if payload == _ONLINE and self._enabled:
            self._told.clear()
            self._news.set()

    async def run(self, announce: Announce) -> None:
        """For ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            for address in list(self._models):
                topic, payload = discovery_topic(self._prefix, address), self._payload(address)
                if self._told.get(topic) != payload:
                    self._told[topic] = payload
                    await announce(topic, payload, retain=True)

    def _payload(self, address: Address) -> bytes:
        if not self._enabled:
            return b""
        models = tuple(sorted({model for model in self._models[address].values() if model}))
        about = Announcement(version=self._version, page_url=self._page_url, models=models)
        return json.dumps(discovery(address, about), ensure_ascii=False).encode()
