"""Words of the FHIR bundle: code systems, our own codes, UCUM, and small parts of resources. Pure.

Steps are LOINC 55423-8, pain from 0 to 10 is LOINC 72514-3. We found no LOINC code for plantar or forefoot load, nor
for the asymmetry of it, so these have codes of our own; the bundle has a CodeSystem that defines them. What is not
measured has a `dataAbsentReason`, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from typing import Any
from uuid import UUID, uuid5

from ingest.wire.geometry import Region
from processing.times import local_time

Resource = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
FLAG_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
_OURS = UUID("7d0a4b1e-6f0c-5d3c-9c55-0f2b6f3a9e11")  # the namespace of every id in a bundle
OWN = f"urn:uuid:{uuid5(_OURS, 'code-system')}"
PERSONS = f"urn:uuid:{uuid5(_OURS, 'persons')}"
INSOLES = f"urn:uuid:{uuid5(_OURS, 'insoles')}"
STEPS, PAIN = "55423-8", "72514-3"
_UNITS = {
    "{steps}": "steps", "min": "min", "%": "%", "{steps}/min": "steps/min", "{score}": "of 10", "N": "N", "kPa": "kPa",
}  # fmt: skip
CODES: Mapping[str, tuple[str, str]] = {
    "walk": ("Recorded walk", "Time recorded from the first to the last row of both insoles."),
    "walking-minutes": ("Walking time", "Minutes walked in the insoles."),
    "forefoot-share": (
        "Forefoot share of load",
        "Share of a foot's load time integral on its forefoot, toes included.",
    ),
    "load-asymmetry": ("Load asymmetry", "Difference of the feet's load in percent of their mean, + = right larger."),
    "cadence": ("Cadence", "Steps per minute walked."),
    "region-share": ("Load by region", "Share of a foot's load time integral on each region of its sole."),
    "coverage": ("Coverage", "Share of the time on which a figure rests that was measured."),
    "coverage-left": ("Coverage, left foot", "Share of the time recorded that the left foot was measured."),
    "coverage-right": ("Coverage, right foot", "Share of the time recorded that the right foot was measured."),
    "calibration": ("Calibration", "What is known about the scale of the insole: none, zero, maker, weight, bench."),
    "numbness": ("Numbness of the feet", "0 none to 10 the worst one can think of, as said."),
    "tingling": ("Tingling of the feet", "0 none to 10 the worst one can think of, as said."),
    "red-flag": ("Warning sign", "An answer that wants a call at once, as said."),
    "foot-look": ("Look of the foot", "How a foot looked on the day's check, as said."),
    "no-walk": ("No walk", "Somebody says that the day had no walk."),
    "all-right": ("All right", "Somebody at home says that they are all right."),
    "clinic-note": ("Note on a day", "A word about a day, to be read beside its figures."),
    "alert-told": ("Alert", "What an alert told; that somebody read it is not known."),
    "alert-answer": ("Answer to an alert", "What somebody answered to an alert."),
    "pressure-insole": ("Pressure-sensing insole", "An insole with pressure-sensing cells."),
    "cell-load": ("Load of cells", "Load or pressure of the cells of an insole."),
    "plan": ("Walking programme", "Minutes to walk, growing from day to day."),
} | {f"region-{region.value}": (f"Region {region.value}", "One of ten regions of the sole.") for region in Region}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACE = re.compile(r"\s+")


class Names:
    """Ids of one person's resources: the same things have the same ids in every export."""

    def __init__(self, person: str) -> None:
        self._space = uuid5(_OURS, f"person {person}")

    def id(self, *of: str) -> str:
        return str(uuid5(self._space, "\x1f".join(of)))

    def ref(self, *of: str) -> dict[str, str]:
        return {"reference": f"urn:uuid:{self.id(*of)}"}


def clean(node: Any) -> Any:
    """Without what is None or empty, which FHIR forbids, and without control characters in texts."""
    if isinstance(node, Mapping):
        kept = {key: clean(value) for key, value in node.items()}
        return {key: value for key, value in kept.items() if value not in (None, "", [], {})}
    if isinstance(node, list | tuple):
        return [each for each in map(clean, node) if each not in (None, "", [], {})]
    return _CONTROL.sub(" ", node).strip() if isinstance(node, str) else node


def code_of(words: str) -> str:
    """A code has no spaces within."""
    return _SPACE.sub("-", _CONTROL.sub(" ", words).strip()) or "unnamed"


def concept(code: str, display: str = "") -> Resource:
    shown = CODES[code][0] if code in CODES else display
    return {"coding": [{"system": OWN, "code": code, "display": shown}], "text": shown}


def loinc(code: str, display: str) -> Resource:
    return {"coding": [{"system": LOINC, "code": code, "display": display}], "text": display}


def of_system(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def quantity(value: float, ucum: str) -> Resource:
    return {"value": value, "unit": _UNITS[ucum], "system": UCUM, "code": ucum}


def absent(why: str, code: str = "unknown") -> Resource:
    return {**of_system(ABSENT, code), "text": why or "not measured"}


def measured(value: float | None, ucum: str, why: str = "", code: str = "unknown") -> Resource:
    """The part of an Observation or of a component that is its value, or why there is none."""
    if value is None:
        return {"dataAbsentReason": absent(why, code)}
    return {"valueQuantity": quantity(value, ucum)}


def component(code: str, value: float | None, ucum: str, why: str = "") -> Resource:
    return {"code": concept(code), **measured(value, ucum, why)}


def when(t_ns: int, zone: tzinfo) -> str:
    """FHIR's dateTime; in UTC where the zone's offset is not of whole minutes."""
    local = local_time(t_ns, zone)
    offset = local.utcoffset() or timedelta()
    return (local.astimezone(UTC) if offset % timedelta(minutes=1) else local).isoformat()


def code_system(others: Mapping[str, str]) -> Resource:
    """`others`: further codes of this bundle, such as its rules, and what they stand for."""
    listed = [{"code": code, "display": shown, "definition": meaning} for code, (shown, meaning) in CODES.items()]
    listed += [{"code": code, "display": shown} for code, shown in sorted(others.items())]
    return {
        "resourceType": "CodeSystem",
        "id": str(uuid5(_OURS, "code-system")),
        "url": OWN,
        "name": "UnderfootFigures",
        "title": "Figures of underfoot that no public code system has",
        "status": "active",
        "experimental": True,
        "description": "Not a medical device: not cleared, certified or clinically validated. These codes are local.",
        "caseSensitive": True,
        "content": "complete",
        "concept": listed,
    }
