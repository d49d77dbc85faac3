"""Set-up of the wearer and the home: who is meant, body weight, the zone of the days, whom to call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from ingest.wire.faults import Fault, FaultCode, UnderfootError
from underfoot.accounts.rights import Right
from underfoot.accounts.trail import Happened
from underfoot.calibrations import StoredCalibrations
from underfoot.mistakes import ConfigError, Mistake
from underfoot.setting_up.settings_file import Value
from underfoot.web.door import Ask, Door
from underfoot.web.rendering import page
from underfoot.web.site import Site

_HERE = "setup/wearer"
_KEYS = {"zone": "household.zone", "clinic_phone": "household.clinic_phone"}
_LONGEST = 80


def is_own(site: Site, ask: Ask) -> bool:
    """Whether the wearer of this installation is among those whom the viewer may see."""
    return ask.viewer.sees(site.settings.person)


def must_be_own(site: Site, ask: Ask) -> None:
    """:raises UnderfootError: UNKNOWN_NAME, as for any wearer who is not theirs to see."""
    if not is_own(site, ask):
        site.refused(ask.request, ask.viewer, Happened.WRONG_PERSON)
        raise UnderfootError(FaultCode.UNKNOWN_NAME, "the wearer is not among your people")


async def show(site: Site, ask: Ask) -> Response:
    must_be_own(site, ask)
    return await _page(site, ask, {})


async def change(site: Site, ask: Ask) -> Response:
    must_be_own(site, ask)
    means = site.setting_up
    if means is None or means.file is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, "the settings cannot be changed from this page")
    changes: dict[str, Value] = {key: _one_line(ask.form.get(name, "")) or None for name, key in _KEYS.items()}
    try:
        await asyncio.to_thread(means.file.tried, changes)
    except ConfigError as error:
        return await _page(site, ask, ask.form, mistakes=error.mistakes)
    try:
        await asyncio.to_thread(means.file.save, changes)
    except UnderfootError as error:
        return await _page(site, ask, ask.form, fault=error.fault, by_hand=means.file.lines(changes))
    said = ", ".join(f"{key} {value or 'left out'}" for key, value in changes.items())
    await means.note(ask.viewer.name, "change household", site.settings.person, said)
    return site.done(ask, f"{_HERE}?said=saved")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


async def _page(
    site: Site,
    ask: Ask,
    form: Mapping[str, str],
    *,
    mistakes: Sequence[Mistake] = (),
    fault: Fault | None = None,
    by_hand: str = "",
) -> Response:
    settings = site.settings
    now = {"zone": settings.household.zone or "", "clinic_phone": settings.household.clinic_phone}
    file = None if site.setting_up is None else site.setting_up.file
    return page(
        site,
        ask,
        "setup_wearer.html",
        status=400 if mistakes or fault else 200,
        wearer=settings.person,
        label=site.gate.label(settings.person),
        version=await asyncio.to_thread(lambda: StoredCalibrations(settings).in_force),
        form={**now, **{key: form[key] for key in now if key in form}},
        mistakes={each.key.partition(".")[2]: each for each in mistakes},
        fault=fault,
        by_hand=by_hand,
        said=ask.query("said") == "saved",
        file=file,
        overruled=[] if file is None else file.overruled(dict.fromkeys(_KEYS.values())),
    )


DOORS = (
    Door("/setup/wearer", show, Right.SET_UP),
    Door("/setup/wearer", change, Right.SET_UP, post=True),
)
