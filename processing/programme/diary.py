"""What a person is answered who says how they are: call now, call, look again, or nothing. Never what it might be.

Clinical basis 5.2 (escalation): a red flag is answered by "call now", at once and not only by a line in a list; a foot
that is sore, red or blistered becomes a task for the clinician, and an open one is a red flag, however it is said.
Wording 5.3: one action a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.entries import Entry, FootCheck, RedFlag, Skin, Symptoms
from processing.household import Household
from processing.store.journal import TaskWhy

_EMERGENCY = frozenset({RedFlag.CHEST_PAIN, RedFlag.BREATHLESS, RedFlag.FAINT})
_WORST_FIRST = (Skin.OPEN, Skin.BLISTER, Skin.RED, Skin.SORE)
_FLAG_WORDS = {
    RedFlag.OPEN_SORE: "an open sore",
    RedFlag.HOT_SWOLLEN: "a hot, swollen foot",
    RedFlag.DRAINAGE: "a foot that drains",
    RedFlag.CHEST_PAIN: "pain in the chest",
    RedFlag.BREATHLESS: "short of breath",
    RedFlag.FAINT: "faint",
    RedFlag.CALF_PAIN: "new pain in the calf, or pain at rest",
}


class Calls(StrEnum):
    """What the advice calls for, for who says it in another language."""

    NOTHING = "nothing"
    EMERGENCY = "emergency"
    STOP_AND_CALL = "stop-and-call"
    OFF_THE_FOOT = "off-the-foot"
    LOOK_AGAIN = "look-again"
    REST_AND_CALL = "rest-and-call"
    LOOK_TODAY = "look-today"


@dataclass(frozen=True, slots=True)
class Answer:
    """`advice` for who said it ("": nothing to do); `task` for the clinician, with its `text`."""

    advice: str = ""
    task: TaskWhy | None = None
    text: str = ""
    calls: Calls = Calls.NOTHING


def answer(entry: Entry, house: Household) -> Answer:
    """To symptoms and foot checks; anything else wants no answer."""
    if isinstance(entry.said, Symptoms):
        return _to_symptoms(entry.said, house)
    return _to_check(entry.said, house) if isinstance(entry.said, FootCheck) else Answer()


def _to_symptoms(said: Symptoms, house: Household) -> Answer:
    flags = [flag for flag in RedFlag if flag in said.red_flags]
    if not flags:
        return Answer()
    named = ", ".join(_FLAG_WORDS[flag] for flag in flags)
    text = f"Red flag on {said.day}: {named}. Told to call now; walking is stopped."
    if _EMERGENCY.intersection(flags):
        return Answer("Stop walking and call your emergency number now.", TaskWhy.RED_FLAG, text, Calls.EMERGENCY)
    return Answer(f"Stop walking and call now: {_clinic(house)}.", TaskWhy.RED_FLAG, text, Calls.STOP_AND_CALL)


def _to_check(said: FootCheck, house: Household) -> Answer:
    seen = (said.left, said.right)
    worst = next((skin for skin in _WORST_FIRST if skin in seen), None)
    if worst is None:
        is_missing = Skin.NOT_LOOKED in seen
        return Answer("Look at both feet today, the soles too.", calls=Calls.LOOK_TODAY) if is_missing else Answer()
    text = f"Foot check of {said.day}: left {_words(said.left)}, right {_words(said.right)}."
    if worst is Skin.OPEN:
        advice = f"Do not walk on that foot and call now: {_clinic(house)}."
        return Answer(advice, TaskWhy.RED_FLAG, text, Calls.OFF_THE_FOOT)
    if worst is Skin.SORE:
        return Answer("Look at that spot again tonight; your clinic is told.", TaskWhy.SKIN, text, Calls.LOOK_AGAIN)
    return Answer(f"Rest that foot and call today: {_clinic(house)}.", TaskWhy.SKIN, text, Calls.REST_AND_CALL)


def _words(skin: Skin) -> str:
    return skin.replace("-", " ")


def _clinic(house: Household) -> str:
    return f"your foot clinic, {house.clinic_phone}" if house.clinic_phone else "your foot clinic"
