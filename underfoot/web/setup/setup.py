"""Set-up: what is there, in which state, and where to put it right."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from ingest.wire.faults import Fault, UnderfootError
from ingest.wire.geometry import Side
from processing.metrics.calibration import CalibrationVersion
from underfoot.accounts.rights import Right
from underfoot.calibrations import StoredCalibrations
from underfoot.checks import Check, bluez, clock, disk, radio, series, spool
from underfoot.foot_view import FootView
from underfoot.known import KnownFile, KnownInsole, KnownInsoles
from underfoot.settings import Settings
from underfoot.web.door import Ask, Door
from underfoot.web.rendering import page
from underfoot.web.setup import broker as setup_broker
from underfoot.web.setup import calibration as setup_calibration
from underfoot.web.setup import insoles as setup_insoles
from underfoot.web.setup import wearer as setup_wearer
from underfoot.web.site import Site
from underfoot.words.advice import advice


@dataclass(frozen=True, slots=True)
class ShownInsole:
    """`known` None: none is paired for this foot."""

    side: Side
    known: KnownInsole | None
    foot: FootView


async def show(site: Site, ask: Ask) -> Response:
    settings = site.settings
    known, fault = await _known(site)
    state = site.lives.of(settings.person).model.state(site.now_ns(), ask.words)
    version = await asyncio.to_thread(lambda: StoredCalibrations(settings).in_force)
    return page(
        site,
        ask,
        "setup.html",
        insoles=[ShownInsole(foot.side, known.of(foot.side), foot) for foot in state.feet],
        fault=fault,
        advice=advice,
        named=bool(settings.insoles.left or settings.insoles.right),
        version=version,
        scaled=_is_scaled(version),
        broker=settings.broker.url,
        connected=site.connected(),
        home_hub=settings.notify.home_assistant,
        channels=sorted(settings.notify.channels or {}),
        people=sorted(site.people()),
        own=setup_wearer.is_own(site, ask),
        checks=await asyncio.to_thread(_checks, settings),
    )


async def _known(site: Site) -> tuple[KnownInsoles, Fault | None]:
    try:
        return await asyncio.to_thread(KnownFile(site.places.known_insoles).read), None
    except UnderfootError as error:
        return KnownInsoles(), error.fault


def _checks(settings: Settings) -> list[Check]:
    found = [*clock()]
    for look in (radio, bluez, disk, spool, series):
        found += look(settings)
    return found


def _is_scaled(version: CalibrationVersion | None) -> bool:
    return version is not None and any(each.gain is not None or each.bench is not None for each in version.insoles)


DOORS: tuple[Door, ...] = (
    Door("/setup", show, Right.SET_UP),
    *setup_insoles.DOORS,
    *setup_calibration.DOORS,
    *setup_broker.DOORS,
    *setup_wearer.DOORS,
)
