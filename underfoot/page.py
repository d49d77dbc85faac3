"""The page put together: the model that an onlooker feeds, replies and requests to the broker, figures of the past."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from ingest.wire.alerts import AlertReply
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import LiveRequest
from ingest.wire.topics import Address
from processing.rules.preset import load_preset
from processing.rules.rule import DeviationRule, Watched
from processing.store.journal import JournalReading
from processing.store.series import Series
from processing.subscribe import Subscriber
from underfoot.judging import Processing
from underfoot.running import running
from underfoot.screen import HistoryPoint, ScreenModel
from underfoot.settings import Settings
from underfoot.web.app import Labels, create_app
from underfoot.web.history import STEP_S, Usual
from underfoot.web.serve import Served, serve

_LIVE_S = 30.0  # how long one request keeps ingest sending small blocks; it is said again at a third of it
_LOOK_S = 1.0  # how often it is looked which faults the hub has noted
_S = 1_000_000_000
_FIGURES = {  # of a history point, and what the series calls it
    "left_forefoot_share_pct": "forefoot_share_left_pct",
    "right_forefoot_share_pct": "forefoot_share_right_pct",
    "load_si_pct": "load_si_pct",
}


class FaultCounts:
    """Every fault of this program by code, from all the books that it is told of."""

    def __init__(self, *where: Callable[[], Iterable[FaultBook]]) -> None:
        self._where = list(where)

    def watch(self, where: Callable[[], Iterable[FaultBook]]) -> None:
        self._where.append(where)

    def __call__(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for each in self._where:
            for book in each():
                counts.update(book.counts)
        return dict(sorted(counts.items()))

    def latest(self) -> list[Fault]:
        """The latest of each code in each book."""
        books = [book for each in self._where for book in each()]
        latest = (book.latest(FaultCode(code)) for book in books for code in book.counts)
        return [fault for fault in latest if fault is not None]


@asynccontextmanager
async def page(
    settings: Settings,
    model: ScreenModel,
    half: Processing,
    faults: FaultCounts,
    labels: Labels | None = None,
) -> AsyncIterator[Served]:
    """The page over a model that an onlooker feeds."""
    address = Address(settings.hub, settings.person)
    subscriber = half.service.subscriber
    viewers = Viewers(subscriber, address)
    past = Past(half.stores.series, model, settings.person)

    async def acknowledge(reply: AlertReply) -> None:
        if not await subscriber.publish(address.reply(reply.id), reply):
            raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "the reply was not sent")

    app = create_app(
        model,
        acknowledge=acknowledge,
        history=past.since,
        usual=lambda: _usual(half.stores.journal, settings),
        on_viewers=viewers.count,
        labels=replace(labels or Labels(), span=_span(load_preset(settings.rules.preset).window_s)),
        faults=faults,
    )
    async with (
        running(viewers.run()),
        running(_tell_faults(model, faults)),
        serve(app, settings.web.host, settings.web.port) as served,
    ):
        yield served


async def _tell_faults(model: ScreenModel, faults: FaultCounts) -> None:
    while True:
        model.on_hub_faults(faults.latest())
        await asyncio.sleep(_LOOK_S)


class Viewers:
    """While somebody looks, ingest is asked for small blocks."""

    def __init__(self, subscriber: Subscriber, address: Address) -> None:
        self._subscriber = subscriber
        self._address = address
        self._somebody = asyncio.Event()

    def count(self, viewers: int) -> None:
        if viewers:
            self._somebody.set()
        else:
            self._somebody.clear()

    async def run(self) -> None:
        while True:
            await self._somebody.wait()
            await self._subscriber.publish(self._address.live, LiveRequest(seconds=_LIVE_S))
            await asyncio.sleep(_LIVE_S / 3)


class Past:
    """The chart's figures: those of the series, which a restart does not lose; of the screen's memory without it."""

    def __init__(self, series: Series, model: ScreenModel, person: str) -> None:
        self._series = series
        self._model = model
        self._person = person

    async def since(self, since_ns: int) -> Sequence[HistoryPoint]:
        try:
            return await asyncio.to_thread(self._stored, since_ns, time.time_ns() + _S)
        except UnderfootError:
            return self._model.history(since_ns)

    def _stored(self, since_ns: int, stop_ns: int) -> list[HistoryPoint]:
        columns = {
            name: {
                bucket.t_ns: bucket.mean
                for bucket in self._series.query(self._person, "gait", field, since_ns, stop_ns, STEP_S)
            }
            for name, field in _FIGURES.items()
        }
        times = sorted(set().union(*columns.values()))
        return [HistoryPoint(t_ns=t_ns, **{name: columns[name].get(t_ns) for name in _FIGURES}) for t_ns in times]


def _span(window_s: int) -> str:
    """What the rolling figures are over, in words."""
    return "The last minute" if window_s == 60 else f"The last {window_s} seconds"


def _usual(journal: JournalReading, settings: Settings) -> Usual:
    found = journal.baseline(settings.person)
    if found is None or found.baseline is None:
        return Usual()
    usual, rules = found.baseline, load_preset(settings.rules.preset)
    margins = {rule.figure: rule.enter_points for rule in rules.rules if isinstance(rule, DeviationRule)}
    return Usual(
        left_forefoot_share_pct=usual.forefoot_share_pct.left.median,
        right_forefoot_share_pct=usual.forefoot_share_pct.right.median,
        forefoot_margin_points=margins.get(Watched.FOREFOOT_SHARE),
        load_si_pct=usual.load_si_pct.median,
        load_si_margin_points=margins.get(Watched.LOAD_SI),
    )
