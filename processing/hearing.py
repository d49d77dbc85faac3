"""Which topics to ask a broker for, under which trust, and what came on them."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.wire import topics
from ingest.wire.address import BrokerAddress
from ingest.wire.codec import decode
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import AnyMessage


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message and the topic it came on. `message` None: a retained one was removed; a word: availability."""

    topic: topics.Parsed
    message: AnyMessage | str | None
    retained: bool = False


def filters_of(hub: str, person: str, carries: frozenset[type[AnyMessage] | None]) -> Iterable[str]:
    """The topic filters of these kinds of message, None among them for who is there; "+" for all hubs or people."""
    for rule in topics.RULES:
        if rule.carries in carries:
            tail = rule.tail.replace("{side}", "+").replace("{id}", "+")
            whose = hub if rule.carries is None else f"{hub}/{person}"
            yield f"{topics.ROOT}/{whose}/{tail}"


def read(payload: bytes, parsed: topics.Parsed) -> AnyMessage | str | None:
    """The message, the word of availability, or None where a retained one was removed.

    :raises UnderfootError: PAYLOAD_VERSION, PAYLOAD_NOT_OURS.
    """
    if not payload:
        return None
    if parsed.rule.carries is not None:
        return decode(payload, parsed.rule.carries)
    word = payload.decode(errors="replace")
    if word not in (topics.ONLINE, topics.OFFLINE):
        raise UnderfootError(FaultCode.PAYLOAD_NOT_OURS, "availability is online or offline")
    return word


def tls_context(broker: BrokerAddress) -> ssl.SSLContext | None:
    """None: without TLS. :raises UnderfootError: CONFIG_INVALID."""
    if not broker.tls:
        return None
    try:
        return ssl.create_default_context(cafile=broker.ca_file)
    except OSError as error:  # an SSLError is one
        raise UnderfootError(FaultCode.CONFIG_INVALID, f"the authorities in {broker.ca_file}: {error}") from error
