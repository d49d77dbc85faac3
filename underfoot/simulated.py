"""Other limits over the stored walks of some days: what would have been raised, beside what was. Nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ingest.wire.alerts import Alert
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.metrics.recipe import STEADY
from processing.packed_seconds import unpacked
from processing.rules.baseline import insoles
from processing.rules.preset import load_preset, with_changes
from processing.rules.ruleset import Value
from processing.simulating import Beside, beside, judged_again
from processing.store.journal_sqlite import SqliteJournalReader
from processing.store.seconds import SecondsReader
from processing.terms import terms_maker
from underfoot.places import Places
from underfoot.settings import Settings

Tell = Callable[[str, int, int], None]  # the walk that is judged, walks done, walks in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """`was` and `would_be`: alerts of rules over seconds, in the walks looked at."""

    walks: int
    measured_s: int
    was: Sequence[Alert]
    would_be: Sequence[Alert]
    beside: Sequence[Beside]


def rules_of_seconds(preset: str) -> tuple[str, ...]:
    """Those that can be tried: their limits are judged on seconds, which are stored.

    :raises UnderfootError: CONFIG_INVALID for an unknown preset.
    """
    return tuple(rule.id for rule in load_preset(preset).rules)


def simulated(
    settings: Settings,
    person: str,
    start_t_ns: int,
    stop_t_ns: int,
    changes: Mapping[str, Value],
    tell: Tell = lambda _walk, _done, _of: None,
) -> Simulated:
    """Of the walks that began from `start_t_ns` on and before `stop_t_ns`. A mistake is found before any work.

    :raises UnderfootError: RULE_REFUSED, NOTHING_STORED, STORE_DAMAGED.
    """
    places = Places(settings.data_dir)
    if not places.seconds.is_file() or not places.journal.is_file():
        raise UnderfootError(FaultCode.NOTHING_STORED, f"no walk in {settings.data_dir}")
    preset = with_changes(load_preset(settings.rules.preset), changes)
    kinds = [rule.id for rule in preset.rules]
    _refuse_others(changes, kinds)
    journal, reader = SqliteJournalReader(places.journal), SecondsReader(places.seconds)
    terms = terms_maker(settings.rules.preset, journal)
    walks = reader.walks(person, start_t_ns, stop_t_ns)
    worn = _worn(journal, person, {walk.walk for walk in walks})
    would_be: list[Alert] = []
    measured_s = 0
    for done, walk in enumerate(walks):
        tell(walk.walk, done, len(walks))
        seconds = list(unpacked(reader.packs(person, walk.walk)))
        then = terms(person, walk.walk, walk.begun_t_ns)
        rules = with_changes(then.rules, changes)
        would_be += judged_again(walk.walk, seconds, rules, then.baseline, worn.get(walk.walk))
        measured_s += len(seconds)
    looked_at = {walk.walk for walk in walks}
    was = [each for each in journal.alerts(person) if each.walk in looked_at and each.rule in kinds]
    return Simulated(
        walks=len(walks),
        measured_s=measured_s,
        was=was,
        would_be=would_be,
        beside=beside(was, would_be, kinds),
    )


def _worn(journal: SqliteJournalReader, person: str, walks: Collection[str]) -> dict[str, dict[Side, int]]:
    """Of each walk the checksums of its insoles' layouts."""
    summaries = {
        each.walk: json.loads(each.summary) for each in journal.walks(person, STEADY.name) if each.walk in walks
    }
    return {
        walk: {side: checksum for side, checksum in zip(Side, insoles(summary), strict=True) if checksum is not None}
        for walk, summary in summaries.items()
    }


def _refuse_others(changes: Mapping[str, Value], kinds: Sequence[str]) -> None:
    """Day rules and the length of the window need more than stored seconds."""
    others = sorted(key for key in changes if key.partition(".")[0] not in kinds)
    if others:
        detail = (
            f"{', '.join(others)} rests on days or windows; stored seconds can try the numbers of {', '.join(kinds)}"
        )
        raise UnderfootError(FaultCode.RULE_REFUSED, detail)
