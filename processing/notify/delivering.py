"""What is to be sent to whom, and what became of it: derived from the soundings of alerts, so that a kill loses none.

Each sounding of an alert makes one delivery to each channel, under a name made of both. It is sent while what it tells
still holds and nobody has answered; a failure is tried again after 10 s, then twice as long each time up to 10 min,
and given up after 2 h. What could not be tried at all within 30 min, or is over before, expires: nobody is to be told
to sit down an hour later. A kill between sending and noting it sends it a second time, because the other order would
now and then send nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import StrEnum

from ingest.wire.alerts import Alert
from processing.rules.peace import holds
from processing.store.journal import Delivery, DeliveryState

TITLE = "underfoot"
FOOTER = "Not a medical device. Look at your feet every day."
_S = 10**9
FIRST_RETRY_NS, LONGEST_RETRY_NS = 10 * _S, 600 * _S
GIVEN_UP_AFTER_NS = 2 * 3600 * _S
EXPIRES_AFTER_NS = 1800 * _S  # without a first try: the machine was off, or the channel is new
_LOOKED_BACK_NS = 24 * 3600 * _S
REMOVED = "the channel is no longer in the settings"


class DeliveryEvent(StrEnum):
    TAKEN = "taken"  # by the service behind the channel
    FAILED = "failed"
    GIVEN_UP = "given-up"
    OVER = "over"


TRANSITIONS: dict[DeliveryState, dict[DeliveryEvent, DeliveryState]] = {
    DeliveryState.WAITING: {
        DeliveryEvent.TAKEN: DeliveryState.DELIVERED,
        DeliveryEvent.FAILED: DeliveryState.WAITING,
        DeliveryEvent.GIVEN_UP: DeliveryState.UNDELIVERED,
        DeliveryEvent.OVER: DeliveryState.EXPIRED,
    },
    **{
        end: dict.fromkeys(DeliveryEvent, end)
        for end in (DeliveryState.DELIVERED, DeliveryState.UNDELIVERED, DeliveryState.EXPIRED)
    },
}


def review(
    person: str, alerts: Iterable[Alert], known: Iterable[Delivery], channels: Collection[str], t_ns: int
) -> list[Delivery]:
    """Deliveries that are new, or that end without a further try; each as it is to be kept."""
    by_id = {alert.id: alert for alert in alerts}
    kept = {delivery.id: delivery for delivery in known}
    made = [
        delivery
        for alert in by_id.values()
        for delivery in _made(person, alert, channels, t_ns)
        if delivery.id not in kept
    ]
    waiting = [each for each in kept.values() if each.state is DeliveryState.WAITING]
    looked_at = [(each, _look(each, by_id.get(each.alert), channels, t_ns)) for each in waiting]
    return [_look(each, by_id.get(each.alert), channels, t_ns) for each in made] + [
        after for before, after in looked_at if after != before
    ]


def due(deliveries: Iterable[Delivery], t_ns: int) -> list[Delivery]:
    """Those to be sent now, the longest waiting first."""
    found = [each for each in deliveries if each.state is DeliveryState.WAITING and (each.next_t_ns or 0) <= t_ns]
    return sorted(found, key=lambda each: (each.made_t_ns, each.id))


def next_try_t_ns(deliveries: Iterable[Delivery]) -> int | None:
    """When there is something to send; None: nothing waits."""
    return min((each.next_t_ns or 0 for each in deliveries if each.state is DeliveryState.WAITING), default=None)


def tried(delivery: Delivery, error: str | None, t_ns: int) -> Delivery:
    """The delivery after one more try; `error` None: the service took it."""
    after = replace(delivery, tries=delivery.tries + 1, error=error or "")
    if error is None:
        return _step(after, DeliveryEvent.TAKEN)
    wait_ns = min(FIRST_RETRY_NS << min(delivery.tries, 20), LONGEST_RETRY_NS)
    if t_ns + wait_ns > delivery.made_t_ns + GIVEN_UP_AFTER_NS:
        return _step(after, DeliveryEvent.GIVEN_UP)
    return replace(_step(after, DeliveryEvent.FAILED), next_t_ns=t_ns + wait_ns)


def undelivered(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """What was given up and is still news: a channel that has delivered since then works again."""
    every = tuple(deliveries)
    worked = {each.channel: each.made_t_ns for each in every if each.state is DeliveryState.DELIVERED}
    return tuple(
        each
        for each in every
        if each.state is DeliveryState.UNDELIVERED and each.made_t_ns > worked.get(each.channel, -1)
    )


def _made(person: str, alert: Alert, channels: Collection[str], t_ns: int) -> Iterable[Delivery]:
    for sounded in alert.sounded_t_ns:
        if t_ns - sounded > _LOOKED_BACK_NS:
            continue
        for channel in channels:
            yield Delivery(
                id=f"{alert.id}.{sounded}.{channel}",
                person=person,
                alert=alert.id,
                channel=channel,
                text=f"{alert.text}\n\n{FOOTER}",
                state=DeliveryState.WAITING,
                made_t_ns=sounded,
            )


def _look(delivery: Delivery, alert: Alert | None, channels: Collection[str], t_ns: int) -> Delivery:
    age_ns = t_ns - delivery.made_t_ns
    if delivery.channel not in channels:
        return _step(replace(delivery, error=delivery.error or REMOVED), DeliveryEvent.GIVEN_UP)
    if alert is None or not holds(alert):
        return _step(delivery, DeliveryEvent.GIVEN_UP if delivery.tries else DeliveryEvent.OVER)
    if delivery.tries == 0 and age_ns > EXPIRES_AFTER_NS:
        return _step(delivery, DeliveryEvent.OVER)
    return _step(delivery, DeliveryEvent.GIVEN_UP) if age_ns > GIVEN_UP_AFTER_NS else delivery


def _step(delivery: Delivery, event: DeliveryEvent) -> Delivery:
    state = TRANSITIONS[delivery.state][event]
    return replace(delivery, state=state, next_t_ns=delivery.next_t_ns if state is DeliveryState.WAITING else None)
