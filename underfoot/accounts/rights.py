"""Who may do what on the page: roles, and the rights that each of them has. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from ingest.wire.entries import Role


class SiteRole(StrEnum):
    """As whom somebody is signed in; one person may be several."""

    PATIENT = "patient"
    CARER = "carer"
    CLINICIAN = "clinician"
    KEEPER = "keeper"  # looks after the installation: insoles, broker, people


class Right(StrEnum):
    SEE_FEET = "see-feet"  # the live feet, the sentence, today
    ANSWER = "answer"  # acknowledge, say whether it was useful, say that all is right
    DIARY = "diary"
    SEE_CONTACT = "see-contact"  # last contact, battery, open alerts
    ESCALATE = "escalate"
    SEE_RECORD = "see-record"  # trends, walks, playback, reports, exports
    DECIDE = "decide"  # limits, programmes, mute, notes, tasks
    SET_UP = "set-up"  # insoles, calibration, broker
    MANAGE_PEOPLE = "manage-people"


RIGHTS: dict[SiteRole, frozenset[Right]] = {
    SiteRole.PATIENT: frozenset({Right.SEE_FEET, Right.ANSWER, Right.DIARY}),
    SiteRole.CARER: frozenset({Right.SEE_FEET, Right.ANSWER, Right.DIARY, Right.SEE_CONTACT, Right.ESCALATE}),
    SiteRole.CLINICIAN: frozenset(
        {Right.SEE_FEET, Right.ANSWER, Right.SEE_CONTACT, Right.ESCALATE, Right.SEE_RECORD, Right.DECIDE}
    ),
    SiteRole.KEEPER: frozenset({Right.SEE_CONTACT, Right.SET_UP, Right.MANAGE_PEOPLE}),
}


def rights_of(roles: Iterable[SiteRole]) -> frozenset[Right]:
    return frozenset().union(*(RIGHTS[role] for role in roles))


def speaks_as(roles: Iterable[SiteRole], right: Right) -> Role:
    """In which role an entry that needs this right is said."""
    held = {role for role in roles if right in RIGHTS[role]}
    return next((role for role in Role if SiteRole(role) in held), Role.CARER)
