"""What people say about themselves, their plan and their limits: one entry each, kept for ever as it was said."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ingest.wire.alerts import AlertLevel
from ingest.wire.message import Message

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]  # the person's own day
Grade = Annotated[int, Meta(ge=0, le=10)]  # 0 none … 10 the worst one can think of


class Role(StrEnum):
    """In which role somebody speaks. Nothing proves it: who reaches the broker or the data folder is trusted."""

    PATIENT = "patient"
    CARER = "carer"
    CLINICIAN = "clinician"


class RedFlag(StrEnum):
    """Answers that want a call at once (stop rules, clinical basis 3.5)."""

    OPEN_SORE = "open-sore"
    HOT_SWOLLEN = "hot-swollen"
    DRAINAGE = "drainage"
    CHEST_PAIN = "chest-pain"
    BREATHLESS = "breathless"
    FAINT = "faint"
    CALF_PAIN = "calf-pain"  # new pain in the calf, or pain at rest


class Skin(StrEnum):
    """How a foot looked on the day's check."""

    CLEAR = "clear"
    SORE = "sore"
    RED = "red"
    BLISTER = "blister"
    OPEN = "open"
    NOT_LOOKED = "not-looked"


class ProgrammeId(StrEnum):
    DAILY_WALKING = "daily-walking"
    BACKWARD_WALKING = "backward-walking"


class _Said(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", omit_defaults=True):
    """The part of an entry that says something; its tag stands in `what`."""


class Symptoms(_Said, frozen=True, kw_only=True, tag="symptoms"):
    """Of a day; None: not asked or not answered, which is not 0."""

    day: Day
    pain: Grade | None = None
    numbness: Grade | None = None
    tingling: Grade | None = None
    red_flags: tuple[RedFlag, ...] = ()


class FootCheck(_Said, frozen=True, kw_only=True, tag="foot-check"):
    """The daily look at both feet."""

    day: Day
    left: Skin
    right: Skin


class NoWalk(_Said, frozen=True, kw_only=True, tag="no-walk"):
    """Somebody says that a day had no walk; so it is missed, not merely unmeasured."""

    day: Day


class RuleChange(_Said, frozen=True, kw_only=True, tag="rule-change"):
    """A number of a rule, such as `A4.enter_points`; `value` None: back to the preset's."""

    key: Annotated[str, Meta(min_length=3, max_length=60)]
    value: float | str | bool | None = None


class ProgrammeChange(_Said, frozen=True, kw_only=True, tag="programme-change"):
    """What a clinician settles about a walking programme from `day` on; None leaves a number as it is.

    `begin` starts it and `end` ends it; `cap` sets how many steps above the baseline a day may have (None: no cap);
    `support_present`: somebody is there when the person walks backward.
    """

    programme: ProgrammeId
    do: Literal["begin", "end", "cap"]
    day: Day
    step_min: Annotated[int, Meta(ge=1, le=5)] | None = None
    cap_steps: Annotated[int, Meta(ge=0, le=20_000)] | None = None
    support_present: bool = False


class TaskDone(_Said, frozen=True, kw_only=True, tag="task-done"):
    """A clinician's task is dealt with."""

    task: str


class AllRight(_Said, frozen=True, kw_only=True, tag="all-right"):
    """Somebody at home says that they are all right. It is a sign of life: it changes no alert and no figure."""


class Mute(_Said, frozen=True, kw_only=True, tag="mute"):
    """A clinician lets alerts of one rule and foot be listed without a sound until `until_t_ns`; `alert` names one of
    them. A time that has passed ends it. `level`: the alert's when it was looked at; None: nobody said."""

    alert: Annotated[str, Meta(min_length=1, max_length=100)]
    until_t_ns: int
    level: AlertLevel | None = None


class ClinicNote(_Said, frozen=True, kw_only=True, tag="note"):
    """A word about a day, to be read beside its figures."""

    day: Day
    text: Annotated[str, Meta(min_length=1, max_length=500)]


Said = Symptoms | FootCheck | NoWalk | RuleChange | ProgrammeChange | TaskDone | AllRight | Mute | ClinicNote


class Entry(Message, frozen=True, kw_only=True, tag="entry"):
    """One thing that somebody says. `id` is the sender's, so that sending it twice keeps it once."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    by: Annotated[str, Meta(min_length=1, max_length=100)]
    role: Role
    t_ns: int
    said: Said
    why: Annotated[str, Meta(max_length=500)] = ""


class EntryTaken(Message, frozen=True, kw_only=True, tag="entry-taken"):
    """Processing's answer to an entry: kept, or refused with a fault's code. `advice`: what to do now, if anything."""

    id: str
    taken: bool
    code: str | None = None
    detail: str = ""
    advice: str = ""
