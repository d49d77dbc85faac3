"""What Home Assistant takes and what it makes of it: rules of its MQTT discovery (core 2024.11 and later) as facts.

A device payload is read whole: one unknown key at the root, and no entity appears. What an entity itself has too much
is dropped in silence, so it is a complaint here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

TOPIC = re.compile(r"(?P<component>\w+)/(?P<object_id>[a-zA-Z0-9_-]+)/config")
ICON = re.compile(r"mdi:[a-z0-9-]+")
SHARED = {
    *("availability", "availability_mode", "availability_template", "availability_topic"),
    *("command_topic", "payload_available", "payload_not_available", "state_topic", "qos", "encoding"),
}
ROOT_REQUIRED, ROOT = {"device", "origin", "components"}, {"device", "origin", "components", *SHARED}
DEVICE = {
    *("identifiers", "connections", "name", "manufacturer", "model", "model_id", "serial_number", "hw_version"),
    *("sw_version", "via_device", "suggested_area", "configuration_url"),
}
ORIGIN = {"name", "sw_version", "support_url"}
AVAILABILITY = {"topic", "payload_available", "payload_not_available", "value_template"}
EVERY = SHARED - {"command_topic", "state_topic"} | {
    *("platform", "unique_id", "name", "icon", "entity_category", "enabled_by_default", "device_class"),
    *("json_attributes_topic", "json_attributes_template", "entity_picture", "default_entity_id"),
}
PLATFORMS: dict[str, tuple[set[str], set[str]]] = {  # what each needs, and what else it may have
    "sensor": (
        {"state_topic"},
        {
            *("expire_after", "force_update", "last_reset_value_template", "options", "suggested_display_precision"),
            *("state_class", "unit_of_measurement", "value_template"),
        },
    ),
    "binary_sensor": (
        {"state_topic"},
        {"expire_after", "force_update", "off_delay", "payload_off", "payload_on", "value_template"},
    ),
    "event": ({"state_topic", "event_types"}, {"value_template"}),
    "button": ({"command_topic"}, {"command_template", "payload_press", "retain"}),
}
DEVICE_CLASSES: dict[str, dict[str, set[str] | None]] = {  # with the units it may have; None: none
    "sensor": {
        "battery": {"%"},
        "duration": {"d", "h", "min", "s", "ms", "µs"},
        "pressure": {"Pa", "hPa", "kPa", "bar", "mbar", "psi"},
        "temperature": {"°C", "°F", "K"},
        "enum": None,
    },
    "binary_sensor": {"problem": None, "connectivity": None, "battery": None, "occupancy": None},
    "event": {"button": None, "doorbell": None, "motion": None},
    "button": {"identify": None, "restart": None, "update": None},
}
STATE_CLASSES = {"measurement", "total", "total_increasing"}
READ_ONLY = {"sensor", "binary_sensor", "event"}
UNKNOWN = None  # the state of an entity whose template yields `None`
_LONGEST_STATE = 255
_templates = ImmutableSandboxedEnvironment()


class Ignored(Exception):  # noqa: N818 - not an error: Home Assistant leaves the old state standing
    """Nothing is made of this message; the entity stays as it was."""


def complaints(prefix: str, topic: str, payload: bytes) -> list[str]:
    """Everything for which Home Assistant would refuse this, or do something else than was meant."""
    return list(_complaints(prefix, topic, payload))


def _complaints(prefix: str, topic: str, payload: bytes) -> Iterator[str]:
    named = TOPIC.fullmatch(topic.removeprefix(f"{prefix}/"))
    if named is None or named["component"] != "device":
        yield f"{topic} is no discovery topic of a device"
    try:
        root = json.loads(payload)
    except ValueError:
        yield "not JSON"
        return
    yield from _keys("root", root, ROOT_REQUIRED, ROOT)
    yield from _availability("root", root)
    yield from _device(root.get("device", {}))
    yield from _keys("origin", root.get("origin", {}), {"name"}, ORIGIN)
    ids = [each.get("unique_id") for each in root.get("components", {}).values()]
    if len(ids) != len(set(ids)):
        yield "a unique_id stands twice"
    for name, entity in root.get("components", {}).items():
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", name):
            yield f"{name} is no id"
        yield from (f"{name}: {each}" for each in _entity(entity, root))


def _keys(place: str, found: Mapping[str, Any], needed: set[str], allowed: set[str]) -> Iterator[str]:
    for key in sorted(needed - set(found)):
        yield f"{place} lacks {key}"
    for key in sorted(set(found) - allowed):
        yield f"{place} may not have {key}"


def _device(device: Mapping[str, Any]) -> Iterator[str]:
    yield from _keys("device", device, set(), DEVICE)
    if not device.get("identifiers") and not device.get("connections"):
        yield "device has no identifier"
    url = device.get("configuration_url", "http://x/")
    if not url.startswith(("http://", "https://", "homeassistant://")):
        yield "device has a configuration_url that is none"
    if "via_device" in device:
        yield "device names a via_device that nobody announces"


def _availability(place: str, found: Mapping[str, Any]) -> Iterator[str]:
    if "availability" in found and "availability_topic" in found:
        yield f"{place} has two availabilities"
    for each in found.get("availability", []):
        yield from _keys(f"{place} availability", each, {"topic"}, AVAILABILITY)
    if found.get("availability_mode", "latest") not in {"all", "any", "latest"}:
        yield f"{place} has no such availability_mode"
    if found.get("qos", 0) not in {0, 1, 2}:
        yield f"{place} has no such qos"


def _entity(entity: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    platform = entity.get("platform")
    if platform not in PLATFORMS:
        yield f"{platform} is no platform"
        return
    needed, allowed = PLATFORMS[platform]
    inherited = {key: root[key] for key in SHARED & set(root) if key not in entity}
    yield from _keys("entity", {**inherited, **entity}, {"unique_id", *needed}, {*EVERY, *needed, *allowed, *inherited})
    yield from _availability("entity", {**inherited, **entity})
    yield from _class(platform, entity)
    if entity.get("entity_category", "diagnostic") not in {"diagnostic", "config"}:
        yield "no such entity_category"
    if platform in READ_ONLY and entity.get("entity_category") == "config":
        yield "what is only read cannot be of category config"
    if not ICON.fullmatch(entity.get("icon", "mdi:x")):
        yield "icon is none"
    for key in ("expire_after", "suggested_display_precision"):
        if not isinstance(entity.get(key, 1), int) or entity.get(key, 1) < 0:
            yield f"{key} is no number"
    for key, value in entity.items():
        if key.endswith("topic") and (not value or set(value) & set("+#")):
            yield f"{key} is no topic"
        if key.endswith("template"):
            yield from _template(value)


def _class(platform: str, entity: Mapping[str, Any]) -> Iterator[str]:
    kind, unit = entity.get("device_class"), entity.get("unit_of_measurement")
    if kind is not None and kind not in DEVICE_CLASSES[platform]:
        yield f"{platform} has no device_class {kind}"
    elif kind is not None and platform == "sensor":
        units = DEVICE_CLASSES[platform][kind]
        if units is not None and unit not in units:
            yield f"{kind} is not measured in {unit}"
    state_class = entity.get("state_class")
    if state_class is not None and state_class not in STATE_CLASSES:
        yield f"no such state_class {state_class}"
    if platform == "event" and not entity.get("event_types"):
        yield "an event without types"


def _template(text: str) -> Iterator[str]:
    try:
        _templates.parse(text)
    except Exception as error:  # noqa: BLE001 - whatever jinja finds
        yield f"template: {error}"


def state_of(entity: Mapping[str, Any], payload: bytes) -> str | bool | None:
    """The state that this message sets; UNKNOWN for `None`.

    :raises Ignored: the old state stands.
    """
    value = _templates.from_string(entity["value_template"]).render(
        value=payload.decode(), value_json=json.loads(payload)
    )
    if value == "None":
        return UNKNOWN
    if not value.strip():
        raise Ignored
    if entity["platform"] == "binary_sensor":
        if value not in ("ON", "OFF"):
            raise Ignored
        return value == "ON"
    assert len(value) <= _LONGEST_STATE, "Home Assistant shows unknown instead of a long text"
    if {"unit_of_measurement", "state_class"} & set(entity):
        float(value)  # a ValueError there, and the entity is not updated
    return str(value)


def event_of(entity: Mapping[str, Any], payload: bytes, *, retained: bool) -> str:
    """The type of the event that this message is. :raises Ignored: it is none."""
    said = json.loads(payload)
    if retained or said.get("event_type") not in entity["event_types"]:
        raise Ignored
    return str(said["event_type"])
