"""What the person who walks reads of a programme, in one language: today's sentence. Pure.

English is what processing says. Another language says what the plan's own fields and the known sentences of processing
tell; a reason with figures that stand in the English words only is left out. What is not known here is told as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from ingest.wire.entries import ProgrammeId
from ingest.wire.person import Plan
from processing.programme import words as said
from processing.programme.plans import PROGRAMMES, Phase
from underfoot.words import DEFAULT, Words

WHY: Mapping[str, str] = {
    "an alert took it back a little for two days": "step_back",
    "your foot check was not clear": "skin",
    "an alert is still open": "alert",
    "your feet were not looked at yesterday": "not_looked",
}


def plan_text(plan: Plan, words: Words) -> str:
    """Today's sentence."""
    if words.language == DEFAULT:
        return plan.words
    settled = _settled(plan)
    if settled is not None:
        return words(f"plan.{settled}")
    return _asked(plan, words) if plan.minutes else plan.words


def _settled(plan: Plan) -> str | None:
    """The key of a sentence that asks for no minutes; None: it asks for some."""
    programme = PROGRAMMES[plan.programme]
    sentences = {
        said.STOPPED: "stopped",
        **{text: f"resting.{skin}" for skin, text in said.RESTING.items()},
        said.ended(programme): f"ended.{programme.id}",
        said.rest_day(programme): f"rest_day.{programme.id}",
        said.done(programme): f"done.{programme.id}",
    }
    return sentences.get(plan.words)


def _asked(plan: Plan, words: Words) -> str:
    asked = words.count(f"plan.walk.{_phase(plan)}", round(plan.minutes))
    _, held, why = plan.words.partition(said.HELD)
    if not held:
        return words("plan.asked", asked=asked)
    key = WHY.get(why.rstrip("."))
    return words("plan.held_why", asked=asked, why=words(f"plan.why.{key}")) if key else words("plan.held", asked=asked)


def _phase(plan: Plan) -> Phase:
    if plan.programme is ProgrammeId.BACKWARD_WALKING:
        return Phase.BACKWARD
    return Phase.BRISK if plan.words.startswith(said.HOW[Phase.BRISK]) else Phase.WALKING
