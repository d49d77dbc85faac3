"""The text of an alert for the person who walks, in one language, from the alert's own fields. Pure.

English is what processing wrote and the stores keep. Another language has its own sentence for each rule; figures that
stand in the English words only are left out of it. A rule that the language does not know is told in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side, Zone
from processing.rules.upkeep import Upkeep
from processing.rules.wording import leaning, repeating, zone_of
from underfoot.words import DEFAULT, Words
from underfoot.words.areas import area_words


@dataclass(frozen=True, slots=True)
class Told:
    """`language`: of the text, for `lang` on the page."""

    text: str
    language: str


def alert_text(alert: Alert, words: Words) -> str:
    return told(alert, words).text


def told(alert: Alert, words: Words) -> Told:
    """The sentence, and the language in which it could be said."""
    key = _key(alert)
    if words.language == DEFAULT or not words.has(key):
        return Told(alert.text, DEFAULT)
    return Told(words(key, **_named(alert, words)), words.language)


def _key(alert: Alert) -> str:
    variant = _variant(alert)
    return f"alert.text_of.{alert.rule}.{variant}" if variant else f"alert.text.{alert.rule}"


def _variant(alert: Alert) -> str:
    match alert.rule:
        case "A4":  # of no foot: which side carries more stands in the sentence alone
            return next((side for side in Side if leaning(side) == alert.text), "either")
        case "T1":
            return "frozen" if alert.text == repeating(alert.side) else ""
        case "T3":
            return next((upkeep for upkeep in Upkeep if upkeep in alert.id.split("-")), "")
    return ""


def _named(alert: Alert, words: Words) -> Mapping[str, str]:
    side = alert.side or "both"
    zone = zone_of(alert.areas)
    foot = words(f"alert.foot.{side}")
    spot = f"alert.spot.{next(iter(alert.areas), '')}"
    return {
        "foot": foot,
        "insole": words(f"alert.insole.{side}"),
        "forefoot": words(f"alert.place.{Zone.FOREFOOT}.{side}"),
        "place": foot if zone is None else words(f"alert.place.{zone}.{side}"),
        "under": words(f"alert.under.{zone or 'foot'}.{side}"),
        "spot": words(spot) if words.has(spot) else "",
        "areas": ", ".join(area_words(area, words) for area in alert.areas),
    }
