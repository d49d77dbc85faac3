"""Walking programmes as FHIR: CarePlan and Goal. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from processing.export.extract import Extract
from processing.export.fhir_terms import Names, Resource, concept, quantity
from processing.programme.run import RunState
from processing.programme.standing import Standing

_PLAN = {RunState.RUNNING: "active", RunState.STOPPED: "on-hold", RunState.ENDED: "completed"}
_GOAL = {RunState.RUNNING: "active", RunState.STOPPED: "on-hold", RunState.ENDED: "completed"}
_ACTIVITY = {RunState.RUNNING: "in-progress", RunState.STOPPED: "on-hold", RunState.ENDED: "completed"}


def programmes(taken: Extract, names: Names) -> Iterator[Resource]:
    for each in taken.standings:
        yield _plan(each, names)
        yield _goal(each, names)


def _plan(standing: Standing, names: Names) -> Resource:
    key = str(standing.programme.id)
    end = None if standing.ended is None else (standing.ended - timedelta(days=1)).isoformat()
    if end is not None and end < standing.begun.isoformat():
        end = standing.begun.isoformat()
    return {
        "resourceType": "CarePlan",
        "id": names.id("plan", key),
        "status": _PLAN.get(standing.state, "unknown"),
        "intent": "plan",
        "category": [concept("plan")],
        "title": standing.programme.title,
        "subject": names.ref("patient"),
        "period": {"start": standing.begun.isoformat(), "end": end},
        "goal": [names.ref("goal", key)],
        "activity": [
            {
                "detail": {
                    "status": _ACTIVITY.get(standing.state, "unknown"),
                    "code": concept("walking-minutes"),
                    "description": standing.plan.words,
                }
            }
        ],
    }


def _goal(standing: Standing, names: Names) -> Resource:
    goal_min, walk = standing.stage.goal_min, standing.programme.walk
    return {
        "resourceType": "Goal",
        "id": names.id("goal", str(standing.programme.id)),
        "lifecycleStatus": _GOAL.get(standing.state, "active"),
        "description": {"text": f"{goal_min} minutes of {walk} on each day of the plan"},
        "subject": names.ref("patient"),
        "startDate": standing.begun.isoformat(),
        "target": [{"measure": concept("walking-minutes"), "detailQuantity": quantity(goal_min, "min")}],
    }
