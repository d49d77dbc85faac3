"""What is stored of a person as one FHIR R4 (4.0.1) bundle of type collection. Pure apart from `write_bundle`.

The person is an opaque id. Ids depend on what they name alone, so a second export of the same is the same. References
are `urn:uuid:…` and resolve within the bundle.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import msgspec

from processing.export.extract import Extract
from processing.export.fhir_measured import days, devices, walks
from processing.export.fhir_plan import programmes
from processing.export.fhir_said import alerts, diary, rules
from processing.export.fhir_terms import PERSONS, Names, Resource, clean, code_system


def bundle(taken: Extract) -> Resource:
    names = Names(taken.person)
    patient: Resource = {
        "resourceType": "Patient",
        "id": names.id("patient"),
        "identifier": [{"system": PERSONS, "value": taken.person}],
    }
    made = chain(
        [code_system(rules(taken)), patient],
        devices(taken, names),
        programmes(taken, names),
        days(taken, names),
        walks(taken, names),
        alerts(taken, names),
        diary(taken, names),
    )
    entries = [{"fullUrl": f"urn:uuid:{each['id']}", "resource": clean(each)} for each in made]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def write_bundle(path: Path, made: Resource) -> int:
    """How many resources it holds. :raises OSError: when the disk does."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    return len(made["entry"])
