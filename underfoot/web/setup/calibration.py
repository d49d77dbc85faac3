"""Set-up of calibrations: what is in force and who took it; a new one is shown with its figures before it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ingest.wire.faults import Fault, FaultCode, UnderfootError
from processing.metrics.calibration import CalibrationVersion, stale
from underfoot.accounts.rights import Right
from underfoot.calibrations import LATEST, StoredCalibrations
from underfoot.setting_up.means import SettingUp
from underfoot.setting_up.proposing import Kind, Proposal, Wish, propose
from underfoot.web.door import Ask, Door
from underfoot.web.rendering import page
from underfoot.web.setup.wearer import must_be_own
from underfoot.web.site import Site

_HERE = "setup/calibration"
_WALKS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Standing:
    versions: tuple[CalibrationVersion, ...]
    walks: tuple[str, ...]
    wants: str | None


async def show(site: Site, ask: Ask) -> Response:
    must_be_own(site, ask)
    return await _page(site, ask, {})


async def change(site: Site, ask: Ask) -> Response:
    """`do`: look (what would it be) or keep, of the version that was looked at."""
    must_be_own(site, ask)
    means, form = _means(site), ask.form
    try:
        wish = _wish(site, ask)
        proposal = await asyncio.to_thread(propose, StoredCalibrations(site.settings), wish)
    except UnderfootError as error:
        return await _page(site, ask, form, fault=error.fault)
    if form.get("do") != "keep" or form.get("version") != str(proposal.made.version):
        return await _page(site, ask, form, proposal=proposal)
    await means.keep(site.settings.person, proposal.made)
    return site.done(ask, f"{_HERE}?said=kept")


async def _page(
    site: Site, ask: Ask, form: Mapping[str, str], *, fault: Fault | None = None, proposal: Proposal | None = None
) -> Response:
    standing = await asyncio.to_thread(_standing, site)
    return page(
        site,
        ask,
        "setup_calibration.html",
        status=400 if fault else 200,
        versions=standing.versions[::-1],
        walks=standing.walks,
        wants=standing.wants,
        form=form,
        kind=form.get("kind", ""),
        fault=fault,
        proposal=proposal,
        said=ask.query("said") == "kept",
    )


def _standing(site: Site) -> _Standing:
    stored = StoredCalibrations(site.settings)
    versions = stored.versions()
    wants = stale(versions[-1], site.now_ns(), stored.load_ratio(versions[-1])) if versions else None
    return _Standing(versions, stored.walks()[-_WALKS_SHOWN:][::-1], wants)


def _wish(site: Site, ask: Ask) -> Wish:
    form = ask.form
    kind = form.get("kind", "")
    if kind not in tuple(Kind):
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"no calibration {kind!r}")
    return Wish(
        kind=Kind(kind),
        by=ask.viewer.name,
        t_ns=site.now_ns(),
        weight_kg=_kg(form.get("kg", "")) if Kind(kind) in (Kind.WEIGHT, Kind.GAIN) else None,
        walk=form.get("walk") or LATEST,
        table=form.get("table", ""),
    )


def _kg(text: str) -> float:
    """As it is written in either language: 72.5 or 72,5."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as error:
        raise UnderfootError(FaultCode.CALIBRATION_REFUSED, f"{text[:20]!r} is no weight in kg") from error


def _means(site: Site) -> SettingUp:
    if site.setting_up is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, "nothing can be set up from this page")
    return site.setting_up


DOORS = (
    Door("/setup/calibration", show, Right.SET_UP),
    Door("/setup/calibration", change, Right.SET_UP, post=True),
)
