"""The live screens of every wearer: one model each, fed by all that comes and goes, and one feed a language."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, tzinfo
from uuid import uuid4

from ingest.wire.faults import Fault, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Layout, Metrics
from processing.metrics.calibration import CalibrationVersion
from underfoot.screen import ScreenItem, ScreenModel
from underfoot.screen_feed import calibrated, show
from underfoot.web.live import LiveFeed
from underfoot.web.shapes import parts
from underfoot.words import Words

log = logging.getLogger(__name__)

Seed = Callable[[str], Iterable[ScreenItem]]  # what the journal knows of a wearer before anything has come
OnViewers = Callable[[str, int], None]  # a wearer, and how many look at them now


class Live:
    """One wearer's. `version`: the calibration in force; with every walk it is asked for anew."""

    def __init__(
        self,
        version: Callable[[], CalibrationVersion | None],
        now_ns: Callable[[], int],
        count: Callable[[int], None],
        zone: tzinfo = UTC,
    ) -> None:
        self.model = ScreenModel(zone)
        self._version = version
        self._in_force = version()
        self._correct = calibrated(self._in_force)
        self._layouts: dict[Side, Layout] = {}
        self._walk = ""
        self._now_ns = now_ns
        self._count = count
        self._feeds: dict[str, LiveFeed] = {}
        self._viewers: dict[str, int] = {}

    def hear(self, message: AnyMessage) -> None:
        if isinstance(message, Layout):
            self._layouts[message.side] = message
        elif isinstance(message, Metrics) and message.walk != self._walk:
            self._walk = message.walk
            self._recalibrate()
        for each in self._correct(message):
            show(self.model, each, self._now_ns())

    def feed(self, words: Words) -> LiveFeed:
        """All who look in one language share it, and its cost."""
        language = words.language
        if language not in self._feeds:
            self._feeds[language] = LiveFeed(
                lambda: parts(self.model.state(self._now_ns(), words), words),
                lambda viewers: self._counted(language, viewers),
                epoch=uuid4().hex[:12],
            )
        return self._feeds[language]

    async def close(self) -> None:
        for feed in self._feeds.values():
            await feed.close()

    @property
    def viewers(self) -> int:
        return sum(self._viewers.values())

    def _recalibrate(self) -> None:
        """A version holds for walks that begin after it was kept."""
        with suppress(UnderfootError):  # a store that cannot be read now changes nothing
            version = self._version()
            if version != self._in_force:
                self._in_force, self._correct = version, calibrated(version)
                for layout in self._layouts.values():
                    self.hear(layout)

    def _counted(self, language: str, viewers: int) -> None:
        self._viewers[language] = viewers
        self._count(self.viewers)


class Lives:
    """`look` is an onlooker of processing. `version_of`: the calibration by which a wearer's cells are shown."""

    def __init__(
        self,
        now_ns: Callable[[], int],
        *,
        seed: Seed = lambda _: (),
        version_of: Callable[[str], CalibrationVersion | None] = lambda _: None,
        on_viewers: OnViewers = lambda _person, _count: None,
        zone: tzinfo = UTC,
    ) -> None:
        self._zone = zone
        self._now_ns = now_ns
        self._seed = seed
        self._version_of = version_of
        self.on_viewers = on_viewers
        self._lives: dict[str, Live] = {}

    def look(self, person: str, message: AnyMessage) -> None:
        if person:
            self.of(person).hear(message)

    def of(self, person: str) -> Live:
        """Made when it is first asked for."""
        if person not in self._lives:
            live = Live(
                lambda: self._version_of(person),
                self._now_ns,
                lambda count: self.on_viewers(person, count),
                self._zone,
            )
            for item in self._seed(person):
                live.model.feed(item, self._now_ns())
            self._lives[person] = live
        return self._lives[person]

    def tell_faults(self, faults: list[Fault]) -> None:
        for live in self._lives.values():
            live.model.on_hub_faults(faults)

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(self._lives)

    @property
    def viewers(self) -> int:
        return sum(live.viewers for live in self._lives.values())

    async def close(self) -> None:
        for live in self._lives.values():
            await live.close()
