"""A diary form read into what it says; what it calls for is processing's own answer in every language."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.wire.entries import Entry, FootCheck, NoWalk, RedFlag, Role, Said, Skin, Symptoms
from ingest.wire.faults import FaultCode, UnderfootError
from processing.household import Household
from processing.programme.diary import Calls, answer
from underfoot.web.home.diary_said import URGENT, call_words, calls_of, said_in
from underfoot.words import LANGUAGES, words_in

DAY = date(2026, 4, 5)
ISO = "2026-04-05"
HOUSE = Household(clinic_phone="01 234 56 78")


def test_what_is_left_out_is_not_asked_and_never_zero() -> None:
    form = {
        "pain": "0",
        "numbness": "",
        "tingling": "10",
        "flag": "open-sore,calf-pain",
        "left": "red",
        "no_walk": "yes",
    }
    symptoms, check, no_walk = said_in(form, DAY)
    flags = (RedFlag.OPEN_SORE, RedFlag.CALF_PAIN)
    assert symptoms == Symptoms(day=ISO, pain=0, numbness=None, tingling=10, red_flags=flags)
    assert check == FootCheck(day=ISO, left=Skin.RED, right=Skin.NOT_LOOKED)
    assert no_walk == NoWalk(day=ISO)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, FaultCode.ENTRY_REFUSED),
        ({"pain": ""}, FaultCode.ENTRY_REFUSED),
        ({"pain": "11"}, FaultCode.REQUEST_MALFORMED),
        ({"pain": "-1"}, FaultCode.REQUEST_MALFORMED),
        ({"pain": "٣"}, FaultCode.REQUEST_MALFORMED),
        ({"pain": "1" * 5000}, FaultCode.REQUEST_MALFORMED),
        ({"flag": "tired"}, FaultCode.REQUEST_MALFORMED),
        ({"left": "green"}, FaultCode.REQUEST_MALFORMED),
    ],
)
def test_what_makes_no_sense_is_refused(form: dict[str, str], code: FaultCode) -> None:
    with pytest.raises(UnderfootError) as refused:
        said_in(form, DAY)
    assert refused.value.code is code


def every_answered() -> list[Said]:
    checks: list[Said] = [FootCheck(day=ISO, left=skin, right=Skin.CLEAR) for skin in Skin]
    return [*checks, *(Symptoms(day=ISO, red_flags=(flag,)) for flag in RedFlag), Symptoms(day=ISO, pain=9)]


@pytest.mark.parametrize("house", [HOUSE, Household()])
def test_in_english_the_words_are_those_of_processing(house: Household) -> None:
    found = set()
    for said in every_answered():
        given = answer(Entry(id="-", by="-", role=Role.PATIENT, t_ns=0, said=said), house)
        assert [call_words(each, house, words_in("en")) for each in calls_of([said], house)] == (
            [given.advice] if given.advice else []
        )
        found.add(given.calls)
    assert found == set(Calls)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_wait_names_the_telephone(language: str) -> None:
    for calls in URGENT - {Calls.EMERGENCY}:
        assert HOUSE.clinic_phone in call_words(calls, HOUSE, words_in(language))


def test_the_most_urgent_comes_first() -> None:
    said = [FootCheck(day=ISO, left=Skin.SORE, right=Skin.CLEAR), Symptoms(day=ISO, red_flags=(RedFlag.FAINT,))]
    assert calls_of(said, HOUSE) == [Calls.EMERGENCY, Calls.LOOK_AGAIN]
