"""What came of a story, as one object for programs; every figure is read from the data folder's own stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from ingest.wire.entries import Entry, FootCheck, NoWalk, RuleChange, Symptoms
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from processing.outgoing import Stores
from processing.programme.standing import Standing
from processing.rules.day_facts import DayFacts
from processing.store.journal import JournalReading
from underfoot.twelve_weeks import counted
from underfoot.twelve_weeks.digest import digest
from underfoot.twelve_weeks.hub import Hub
from underfoot.twelve_weeks.insoles import Pair
from underfoot.twelve_weeks.person import FIRST_DAY, ZONE
from underfoot.twelve_weeks.progress import Progress
from underfoot.twelve_weeks.reported import reported

SCHEMA = "underfoot.story/1"
MADE_UP = "A story: nobody walked. Gait, answers and diary are made up to exercise every rule; they show no effect."


def told(
    stores: Stores, pair: Pair, hub: Hub, progress: Progress, faults: FaultBook, *, seed: int, rules: str, last: date
) -> dict[str, Any]:
    """:raises UnderfootError: as the stores."""
    journal, person = stores.journal, pair.person
    alerts, facts, standings = journal.alerts(person), progress.facts(last), progress.standings(last)
    worn_min = [day.worn_min for day in facts if day.worn_min is not None]
    return {
        "schema": SCHEMA,
        "made_up": MADE_UP,
        "seed": seed,
        "first": FIRST_DAY.isoformat(),
        "last": last.isoformat(),
        "zone": ZONE.key,
        "rules": rules,
        "days": [_day(day) for day in facts],
        "alerts": {
            "raised": len(alerts),
            "not_ended": counted.not_ended(alerts),
            "by_rule": counted.by_rule(alerts),
            **counted.sounds(alerts),
            **counted.rates(alerts, sum(worn_min) / 60 if worn_min else None),
        },
        "tasks": [msgspec.to_builtins(task) for task in journal.tasks(person)],
        "programmes": [_programme(each) for each in standings],
        "report": reported(progress.walks(), facts, journal.entries(person)),
        "diary": _diary(journal.entries(person)),
        "rules_changed": _rules_changed(journal, person),
        "refused": [msgspec.to_builtins(each) for each in hub.refused],
        "books": _books(stores, pair),
        "faults": dict(faults.counts),
        "digest": digest(journal, person),
    }


def _day(day: DayFacts) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(day).items() if name != "heard_s"}


def _programme(standing: Standing) -> dict[str, Any]:
    return {
        "programme": standing.programme.id.value,
        "state": standing.state.value,
        "stage": standing.stage.phase.value,
        "begun": standing.begun.isoformat(),
        "usual_steps": standing.usual_steps,
        "cap_steps": standing.cap_steps,
        "words": standing.plan.words,
        "became": dict(sorted(Counter(day.state.value for day in standing.days).items())),
        "days": [
            {
                "day": day.day.isoformat(),
                "state": day.state.value,
                "planned_min": day.planned_min,
                "done_min": day.done_min,
                "held": [hold.kind.value for hold in day.held],
            }
            for day in standing.days
        ],
    }


def _diary(entries: Sequence[Entry]) -> dict[str, Any]:
    said = [entry.said for entry in entries]
    return {
        "foot_checks": sum(isinstance(each, FootCheck) for each in said),
        "no_walk": sum(isinstance(each, NoWalk) for each in said),
        "symptoms": [
            {"day": each.day, "pain": each.pain, "numbness": each.numbness, "tingling": each.tingling}
            for each in said
            if isinstance(each, Symptoms)
        ],
        "red_flags": [
            {"day": each.day, "flags": [flag.value for flag in each.red_flags]}
            for each in said
            if isinstance(each, Symptoms) and each.red_flags
        ],
    }


def _rules_changed(journal: JournalReading, person: str) -> list[dict[str, Any]]:
    return [
        {"key": entry.said.key, "value": entry.said.value, "by": entry.by, "t_ns": entry.t_ns, "why": entry.why}
        for entry in journal.entries(person, RuleChange)
        if isinstance(entry.said, RuleChange)
    ]


def _books(stores: Stores, pair: Pair) -> dict[str, Mapping[str, int]]:
    """Rows: `taken` by the insoles, `fed` to the hub, `stored`; `never_sent` are lost for good, and told as such."""
    stored: Counter[Side] = Counter()
    for walk in stores.recordings.walks():
        stored.update(walk.rows)
    fed, lost = pair.sent, pair.never_sent
    pages: dict[str, Mapping[Side, int]] = {
        "taken": {side: fed[side] + lost[side] for side in Side},
        "fed": fed,
        "stored": stored,
        "never_sent": lost,
    }
    return {name: {side.value: page[side] for side in Side} for name, page in pages.items()}
