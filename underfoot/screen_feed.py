"""From what arrives over MQTT to the model of the screen."""

from __future__ import annotations

from collections.abc import Callable

from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.codec import to_block
from ingest.wire.faults import FaultBook
from ingest.wire.messages import AnyMessage, Layout, Metrics, Samples, Status
from ingest.wire.person import PersonState
from processing.correcting import Correcting
from processing.metrics.calibration import CalibrationVersion
from processing.subscribe import Arrival
from underfoot.screen import ScreenModel

SHOWN = (Samples, Layout, Status, Metrics, Alert, PersonState)  # what a subscription for a screen carries


Shown = AnyMessage | Block


def calibrated(version: CalibrationVersion | None) -> Callable[[AnyMessage], list[Shown]]:
    """Messages as they are; under a version the cells' descriptions and rows corrected by it."""
    correcting = Correcting(version, FaultBook())  # faults of the layouts are the pipeline's to tell

    def correct(message: AnyMessage) -> list[Shown]:
        if version is None or not isinstance(message, Samples | Layout):
            return [message]
        item = to_block(message) if isinstance(message, Samples) else message
        return [each for each in correcting.feed(item) if isinstance(each, Block | Layout)]

    return correct


def show(model: ScreenModel, message: Shown, now_ns: int) -> None:
    """Feed one message; what a screen does not show is left out.

    :raises UnderfootError: PAYLOAD_NOT_OURS for samples whose sizes or times make no sense.
    """
    if isinstance(message, Samples):
        model.feed(to_block(message), now_ns)
    elif isinstance(message, Block | Layout | Status | Metrics | Alert | PersonState):
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
