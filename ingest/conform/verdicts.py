"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ingest.wire.faults import UnderfootError

if TYPE_CHECKING:
    from ingest.conform.facts import Facts


class Verdict(StrEnum):
    OK = "ok"
    BROKEN = "broken"
    NOT_OFFERED = "not offered"  # optional, and the device does not have it
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Verdict
    seen: str


class CannotTell(Exception):  # noqa: N818 - an outcome, not a failure
    """What a check rests on is not there; the words say what."""


Judge = Callable[["Facts"], Judged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`asks`: what the document asks, in its section; `advice`: one sentence for the author of the firmware."""

    name: str
    section: str
    asks: str
    advice: str
    judge: Judge


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    verdict: Verdict
    seen: str


def ok(seen: str) -> Judged:
    return Judged(Verdict.OK, seen)


def broken(seen: str) -> Judged:
    return Judged(Verdict.BROKEN, seen)


def not_offered(why: str) -> Judged:
    return Judged(Verdict.NOT_OFFERED, why)


def not_tried(why: str) -> Judged:
    return Judged(Verdict.NOT_TRIED, why)


def all_of(*wrong: str | None, fine: str) -> Judged:
    """Broken by whatever of `wrong` is said, else ok."""
    told = [each for each in wrong if each]
    return broken("; ".join(told)) if told else ok(fine)


def find(check: Check, facts: Facts) -> Finding:
    """Bytes that cannot be read break the check that has to read them."""
    try:
        judged = check.judge(facts)
    except CannotTell as why:
        judged = not_tried(str(why))
    except UnderfootError as error:
        judged = broken(error.fault.detail or str(error.code))
    return Finding(check, judged.verdict, judged.seen)
