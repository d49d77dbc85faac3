"""Alerts, answers and the diary as FHIR: Flag, Communication, Observation. Pure.

Whoever said something is not named. That an alert's words reached anybody is not known (status `unknown`); an alert
that made no sound was told to nobody (`not-done`, with why).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ingest.wire.alerts import Alert, AlertReply, AlertState
from ingest.wire.entries import AllRight, ClinicNote, Entry, FootCheck, NoWalk, Skin, Symptoms
from ingest.wire.geometry import Side
from processing.export.extract import Extract, day_of
from processing.export.fhir_measured import observation
from processing.export.fhir_terms import (
    FLAG_CATEGORY,
    PAIN,
    Names,
    Resource,
    absent,
    code_of,
    concept,
    loinc,
    measured,
    of_system,
    when,
)

_OVER = (AlertState.CLEARED, AlertState.CLOSED)


def rules(taken: Extract) -> dict[str, str]:
    """Further codes: the rules that raised alerts."""
    return {rule_code(each): f"Rule {each.rule}" for each in taken.alerts}


def rule_code(alert: Alert) -> str:
    return f"rule-{code_of(alert.rule)}"


def alerts(taken: Extract, names: Names) -> Iterator[Resource]:
    for each in taken.alerts:
        yield _flag(each, taken, names)
        yield _told(each, taken, names)
    known = {each.id for each in taken.alerts}
    for n, reply in enumerate(each for each in taken.replies if each.id in known):
        yield _answer(n, reply, taken, names)


def _flag(alert: Alert, taken: Extract, names: Names) -> Resource:
    cleared = alert.cleared_t_ns if alert.cleared_t_ns and alert.cleared_t_ns >= alert.raised_t_ns else None
    end = None if cleared is None else when(cleared, taken.zone)
    return {
        "resourceType": "Flag",
        "id": names.id("flag", alert.id),
        "status": "inactive" if alert.state in _OVER else "active",
        "category": [of_system(FLAG_CATEGORY, "safety", "Safety")],
        "code": {**concept(rule_code(alert), f"Rule {alert.rule}"), "text": alert.text or f"Rule {alert.rule}"},
        "subject": names.ref("patient"),
        "period": {"start": when(alert.raised_t_ns, taken.zone), "end": end},
    }


def _told(alert: Alert, taken: Extract, names: Names) -> Resource:
    sounded = alert.sounded_t_ns
    quiet = {"text": f"made no sound: {alert.quiet or 'not known why'}"}
    return {
        "resourceType": "Communication",
        "id": names.id("told", alert.id),
        "status": "unknown" if sounded else "not-done",
        "statusReason": None if sounded else quiet,
        "category": [concept("alert-told")],
        "subject": names.ref("patient"),
        "about": [names.ref("flag", alert.id)],
        "sent": when(sounded[0], taken.zone) if sounded else None,
        "payload": [{"contentString": alert.text}, {"contentString": alert.evidence}],
    }


def _answer(n: int, reply: AlertReply, taken: Extract, names: Names) -> Resource:
    said = [reply.do, *(each for each in (reply.action, reply.note) if each)]
    return {
        "resourceType": "Communication",
        "id": names.id("answer", reply.id, str(n), str(reply.t_ns), reply.do),
        "status": "completed",
        "category": [concept("alert-answer")],
        "subject": names.ref("patient"),
        "about": [names.ref("flag", reply.id)],
        "inResponseTo": [names.ref("told", reply.id)],
        "sent": when(reply.t_ns, taken.zone),
        "payload": [{"contentString": words} for words in said],
    }


def diary(taken: Extract, names: Names) -> Iterator[Resource]:
    for entry in taken.entries:
        yield from _entry(entry, taken, names)


def _entry(entry: Entry, taken: Extract, names: Names) -> Iterator[Resource]:
    said, day = entry.said, day_of(entry, taken.zone)
    if isinstance(said, Symptoms):
        yield from _symptoms(entry, said, day, names)
    elif isinstance(said, FootCheck):
        for side, skin in ((Side.LEFT, said.left), (Side.RIGHT, said.right)):
            yield _looked(entry, side, skin, day, names)
    elif isinstance(said, NoWalk):
        yield {**_survey(entry, "no-walk", concept("no-walk"), day, names), "valueBoolean": True}
    elif isinstance(said, AllRight | ClinicNote):
        kind = "all-right" if isinstance(said, AllRight) else "clinic-note"
        words = said.text if isinstance(said, ClinicNote) else "all right"
        yield {
            "resourceType": "Communication",
            "id": names.id(kind, entry.id),
            "status": "completed",
            "category": [concept(kind)],
            "subject": names.ref("patient"),
            "topic": {"text": day.isoformat()},
            "sent": when(entry.t_ns, taken.zone),
            "payload": [{"contentString": words}],
        }


def _survey(entry: Entry, key: str, code: Resource, day: date, names: Names) -> Resource:
    made = observation(names, (key, entry.id), code, "survey")
    return {**made, "effectiveDateTime": day.isoformat()}


def _symptoms(entry: Entry, said: Symptoms, day: date, names: Names) -> Iterator[Resource]:
    asked = (
        ("pain", loinc(PAIN, "Pain severity - 0-10 verbal numeric rating [Score] - Reported"), said.pain),
        ("numbness", concept("numbness"), said.numbness),
        ("tingling", concept("tingling"), said.tingling),
    )
    for key, code, grade in asked:
        why = measured(grade, "{score}", "not asked or not answered")
        yield {**_survey(entry, key, code, day, names), **why}
    for flag in dict.fromkeys(said.red_flags):
        told = _survey(entry, f"red-flag {flag}", concept("red-flag"), day, names)
        yield {**told, "valueCodeableConcept": {"text": str(flag)}}


def _looked(entry: Entry, side: Side, skin: Skin, day: date, names: Names) -> Resource:
    told = _survey(entry, f"look {side}", concept("foot-look"), day, names)
    seen: Resource = {"valueCodeableConcept": {"text": str(skin)}}
    if skin is Skin.NOT_LOOKED:
        seen = {"dataAbsentReason": absent("nobody looked at it", "not-performed")}
    return {**told, "bodySite": {"text": f"{side} foot"}, **seen}
