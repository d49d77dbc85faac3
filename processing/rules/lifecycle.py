"""The life of an alert: active → acknowledged → cleared → closed, and the book that keeps each one through restarts.

The signal does not latch: it ends when the figure is back. The log does: what nobody has acknowledged stays listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec.structs import replace

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Alert, AlertLevel, AlertReply, AlertState
from processing.rules.rule import LEVELS
from processing.rules.wording import STILL_SO_AT_END

CLOSE_AFTER_NS = (
    20 * 60 * 10**9
)  # time in which an answer to an alert is looked for (Najafi 2017: offloaded within 20 min)


class AlertEvent(StrEnum):
    RAISE = "raise"
    ACKNOWLEDGE = "acknowledge"
    CLEAR = "clear"
    CLOSE = "close"  # nothing is left to be done or seen


# An acknowledgement after the clearing closes; one before it lets the clearing still be seen. A closed alert stays so.
TRANSITIONS: dict[AlertState, dict[AlertEvent, AlertState]] = {
    AlertState.PENDING: {
        AlertEvent.RAISE: AlertState.ACTIVE,
        AlertEvent.ACKNOWLEDGE: AlertState.PENDING,
        AlertEvent.CLEAR: AlertState.CLOSED,
        AlertEvent.CLOSE: AlertState.CLOSED,
    },
    AlertState.ACTIVE: {
        AlertEvent.RAISE: AlertState.ACTIVE,
        AlertEvent.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
        AlertEvent.CLEAR: AlertState.CLEARED,
        AlertEvent.CLOSE: AlertState.ACTIVE,
    },
    AlertState.ACKNOWLEDGED: {
        AlertEvent.RAISE: AlertState.ACKNOWLEDGED,
        AlertEvent.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
        AlertEvent.CLEAR: AlertState.CLEARED,
        AlertEvent.CLOSE: AlertState.ACKNOWLEDGED,
    },
    AlertState.CLEARED: {
        AlertEvent.RAISE: AlertState.CLEARED,
        AlertEvent.ACKNOWLEDGE: AlertState.CLOSED,
        AlertEvent.CLEAR: AlertState.CLEARED,
        AlertEvent.CLOSE: AlertState.CLOSED,
    },
    AlertState.CLOSED: dict.fromkeys(AlertEvent, AlertState.CLOSED),
}


class AlertBook:
    """Every alert of one person. The engine says all of it again after a restart; hearing it twice changes nothing."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}

    def restore(self, alerts: Iterable[Alert]) -> None:
        """Take over what the journal holds, closed alerts too: so a walk that is fed again does not reopen them."""
        self._alerts.update((alert.id, alert) for alert in alerts)

    def on_engine(self, alert: Alert) -> Alert | None:
        """An alert raised, strengthened or cleared; the alert as it now stands, None when nothing changed."""
        known = self._alerts.get(alert.id)
        return self._keep(alert if known is None else _merge(known, alert))

    def on_reply(self, reply: AlertReply) -> Alert | None:
        """An acknowledgement. The first one stands: a later one changes nothing (None).

        :raises UnderfootError: UNKNOWN_NAME when no alert has this id.
        """
        known = self._alerts.get(reply.id)
        if known is None:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"alert {reply.id!r}")
        if known.acknowledged_t_ns is not None:
            return None
        return self._keep(
            replace(
                known,
                state=TRANSITIONS[known.state][AlertEvent.ACKNOWLEDGE],
                acknowledged_t_ns=reply.t_ns,
                acknowledged_by=reply.by,
                action=reply.action,
            )
        )

    def end_walk(self, walk: str, t_ns: int) -> list[Alert]:
        """Nothing will clear what is still active of a walk that is over: it ends with the walk, and says so."""
        return self._keep_all(
            replace(
                alert,
                state=TRANSITIONS[alert.state][AlertEvent.CLEAR],
                cleared_t_ns=t_ns,
                evidence=f"{alert.evidence} {STILL_SO_AT_END}",
            )
            for alert in list(self._alerts.values())
            if alert.walk == walk and alert.cleared_t_ns is None
        )

    def as_of(self, t_ns: int) -> list[Alert]:
        """Close what has been over for a while and asks for nothing more; returns what changed.

        An alert above `info` waits for somebody to acknowledge it, however long that takes.
        """
        return self._keep_all(
            replace(alert, state=TRANSITIONS[alert.state][AlertEvent.CLOSE])
            for alert in list(self._alerts.values())
            if _is_done(alert, t_ns)
        )

    def knows(self, alert_id: str) -> bool:
        return alert_id in self._alerts

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert, oldest first."""
        return tuple(sorted(self._alerts.values(), key=lambda alert: (alert.raised_t_ns, alert.id)))

    def _keep(self, alert: Alert) -> Alert | None:
        if self._alerts.get(alert.id) == alert:
            return None
        self._alerts[alert.id] = alert
        return alert

    def _keep_all(self, alerts: Iterable[Alert]) -> list[Alert]:
        return [kept for alert in alerts if (kept := self._keep(alert)) is not None]


def _is_done(alert: Alert, t_ns: int) -> bool:
    if alert.state is not AlertState.CLEARED or alert.cleared_t_ns is None:
        return False
    is_answered = alert.level is AlertLevel.INFO or alert.acknowledged_t_ns is not None
    return is_answered and t_ns - alert.cleared_t_ns >= CLOSE_AFTER_NS


def _merge(known: Alert, said: Alert) -> Alert:
    """What is known of an alert and what the engine says of it now: people's part is kept, progress is never undone.

    An alert found in late rows that grows worse in live ones is late no longer.
    """
    is_cleared = said.cleared_t_ns is not None
    if known.cleared_t_ns is not None and not is_cleared:
        return known
    is_weaker = LEVELS.index(said.level) < LEVELS.index(known.level)
    is_worse = LEVELS.index(said.level) > LEVELS.index(known.level)
    return replace(
        known,
        state=TRANSITIONS[known.state][AlertEvent.CLEAR if is_cleared else AlertEvent.RAISE],
        level=known.level if is_weaker else said.level,
        text=known.text if is_weaker else said.text,
        evidence=known.evidence if is_weaker else said.evidence,
        cleared_t_ns=said.cleared_t_ns,
        late=known.late and (said.late or not is_worse),
    )
