"""What HL7 asks of an R4 bundle beyond its structure: references, required codes, UCUM, values or reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fhirclient.models.bundle import Bundle

Json = dict[str, Any]

REQUIRED = {  # required value sets of R4 4.0.1, by resource and field
    ("Observation", "status"): {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown"},
    ("Flag", "status"): {"active", "inactive", "entered-in-error"},
    ("Communication", "status"): {
        "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown",
    },
    ("CarePlan", "status"): {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"},
    ("CarePlan", "intent"): {"proposal", "plan", "order", "option"},
    ("Goal", "lifecycleStatus"): {
        "proposed", "planned", "accepted", "active", "on-hold", "completed", "cancelled", "entered-in-error",
        "rejected",
    },
    ("DeviceMetric", "category"): {"measurement", "setting", "calculation", "unspecified"},
    ("CodeSystem", "status"): {"draft", "active", "retired", "unknown"},
    ("CodeSystem", "content"): {"not-present", "example", "fragment", "complete", "supplement"},
}  # fmt: skip
DETAIL = {
    "not-started", "scheduled", "in-progress", "on-hold", "completed", "cancelled", "stopped", "unknown",
    "entered-in-error",
}  # fmt: skip
CALIBRATION_TYPE = {"unspecified", "offset", "gain", "two-point"}
CALIBRATION_STATE = {"not-calibrated", "calibration-required", "calibrated", "unspecified"}
DEVICE_NAME = {
    "udi-label-name",
    "user-friendly-name",
    "patient-reported-name",
    "manufacturer-name",
    "model-name",
    "other",
}
ABSENT = {
    "unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "masked", "not-applicable",
    "unsupported", "as-text", "error", "not-a-number", "negative-infinity", "positive-infinity", "not-performed",
    "not-permitted",
}  # fmt: skip
UCUM = {"%", "min", "{steps}", "{steps}/min", "{score}", "N", "kPa"}
_CODE = re.compile(r"[^\s]+( [^\s]+)*")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?")


def check(bundle: Json) -> dict[str, list[Json]]:
    """The resources by type, after everything was looked at."""
    Bundle(bundle, strict=True)
    assert bundle["type"] == "collection"
    known = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(known)) == len(known), "an id is there twice"
    found: dict[str, list[Json]] = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"
        found.setdefault(resource["resourceType"], []).append(resource)
    own = {concept["code"] for concept in found["CodeSystem"][0]["concept"]}
    for resources in found.values():
        for resource in resources:
            _resource(resource, set(known), found["CodeSystem"][0]["url"], own)
    return found


def _resource(resource: Json, known: set[str], system: str, own: set[str]) -> None:
    kind = resource["resourceType"]
    for (of, name), allowed in REQUIRED.items():
        assert of != kind or resource[name] in allowed, (kind, name, resource[name])
    for path, node in _nodes(resource):
        assert node not in (None, "", [], {}), f"{kind}{path} is empty"
        if isinstance(node, str):
            assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", node), f"{kind}{path} has a control character"
        if path.endswith(".reference"):
            assert node in known, f"{kind}{path} leads nowhere"
        if isinstance(node, Mapping):
            _coded(node, system, own)
    if kind == "Observation":
        _observation(resource)
    for activity in resource.get("activity", ()):
        assert activity["detail"]["status"] in DETAIL
    for each in resource.get("calibration", ()):
        assert (each["type"] in CALIBRATION_TYPE, each["state"] in CALIBRATION_STATE) == (True, True)
    for each in resource.get("deviceName", ()):
        assert each["type"] in DEVICE_NAME


def _coded(node: Mapping[str, Any], system: str, own: set[str]) -> None:
    if node.get("system") == system:
        assert node["code"] in own, f"{node['code']} is not in the code system"
    if node.get("system") == "http://unitsofmeasure.org":
        assert node["code"] in UCUM, node
    if str(node.get("system", "")).endswith("data-absent-reason"):
        assert node["code"] in ABSENT
    if "code" in node and "system" in node:
        assert _CODE.fullmatch(node["code"])
    for name in ("start", "end", "sent", "effectiveDateTime"):
        if name in node:
            assert _DATE_TIME.fullmatch(node[name]), node[name]
    if {"start", "end"} <= node.keys():
        assert node["start"][:10] <= node["end"][:10]


def _observation(resource: Json) -> None:
    """A value or why there is none, never both (obs-6); own code not repeated in a component with a value (obs-7)."""
    for each in (resource, *resource.get("component", ())):
        values = [name for name in each if name.startswith("value")]
        assert len(values) + ("dataAbsentReason" in each) == 1 or (each is resource and resource.get("component")), each
        assert len(values) + ("dataAbsentReason" in each) <= 1


def _nodes(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, node
    if isinstance(node, Mapping):
        for key, below in node.items():
            yield from _nodes(below, f"{path}.{key}")
    elif isinstance(node, list):
        for at, below in enumerate(node):
            yield from _nodes(below, f"{path}[{at}]")


def code_of(resource: Json) -> str:
    return str(resource["code"]["coding"][0]["code"])
