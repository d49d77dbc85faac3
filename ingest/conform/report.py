"""From a conversation to findings. Pure."""

from __future__ import annotations

from ingest.conform import judge_control, judge_identity, judge_memory, judge_records, judge_restart, judge_rows
from ingest.conform.conversation import Conversation
from ingest.conform.facts import Facts
from ingest.conform.verdicts import Check, Finding, Verdict, find

CHECKS: tuple[Check, ...] = (
    *judge_identity.CHECKS,
    *judge_control.CHECKS,
    *judge_rows.CHECKS,
    *judge_memory.CHECKS,
    *judge_records.CHECKS,
    *judge_restart.CHECKS,
)


def judge(talk: Conversation) -> tuple[Finding, ...]:
    """One finding a check, in the order of the document."""
    facts = Facts(talk)
    return tuple(find(check, facts) for check in CHECKS)


def conforms(findings: tuple[Finding, ...]) -> bool:
    return all(finding.verdict is not Verdict.BROKEN for finding in findings)
