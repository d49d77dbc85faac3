"""From what arrives over MQTT to the model of the screen."""

from __future__ import annotations

from ingest.wire.codec import to_block
from ingest.wire.messages import Alert, AnyMessage, Layout, Metrics, Samples, Status
from processing.subscribe import Arrival
from underfoot.screen import ScreenModel

SHOWN = (Samples, Layout, Status, Metrics, Alert)  # what a subscription for a screen carries


def show(model: ScreenModel, message: AnyMessage, now_ns: int) -> None:
    """Feed one message; what a screen does not show is left out.

    :raises UnderfootError: PAYLOAD_NOT_OURS for samples whose sizes or times make no sense.
    """
    if isinstance(message, Samples):
        model.feed(to_block(message), now_ns)
    elif isinstance(message, Layout | Status | Metrics | Alert):
        model.feed(message, now_ns)


def take(model: ScreenModel, arrival: Arrival, now_ns: int) -> None:
    """Feed one arrival from the broker; an empty one takes an alert off the screen.

    :raises UnderfootError: as `show`.
    """
    if arrival.message is None:
        if arrival.topic.alert_id is not None:
            model.forget(arrival.topic.alert_id)
    elif not isinstance(arrival.message, str):
        show(model, arrival.message, now_ns)
