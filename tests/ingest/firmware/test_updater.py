"""What an update does when the shoe or its memory speaks against it, with an insole that follows a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from ingest.firmware.image import FirmwareImage, Version
from ingest.firmware.images import Images, Slot
from ingest.firmware.stages import Outcome, Stage
from ingest.firmware.updater import Policy, Updater
from ingest.wire.faults import Fault, FaultCode, UnderfootError

_OLD, _NEW = b"old" * 8, b"new" * 8
_IMAGE = FirmwareImage(Version(1, 1, 0), _NEW, bytes(1000))
_POLICY = Policy(prove_s=0.01)


@dataclass
class Script:
    """An insole and its link at once. `looks`: what each look says, the last one for good."""

    looks: list[bool | None] = field(default_factory=lambda: [False])
    kept: list[float] = field(default_factory=lambda: [0.0])  # on each link, the last one for good
    restarts_lost: int = 0
    battery_pct: int | None = 90
    firmware: str = ""
    device_fault: Fault | None = None
    runs_new: bool = False
    beside: bool = False
    pending: bool = False
    confirmed: bool = False
    uploads: int = 0
    links_broken: int = 0

    @property
    def images(self) -> Images:
        return cast("Images", self)

    @property
    def kept_s(self) -> float:
        return self.kept[0]

    @asynccontextmanager
    async def link(self, within_s: float) -> AsyncIterator[Any]:
        yield self
        self.kept = self.kept[1:] or self.kept

    async def looked(self, seconds: float) -> bool | None:
        seen, self.looks = self.looks[0], self.looks[1:] or self.looks
        return seen

    def worn(self) -> bool | None:
        return False

    async def slots(self) -> tuple[Slot, ...]:
        running, other = (_NEW, _OLD) if self.runs_new else (_OLD, _NEW)
        slots = [
            Slot(0, "1.1.0" if self.runs_new else "1.0.0", running, True, not self.runs_new or self.confirmed, False)
        ]
        if self.beside:
            slots.append(Slot(1, "", other, False, False, self.pending))
        return tuple(slots)

    async def upload(self, image: FirmwareImage) -> AsyncIterator[int]:
        self.uploads += 1
        yield 500
        if self.links_broken:
            self.links_broken -= 1
            self.kept = self.kept[1:] or self.kept
            raise UnderfootError(FaultCode.LINK_LOST, "upload")
        self.beside = True
        yield len(image.content)

    async def try_next(self, digest: bytes) -> None:
        self.pending = True

    async def keep(self, digest: bytes) -> None:
        self.confirmed = digest == _NEW

    async def restart(self) -> None:
        if self.restarts_lost:
            self.restarts_lost -= 1
            self.kept = self.kept[1:] or self.kept
            raise UnderfootError(FaultCode.LINK_LOST, "restart")
        if self.pending:
            self.runs_new, self.pending = True, False
        elif not self.confirmed:
            self.runs_new = False


async def updated(insole: Script, policy: Policy = _POLICY) -> Outcome:
    insole_and_link: Any = insole
    return await Updater(insole_and_link, _IMAGE, policy).run()


def why(outcome: Outcome) -> tuple[Stage, FaultCode | None]:
    return outcome.stage, outcome.fault and outcome.fault.code


async def test_an_insole_that_lies_there_is_updated() -> None:
    assert why(await updated(Script())) == (Stage.UPDATED, None)


async def test_it_is_not_restarted_when_it_cannot_be_told_whether_it_is_worn() -> None:
    for seen in (None, True):
        insole = Script(looks=[False, seen])
        assert why(await updated(insole)) == (Stage.INTERRUPTED, FaultCode.SHOE_WORN)
        assert insole.beside
        assert not insole.pending  # nor is it tried when the insole is started by chance


async def test_a_shoe_put_on_after_the_restart_was_lost_is_not_restarted() -> None:
    insole = Script(looks=[False, False, True], restarts_lost=1)
    outcome = await updated(insole)
    assert why(outcome) == (Stage.INTERRUPTED, FaultCode.SHOE_WORN)
    assert outcome.runs == "1.0.0"
    assert not insole.runs_new
    insole.looks = [False]
    assert why(await updated(insole)) == (Stage.UPDATED, None)
    assert insole.uploads == 1


async def test_rows_that_nobody_fetched_are_not_put_at_risk() -> None:
    insole = Script(kept=[600.0])
    outcome = await updated(insole)
    assert why(outcome) == (Stage.REFUSED, FaultCode.ROWS_UNFETCHED)
    assert insole.uploads == 0
    assert why(await updated(insole, Policy(prove_s=0.01, rows_may_go=True))) == (Stage.UPDATED, None)


async def test_rows_taken_while_it_is_updated_do_not_stop_it() -> None:
    assert why(await updated(Script(kept=[10.0, 600.0], links_broken=1))) == (Stage.UPDATED, None)


async def test_firmware_with_a_fault_is_given_up_even_from_a_shoe_that_is_worn_by_then() -> None:
    insole = Script(looks=[False, False, True], device_fault=Fault(FaultCode.DEVICE_FAULT, "sensor_supply"))
    assert why(await updated(insole)) == (Stage.ROLLED_BACK, FaultCode.UPDATE_ROLLED_BACK)
    assert not insole.runs_new
