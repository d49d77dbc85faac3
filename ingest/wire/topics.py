"""Every topic once, with its quality of service, whether it is retained, and what it carries."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.wire.alerts import Alert, AlertNews, AlertReply, Press
from ingest.wire.entries import Entry, EntryTaken
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import (
    AnyMessage,
    Layout,
    LiveRequest,
    Metrics,
    Receipt,
    Samples,
    Status,
    Stride,
    Temperature,
)
from ingest.wire.person import PersonState

ROOT = "underfoot/1"
ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True)
class TopicRule:
    """How one kind of topic is published. `carries` None: the bare words online or offline."""

    tail: str
    qos: int
    retain: bool
    carries: type[AnyMessage] | None


RULES: tuple[TopicRule, ...] = (
    TopicRule("{side}/samples", 1, False, Samples),
    TopicRule("{side}/layout", 1, True, Layout),
    TopicRule("{side}/status", 1, True, Status),
    TopicRule("{side}/receipt", 1, True, Receipt),
    TopicRule("metrics", 0, False, Metrics),
    TopicRule("strides", 0, False, Stride),
    TopicRule("live", 0, False, LiveRequest),
    TopicRule("alerts/{id}", 1, True, Alert),
    TopicRule("alerts/{id}/reply", 1, False, AlertReply),
    TopicRule("{side}/temperature", 1, False, Temperature),
    TopicRule("alert_event", 1, False, AlertNews),
    TopicRule("press", 1, False, Press),
    TopicRule("state", 1, True, PersonState),
    TopicRule("entries", 1, False, Entry),
    TopicRule("entries/taken", 1, False, EntryTaken),
    TopicRule("availability", 1, True, None),
    TopicRule("processing", 1, True, None),
)
_OF_HUB = {rule.tail: rule for rule in RULES if rule.carries is None}


def _word(text: str) -> str:
    if not text or any(sign in text for sign in "/+#\0"):
        raise UnderfootError(FaultCode.CONFIG_INVALID, f"{text!r} cannot stand in a topic")
    return text


@dataclass(frozen=True, slots=True)
class Address:
    """One person at one hub; both are opaque ids, never names."""

    hub: str
    person: str

    def __post_init__(self) -> None:
        _word(self.hub)
        _word(self.person)

    @property
    def base(self) -> str:
        return f"{ROOT}/{self.hub}/{self.person}"

    @property
    def availability(self) -> str:
        """Of ingest at this hub; its last will says offline."""
        return f"{ROOT}/{self.hub}/availability"

    def of_side(self, side: Side, leaf: str) -> str:
        return f"{self.base}/{side}/{leaf}"

    @property
    def processing(self) -> str:
        """Whether processing is there for this hub; its last will says offline."""
        return f"{ROOT}/{self.hub}/processing"

    @property
    def metrics(self) -> str:
        return f"{self.base}/metrics"

    @property
    def strides(self) -> str:
        return f"{self.base}/strides"

    @property
    def live(self) -> str:
        return f"{self.base}/live"

    @property
    def alert_event(self) -> str:
        return f"{self.base}/alert_event"

    @property
    def press(self) -> str:
        return f"{self.base}/press"

    @property
    def state(self) -> str:
        return f"{self.base}/state"

    @property
    def entries(self) -> str:
        return f"{self.base}/entries"

    @property
    def entries_taken(self) -> str:
        return f"{self.base}/entries/taken"

    def alert(self, alert_id: str) -> str:
        return f"{self.base}/alerts/{_word(alert_id)}"

    def reply(self, alert_id: str) -> str:
        return f"{self.alert(alert_id)}/reply"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A topic taken apart: which rule it follows and the words that stood in it. `person` "" for what is of the hub."""

    rule: TopicRule
    hub: str
    person: str
    side: Side | None = None
    alert_id: str | None = None


def parse(topic: str) -> Parsed | None:
    """Take a topic apart; None when it is not one of ours."""
    words = topic.split("/")
    if "/".join(words[:2]) != ROOT or not all(words) or len(words) < 4:
        return None
    hub, person, tail = words[2], words[3], words[4:]
    if not tail:
        return Parsed(_OF_HUB[person], hub, "") if person in _OF_HUB else None
    for rule in RULES:
        if rule.carries is None:
            continue
        named = _match(rule.tail.split("/"), tail)
        if named is not None:
            side = Side(named["side"]) if "side" in named else None
            return Parsed(rule, hub, person, side, named.get("id"))
    return None


def _match(pattern: list[str], words: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(words):
        return None
    named: dict[str, str] = {}
    for want, word in zip(pattern, words, strict=True):
        if want == "{side}":
            if word not in tuple(Side):
                return None
            named["side"] = word
        elif want == "{id}":
            named["id"] = word
        elif want != word:
            return None
    return named
