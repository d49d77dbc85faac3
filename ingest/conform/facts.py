"""What a conversation holds, read once and used by many checks. Pure.

:raises CannotTell: (any of it) the step that it rests on was not tried, or the link was gone.
:raises UnderfootError: the bytes make no sense.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ingest.conform.conversation import Conversation, Heard, LinkSeen, Step
from ingest.conform.verdicts import CannotTell
from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers.open_insole_records import RACP, RECORD_KIND, HeldBoot, unpack_held, unpack_record
from ingest.sources.radio.probe import Refused
from ingest.wire.faults import FaultCode, UnderfootError


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Rows as they came, live or from flash."""

    t_s: float
    link: int
    octets: int
    rows: wire.RowsFrame

    @property
    def next_seq(self) -> int:
        return self.rows.seq + len(self.rows.codes)


@dataclass(frozen=True, slots=True)
class Missed:
    """Rows `first … last` were taken while there was no link."""

    first: int
    last: int


class Facts:
    def __init__(self, talk: Conversation) -> None:
        self.talk = talk

    # -- steps ------------------------------------------------------------------------------------------------------

    def step(self, name: str) -> Step:
        found = self.talk.steps.get(name)
        if found is None:
            raise CannotTell(f"the check did not come as far as: {name}")
        if isinstance(found.answer, Refused) and found.answer.att is None and self.link(found.link).broke:
            raise CannotTell(f"the link broke at: {name}")
        return found

    def read(self, name: str) -> bytes:
        """:raises UnderfootError: LINK_REFUSED."""
        step = self.step(name)
        if isinstance(step.answer, Refused):
            raise UnderfootError(FaultCode.LINK_REFUSED, f"{name} cannot be read: {step.answer.words}")
        return step.answer

    def att_error(self, name: str) -> int | None:
        """With which a write was refused; None: it was taken."""
        answer = self.step(name).answer
        return answer.att if isinstance(answer, Refused) else None

    def link(self, number: int) -> LinkSeen:
        if number > len(self.talk.links):
            raise CannotTell(f"there was no link {number}")
        return self.talk.links[number - 1]

    def offers(self, characteristic: str) -> bool:
        return any(characteristic in service for service in self.link(1).offered.values())

    def reply(self, name: str) -> control.Reply:
        """The first indication to a request to CONTROL: of its own op code, if there is any."""
        step = self.step(name)
        if isinstance(step.answer, Refused):
            raise UnderfootError(FaultCode.LINK_REFUSED, f"{name} is refused: {step.answer.words}")
        if not step.replies:
            raise UnderfootError(FaultCode.LINK_SILENT, f"no indication to: {name}")
        own = (one for one in step.replies if one.data[2:3] == (step.sent or b"")[:1])
        return control.unpack_reply(next(own, step.replies[0]).data)

    def read_status(self, name: str) -> control.StatusFrame:
        return control.unpack_status(self.read(name))

    def held(self, name: str) -> tuple[HeldBoot, ...]:
        return unpack_held(self.read(name))

    def running(self, name: str) -> HeldBoot:
        """The last boot that HELD lists."""
        held = self.held(name)
        if not held:
            raise UnderfootError(FaultCode.FRAME_MALFORMED, f"{name}: no boot is listed")
        return held[-1]

    # -- what the device says of itself -----------------------------------------------------------------------------

    def info_of(self, name: str) -> wire.Info:
        return wire.unpack_info(self.read(name))

    @cached_property
    def info(self) -> wire.Info:
        """:raises CannotTell: one check alone is broken by an INFO that makes no sense."""
        try:
            return self.info_of("info")
        except UnderfootError as error:
            raise CannotTell("INFO cannot be read") from error

    @property
    def has_flash(self) -> bool:
        return wire.Features.FLASH in self.info.features

    @property
    def ticks_per_row(self) -> int:
        return self.info.ns_per_row // self.info.tick_ns

    @property
    def rows_that_fit(self) -> int:
        return wire.rows_that_fit(min(self.link(1).att_mtu, 247), self.info.cells)

    # -- rows -------------------------------------------------------------------------------------------------------

    def of(self, characteristic: str, link: int | None = None) -> list[Heard]:
        return [one for one in self.talk.heard if one.characteristic == characteristic and link in (None, one.link)]

    @cached_property
    def unreadable(self) -> list[str]:
        """Why, for every notification of DATA that is no frame of this device."""
        self.frames  # noqa: B018 - it fills this in
        return self._unreadable

    @cached_property
    def frames(self) -> list[Frame]:
        """Live rows, as they came."""
        self._unreadable: list[str] = []
        frames = []
        for one in self.of(wire.DATA):
            if len(one.data) > 1 and one.data[1] == RECORD_KIND:
                continue
            try:
                rows = wire.unpack_rows(one.data, self.info.cells)
            except UnderfootError as error:
                self._unreadable.append(error.fault.detail)
            else:
                frames.append(Frame(one.t_s, one.link, len(one.data), rows))
        return frames

    def frames_of(self, link: int) -> list[Frame]:
        """The stream that ran over a loss of link: on link 1 and, until STOP, on link 2."""
        stop = self.talk.steps.get("stop")
        until_s = stop.ended_s if stop is not None else float("inf")
        return [one for one in self.frames if one.link == link and (link != 2 or one.t_s <= until_s)]

    def some_frames(self, link: int) -> list[Frame]:
        frames = self.frames_of(link)
        if not frames:
            raise CannotTell("no row came")
        return frames

    @cached_property
    def missed(self) -> Missed:
        last = self.some_frames(1)[-1].next_seq
        back = self.some_frames(2)[0].rows.seq
        if back <= last:
            raise CannotTell("no row was taken while there was no link")
        return Missed(last, back - 1)

    # -- rows from flash --------------------------------------------------------------------------------------------

    @cached_property
    def all_rows_are_ours(self) -> bool:
        """The running boot held none when the check began."""
        held = self.held("held at first")
        return bool(held) and held[-1].first_seq == held[-1].next_seq

    def needs_flash(self) -> None:
        """:raises CannotTell: with it a check of an insole of minor version 0 ends."""
        if not self.offers(RACP):
            raise CannotTell("no flash")
        if (why := self.talk.why_not.get("memory")) is not None:
            raise CannotTell(why)

    def records(self, name: str) -> list[Frame]:
        """What came from the beginning of a step to its last indication."""
        step = self.step(name)
        ended_s = step.replies[-1].t_s if step.replies else step.ended_s
        within = (one for one in self.of(wire.DATA, step.link) if step.began_s <= one.t_s <= ended_s)
        return [
            Frame(one.t_s, one.link, len(one.data), unpack_record(one.data, self.info.cells))
            for one in within
            if len(one.data) > 1 and one.data[1] == RECORD_KIND
        ]
