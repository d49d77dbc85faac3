"""Every check is broken by the insole that breaks its rule, and by no other. All conversations run at once."""

from __future__ import annotations

import asyncio

import pytest
from conform_kit import examine

from ingest.conform.conversation import Conversation
from ingest.conform.report import CHECKS, conforms, judge
from ingest.conform.verdicts import Finding, Verdict

_AT_ONCE = 40
WITHOUT_FLASH = frozenset(
    {"att-mtu", "full-frames", "numbers-away", "ticks", "boot-id", "time"}
)  # else more than the one rule breaks
BREAKS = (
    *("advertisement", "services", "device-information", "battery", "att-mtu", "link-holds"),
    *("advertises-again", "info", "layout", "layout-offset"),
    *("layout-errors", "time", "control-subscription", "control-replies", "control-unknown", "control-length"),
    *("control-rate", "control-side", "identify", "status-request", "start", "start-again", "stop", "stop-at-rest"),
    *("start-anew", "status-read", "status-notified", "status-books", "mask", "frames", "numbers", "numbers-away"),
    *("ticks", "rate", "full-frames", "silence", "held", "held-time", "rows-away", "rows-same", "records"),
    *("records-range", "records-count", "records-none", "records-refusals", "records-subscription", "records-busy"),
    *("records-abort", "live-first", "delete", "boot-id", "rows-over-restart", "update"),
)
# what cannot be told any more where this rule is broken: never another check that is broken as well
_HIDES = {
    "link-holds": {
        *("control-replies", "status-request", "status-read", "status-notified", "mask"),
        *("boot-id", "rows-over-restart"),  # when the link breaks while it is being restarted
    },
    "status-notified": {"status-books"},
}
_AFTER_THE_FIRST_LINK = {"advertises-again"}
_UNSURE = {"rate"}  # how sure it is depends on how busy this machine is

Key = tuple[str, bool]  # what it breaks, whether it has flash


@pytest.fixture(scope="module")
def talks() -> dict[Key, Conversation]:
    some_at_once = asyncio.Semaphore(_AT_ONCE)

    async def talk_with(breaks: str, flash: bool) -> Conversation:
        async with some_at_once:
            return await examine(breaks, flash=flash)

    async def all_of_them() -> dict[Key, Conversation]:
        keys = [("", True), ("", False), *((name, name not in WITHOUT_FLASH) for name in BREAKS)]
        return dict(zip(keys, await asyncio.gather(*(talk_with(*key) for key in keys)), strict=True))

    return asyncio.run(all_of_them())


def found(talk: Conversation) -> dict[str, Finding]:
    return {finding.check.name: finding for finding in judge(talk)}


def told(findings: dict[str, Finding], verdict: Verdict) -> dict[str, str]:
    return {name: one.seen for name, one in findings.items() if one.verdict is verdict}


def test_an_insole_in_good_order_passes_every_check(talks: dict[Key, Conversation]) -> None:
    findings = judge(talks["", True])
    assert {one.check.name: one.seen for one in findings if one.verdict is not Verdict.OK}.keys() <= _UNSURE
    assert conforms(findings)


def test_an_insole_without_flash_passes_what_it_offers(talks: dict[Key, Conversation]) -> None:
    findings = found(talks["", False])
    assert told(findings, Verdict.BROKEN).keys() <= _UNSURE
    assert set(told(findings, Verdict.NOT_TRIED)) <= _UNSURE
    assert len(told(findings, Verdict.NOT_OFFERED)) == 15


def test_every_check_has_an_insole_that_breaks_it() -> None:
    assert sorted(BREAKS) == sorted(check.name for check in CHECKS)


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_breaks_its_check_and_no_other(talks: dict[Key, Conversation], name: str) -> None:
    flash = name not in WITHOUT_FLASH
    intact, findings = found(talks["", flash]), found(talks[name, flash])
    assert findings[name].verdict is Verdict.BROKEN
    assert told(findings, Verdict.BROKEN).keys() - {name} <= _UNSURE, told(findings, Verdict.BROKEN)
    changed = {each for each, one in findings.items() if one.verdict is not intact[each].verdict} - {name}
    if name not in _AFTER_THE_FIRST_LINK:
        assert changed <= _HIDES.get(name, set()) | _UNSURE
    assert not conforms(judge(talks[name, flash]))


def test_only_rows_of_the_check_are_deleted_and_all_of_them(talks: dict[Key, Conversation]) -> None:
    talk = talks["", True]
    held = found(talk) and talk.steps["held at the end"].answer
    assert isinstance(held, bytes)
    assert held[1] == 1  # the running boot, of which nothing is held
    assert held[8:12] == held[12:16]


def test_what_is_asked_stands_in_the_document_and_the_advice_is_one_sentence() -> None:
    for check in CHECKS:
        assert check.section.replace(", ", "").isdecimal(), check.name
        assert check.advice.endswith("."), check.name
        assert ". " not in check.advice, check.name
