"""What is stored, looked at and answered as on the day it was: no insole, no radio, the clock set back.

Nothing leaves this machine: a broker of its own on loopback, no notification, no home hub, no time-series server.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from datetime import time as clock_time

from underfoot import compose
from underfoot.at_home import household
from underfoot.judging import processing
from underfoot.page import FaultCounts, page, screens
from underfoot.settings import BrokerSettings, NotifySettings, SeriesSettings, Settings
from underfoot.web.serve import Served
from underfoot.web.site import Labels

_LATE = clock_time(20)  # of the day that is looked at: its walks are over


@asynccontextmanager
async def looking(settings: Settings, on: date | None = None) -> AsyncIterator[Served]:
    """The page over a data folder that nobody else holds; answers are kept in it. `on`: the day that it is there.

    :raises UnderfootError: STORE_IN_USE, PORT_IN_USE.
    """
    settings = replace(
        settings,
        web=replace(settings.web, enabled=True),
        broker=BrokerSettings(),
        series=SeriesSettings(),
        notify=NotifySettings(home_assistant=False),
    )
    compose.check(settings)
    shown = screens(settings, now_on(settings, on))
    async with (
        compose.broker(settings, 0) as at,
        processing(settings, at, shown.onlookers) as half,
        page(settings, shown, half, FaultCounts(half.fault_books), Labels(banner="page.stored")) as served,
    ):
        yield served


def now_on(settings: Settings, on: date | None) -> Callable[[], int]:
    """The clock, or one that goes on from the evening of a day."""
    if on is None:
        return time.time_ns
    zone = household(settings).zone
    evening = datetime.combine(on, _LATE, zone)
    return _going_on(int(evening.timestamp()) * 10**9)


def _going_on(from_t_ns: int) -> Callable[[], int]:
    begun_ns = time.monotonic_ns()
    return lambda: from_t_ns + time.monotonic_ns() - begun_ns
