"""The page put together: live screens that an onlooker feeds, what is said to the broker, and what is stored."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from ingest.wire.alerts import AlertState
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.messages import LiveRequest
from ingest.wire.topics import Address
from processing.in_figures import InFigures
from processing.service import Onlooker
from processing.store.journal_sqlite import SqliteJournalReader
from processing.subscribe import Subscriber
from underfoot.accounts.house import Accounts
from underfoot.at_home import household
from underfoot.calibrations import StoredCalibrations
from underfoot.judging import Processing
from underfoot.places import Places
from underfoot.running import running
from underfoot.screen import ScreenItem
from underfoot.setting_up.means import SettingUp
from underfoot.settings import Settings
from underfoot.spoken import Spoken
from underfoot.web.app import create_app
from underfoot.web.lives import Lives
from underfoot.web.people.gate import AccountGate, tell_how_to_begin
from underfoot.web.serve import Served, serve
from underfoot.web.site import Labels, Site

_LIVE_S = 30.0  # how long one request keeps ingest sending small blocks; it is said again at a third of it
_LOOK_S = 1.0  # how often it is looked which faults the hub has noted
_DAY_NS = 86_400 * 10**9


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


@dataclass(frozen=True, slots=True)
class Screens:
    """What hears processing for the page; made before it runs, and shown by `page`."""

    lives: Lives
    spoken: Spoken
    now_ns: Callable[[], int]

    @property
    def onlookers(self) -> list[Onlooker]:
        return [self.lives.look, self.spoken.look]


def screens(settings: Settings, now_ns: Callable[[], int] = time.time_ns) -> Screens:
    calibrations = StoredCalibrations(settings)
    lives = Lives(
        now_ns,
        seed=lambda person: _known_before(settings, person, now_ns()),
        version_of=lambda person: calibrations.in_force if person == settings.person else None,
        zone=household(settings).zone,
    )
    return Screens(lives, Spoken(settings.hub), now_ns)


@asynccontextmanager
async def page(
    settings: Settings,
    shown: Screens,
    half: Processing,
    faults: FaultCounts,
    labels: Labels | None = None,
    setting_up: SettingUp | None = None,
) -> AsyncIterator[Served]:
    """The page, while the context is open."""
    with closing(Accounts(Places(settings.data_dir).accounts)) as accounts:
        tell_how_to_begin(settings, accounts)
        site = _site(settings, shown, half, faults, accounts, labels, setting_up)
        viewers = Viewers(half.service.subscriber, settings.hub)
        shown.lives.on_viewers = viewers.count
        async with (
            running(viewers.run()),
            running(_tell_screens(shown.lives, faults, settings.person, setting_up)),
            serve(create_app(site), settings.web.host, settings.web.port) as served,
        ):
            yield served


def _site(
    settings: Settings,
    shown: Screens,
    half: Processing,
    faults: FaultCounts,
    accounts: Accounts,
    labels: Labels | None,
    setting_up: SettingUp | None,
) -> Site:
    subscriber = half.service.subscriber
    shown.spoken.subscriber = subscriber
    shown.lives.of(settings.person)
    return Site(
        settings=settings,
        gate=AccountGate(settings, accounts),
        lives=shown.lives,
        doors=shown.spoken,
        series=half.stores.series,
        house=household(settings),
        people=lambda: _people(settings, shown.lives),
        labels=labels or Labels(),
        counts=faults,
        now_ns=shown.now_ns,
        setting_up=setting_up or SettingUp(journal=half.stores.journal, now_ns=shown.now_ns),
        connected=lambda: subscriber.connected,
    )


def _people(settings: Settings, lives: Lives) -> Collection[str]:
    journal = Places(settings.data_dir).journal
    stored = SqliteJournalReader(journal).people() if journal.is_file() else ()
    return sorted({settings.person, *stored, *lives.people})


def _known_before(settings: Settings, person: str, now_ns: int) -> Iterator[ScreenItem]:
    """Open alerts, those of the last day, and the day in figures: a restart must not look like peace."""
    file = Places(settings.data_dir).journal
    if not file.is_file():
        return
    journal = SqliteJournalReader(file)
    alerts = journal.alerts(person)
    yield from (each for each in alerts if each.state is not AlertState.CLOSED or each.raised_t_ns > now_ns - _DAY_NS)
    yield InFigures(person, journal, household(settings)).state(alerts, now_ns)


async def _tell_screens(lives: Lives, faults: FaultCounts, wearer: str, setting_up: SettingUp | None) -> None:
    setter = setting_up.setter if setting_up is not None else None
    while True:
        lives.tell_faults(faults.latest())
        lives.of(wearer).model.on_setting_up(setter is not None and setter.progress.busy)
        await asyncio.sleep(_LOOK_S)


class Viewers:
    """While somebody looks at a wearer, ingest is asked for small blocks."""

    def __init__(self, subscriber: Subscriber, hub: str) -> None:
        self._subscriber = subscriber
        self._hub = hub
        self._looked_at: dict[str, int] = {}
        self._somebody = asyncio.Event()

    def count(self, person: str, viewers: int) -> None:
        began = viewers and not self._looked_at.get(person)
        self._looked_at[person] = viewers
        if began:
            self._somebody.set()

    async def run(self) -> None:
        while True:
            self._somebody.clear()
            for person in [each for each, viewers in self._looked_at.items() if viewers]:
                await self._ask(person)
            try:
                async with asyncio.timeout(_LIVE_S / 3):
                    await self._somebody.wait()
            except TimeoutError:
                continue

    async def _ask(self, person: str) -> None:
        try:
            await self._subscriber.publish(Address(self._hub, person).live, LiveRequest(seconds=_LIVE_S))
        except UnderfootError:  # no broker now: asked again soon, and the screen says what is not measured
            return
