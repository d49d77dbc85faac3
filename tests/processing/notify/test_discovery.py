"""What Home Assistant is told holds against the rules copied from it, and reads our own messages rightly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from home_assistant_kit import UNKNOWN, Ignored, complaints, event_of, state_of
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire import topics
from ingest.wire.alerts import AlertLevel, AlertNews, Audience, NewsKind, Press
from ingest.wire.codec import decode, encode
from ingest.wire.entries import ProgrammeId
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import AnyMessage, Figure, LinkState, Metrics, PerFoot, Status
from ingest.wire.person import PersonState, Plan
from ingest.wire.topics import Address
from processing.notify.discovery import Announcement, discovery, discovery_topic, object_id

HOME = Address("home", "p1")
PREFIX = "homeassistant"
WORDS = st.text(st.characters(blacklist_characters="/+#\0", blacklist_categories=["Cs"]), min_size=1, max_size=12)
Entities = dict[str, dict[str, Any]]


def payload(address: Address = HOME, **about: Any) -> dict[str, Any]:
    return discovery(address, Announcement(version="1.2", **about))


@pytest.fixture
def entities() -> Entities:
    return dict(payload()["components"])


def wrong(given: dict[str, Any], topic: str = "") -> list[str]:
    return complaints(PREFIX, topic or discovery_topic(PREFIX, HOME), json.dumps(given).encode())


@pytest.mark.parametrize("about", [{}, {"page_url": "http://hub.local:8099/", "models": ("A", "B")}])
def test_the_payload_passes_the_rules(about: dict[str, Any]) -> None:
    assert wrong(payload(**about)) == []


@given(WORDS, WORDS)
def test_any_id_of_ours_makes_an_id_of_theirs(hub: str, person: str) -> None:
    address = Address(hub, person)
    assert complaints(PREFIX, discovery_topic(PREFIX, address), json.dumps(payload(address)).encode()) == []


def test_two_people_never_share_an_id() -> None:
    people = [Address(*words) for words in (("a", "b_c"), ("a_b", "c"), ("a", "b.c"), ("a", "bc"), ("ab", "c"))]
    assert len({object_id(each) for each in people}) == len(people)


def change(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set what stands at a dotted place; None takes it away."""

    def work(given: dict[str, Any]) -> None:
        *path, last = place.split(".")
        for word in path:
            given = given[word]
        if value is None:
            given.pop(last)
        else:
            given[last] = value

    return work


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        ("origin", None, "root lacks origin"),
        ("device", None, "root lacks device"),
        ("components", None, "root lacks components"),
        ("name", "x", "root may not have name"),
        ("device.identifiers", None, "no identifier"),
        ("device.colour", "x", "device may not have colour"),
        ("device.via_device", "hub", "via_device"),
        ("device.configuration_url", "hub.local", "configuration_url"),
        ("origin.name", None, "origin lacks name"),
        ("origin.home", "x", "origin may not have home"),
        ("availability_topic", "a/b", "two availabilities"),
        ("availability_mode", "most", "availability_mode"),
        ("availability", [{"payload": "x"}], "availability lacks topic"),
        ("qos", 3, "qos"),
        ("components.cadence.platform", "gauge", "no platform"),
        ("components.cadence.platform", None, "no platform"),
        ("components.cadence.unique_id", None, "lacks unique_id"),
        ("components.cadence.unique_id", "underfoot_home_p1_load_si", "stands twice"),
        ("components.cadence.state_topic", None, "lacks state_topic"),
        ("components.cadence.state_topic", "a/+/b", "no topic"),
        ("components.cadence.event_types", ["x"], "may not have event_types"),
        ("components.cadence.entity_category", "config", "category config"),
        ("components.cadence.icon", "walk", "icon"),
        ("components.cadence.expire_after", -1, "expire_after"),
        ("components.cadence.state_class", "rate", "state_class"),
        ("components.cadence.value_template", "{{ value_json.get( }}", "template"),
        ("components.battery_left.unit_of_measurement", "V", "battery is not measured in V"),
        ("components.battery_left.device_class", "cell", "no device_class cell"),
        ("components.walked_today.unit_of_measurement", "minutes", "duration is not measured"),
        ("components.alert.event_types", [], "without types"),
        ("components.alert.event_types", None, "lacks event_types"),
        ("components.acknowledge.command_topic", None, "lacks command_topic"),
        ("components.a b", {"platform": "button", "unique_id": "x", "command_topic": "y"}, "is no id"),
    ],
)
def test_each_rule_finds_what_breaks_it(place: str, value: Any, says: str) -> None:
    broken = payload()
    change(place, value)(broken)
    assert any(says in each for each in wrong(broken)), wrong(broken)


@pytest.mark.parametrize("topic", ["homeassistant/device/a b/config", "homeassistant/sensor/a/config", "other"])
def test_a_topic_that_is_not_listened_to_is_found(topic: str) -> None:
    assert wrong(payload(), topic)


def test_every_topic_is_one_of_ours_and_carries_what_the_entity_reads(entities: Entities) -> None:
    retained: dict[str, bool] = {}
    for name, entity in entities.items():
        for key in ("state_topic", "command_topic"):
            if key in entity:
                found = topics.parse(entity[key])
                assert found is not None
                assert (found.hub, found.person) == ("home", "p1")
                retained[name] = found.rule.retain
        for each in entity.get("availability", []):
            assert topics.parse(each["topic"]) is not None
    assert not retained["alert"]  # an event entity hears nothing that is retained
    assert retained["alert_open"]
    assert retained["connected_left"]
    assert payload()["availability"] == [{"topic": HOME.processing}]


@pytest.mark.parametrize("name", ["alert_open", "message", "steps_today", "worn_today", "plan_today", "programme"])
def test_nothing_is_said_of_now_or_today_while_no_insole_is_read(entities: Entities, name: str) -> None:
    assert {"topic": HOME.availability} in entities[name]["availability"]
    assert entities[name]["availability_mode"] == "all"


def state(**more: Any) -> PersonState:
    return PersonState(t_ns=1, text=more.pop("text", ""), **more)


def metrics(share: float | None, si: float | None) -> Metrics:
    def figure(value: float | None) -> Figure:
        return Figure(value=value, coverage_pct=0.0 if value is None else 99.0)

    feet = PerFoot(left=figure(share), right=figure(None))
    return Metrics(
        t_ns=1,
        walk="w",
        forefoot_share_pct=feet,
        load_si_pct=figure(si),
        load=feet,
        cadence_spm=figure(None),
        steps=0,
        walking=None,
        unit="%",
        calibration=Calibration.NONE,
    )


def status(**more: Any) -> Status:
    return Status(insole="i", side=Side.LEFT, t_ns=1, link=more.pop("link", LinkState.STREAMING), **more)


@pytest.mark.parametrize(
    ("name", "message", "shown"),
    [
        ("steps_today", state(), UNKNOWN),
        ("steps_today", state(steps_today=0), "0"),
        ("steps_today", state(steps_today=4211), "4211"),
        ("walked_today", state(), UNKNOWN),
        ("walked_today", state(walked_today_min=12.5), "12.5"),
        ("worn_today", state(), UNKNOWN),
        ("coverage_today", state(), UNKNOWN),
        ("coverage_today", state(coverage_today_pct=81.5), "81.5"),
        ("tasks_open", state(), "0"),
        ("tasks_open", state(tasks=2), "2"),
        ("undelivered", state(undelivered=1), "1"),
        ("plan_today", state(), UNKNOWN),
        ("programme", state(), "no programme"),
        ("message", state(), "no open alert; nothing was measured today"),
        (
            "message",
            state(coverage_today_pct=63.4),
            "no open alert; 63 % of the time recorded today was measured",
        ),
        ("message", state(text="Sit down."), "Sit down."),
        ("alert_open", state(open_alerts=1), True),
        ("alert_open", state(coverage_today_pct=81.0), False),
        ("alert_open", state(coverage_today_pct=79.0), UNKNOWN),
        ("alert_open", state(), UNKNOWN),
        ("forefoot_share_left", metrics(44.5, None), "44.5"),
        ("forefoot_share_right", metrics(44.5, None), UNKNOWN),
        ("load_si", metrics(None, -3.25), "-3.25"),
        ("load_si", metrics(None, None), UNKNOWN),
        ("cadence", metrics(None, None), UNKNOWN),
        ("battery_left", status(battery_pct=80), "80"),
        ("battery_left", status(battery_pct=0), "0"),
        ("battery_left", status(), UNKNOWN),
        ("connected_left", status(), True),
        ("connected_left", status(link=LinkState.LOST), False),
    ],
)
def test_a_message_of_ours_is_shown_rightly_and_what_is_missing_is_never_zero(
    entities: Entities, name: str, message: AnyMessage, shown: str | bool | None
) -> None:
    assert state_of(entities[name], encode(message)) == shown


def test_a_plan_is_shown_in_minutes_and_in_words(entities: Entities) -> None:
    plans = tuple(
        Plan(programme=programme, minutes=minutes, done_min=None, words=words * 20)
        for programme, minutes, words in (
            (ProgrammeId.DAILY_WALKING, 17.0, "Walk 17 minutes. "),
            (ProgrammeId.BACKWARD_WALKING, 0.0, "No backward walk. "),
        )
    )
    said = encode(state(plans=plans))
    assert state_of(entities["plan_today"], said) == "17.0"
    assert str(state_of(entities["programme"], said)).startswith("Walk 17 minutes.")
    rest = encode(state(plans=plans[1:]))
    assert state_of(entities["plan_today"], rest) == "0.0"


def test_a_text_of_any_length_is_shown(entities: Entities) -> None:
    for length in (1, 249, 250, 251, 255, 256, 4000):
        assert state_of(entities["message"], encode(state(text="x" * length)))


@pytest.mark.parametrize("kind", NewsKind)
def test_each_kind_of_news_is_an_event_once(entities: Entities, kind: NewsKind) -> None:
    news = encode(
        AlertNews(
            event_type=kind,
            id="a",
            rule="A1",
            level=AlertLevel.LOW,
            audience=Audience.PATIENT,
            text="t",
            t_ns=1,
            audible=True,
        )
    )
    assert event_of(entities["alert"], news, retained=False) == kind
    with pytest.raises(Ignored):
        event_of(entities["alert"], news, retained=True)


def test_the_button_says_what_processing_understands(entities: Entities) -> None:
    said = entities["acknowledge"]["payload_press"]
    assert decode(said.encode(), Press) == Press(do="acknowledge")
    assert entities["acknowledge"]["retain"] is False
    assert encode(Press(do="acknowledge")).decode() == said
