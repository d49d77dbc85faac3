"""Insoles, days and walks as FHIR: Device, DeviceMetric, Observation. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.wire.geometry import Calibration, Region, Side, Unit
from ingest.wire.messages import Layout
from processing.export.extract import Extract, KeptWalk
from processing.export.fhir_terms import (
    CATEGORY,
    INSOLES,
    STEPS,
    UCUM,
    Names,
    Resource,
    component,
    concept,
    loinc,
    measured,
    of_system,
    when,
)
from processing.rules.baseline import Summary, number
from processing.rules.day_facts import DayFacts, DayMeasured
from processing.times import day_bounds_ns

_S = 10**9
_CALIBRATED = {  # FHIR: type and state of a calibration
    Calibration.NONE: ("unspecified", "not-calibrated"),
    Calibration.ZERO: ("offset", "calibrated"),
    Calibration.MAKER: ("unspecified", "unspecified"),
    Calibration.WEIGHT: ("gain", "calibrated"),
    Calibration.BENCH: ("two-point", "calibrated"),
}


def observation(names: Names, key: tuple[str, ...], code: Resource, category: str = "activity") -> Resource:
    return {
        "resourceType": "Observation",
        "id": names.id("observation", *key),
        "status": "final",
        "category": [of_system(CATEGORY, category)],
        "code": code,
        "subject": names.ref("patient"),
    }


def devices(taken: Extract, names: Names) -> Iterator[Resource]:
    for layout in taken.layouts:
        yield _device(layout, names)
        yield _metric(layout, names)


def _device(layout: Layout, names: Names) -> Resource:
    return {
        "resourceType": "Device",
        "id": names.id("device", layout.insole, layout.side),
        "identifier": [{"system": INSOLES, "value": layout.insole}],
        "deviceName": [{"name": layout.model, "type": "model-name"}] if layout.model.strip() else [],
        "version": [{"value": layout.firmware}] if layout.firmware.strip() else [],
        "type": concept("pressure-insole"),
        "patient": names.ref("patient"),
        "note": [{"text": f"{layout.side} foot, {len(layout.cells)} cells, calibration {layout.calibration}"}],
    }


def _metric(layout: Layout, names: Names) -> Resource:
    kind, state = _CALIBRATED[layout.calibration]
    unit = None if layout.unit is Unit.RAW else of_system(UCUM, str(layout.unit))
    return {
        "resourceType": "DeviceMetric",
        "id": names.id("metric", layout.insole, layout.side),
        "type": concept("cell-load"),
        "unit": unit,
        "source": names.ref("device", layout.insole, layout.side),
        "category": "measurement",
        "calibration": [{"type": kind, "state": state}],
    }


def days(taken: Extract, names: Names) -> Iterator[Resource]:
    for day in taken.facts:
        steps = loinc(STEPS, "Number of steps in unspecified time Pedometer")
        yield _of_day(day, taken, names, "steps", steps, day.steps, "{steps}")
        yield _of_day(day, taken, names, "walking-minutes", concept("walking-minutes"), day.walked_min, "min")


def _of_day(
    day: DayFacts, taken: Extract, names: Names, key: str, code: Resource, value: float | None, ucum: str
) -> Resource:
    start_ns, stop_ns = day_bounds_ns(day.day, taken.zone)
    unseen = day.measured in (DayMeasured.NO_DATA, DayMeasured.NOT_WORN)
    if day.measured is DayMeasured.NO_DATA:
        value = None
    why = day.reason or "not measured"
    return {
        **observation(names, (key, day.day.isoformat()), code),
        "effectivePeriod": {"start": when(start_ns, taken.zone), "end": when(stop_ns - _S, taken.zone)},
        **measured(value, ucum, why, "not-performed" if unseen else "unknown"),
        "note": [{"text": f"{day.measured}: {day.reason}"}] if day.reason else [],
        "component": [component("coverage", day.coverage_pct, "%", why)],
    }


def walks(taken: Extract, names: Names) -> Iterator[Resource]:
    for walk in taken.walks:
        yield _walk(walk, taken, names)
        if walk.summary is not None:
            yield from _figures(walk, walk.summary, taken, names)


def _walk(walk: KeptWalk, taken: Extract, names: Names) -> Resource:
    summary = walk.summary or {}
    recorded_s = number(summary, "duration_s")
    why = walk.reason or "not measured"
    return {
        **observation(names, ("walk", walk.walk), concept("walk")),
        **_effective(walk, taken),
        **measured(None if recorded_s is None else recorded_s / 60, "min", why),
        "component": [
            *(component(f"coverage-{side}", number(summary, f"coverage_pct.{side}"), "%", why) for side in Side),
            component("cadence", number(summary, "cadence_spm"), "{steps}/min", _why(summary, "cadence_spm")),
        ],
    }


def _figures(walk: KeptWalk, summary: Summary, taken: Extract, names: Names) -> Iterator[Resource]:
    effective = _effective(walk, taken)
    for side in Side:
        path = f"forefoot_share_pct.{side}"
        covered = component("coverage", number(summary, f"coverage_pct.{side}"), "%")
        yield {
            **observation(names, ("forefoot", walk.walk, side), concept("forefoot-share")),
            **effective,
            **_foot(side, taken, names),
            **measured(number(summary, path), "%", _why(summary, path)),
            "component": [covered, _calibration(summary, side)],
        }
        shares = [_region(summary, side, region) for region in Region]
        yield {
            **observation(names, ("regions", walk.walk, side), concept("region-share")),
            **effective,
            **_foot(side, taken, names),
            "component": [*shares, covered, _calibration(summary, side)],
        }
    feet = [number(summary, f"coverage_pct.{side}") for side in Side]
    least = min((each for each in feet if each is not None), default=None) if None not in feet else None
    path = "asymmetry.load_si_pct"
    yield {
        **observation(names, ("asymmetry", walk.walk), concept("load-asymmetry")),
        **effective,
        **measured(number(summary, path), "%", _why(summary, path)),
        "component": [component("coverage", least, "%")],
    }


def _region(summary: Summary, side: Side, region: Region) -> Resource:
    path = f"region_share_pct.{side}.{region.value}"
    return component(f"region-{region.value}", number(summary, path), "%", _why(summary, path))


def _calibration(summary: Summary, side: Side) -> Resource:
    states = summary.get("calibration")
    state = states.get(side) if isinstance(states, dict) else None
    known = {"valueString": str(state)} if state else measured(None, "%", "not known")
    return {"code": concept("calibration"), **known}


def _foot(side: Side, taken: Extract, names: Names) -> Resource:
    worn = [layout for layout in taken.layouts if layout.side is side]
    site: Resource = {"bodySite": {"text": f"{side} foot"}}
    return {**site, "device": names.ref("device", worn[0].insole, side)} if len(worn) == 1 else site


def _effective(walk: KeptWalk, taken: Extract) -> Resource:
    if walk.begun_t_ns is None:
        return {}
    recorded_s = number(walk.summary or {}, "duration_s") or 0.0
    end_ns = walk.begun_t_ns + round(recorded_s * _S)
    return {"effectivePeriod": {"start": when(walk.begun_t_ns, taken.zone), "end": when(end_ns, taken.zone)}}


def _why(summary: Summary, path: str) -> str:
    """The reason that stands for the figure itself, or for what it is part of."""
    reasons = summary.get("reasons")
    while isinstance(reasons, dict) and path:
        if path in reasons:
            return str(reasons[path])
        path = path.rpartition(".")[0]
    return "not measured"
