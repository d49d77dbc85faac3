"""Asks a device and puts down what it says: one link at a time, every step by its name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ingest.conform.conversation import Answer, Conversation, Heard, LinkSeen, Step
from ingest.drivers.base import Advertisement
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.link import Limits
from ingest.sources.radio.probe import RawLink, raw_link

_LOOK_S = 0.01
_TOLD_EVERY_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to look at what takes time. `find_s`, `restart_s`: at the most."""

    scan_s: float = 3.0
    stream_s: float = 25.0
    away_s: float = 10.0
    back_s: float = 15.0
    reply_s: float = 3.0
    report_s: float = 15.0
    settle_s: float = 0.2  # for what should not come any more
    find_s: float = 30.0
    restart_s: float = 60.0

    @property
    def planned_s(self) -> float:
        """About what all of it takes."""
        connecting_s, small_steps = 3 * 3.0, 40
        return self.scan_s + self.stream_s + self.away_s + self.back_s + connecting_s + small_steps * self.settle_s


FULL = Pace()
QUICK = Pace(scan_s=2.0, stream_s=8.0, away_s=5.0, back_s=3.0, settle_s=0.1)

Tell = Callable[[str, float], None]  # what is being done, share of the whole
Sleep = Callable[[float], Awaitable[None]]


def _unheard(_words: str, _share: float) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTime:
    """`now_s`: monotonic; `now_ns`: UTC; `away`: lets so many seconds go by without a link."""

    now_s: Callable[[], float] = time.monotonic
    now_ns: Callable[[], int] = time.time_ns
    away: Sleep | None = None


class Asking:
    """`talk` is what was said so far."""

    def __init__(
        self,
        adapter: Adapter,
        wanted: Callable[[Advertisement], bool],
        pace: Pace,
        hub_time: HubTime | None = None,
        tell: Tell = _unheard,
        limits: Limits | None = None,
    ) -> None:
        self.talk = Conversation()
        self.pace = pace
        self.time = hub_time or HubTime()
        self._adapter = adapter
        self._wanted = wanted
        self._limits = limits or Limits()
        self._tell = tell
        self._begun_s = self.time.now_s()
        self._words = ""
        self._link: RawLink | None = None

    # -- time -------------------------------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        self._words = words
        share = (self.time.now_s() - self._begun_s) / self.pace.planned_s
        self._tell(words, min(0.99, share))

    async def wait(self, seconds: float) -> None:
        """Or until the link ends."""
        until_s = self.time.now_s() + seconds
        while (left_s := until_s - self.time.now_s()) > 0 and not self._gone:
            begun_s, nap_s = self.time.now_s(), min(left_s, _TOLD_EVERY_S)
            await asyncio.sleep(nap_s)
            self.talk.lags_s.append(self.time.now_s() - begun_s - nap_s)
            self.say(self._words)

    async def be_away(self) -> None:
        if self.time.away is not None:
            await self.time.away(self.pace.away_s)
        else:
            await self.wait(self.pace.away_s)

    @property
    def _gone(self) -> bool:
        return self._link is not None and self._link.lost.is_set()

    # -- links ------------------------------------------------------------------------------------------------------

    async def listen(self) -> None:
        self.say("listening for it")
        heard = await self._adapter.scan(self.pace.scan_s, lambda _: None)
        found = (one.advertisement for one in heard if self._wanted(one.advertisement))
        self.talk.advertised = next(found, None)

    @asynccontextmanager
    async def linked(self, within_s: float) -> AsyncIterator[RawLink]:
        """:raises UnderfootError: as `raw_link`."""
        self.say("connecting")
        number = len(self.talk.links) + 1

        def heard(characteristic: str, data: bytes) -> None:
            self.talk.heard.append(Heard(self.time.now_s(), number, characteristic, data))

        async with raw_link(self._adapter, self._wanted, heard, within_s=within_s, limits=self._limits) as link:
            seen = LinkSeen(number=number, att_mtu=link.att_mtu, offered=link.offered, began_s=self.time.now_s())
            self.talk.links.append(seen)
            self._link = link
            try:
                yield link
            finally:
                self._link = None
                seen.ended_s, seen.broke = self.time.now_s(), link.lost.is_set()

    def offers(self, characteristic: str) -> bool:
        return any(characteristic in service for service in self.talk.links[-1].offered.values())

    # -- steps ------------------------------------------------------------------------------------------------------

    async def read(self, name: str, characteristic: str) -> Answer:
        return (await self._step(name, characteristic, None)).answer

    async def write(self, name: str, characteristic: str, data: bytes) -> Step:
        return await self._step(name, characteristic, data)

    async def subscribe(self, characteristic: str) -> None:
        if self.offers(characteristic):
            link = self._there()
            began_s = self.time.now_s()
            self._put(
                f"subscribe {characteristic}", characteristic, None, began_s, await link.subscribe(characteristic)
            )

    async def ask(self, name: str, characteristic: str, data: bytes, within_s: float, *, replies: int = 1) -> Step:
        """A request and its indications: waits for as many as are due, and a little for more."""
        before = len(self.talk.heard)
        step = await self._step(name, characteristic, data)
        if step.taken:
            return await self.answered(name, before, within_s, replies=replies)
        return step

    async def answered(self, name: str, before: int, within_s: float, *, replies: int = 1) -> Step:
        """Complete a step by the indications that came since `heard` was `before` long."""
        step = self.talk.steps[name]

        def came() -> tuple[Heard, ...]:
            return tuple(one for one in self.talk.heard[before:] if one.characteristic == step.characteristic)

        until_s = self.time.now_s() + within_s
        while len(came()) < replies and self.time.now_s() < until_s and not self._gone:  # noqa: ASYNC110 - as its end
            await asyncio.sleep(_LOOK_S)
        ended_s = self.time.now_s()
        await self.wait(self.pace.settle_s)
        done = Step(
            link=step.link,
            characteristic=step.characteristic,
            sent=step.sent,
            began_s=step.began_s,
            taken_s=step.taken_s,
            ended_s=ended_s,
            answer=step.answer,
            replies=came(),
        )
        self.talk.steps[name] = done
        return done

    async def _step(self, name: str, characteristic: str, data: bytes | None) -> Step:
        link, began_s = self._there(), self.time.now_s()
        answer = await (link.read(characteristic) if data is None else link.write(characteristic, data))
        if data is None:
            self.talk.read_t_ns[name] = self.time.now_ns()
        return self._put(name, characteristic, data, began_s, answer)

    def _put(self, name: str, characteristic: str, data: bytes | None, began_s: float, answer: Answer) -> Step:
        now_s = self.time.now_s()
        step = Step(
            link=self.talk.links[-1].number,
            characteristic=characteristic,
            sent=data,
            began_s=began_s,
            taken_s=now_s,
            ended_s=now_s,
            answer=answer,
        )
        self.talk.steps[name] = step
        self.say(self._words)
        return step

    def _there(self) -> RawLink:
        if self._link is None:
            raise RuntimeError("no link")
        return self._link
