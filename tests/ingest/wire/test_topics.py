"""Every topic is listed once, is written and read back, and nothing else is taken for ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Receipt, Samples
from ingest.wire.topics import RULES, Address, TopicRule, parse

WORDS = st.text(st.characters(blacklist_characters="/+#\0", blacklist_categories=["Cs"]), min_size=1, max_size=12)
HERE = Address("home", "p1")


@given(WORDS, WORDS, st.sampled_from(RULES), st.sampled_from(Side), WORDS)
def test_every_topic_is_read_as_it_was_written(hub: str, person: str, rule: TopicRule, side: Side, word: str) -> None:
    address = Address(hub, person)
    tail = rule.tail
    of_hub = {"availability": address.availability, "processing": address.processing}
    topic = of_hub.get(tail, f"{address.base}/{tail.format(side=side, id=word)}")
    read = parse(topic)
    assert read is not None
    assert (read.rule, read.hub) == (rule, hub)
    assert read.person == ("" if tail in of_hub else person)
    assert read.side == (side if "{side}" in tail else None)
    assert read.alert_id == (word if "{id}" in tail else None)


def test_an_address_writes_the_topics_of_the_list() -> None:
    said = {
        HERE.of_side(Side.LEFT, "samples"): Samples,
        HERE.of_side(Side.RIGHT, "receipt"): Receipt,
        HERE.alert("a1"): Alert,
        HERE.reply("a1"): AlertReply,
        HERE.availability: None,
        HERE.processing: None,
    }
    for topic, carries in said.items():
        read = parse(topic)
        assert read is not None
        assert read.rule.carries is carries
    assert HERE.metrics == "underfoot/1/home/p1/metrics"
    assert {parse(HERE.strides).rule.tail, parse(HERE.live).rule.tail} == {"strides", "live"}


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "underfoot",
        "underfoot/1",
        "underfoot/1/home",
        "underfoot/1/home/p1",
        "underfoot/2/home/p1/metrics",
        "underfoot/1/home/p1/middle/samples",
        "underfoot/1/home/p1/left/thing",
        "underfoot/1/home/p1/left/samples/more",
        "underfoot/1//p1/metrics",
        "underfoot/1/home/p1/alerts/",
        "/underfoot/1/home/p1/metrics",
        "homeassistant/status",
    ],
)
def test_what_is_not_ours_is_nobody(topic: str) -> None:
    assert parse(topic) is None


@given(st.text(max_size=60))
def test_no_topic_raises(topic: str) -> None:
    parse(topic)


@pytest.mark.parametrize("word", ["", "a/b", "a+", "#", "a\0"])
def test_a_word_that_would_break_a_topic_is_refused(word: str) -> None:
    for wrong in (lambda: Address(word, "p"), lambda: Address("h", word), lambda: HERE.alert(word)):
        with pytest.raises(UnderfootError) as caught:
            wrong()
        assert caught.value.code is FaultCode.CONFIG_INVALID


def test_a_topic_is_listed_once_and_what_must_outlive_its_sender_is_retained() -> None:
    assert len({rule.tail for rule in RULES}) == len(RULES)
    retained = {rule.tail for rule in RULES if rule.retain}
    of_sides = {"{side}/layout", "{side}/status", "{side}/receipt"}
    assert retained == of_sides | {"alerts/{id}", "state", "availability", "processing"}
    assert all(rule.qos == 1 for rule in RULES if rule.retain or rule.carries in {Samples, AlertReply})
