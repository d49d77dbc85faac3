"""What a person is answered who says how they are."""

from __future__ import annotations

import pytest
from programme_kit import CLEAR, begin, check, on, symptoms
from rules_kit import FORBIDDEN

from ingest.wire.entries import ProgrammeId, RedFlag, Skin
from processing.household import Household
from processing.programme.diary import answer
from processing.programme.words import stop_rules
from processing.store.journal import TaskWhy

HOUSE = Household(clinic_phone="0555 1234")
EMERGENCY = (RedFlag.CHEST_PAIN, RedFlag.BREATHLESS, RedFlag.FAINT)


@pytest.mark.parametrize("flag", list(RedFlag))
def test_a_red_flag_is_answered_by_a_call_now_and_by_a_task(flag: RedFlag) -> None:
    said = answer(symptoms(on(0), red_flags=(flag,)), HOUSE)
    assert said.task is TaskWhy.RED_FLAG
    assert "call" in said.advice
    assert " now" in said.advice
    assert ("emergency number" in said.advice) is (flag in EMERGENCY)
    assert ("0555 1234" in said.advice) is (flag not in EMERGENCY)
    assert said.advice.count(".") == 1
    assert on(0).isoformat() in said.text


def test_the_emergency_goes_before_the_foot() -> None:
    said = answer(symptoms(on(0), red_flags=(RedFlag.OPEN_SORE, RedFlag.CHEST_PAIN)), HOUSE)
    assert "emergency number" in said.advice
    assert "an open sore, pain in the chest" in said.text


@pytest.mark.parametrize(
    ("skin", "task", "told"),
    [
        (Skin.CLEAR, None, ""),
        (Skin.NOT_LOOKED, None, "Look at both feet"),
        (Skin.SORE, TaskWhy.SKIN, "your clinic is told"),
        (Skin.RED, TaskWhy.SKIN, "call today: your foot clinic, 0555 1234"),
        (Skin.BLISTER, TaskWhy.SKIN, "call today"),
        (Skin.OPEN, TaskWhy.RED_FLAG, "call now: your foot clinic, 0555 1234"),
    ],
)
def test_a_foot_check_is_answered_by_the_worse_foot(skin: Skin, task: TaskWhy | None, told: str) -> None:
    for left, right in ((skin, CLEAR), (CLEAR, skin)):
        said = answer(check(on(0), left, right), HOUSE)
        assert said.task is task
        assert told in said.advice
        assert bool(told) == bool(said.advice)
        assert (skin.replace("-", " ") in said.text) is (task is not None)


def test_without_a_number_the_clinic_is_named() -> None:
    assert answer(check(on(0), Skin.OPEN), Household()).advice == (
        "Do not walk on that foot and call now: your foot clinic."
    )


def test_grades_alone_and_other_entries_want_no_answer() -> None:
    for entry in (symptoms(on(0), pain=10), symptoms(on(0)), begin()):
        assert answer(entry, HOUSE).advice == ""
        assert answer(entry, HOUSE).task is None


def test_words_for_people_name_no_forbidden_thing() -> None:
    told = [answer(symptoms(on(0), red_flags=(flag,)), HOUSE).advice for flag in RedFlag]
    told += [answer(check(on(0), skin), HOUSE).advice for skin in Skin]
    told += [rule for programme in ProgrammeId for rule in stop_rules(programme)]
    assert not [words for words in told for word in FORBIDDEN if word in words.lower()]
