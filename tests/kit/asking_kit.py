"""A program that asks the page, not a browser."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Client:
    """A program that asks the page, not a browser."""

    http: aiohttp.ClientSession

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path)

    async def post(self, path: str, **what: Any) -> Answer:
        return await self._ask("POST", path, **what)

    async def _ask(self, method: str, path: str, **what: Any) -> Answer:
        async with self.http.request(method, path, allow_redirects=False, **what) as answer:
            return Answer(answer.status, answer.headers, await answer.text())


@contextlib.asynccontextmanager
async def asking_at(url: str) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(url) as http:
        yield Client(http)
