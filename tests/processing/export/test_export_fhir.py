"""A person as a FHIR R4 bundle: HL7's own definitions take it, and what is not measured has a reason and no number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from export_kit import PERSON, T0_NS, WALK, ZONE, alert, asked, layout, stores, summary
from fhir_kit import check, code_of
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState, Quiet
from ingest.wire.entries import AllRight, ClinicNote, Entry, FootCheck, NoWalk, RedFlag, Role, Said, Skin, Symptoms
from ingest.wire.geometry import Calibration, Side
from processing.export.extract import Extract, KeptWalk
from processing.export.fhir import bundle, write_bundle
from processing.rules.day_facts import DayFacts, DayMeasured
from underfoot.exporting import Asked, Stores
from underfoot.places import Places

Json = dict[str, Any]


def over_the_wire(taken: Extract) -> Json:
    made: Json = json.loads(msgspec.json.encode(bundle(taken)))
    return made


def test_twelve_weeks_are_a_valid_bundle(twelve_weeks: Path) -> None:
    first, last = date(2026, 1, 12), date(2026, 4, 5)
    with closing(Stores(Places(twelve_weeks))) as opened:
        taken = opened.extract(Asked(person="p1", zone=ZONE, first=first, last=last))
    found = check(over_the_wire(taken))
    steps = [each for each in found["Observation"] if code_of(each) == "55423-8"]
    assert len(steps) == len(taken.facts) == 84
    stated = [each["valueQuantity"]["value"] for each in steps if "valueQuantity" in each]
    assert stated == [each.steps for each in taken.facts if each.steps is not None]
    assert len(stated) < 84
    assert len(found["Flag"]) == len(taken.alerts) > 10
    assert len(found["Device"]) == 2
    assert {each["status"] for each in found["CarePlan"]} <= {"active", "completed"}
    (patient,) = found["Patient"]
    assert set(patient) == {"resourceType", "id", "identifier"}


def test_what_is_not_measured_has_a_reason_and_no_number(tmp_path: Path) -> None:
    with closing(Stores(stores(tmp_path).places)) as opened:
        found = check(over_the_wire(opened.extract(asked())))
    left, right = [each for each in found["Observation"] if code_of(each) == "forefoot-share"]
    assert left["dataAbsentReason"]["text"] == "area 2 was not measured"
    assert "valueQuantity" not in left
    assert right["valueQuantity"] == {"value": 45.5, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    assert [each["valueQuantity"]["value"] for each in right["component"] if code_of(each) == "coverage"] == [100.0]
    blank = [each for each in found["Observation"] if code_of(each) == "55423-8"][1]
    assert code_of({"code": blank["dataAbsentReason"]}) == "not-performed"
    unjudged = [each for each in found["Observation"] if code_of(each) == "walk"][1]
    assert unjudged["dataAbsentReason"]["text"] == "nothing has been worked out of it yet"
    numbness = next(each for each in found["Observation"] if code_of(each) == "numbness")
    assert numbness["dataAbsentReason"]["text"] == "not asked or not answered"
    looks = [each for each in found["Observation"] if code_of(each) == "foot-look"]
    assert ["valueCodeableConcept" in each for each in looks] == [True, False]


def test_a_second_export_is_the_same_and_another_persons_has_other_ids(tmp_path: Path) -> None:
    with closing(Stores(stores(tmp_path / "data").places)) as opened:
        taken = opened.extract(asked(WALK))
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    assert write_bundle(one, bundle(taken)) == write_bundle(two, bundle(taken)) > 8
    assert one.read_bytes() == two.read_bytes()
    other = bundle(replace(taken, person="p2"))
    shared = {each["fullUrl"] for each in other["entry"]} & {each["fullUrl"] for each in bundle(taken)["entry"]}
    assert len(shared) == 1  # the code system


TEXT = st.text(max_size=20)
TIMES = st.integers(T0_NS - 10**18, T0_NS + 10**18)
GRADES = st.none() | st.integers(0, 10)
DAYS = st.sampled_from(["2025-03-24", "2025-02-30", "2024-02-29"])
SAID: st.SearchStrategy[Said] = st.one_of(
    st.builds(Symptoms, day=DAYS, pain=GRADES, numbness=GRADES, tingling=GRADES,
              red_flags=st.lists(st.sampled_from(RedFlag), max_size=3).map(tuple)),
    st.builds(FootCheck, day=DAYS, left=st.sampled_from(Skin), right=st.sampled_from(Skin)),
    st.builds(NoWalk, day=DAYS),
    st.builds(ClinicNote, day=DAYS, text=st.text(min_size=1, max_size=20)),
    st.just(AllRight()),
)  # fmt: skip
ENTRIES = st.lists(st.tuples(SAID, TIMES), max_size=4).map(
    lambda said: tuple(Entry(id=f"e{n}", by="x", role=Role.PATIENT, t_ns=t, said=s) for n, (s, t) in enumerate(said))
)
ALERTS = st.lists(
    st.builds(
        Alert, rule=st.text(min_size=1, max_size=8), level=st.sampled_from(AlertLevel),
        state=st.sampled_from(AlertState), raised_t_ns=TIMES, walk=st.just(WALK),
        text=TEXT, evidence=TEXT, cleared_t_ns=st.none() | TIMES,
        side=st.none() | st.sampled_from(Side), sounded_t_ns=st.lists(TIMES, max_size=2).map(tuple),
        quiet=st.none() | st.sampled_from(Quiet), id=st.just("a"),
    ),
    max_size=1,
)  # fmt: skip
FIGURES = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3)
SUMMARIES: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "duration_s": FIGURES,
        "cadence_spm": FIGURES,
        "forefoot_share_pct": st.dictionaries(st.sampled_from(["left", "right"]), FIGURES) | st.none(),
        "region_share_pct": st.dictionaries(st.sampled_from(["left", "right"]), st.none()),
        "coverage_pct": st.dictionaries(st.sampled_from(["left", "right"]), FIGURES),
        "calibration": st.dictionaries(st.sampled_from(["left", "right"]), TEXT) | st.none(),
        "reasons": st.dictionaries(st.sampled_from(["cadence_spm", "forefoot_share_pct"]), TEXT) | st.none(),
    },
)
FACTS = st.builds(
    DayFacts, day=st.just(date(2025, 3, 24)), measured=st.sampled_from(DayMeasured), reason=st.none() | TEXT,
    steps=st.none() | st.integers(0, 10**6), walked_min=st.none() | st.floats(0, 2000),
    coverage_pct=st.none() | st.floats(0, 100),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(ENTRIES, ALERTS, SUMMARIES, FACTS, st.sampled_from(Calibration), st.text(min_size=1, max_size=6))
def test_odd_journals_are_valid_bundles_too(
    entries: tuple[Entry, ...],
    alerts: list[Alert],
    figures: Mapping[str, Any],
    facts: DayFacts,
    calibration: Calibration,
    person: str,
) -> None:
    short = {**figures, "duration_s": 60.0} if isinstance(figures.get("duration_s"), float) else figures
    reply = AlertReply(id="a", do="acknowledge", by="x", t_ns=T0_NS, note="\x00 sat ")
    taken = Extract(
        person=person, zone=ZONE, first=date(2025, 3, 24), last=date(2025, 3, 24), facts=(facts,),
        walks=(KeptWalk(walk="w", begun_t_ns=T0_NS, summary=short), KeptWalk(walk="u", begun_t_ns=None, summary=None)),
        alerts=tuple(alerts), replies=(reply, reply), entries=entries, standings=(),
        layouts=(layout(Side.LEFT, calibration),),
    )  # fmt: skip
    found = check(over_the_wire(taken))
    assert len(found["Communication" if alerts else "Observation"]) > 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"state": AlertState.ACTIVE, "cleared_t_ns": None}, "active"),
        ({"state": AlertState.CLEARED}, "inactive"),
    ],
)
def test_an_alert_that_sounded_is_not_told_as_read(tmp_path: Path, changes: Json, status: str) -> None:
    taken = Extract(
        person=PERSON, zone=ZONE, first=date(2025, 3, 24), last=date(2025, 3, 24), facts=(), entries=(), standings=(),
        walks=(KeptWalk(walk=WALK, begun_t_ns=T0_NS, summary=summary()),), alerts=(alert(**changes),), replies=(),
    )  # fmt: skip
    found = check(over_the_wire(taken))
    assert [each["status"] for each in found["Flag"]] == [status]
    assert [each["status"] for each in found["Communication"]] == ["unknown"]
