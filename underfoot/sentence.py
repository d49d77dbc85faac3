"""The one sentence of state. Plain words; never calm on partial data, never without saying what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.alerts import STILL_SO, Alert, AlertState, Audience
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

ENOUGH_PCT = 80.0  # below it nothing calm may be said
ENOUGH_S = 60.0  # the figures are over the last 60 s
LOOK = "Still look at your feet every day."


class Tone(StrEnum):
    CALM = "calm"
    PARTIAL = "partial"  # measured now, too little for a calm word
    ALERT = "alert"
    NOT_MEASURED = "not-measured"


@dataclass(frozen=True, slots=True)
class Sentence:
    """`headline` changes only when the state does, `detail` also with time and coverage."""

    tone: Tone
    headline: str
    detail: str

    def __str__(self) -> str:
        return f"{self.headline} {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the sentence rests on. `recent_pct`: coverage of the newest figures; None: there are none."""

    missing: tuple[Side, ...]
    links: tuple[LinkState | None, ...]
    seen: bool  # samples have come at all
    measured_s: float
    coverage_pct: float
    recent_pct: float | None
    alerts: Sequence[Alert]  # the most pressing first


def sentence(known: Known) -> Sentence:
    standing = [alert for alert in known.alerts if is_open(alert) and not _is_past(alert) and is_for_wearer(alert)]
    about_feet = [alert for alert in standing if not is_technical(alert)]
    if about_feet:
        missing = f" {_no_signal(known.missing)}" if known.missing else ""
        return Sentence(Tone.ALERT, about_feet[0].text, f"{_others(standing)}{_rests_on(known)}{missing} {LOOK}")
    if known.missing:
        return _not_measured(known)
    if standing:
        return Sentence(Tone.ALERT, standing[0].text, f"{_others(standing)}{_rests_on(known)} {LOOK}")
    return _measured(known)


def is_open(alert: Alert) -> bool:
    return alert.state in STILL_SO


def _is_past(alert: Alert) -> bool:
    """Found in late rows of a walk; what is of no walk is open for as long as it is so."""
    return alert.late and bool(alert.walk)


def is_for_wearer(alert: Alert) -> bool:
    """The clinician's stand in the list only."""
    return alert.audience is not Audience.CLINICIAN


def waits(alert: Alert) -> bool:
    """Nobody has acknowledged it, and it still matters that somebody does."""
    return alert.acknowledged_t_ns is None and alert.state in (
        AlertState.ACTIVE,
        AlertState.ESCALATED,
        AlertState.CLEARED,
    )


def is_technical(alert: Alert) -> bool:
    """T1, T2, T3 of the rule table: about the insoles, not about the feet."""
    return alert.rule.startswith("T")


def duration(seconds: float) -> str:
    """A span in plain words: 40 s, 3 min, 3 h 10 min."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{int(seconds)} s"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _measured(known: Known) -> Sentence:
    headline = "Both feet are being measured."
    span = duration(known.measured_s)
    if known.measured_s < ENOUGH_S:
        return Sentence(Tone.PARTIAL, headline, f"It is too early to say more: {span} so far. {LOOK}")
    if known.coverage_pct < ENOUGH_PCT:
        return Sentence(
            Tone.PARTIAL, headline, f"But only {known.coverage_pct:.0f} % of this walk was ({span}). {LOOK}"
        )
    if known.recent_pct is None:
        return Sentence(Tone.PARTIAL, headline, f"But no figures are being worked out from it. {LOOK}")
    if known.recent_pct < ENOUGH_PCT:
        return Sentence(Tone.PARTIAL, headline, f"But only {known.recent_pct:.0f} % of the latest stretch was. {LOOK}")
    return _calm_if_it_may_be(known, headline, span)


def _calm_if_it_may_be(known: Known, headline: str, span: str) -> Sentence:
    if any(is_open(alert) and _is_past(alert) and is_for_wearer(alert) for alert in known.alerts):
        found = "An alert was found in data that came late; see the list."
        return Sentence(Tone.PARTIAL, headline, f"{found} {_rests_on(known)} {LOOK}")
    ended = sum(not is_open(alert) for alert in known.alerts)
    if ended:
        past = "One alert has ended" if ended == 1 else f"{ended} alerts have ended"
        return Sentence(Tone.CALM, headline, f"No alert now. {past}; see the list. {_rests_on(known)} {LOOK}")
    covered = f"{span} measured (coverage {known.coverage_pct:.0f} %)"
    return Sentence(Tone.CALM, headline, f"No alert in the {covered}. {LOOK}")


def _not_measured(known: Known) -> Sentence:
    if not known.seen:
        return Sentence(Tone.NOT_MEASURED, "Waiting for your insoles.", "Nothing is being measured yet.")
    if all(link is LinkState.ENDED for link in known.links):
        return Sentence(Tone.NOT_MEASURED, "The measurement has ended.", f"{_rests_on(known)} {LOOK}")
    still = "" if len(known.missing) > 1 else f" The {known.missing[0].other} foot is still measured."
    return Sentence(Tone.NOT_MEASURED, _no_signal(known.missing), f"{_rests_on(known)}{still} {LOOK}")


def _no_signal(missing: tuple[Side, ...]) -> str:
    if len(missing) > 1:
        return "No signal from your insoles. We are not measuring."
    return f"No signal from your {missing[0]} insole. We are not measuring that foot."


def _rests_on(known: Known) -> str:
    return f"{duration(known.measured_s)} measured, coverage {known.coverage_pct:.0f} %."


def _others(standing: Sequence[Alert]) -> str:
    more = len(standing) - 1
    if not more:
        return ""
    return "One more alert is open. " if more == 1 else f"{more} more alerts are open. "
