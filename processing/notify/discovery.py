"""How one person looks to Home Assistant: one retained message in the device form of its MQTT discovery.

Its rules (core 2024.11 and later, `mqtt/schemas.py`, `sensor.py`, `binary_sensor.py`, `event.py`, `button.py`): at the
root `device`, `origin`, `components` and shared options, and one unknown key there makes it refuse the whole device;
a template that yields `None` sets a state to unknown, an empty text is ignored and leaves the old state standing, so
null and a field that is left out must both come out as `None`. An event entity hears nothing that is retained.

Every entity asks for processing to be there; what rests on an insole's link, on the day that goes on, or says that no
alert is open asks for ingest as well: without its statuses no time passes for processing, so the last one that it left
would go on saying `streaming`, and the day's figures would stay those of the day on which it stopped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.wire.alerts import NewsKind, Press
from ingest.wire.codec import encode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from ingest.wire.topics import Address
from processing.notify.entities import Facts, attribute, per_side, state_value, text

_EXPIRE_S = 60  # of figures that come every second while somebody walks
_FOREIGN = re.compile(r"[^A-Za-z0-9-]", re.ASCII)
_COVERAGE_OF_OK_PCT = 80  # "no alert" says something only of what was measured (clinical basis 2.4, H3)
_NO_ALERT = (  # for the same reason
    "('no open alert; ' ~ ("
    "(value_json['coverage_today_pct'] | round | int) ~ ' % of the time recorded today was measured' "
    "if value_json.get('coverage_today_pct') is not none else 'nothing was measured today'))"
)
_PERCENT = {"unit_of_measurement": "%", "state_class": "measurement", "suggested_display_precision": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What the device says of us. `page_url` None: nobody else can see the page."""

    version: str
    page_url: str | None = None
    models: tuple[str, ...] = ()  # of the insoles that are known


def object_id(address: Address) -> str:
    """Of the device, in Home Assistant's alphabet; different people never share one."""
    return "_".join(("underfoot", _plain(address.hub), _plain(address.person)))


def discovery_topic(prefix: str, address: Address) -> str:
    return f"{prefix}/device/{object_id(address)}/config"


def discovery(address: Address, about: Announcement) -> dict[str, Any]:
    """The message, to be published as JSON, retained."""
    device: dict[str, Any] = {
        "identifiers": [object_id(address)],
        "name": f"underfoot {address.person}",
        "manufacturer": "underfoot",
        "model": ", ".join(about.models) or "pressure-sensing insoles",
        "sw_version": about.version,
    }
    if about.page_url is not None:
        device["configuration_url"] = about.page_url
    return {
        "device": device,
        "origin": {"name": "underfoot", "sw_version": about.version},
        "availability": [{"topic": address.processing}],
        "availability_mode": "all",
        "qos": 1,
        "components": {
            name: {"unique_id": f"{object_id(address)}_{name}", **facts} for name, facts in _entities(address).items()
        },
    }


def _entities(address: Address) -> Mapping[str, Facts]:
    found = {**_alerts(address), **_today(address), **_gait(address)}
    for side in Side:
        found |= _insole(address, side)
    return found


def _alerts(address: Address) -> dict[str, Facts]:
    state = {"state_topic": address.state}
    return {
        "alert_open": {
            **state,
            **_links(address),
            "platform": "binary_sensor",
            "name": "Alert open",
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.get('open_alerts', 0) else "
            f"('OFF' if (value_json.get('coverage_today_pct') or 0) >= {_COVERAGE_OF_OK_PCT} else none) }}}}",
        },
        "message": {
            **state,
            **_links(address),
            "platform": "sensor",
            "name": "Message",
            "icon": "mdi:message-text",
            "value_template": text(f"value_json.get('text') or {_NO_ALERT}"),
        },
        "alert": {
            "platform": "event",
            "name": "Alert",
            "icon": "mdi:shoe-print",
            "state_topic": address.alert_event,
            "event_types": [str(each) for each in NewsKind],
        },
        "acknowledge": {
            "platform": "button",
            "name": "Acknowledge alert",
            "icon": "mdi:check",
            "command_topic": address.press,
            "payload_press": encode(Press(do="acknowledge")).decode(),
            "retain": False,  # kept by the broker, it would be pressed again at our next start
        },
        "tasks_open": {
            **state,
            "platform": "sensor",
            "name": "Tasks for the clinician",
            "icon": "mdi:clipboard-list",
            "state_class": "measurement",
            "value_template": state_value("tasks", 0),
        },
        "undelivered": {
            **state,
            "platform": "sensor",
            "name": "Notifications undelivered",
            "icon": "mdi:email-alert",
            "entity_category": "diagnostic",
            "state_class": "measurement",
            "value_template": state_value("undelivered", 0),
        },
    }


def _today(address: Address) -> dict[str, Facts]:
    state = {"platform": "sensor", "state_topic": address.state, **_links(address)}
    minutes = {"device_class": "duration", "unit_of_measurement": "min", "suggested_display_precision": 0}
    plans = "{% set plans = value_json.get('plans') %}"
    words = "(plans or []) | map(attribute='words') | join(' ') or 'no programme'"
    return {
        "steps_today": {
            **state,
            "name": "Steps today",
            "icon": "mdi:shoe-print",
            "unit_of_measurement": "steps",
            "state_class": "total_increasing",
            "value_template": state_value("steps_today"),
        },
        "walked_today": {
            **state,
            **minutes,
            "name": "Walked today",
            "state_class": "total_increasing",
            "value_template": state_value("walked_today_min"),
        },
        "worn_today": {
            **state,
            **minutes,
            "name": "Worn today",
            "entity_category": "diagnostic",
            "state_class": "total_increasing",
            "value_template": state_value("worn_today_min"),
        },
        "coverage_today": {
            **state,
            **_PERCENT,
            "name": "Measured of the time recorded today",
            "icon": "mdi:percent",
            "entity_category": "diagnostic",
            "value_template": state_value("coverage_today_pct"),
        },
        "plan_today": {
            **state,
            **minutes,
            "name": "Planned today",
            "value_template": plans + "{{ (plans | sum(attribute='minutes')) if plans else none }}",
        },
        "programme": {
            **state,
            "name": "Programme",
            "icon": "mdi:walk",
            "value_template": plans + text(words),
        },
    }


def _gait(address: Address) -> dict[str, Facts]:
    live = {"platform": "sensor", "state_topic": address.metrics, "expire_after": _EXPIRE_S, **_links(address)}
    found: dict[str, Facts] = {
        "load_si": {
            **live,
            **_PERCENT,
            "name": "Load asymmetry",
            "icon": "mdi:scale-balance",
            "value_template": attribute("load_si_pct", "value"),
        },
        "cadence": {
            **live,
            "name": "Cadence",
            "icon": "mdi:metronome",
            "unit_of_measurement": "steps/min",
            "state_class": "measurement",
            "suggested_display_precision": 0,
            "value_template": attribute("cadence_spm", "value"),
        },
    }
    for side in Side:
        found[per_side("forefoot_share", side)] = {
            **live,
            **_PERCENT,
            "name": f"Forefoot share of load, {side}",
            "icon": "mdi:foot-print",
            "value_template": attribute("forefoot_share_pct", str(side), "value"),
        }
    return found


def _insole(address: Address, side: Side) -> dict[str, Facts]:
    status = {
        "state_topic": address.of_side(side, "status"),
        "entity_category": "diagnostic",
        **_links(address),
    }
    return {
        per_side("battery", side): {
            **status,
            "platform": "sensor",
            "name": f"Battery of the {side} insole",
            "device_class": "battery",
            "unit_of_measurement": "%",
            "state_class": "measurement",
            "value_template": state_value("battery_pct"),
        },
        per_side("connected", side): {
            **status,
            "platform": "binary_sensor",
            "name": f"Connection of the {side} insole",
            "device_class": "connectivity",
            "value_template": f"{{{{ 'ON' if value_json.link == '{LinkState.STREAMING}' else 'OFF' }}}}",
        },
    }


def _links(address: Address) -> dict[str, Any]:
    both = [{"topic": address.processing}, {"topic": address.availability}]
    return {"availability": both, "availability_mode": "all"}


def _plain(word: str) -> str:
    return _FOREIGN.sub(lambda sign: f"-{ord(sign.group()):x}-", word)
