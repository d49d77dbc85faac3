"""The life of an alert: active → acknowledged or escalated → cleared → closed, and the book that keeps each one.

The signal does not latch: it ends when the figure is back. The log does: what nobody has acknowledged stays listed,
and ends as *cleared*, or two weeks later as *closed* with a word that nobody answered. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState
from ingest.wire.faults import FaultCode, UnderfootError
from processing.rules.rule import LEVELS
from processing.rules.wording import STILL_SO_AT_END

CLOSE_AFTER_NS = (
    20 * 60 * 10**9
)  # time in which an answer to an alert is looked for (Najafi 2017: offloaded within 20 min)
UNANSWERED_FOR_NS = 14 * 24 * 3600 * 10**9  # reasoned: two weekly looks at the list have gone by
NOBODY_ANSWERED = "Nobody answered."
_NEVER_NS = 1 << 62


class AlertEvent(StrEnum):
    RAISE = "raise"
    ACKNOWLEDGE = "acknowledge"
    ESCALATE = "escalate"
    CLEAR = "clear"
    CLOSE = "close"  # nothing is left to be done or seen


# An acknowledgement after the clearing closes; one before it lets the clearing still be seen. What the clinician was
# handed stays so until it is over, whoever acknowledges it. A closed alert stays closed.
TRANSITIONS: dict[AlertState, dict[AlertEvent, AlertState]] = {
    AlertState.PENDING: {
        AlertEvent.RAISE: AlertState.ACTIVE,
        AlertEvent.ACKNOWLEDGE: AlertState.PENDING,
        AlertEvent.ESCALATE: AlertState.PENDING,
        AlertEvent.CLEAR: AlertState.CLOSED,
        AlertEvent.CLOSE: AlertState.CLOSED,
    },
    AlertState.ACTIVE: {
        AlertEvent.RAISE: AlertState.ACTIVE,
        AlertEvent.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
        AlertEvent.ESCALATE: AlertState.ESCALATED,
        AlertEvent.CLEAR: AlertState.CLEARED,
        AlertEvent.CLOSE: AlertState.ACTIVE,
    },
    AlertState.ACKNOWLEDGED: {
        AlertEvent.RAISE: AlertState.ACKNOWLEDGED,
        AlertEvent.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
        AlertEvent.ESCALATE: AlertState.ESCALATED,
        AlertEvent.CLEAR: AlertState.CLEARED,
        AlertEvent.CLOSE: AlertState.ACKNOWLEDGED,
    },
    AlertState.ESCALATED: {
        AlertEvent.RAISE: AlertState.ESCALATED,
        AlertEvent.ACKNOWLEDGE: AlertState.ESCALATED,
        AlertEvent.ESCALATE: AlertState.ESCALATED,
        AlertEvent.CLEAR: AlertState.CLEARED,
        AlertEvent.CLOSE: AlertState.ESCALATED,
    },
    AlertState.CLEARED: {
        AlertEvent.RAISE: AlertState.CLEARED,
        AlertEvent.ACKNOWLEDGE: AlertState.CLOSED,
        AlertEvent.ESCALATE: AlertState.CLEARED,
        AlertEvent.CLEAR: AlertState.CLEARED,
        AlertEvent.CLOSE: AlertState.CLOSED,
    },
    AlertState.CLOSED: dict.fromkeys(AlertEvent, AlertState.CLOSED),
}


class AlertBook:
    """Every alert of one person. The engine says all of it again after a restart; hearing it twice changes nothing."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}
        self._open: dict[str, Alert] = {}
        # asked for with every status, changed a few times an hour: None until asked for again
        self._sorted: tuple[Alert, ...] | None = None
        self._sorted_open: tuple[Alert, ...] | None = None
        self._closing_from_ns: int | None = None

    def restore(self, alerts: Iterable[Alert]) -> None:
        """Take over what the journal holds, closed alerts too: so a walk that is fed again does not reopen them."""
        for alert in alerts:
            self.keep(alert)

    def on_engine(self, alert: Alert) -> Alert | None:
        """An alert raised, strengthened or cleared; the alert as it now stands, None when nothing changed."""
        known = self._alerts.get(alert.id)
        return self.keep(alert if known is None else _merge(known, alert))

    def on_reply(self, reply: AlertReply) -> Alert | None:
        """What somebody says; None: nothing changed. The first acknowledgement and the first escalation stand, of
        *useful* and *not useful* the latest word, also about a closed alert.

        :raises UnderfootError: UNKNOWN_NAME when no alert has this id.
        """
        known = self._alerts.get(reply.id)
        if known is None:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"alert {reply.id!r}")
        return self.keep(_replied(known, reply))

    def end_walk(self, walk: str, t_ns: int) -> list[Alert]:
        """Nothing will clear what is still active of a walk that is over: it ends with the walk, and says so."""
        return self._keep_all(
            replace(
                alert,
                state=TRANSITIONS[alert.state][AlertEvent.CLEAR],
                cleared_t_ns=t_ns,
                evidence=f"{alert.evidence} {STILL_SO_AT_END}",
            )
            for alert in self.open
            if alert.walk == walk and alert.cleared_t_ns is None
        )

    def as_of(self, t_ns: int) -> list[Alert]:
        """Close what has been over for a while and asks for nothing more; returns what changed.

        An alert above `info` waits two weeks for somebody to acknowledge it.
        """
        if self._closing_from_ns is None:
            closing = [closes_t_ns for alert in self.open if (closes_t_ns := _closes_t_ns(alert)) is not None]
            self._closing_from_ns = min(closing, default=_NEVER_NS)
        if t_ns < self._closing_from_ns:
            return []
        return self._keep_all(done for alert in self.open if (done := _done(alert, t_ns)) is not None)

    def keep(self, alert: Alert) -> Alert | None:
        """The alert stands like this from now on; None when it stood so already."""
        if self._alerts.get(alert.id) == alert:
            return None
        self._alerts[alert.id] = alert
        self._sorted = self._sorted_open = self._closing_from_ns = None
        if alert.state is AlertState.CLOSED:
            self._open.pop(alert.id, None)
        else:
            self._open[alert.id] = alert
        return alert

    def get(self, alert_id: str) -> Alert | None:
        return self._alerts.get(alert_id)

    def knows(self, alert_id: str) -> bool:
        return alert_id in self._alerts

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert, oldest first."""
        if self._sorted is None:
            self._sorted = _oldest_first(self._alerts.values())
        return self._sorted

    @property
    def open(self) -> tuple[Alert, ...]:
        """Those that are not closed, oldest first; the same object until an alert changes."""
        if self._sorted_open is None:
            self._sorted_open = _oldest_first(self._open.values())
        return self._sorted_open

    def _keep_all(self, alerts: Iterable[Alert]) -> list[Alert]:
        return [kept for alert in alerts if (kept := self.keep(alert)) is not None]


def escalated(alert: Alert, t_ns: int, because: str) -> Alert:
    """The alert, handed to the clinician; the first time stands."""
    if alert.escalated_t_ns is not None:
        return alert
    state = TRANSITIONS[alert.state][AlertEvent.ESCALATE]
    return replace(alert, state=state, escalated_t_ns=t_ns, escalated_because=because)


def asked_because(alert: Alert, reply: AlertReply) -> str:
    """What the clinician reads of an alert that somebody hands on."""
    return f"{reply.by} asks you to look at this: {reply.note or alert.text}"


def _replied(known: Alert, reply: AlertReply) -> Alert:
    if reply.do == "escalate":
        handed = escalated(known, reply.t_ns, asked_because(known, reply))
        return replace(handed, note=reply.note or known.note)
    if reply.do != "acknowledge":
        return replace(known, useful=reply.do == "useful", note=reply.note or known.note)
    if known.acknowledged_t_ns is not None:
        return _done_after(known, reply)
    return replace(
        known,
        state=TRANSITIONS[known.state][AlertEvent.ACKNOWLEDGE],
        acknowledged_t_ns=reply.t_ns,
        acknowledged_by=reply.by,
        action=reply.action,
        note=reply.note or known.note,
    )


def _done_after(known: Alert, reply: AlertReply) -> Alert:
    """Who has acknowledged may say afterwards what they did, once."""
    is_theirs = reply.by == known.acknowledged_by
    return replace(known, action=reply.action) if is_theirs and known.action is None else known


def _oldest_first(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    return tuple(sorted(alerts, key=lambda alert: (alert.raised_t_ns, alert.id)))


def _wants_answer(alert: Alert) -> bool:
    return alert.level is not AlertLevel.INFO and alert.acknowledged_t_ns is None


def _closes_t_ns(alert: Alert) -> int | None:
    if alert.state is not AlertState.CLEARED or alert.cleared_t_ns is None:
        return None
    return alert.cleared_t_ns + (UNANSWERED_FOR_NS if _wants_answer(alert) else CLOSE_AFTER_NS)


def _done(alert: Alert, t_ns: int) -> Alert | None:
    closes_t_ns = _closes_t_ns(alert)
    if closes_t_ns is None or t_ns < closes_t_ns:
        return None
    evidence = f"{alert.evidence} {NOBODY_ANSWERED}" if _wants_answer(alert) else alert.evidence
    return replace(alert, state=TRANSITIONS[alert.state][AlertEvent.CLOSE], evidence=evidence)


def _merge(known: Alert, said: Alert) -> Alert:
    """What is known of an alert and what the engine says of it now: people's part is kept, progress is never undone.
    The first end stands: a walk that late rows have made longer says another one when it is fed again.

    An alert found in late rows that grows worse in live ones is late no longer.
    """
    is_cleared = said.cleared_t_ns is not None
    if known.cleared_t_ns is not None:
        return known
    is_worse = LEVELS.index(said.level) > LEVELS.index(known.level)
    stands = known if _is_weaker(said, known) else said
    return replace(
        known,
        state=TRANSITIONS[known.state][AlertEvent.CLEAR if is_cleared else AlertEvent.RAISE],
        level=stands.level,
        text=stands.text,
        evidence=stands.evidence,
        areas=stands.areas,
        cleared_t_ns=said.cleared_t_ns,
        late=known.late and (said.late or not is_worse),
    )


def _is_weaker(said: Alert, known: Alert) -> bool:
    """Whether this is an earlier word of the alert, said again: levels rise and areas become more."""
    levels = LEVELS.index(said.level), LEVELS.index(known.level)
    return levels[0] < levels[1] or (levels[0] == levels[1] and len(said.areas) < len(known.areas))
