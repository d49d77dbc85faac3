"""The conversation from beginning to end: three links, a loss on purpose and a restart.

Rows of others are left alone: only rows that were taken for the check are deleted. Where a stream ran it runs again.
"""

from __future__ import annotations

from ingest.conform import asking_memory, asking_restart
from ingest.conform.asking import Asking
from ingest.conform.asking_restart import AskToRestart
from ingest.conform.conversation import Conversation
from ingest.conform.requests import ASK_STATUS, START, STOP, request, set_time, subscribe
from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import OFFSET
from ingest.drivers.open_insole_records import RACP, RacpOp, RacpRequest, pack_racp_request
from ingest.wire.faults import UnderfootError

IDENTITY = {
    "model": sig.MODEL_NUMBER,
    "serial": sig.SERIAL_NUMBER,
    "firmware": sig.FIRMWARE_REVISION,
    "maker": sig.MANUFACTURER_NAME,
}
_MOST_PARTS = 64
_ODD_REQUESTS = {
    "ask status": ASK_STATUS,
    "ask unknown": b"\x7f",
    "ask short": b"\x01\x00",
    "ask long": b"\x02\x00",
    "ask rate": control.pack_request(control.Request(control.Op.START, 1)),
    "ask identify": control.pack_request(control.Request(control.Op.IDENTIFY, 1)),
    "ask side": control.pack_request(control.Request(control.Op.SET_SIDE, 3)),
}


async def converse(asking: Asking, ask_to_restart: AskToRestart | None = None) -> Conversation:
    """:raises UnderfootError: INSOLE_NOT_FOUND, RADIO_OFF before the first link; afterwards the rest is not tried."""
    await asking.listen()
    async with asking.linked(asking.pace.find_s):
        await _get_to_know(asking)
        await _try_requests(asking)
        await _stream(asking)
    asking.say("out of reach on purpose")
    await asking.be_away()
    try:
        async with asking.linked(asking.pace.find_s) as link:
            await _come_back(asking)
            await asking_memory.ask(asking)
            await _end(asking)
            await asking_restart.prepare(asking, link)
    except UnderfootError as error:
        asking.talk.why_not["back"] = error.fault.detail or str(error.code)
    else:
        await asking_restart.go_through(asking, ask_to_restart)
    return asking.talk


async def _get_to_know(asking: Asking) -> None:
    asking.say("reading what it says of itself")
    await asking.read("layout at the beginning", wire.LAYOUT)
    await asking.read("info", wire.INFO)
    for name, characteristic in IDENTITY.items():
        await asking.read(name, characteristic)
    await asking.read("battery", sig.BATTERY_LEVEL)
    await asking.read("status at rest", wire.STATUS)
    await asking.read("time before", sig.CURRENT_ELAPSED_TIME)
    if asking.offers(wire.HELD):
        await asking.read("held at first", wire.HELD)
    await _read_layout(asking)


async def _read_layout(asking: Asking) -> None:
    first = await _in_parts(asking, "layout")
    await _in_parts(asking, "layout again")
    for name, offset in (("middle", len(first) // 2), ("end", len(first))):
        await asking.write(f"layout {name} sought", wire.LAYOUT, OFFSET.pack(min(offset, 0xFFFF)))
        await asking.read(f"layout {name}", wire.LAYOUT)
    await asking.write("layout past the end", wire.LAYOUT, OFFSET.pack(min(len(first) + 1, 0xFFFF)))
    await asking.write("layout odd offset", wire.LAYOUT, b"\x00")


async def _in_parts(asking: Asking, name: str) -> bytes:
    whole = b""
    for number in range(_MOST_PARTS):
        await asking.write(f"{name} sought {number}", wire.LAYOUT, OFFSET.pack(min(len(whole), 0xFFFF)))
        part = await asking.read(f"{name} part {number}", wire.LAYOUT)
        if not isinstance(part, bytes) or not part:
            break
        whole += part
    return whole


async def _try_requests(asking: Asking) -> None:
    asking.say("asking what should be refused")
    await asking.write("control unsubscribed", wire.CONTROL, ASK_STATUS)
    if asking.offers(RACP):
        count = pack_racp_request(RacpRequest(RacpOp.COUNT, 0, 0, 0))
        await asking.write("records unsubscribed", RACP, count)
    await set_time(asking)
    await subscribe(asking)
    await request(asking, "stop at rest", STOP)
    for name, data in _ODD_REQUESTS.items():
        await request(asking, name, data)


async def _stream(asking: Asking) -> None:
    asking.say("receiving rows")
    await request(asking, "start", START)
    await asking.wait(asking.pace.stream_s / 2)
    await request(asking, "start again", START)
    await asking.wait(asking.pace.stream_s / 2)
    await asking.read("status streaming", wire.STATUS)
    await request(asking, "ask status streaming", ASK_STATUS)


async def _come_back(asking: Asking) -> None:
    asking.say("back again")
    await asking.read("layout at the beginning, back", wire.LAYOUT)
    await asking.read("info back", wire.INFO)
    await asking.read("serial back", sig.SERIAL_NUMBER)
    await set_time(asking)
    await subscribe(asking)
    await request(asking, "start back", START)
    await asking.wait(asking.pace.back_s)


async def _end(asking: Asking) -> None:
    asking.say("ending the stream and beginning another")
    await request(asking, "stop", STOP)
    await asking.read("status stopped", wire.STATUS)
    await request(asking, "start anew", START)
    await asking.wait(asking.pace.settle_s * 3)
