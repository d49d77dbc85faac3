"""A named, versioned set of rules: over seconds, over days, and what keeps them bearable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from processing.rules.day_rule import DayRule, EscalationRule, PeaceRule
from processing.rules.load_rule import HotAreaRule, PeakRule, StandingRule, SustainedRule
from processing.rules.rule import DeviationRule, FaultRule, SilenceRule

Rule = DeviationRule | SilenceRule | FaultRule | SustainedRule | StandingRule | PeakRule | HotAreaRule
Value = float | str | bool

WindowS = Annotated[int, Meta(ge=5, le=300)]
CoveragePct = Annotated[float, Meta(ge=50, le=95)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetHead:
    """What all rules of a set share."""

    name: str
    version: Annotated[int, Meta(ge=1)]
    label: str
    window_s: WindowS  # the length of the rolling figures that the pipeline has to give
    coverage_pct: CoveragePct  # a figure that rests on less is not judged


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet(RuleSetHead):
    """`rules` judge seconds, `days` judge days and walks. `sources` says why each number is what it is
    ("A3.hold_s" → evidence), `changed` which of them a person has set to what."""

    rules: tuple[Rule, ...]
    days: tuple[DayRule, ...]
    peace: PeaceRule
    escalation: EscalationRule
    sources: Mapping[str, str]
    changed: Mapping[str, Value] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How evidence names the rules it was judged by."""
        many = f"{len(self.changed)} limit{'' if len(self.changed) == 1 else 's'} changed" if self.changed else ""
        return ", ".join(part for part in (f"{self.name}/{self.version}", self.label, many) if part)


RulesAt = Callable[[int], RuleSet]  # UTC ns; of one person
RulesFor = Callable[[str, int], RuleSet]  # person, UTC ns
