"""The part of the conversation about what outlives a restart, and about the update service that can bring one about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ingest.conform.asking import Asking
from ingest.conform.asking_memory import clear
from ingest.conform.conversation import SlotSeen
from ingest.conform.facts import Facts
from ingest.conform.requests import START, STOP, request, set_time, subscribe
from ingest.conform.verdicts import CannotTell
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_records import RACP
from ingest.sources.radio.probe import RawLink
from ingest.sources.radio.smp_pipe import SMP_CHARACTERISTIC
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import FaultCode, UnderfootError

if TYPE_CHECKING:
    from ingest.firmware.images import Images

AskToRestart = Callable[[], Awaitable[bool]]  # of a person; False: it was declined


async def prepare(asking: Asking, link: RawLink) -> None:
    """Read the image slots and restart by SMP, where that is offered."""
    if not asking.offers(SMP_CHARACTERISTIC):
        asking.talk.why_not["update"] = "no SMP service"
        return
    try:
        from ingest.firmware.images import Images
    except ModuleNotFoundError:
        asking.talk.why_not["update"] = "smpclient is not installed here: pip install 'underfoot[update]'"
        return
    asking.say("asking for its firmware, restarting it")
    pipe = link.smp()
    try:
        images = await Images.over(pipe)
        slots = await images.slots()
        asking.talk.slots = tuple(SlotSeen(one.active, one.version, one.digest) for one in slots)
        await _restart(images)
        asking.talk.restarted = True
    except (UnderfootError, *RADIO_ERRORS) as error:
        asking.talk.why_not["update"] = fault_of(error).detail
    finally:
        pipe.close()


async def _restart(images: Images) -> None:
    """That the link ends before the answer has come is as good."""
    try:
        await images.restart()
    except UnderfootError as error:
        if error.code is not FaultCode.LINK_LOST:
            raise


async def go_through(asking: Asking, ask_to_restart: AskToRestart | None) -> None:
    """The link after the restart. When there was none, it only tidies up."""
    if not asking.talk.restarted and ask_to_restart is not None:
        asking.talk.restarted = await ask_to_restart()
    asking.say("after the restart" if asking.talk.restarted else "tidying up")
    try:
        async with asking.linked(asking.pace.restart_s):
            await _look(asking)
            await _leave_as_found(asking)
    except UnderfootError as error:
        asking.talk.why_not["restart"] = f"not heard again: {error.fault.detail}"


async def _look(asking: Asking) -> None:
    await asking.read("info restarted", wire.INFO)
    await asking.read("serial restarted", sig.SERIAL_NUMBER)
    await asking.read("status restarted", wire.STATUS)
    if asking.offers(wire.HELD):
        await asking.read("held restarted", wire.HELD)
    await set_time(asking)
    await subscribe(asking)
    if asking.talk.restarted:
        await request(asking, "start restarted", START)
        await asking.wait(asking.pace.settle_s * 4)
    else:
        asking.talk.why_not["restart"] = "nobody restarted it"
    await request(asking, "stop restarted", STOP)


async def _leave_as_found(asking: Asking) -> None:
    facts = Facts(asking.talk)
    with suppress(CannotTell, UnderfootError):
        if asking.offers(RACP) and facts.all_rows_are_ours:
            boots = (facts.info.boot, facts.info_of("info restarted").boot)
            await clear(asking, tuple(dict.fromkeys(boots)))
            await asking.read("held at the end", wire.HELD)
    with suppress(CannotTell, UnderfootError):
        if facts.read_status("status at rest").streaming:
            await request(asking, "start as found", START)
