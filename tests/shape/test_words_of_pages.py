"""The words of the page: the same in every language, every one used, every one there, and German without English."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from tree import ROOT

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Outcome, Quiet
from ingest.wire.entries import ProgrammeId, RedFlag, Skin
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Calibration, Region, Side, Zone
from ingest.wire.messages import Activity, CellFaultKind, LinkState
from processing.programme.plans import Phase
from processing.rules.preset import load_preset
from processing.rules.upkeep import Upkeep
from processing.rules.wording import leaning, zone_of
from processing.store.journal import TaskWhy
from processing.store.journal_sqlite import SqliteJournalReader
from underfoot.accounts.rights import SiteRole
from underfoot.alert_words import alert_text, told
from underfoot.sentence import Tone
from underfoot.words import DEFAULT, LANGUAGES, words_in
from underfoot.words.advice import advice
from underfoot.words.areas import area_words

PAGES = ROOT / "underfoot"
AREAS = sorted({file.stem for file in (PAGES / "words").glob("*/*.toml")})
# English of these stands elsewhere: with the faults, in what processing stores, or it is the name itself
ENGLISH_ELSEWHERE = ("alert", "area", "fault", "plan")
OTHERS = [language for language in LANGUAGES if language != DEFAULT]
GERMAN = words_in("de")
SHOWN: list[tuple[type[StrEnum], str]] = [
    (AlertState, "state.alert_state"),
    (AlertState, "clinic.alert_state"),
    (AlertLevel, "state.level"),
    (Quiet, "inbox.quiet"),
    (Outcome, "inbox.outcome"),
    (TaskWhy, "inbox.why"),
    (Skin, "skin"),
    (RedFlag, "flag"),
    (ProgrammeId, "programme.name"),
    (Phase, "programme.phase"),
    (SiteRole, "account.role"),
    (LinkState, "state.link"),
    (Activity, "state.activity"),
    (CellFaultKind, "state.cell_fault"),
    (Calibration, "foot.calibration"),
    (Tone, "feet.tone"),
    (Side, "state.side"),
]
IN_GERMAN_ONLY: list[tuple[type[StrEnum], str]] = [
    (FaultCode, "fault"),
    (Region, "area"),
    (Region, "alert.spot"),
    (Upkeep, "alert.text_of.T3"),
]
NOT_SHOWN = {"state.link.streaming", "clinic.alert_state.pending"}  # said otherwise, or not at all: enums have no gaps
# words that no German sentence has; names of programs and commands in back quotes are left out first
ENGLISH = re.compile(
    r"\b(the|and|of|not|your|you|is|are|with|from|for|no|on|has|have|this|that|foot|feet|walk|walks|insole|insoles|"
    r"alert|alerts|measured|load|heel|clinic|left|right|open|please|save|back|minutes|to|by|or|be|it|its)\b",
    re.IGNORECASE,
)
_NOT_PROSE = re.compile(r"`[^`]*`|\{[^}]*\}|underfoot \w+ \w+|https?://\S+")
_SAYS = re.compile(r"""(?:\bt|\bwords|\.count|\bsay|\btext)\(\s*["'`]([a-z_]+\.[\w.-]*\w)["'`]\s*[,)]""")
_BEGINS = re.compile(r"""["'`]([a-z_]+\.(?:[\w-]+[._])*[\w-]*?)(?:\$?\{|["']\s*[~+]|(?<=\.)["'])""")
_LITERAL = re.compile(r"""["'`>]([a-z_]+\.[\w. -]+?)["'`<]""")


def keys_of(language: str, *areas: str) -> set[str]:
    return set(words_in(language).of(*areas))


def text_of(language: str, key: str) -> str:
    return words_in(language).of(key.partition(".")[0])[key]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def sources() -> dict[Path, str]:
    """Everything that may say a word of the page."""
    of_kinds = [path for kind in ("py", "html", "js", "webmanifest") for path in PAGES.rglob(f"*.{kind}")]
    return {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in of_kinds if "vendor" not in path.parts}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("area", [area for area in AREAS if area not in ENGLISH_ELSEWHERE])
def test_an_area_says_the_same_in_every_language(area: str, language: str) -> None:
    ours, theirs = keys_of(DEFAULT, area), keys_of(language, area)
    assert (sorted(ours - theirs), sorted(theirs - ours)) == ([], []), "keys of one language only"
    unlike = {
        key: (text_of(DEFAULT, key), text_of(language, key))
        for key in ours
        if placeholders(text_of(DEFAULT, key)) != placeholders(text_of(language, key))
    }
    assert not unlike, "what is put in differs"


def test_english_is_written_once() -> None:
    assert not keys_of(DEFAULT, *ENGLISH_ELSEWHERE)


def test_every_word_that_is_asked_for_is_there() -> None:
    lacking = {
        (str(path), key)
        for path, text in sources().items()
        for key in _SAYS.findall(text)
        if key.partition(".")[0] in AREAS and not _is_there(key)
    }
    assert not lacking


def _is_there(key: str) -> bool:
    return any(words_in(language).has(each) for language in LANGUAGES for each in (key, f"{key}.one"))


@pytest.mark.parametrize("area", AREAS)
def test_every_word_is_used(area: str) -> None:
    """By its whole key, or by the beginning of it before something is put in."""
    whole = {key for text in sources().values() for key in _LITERAL.findall(text)}
    begun = tuple({begin for text in sources().values() for begin in _BEGINS.findall(text) if "." in begin})
    everywhere = "\n".join(sources().values())
    unused = [
        key
        for key in sorted(keys_of(DEFAULT, area) | keys_of("de", area))
        if key not in whole
        and key.rpartition(".")[0] not in whole  # .one and .many
        and not key.startswith(begun)
        and not re.search(rf"(?<![\w.-]){re.escape(key)}(?![\w-])", everywhere)
    ]
    assert not unused


@pytest.mark.parametrize(("kind", "prefix"), SHOWN, ids=lambda each: getattr(each, "__name__", each))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_that_is_shown_has_words(kind: type[StrEnum], prefix: str, language: str) -> None:
    known = keys_of(language, prefix.partition(".")[0])
    assert not {f"{prefix}.{value}" for value in kind} - known - NOT_SHOWN


@pytest.mark.parametrize(("kind", "prefix"), IN_GERMAN_ONLY, ids=lambda each: getattr(each, "__name__", each))
def test_what_is_english_elsewhere_has_german_words(kind: type[StrEnum], prefix: str) -> None:
    assert not {f"{prefix}.{value}" for value in kind} - keys_of("de", prefix.partition(".")[0])


def test_no_german_advice_for_a_fault_that_there_is_not() -> None:
    assert keys_of("de", "fault") == {f"fault.{code}" for code in FaultCode}
    assert all(advice(code, GERMAN) != advice(code, words_in(DEFAULT)) for code in FaultCode)


def test_every_rule_has_a_german_text() -> None:
    clinical = load_preset("clinical")
    rules = {rule.id for rule in (*clinical.rules, *clinical.days)}
    said = {key.split(".")[2] for key in keys_of("de", "alert") if key.split(".")[1].startswith("text")}
    assert said == rules


@pytest.mark.parametrize("area", AREAS)
def test_german_has_no_english_in_it(area: str) -> None:
    found = {
        key: hits
        for key, text in words_in("de").of(area).items()
        if (hits := ENGLISH.findall(_NOT_PROSE.sub("", text)))
    }
    assert not found


def test_every_alert_of_the_story_is_told_in_german(twelve_weeks: Path) -> None:
    journal = SqliteJournalReader(twelve_weeks / "journal.sqlite")
    alerts = [alert for person in journal.people() for alert in journal.alerts(person)]
    assert {alert.rule for alert in alerts} >= {"A1", "A3", "A4", "A6", "A9", "T1", "T2", "T2_long", "T3"}
    for alert in alerts:
        in_german = told(alert, GERMAN)
        assert in_german.language == "de"
        assert not ENGLISH.search(in_german.text), in_german.text
        assert_it_agrees(alert, in_german.text)
        assert alert_text(alert, words_in(DEFAULT)) == alert.text


def assert_it_agrees(alert: Alert, text: str) -> None:
    """Side and place of the German text are those of the alert's fields; a number that it has not is not said."""
    sides = {Side.LEFT: "link", Side.RIGHT: "recht"}
    named = {side for side, word in sides.items() if re.search(rf"\b{word}[es]", text)}
    if alert.rule == "A4":
        assert named == {side for side in Side if leaning(side) == alert.text}
    else:
        assert named == ({alert.side} if alert.side else set())
    if alert.rule in ("A1", "A5", "A6"):
        words = {Zone.FOREFOOT: "orfuß", Zone.MIDFOOT: "Mitte", Zone.REARFOOT: "Ferse", None: "Fuß"}
        assert words[zone_of(alert.areas)] in text
    if alert.rule == "T1":
        assert all(area_words(area, GERMAN) in text for area in alert.areas)


def test_a_rule_that_is_not_known_here_is_told_as_it_was_stored() -> None:
    alert = Alert(
        id="Z9-left-1", rule="Z9", level=AlertLevel.LOW, state=AlertState.ACTIVE, raised_t_ns=1, walk="",
        side=Side.LEFT, text="Something new about your left foot.", evidence="",
    )  # fmt: skip
    assert (told(alert, GERMAN).text, told(alert, GERMAN).language) == (alert.text, "en")
