"""An alert as a screen shows it, in one language, and the order in which a screen lists several. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Quiet
from ingest.wire.geometry import Side
from underfoot.alert_words import told
from underfoot.sentence import is_for_wearer, is_technical, waits
from underfoot.words import Words

_STATE_ORDER = (
    AlertState.ACTIVE,
    AlertState.ESCALATED,
    AlertState.ACKNOWLEDGED,
    AlertState.CLEARED,
    AlertState.CLOSED,
)
_LEVEL_ORDER = (AlertLevel.MEDIUM, AlertLevel.LOW, AlertLevel.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """`text_lang`: the language that the text could be said in. `evidence`, for the clinician, is always English.

    `muted`: it has made no sound, because the clinic muted it.
    """

    id: str
    text: str
    text_lang: str
    evidence: str
    level_word: str
    state: AlertState
    state_word: str
    side: Side | None
    raised_t_ns: int
    acknowledged_by: str | None
    action: str | None
    late: bool
    can_acknowledge: bool
    areas: tuple[str, ...] = ()
    useful: bool | None = None
    can_judge: bool = False
    for_wearer: bool = True
    muted: bool = False


def in_order(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """The most pressing first; what is not raised yet is left out."""
    shown = (alert for alert in alerts if alert.state is not AlertState.PENDING)
    return tuple(
        sorted(
            shown,
            key=lambda alert: (_STATE_ORDER.index(alert.state), _LEVEL_ORDER.index(alert.level), -alert.raised_t_ns),
        )
    )


def state_word(alert: Alert, words: Words) -> str:
    """Where it stands, and that it was handed on."""
    ended_unseen = alert.state is AlertState.CLEARED and waits(alert)
    stands = words(f"state.alert_state.{'ended_unseen' if ended_unseen else alert.state}")
    is_handed_on = alert.escalated_t_ns is not None and alert.state is not AlertState.ESCALATED
    return f"{stands}, {words('state.alert_state.escalated')}" if is_handed_on else stands


def alert_view(alert: Alert, words: Words) -> AlertView:
    text = told(alert, words)
    return AlertView(
        id=alert.id,
        text=text.text,
        text_lang=text.language,
        evidence=alert.evidence,
        level_word=words(f"state.level.{alert.level}"),
        state=alert.state,
        state_word=state_word(alert, words),
        side=alert.side,
        raised_t_ns=alert.raised_t_ns,
        acknowledged_by=alert.acknowledged_by,
        action=alert.action,
        late=alert.late,
        can_acknowledge=waits(alert),
        areas=alert.areas,
        useful=alert.useful,
        can_judge=not is_technical(alert) and alert.useful is None,
        for_wearer=is_for_wearer(alert),
        muted=alert.quiet is Quiet.MUTED,
    )
