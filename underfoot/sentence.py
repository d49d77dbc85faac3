"""The one sentence of state. Plain words; never calm on partial data, never without saying what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.alerts import STILL_SO, Alert, AlertState, Audience
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from underfoot.alert_words import alert_text
from underfoot.words import ENGLISH, Words
from underfoot.words.times import ago, span

_S = 1_000_000_000
ENOUGH_PCT = 80.0  # below it nothing calm may be said
ENOUGH_S = 60.0  # the figures are over the last 60 s


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
    """What the sentence rests on. `recent_pct`: coverage of the newest figures; None: there are none.

    `lacking`: feet that are measured, but not with every cell.
    """

    missing: tuple[Side, ...]
    links: tuple[LinkState | None, ...]
    seen: bool  # samples have come at all
    measured_s: float
    coverage_pct: float
    recent_pct: float | None
    alerts: Sequence[Alert]  # the most pressing first
    lacking: tuple[Side, ...] = ()
    being_set_up: bool = False
    now_ns: int = 0


def sentence(known: Known, words: Words = ENGLISH) -> Sentence:
    told = told_of(known.alerts)
    if known.missing and (told is None or is_technical(told)):
        return _not_measured(known, words)
    return _measured(known, words) if told is None else _alarmed(told, known, words)


def told_of(alerts: Sequence[Alert]) -> Alert | None:
    """The alert that the sentence tells of, of those in the order of the screen; None: of none."""
    standing = _standing(alerts)
    about_feet = (alert for alert in standing if not is_technical(alert))
    return next(about_feet, standing[0] if standing else None)


def _standing(alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if is_open(alert) and not _is_past(alert) and is_for_wearer(alert)]


def _alarmed(told: Alert, known: Known, words: Words) -> Sentence:
    detail = f"{_others(_standing(known.alerts), words)}{_rests_on(known, words)}"
    if known.missing:
        raised = words("state.sentence.raised", ago=ago(max(0, known.now_ns - told.raised_t_ns) / _S, words))
        detail = f"{detail} {_no_signal(known.missing, words)} {raised}"
    return Sentence(Tone.ALERT, alert_text(told, words), _and_look(detail, words))


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


def _measured(known: Known, words: Words) -> Sentence:
    headline = words("state.sentence.measured")

    def partial(key: str, **named: object) -> Sentence:
        return Sentence(Tone.PARTIAL, headline, _and_look(words(f"state.sentence.{key}", **named), words))

    length = span(known.measured_s, words)
    if known.measured_s < ENOUGH_S:
        return partial("too_early", span=length)
    if known.coverage_pct < ENOUGH_PCT:
        return partial("little_of_walk", pct=words.percent(known.coverage_pct), span=length)
    if known.recent_pct is None:
        return partial("no_figures")
    if known.recent_pct < ENOUGH_PCT:
        return partial("little_of_late", pct=words.percent(known.recent_pct))
    if known.lacking:
        return partial(f"part_lacking.{'both' if len(known.lacking) > 1 else known.lacking[0]}")
    return _calm_if_it_may_be(known, headline, words)


def _calm_if_it_may_be(known: Known, headline: str, words: Words) -> Sentence:
    if any(is_open(alert) and _is_past(alert) and is_for_wearer(alert) for alert in known.alerts):
        found = f"{words('state.sentence.found_late')} {_rests_on(known, words)}"
        return Sentence(Tone.PARTIAL, headline, _and_look(found, words))
    ended = [alert for alert in known.alerts if not is_open(alert) and is_for_wearer(alert)]
    if ended:
        unseen = sum(waits(alert) for alert in ended)
        told = ("ended_unseen", unseen) if unseen else ("ended", len(ended))
        past = f"{words.count(f'state.sentence.{told[0]}', told[1])} {_rests_on(known, words)}"
        return Sentence(Tone.CALM, headline, _and_look(past, words))
    calm = words(
        "state.sentence.calm", span=span(known.measured_s, words), pct=words.percent(known.coverage_pct)
    )  # fmt: skip
    return Sentence(Tone.CALM, headline, _and_look(calm, words))


def _not_measured(known: Known, words: Words) -> Sentence:
    if not known.seen and not known.being_set_up:
        return Sentence(Tone.NOT_MEASURED, words("state.sentence.waiting"), words("state.sentence.waiting_more"))
    if known.being_set_up:
        headline, told = words("state.sentence.being_set_up"), _rests_on(known, words)
    elif all(link is LinkState.ENDED for link in known.links):
        headline, told = words("state.sentence.over"), _rests_on(known, words)
    else:
        headline, told = _no_signal(known.missing, words), _rests_on(known, words)
        if len(known.missing) == 1:
            told = f"{told} {words(f'state.sentence.still.{known.missing[0].other}')}"
    return Sentence(Tone.NOT_MEASURED, headline, _and_look(told, words))


def _no_signal(missing: tuple[Side, ...], words: Words) -> str:
    return words(f"state.sentence.no_signal.{'both' if len(missing) > 1 else missing[0]}")


def _rests_on(known: Known, words: Words) -> str:
    if not known.seen:
        return words("state.sentence.waiting_more")
    return words(
        "state.sentence.rests_on", span=span(known.measured_s, words), pct=words.percent(known.coverage_pct)
    )  # fmt: skip


def _others(standing: Sequence[Alert], words: Words) -> str:
    more = len(standing) - 1
    return f"{words.count('state.sentence.others', more)} " if more else ""


def _and_look(told: str, words: Words) -> str:
    return f"{told} {words('state.sentence.look')}"
