"""What is asked on more than one link."""

from __future__ import annotations

from ingest.conform.asking import Asking
from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_records import RACP

ASK_STATUS = control.pack_request(control.Request(control.Op.STATUS))
START = control.pack_request(control.Request(control.Op.START))
STOP = control.pack_request(control.Request(control.Op.STOP))


async def subscribe(asking: Asking) -> None:
    for characteristic in (sig.BATTERY_LEVEL, wire.HELD, RACP, wire.STATUS, wire.CONTROL, wire.DATA):
        await asking.subscribe(characteristic)


async def set_time(asking: Asking) -> None:
    now_ns = asking.time.now_ns()
    link = asking.talk.links[-1].number
    asking.talk.written_t_ns[link] = now_ns
    packed = sig.pack_elapsed_time(sig.ElapsedTime(now_ns, sig.TimeSource.NTP))
    await asking.write(f"time written {link}", sig.CURRENT_ELAPSED_TIME, packed)
    await asking.read(f"time read {link}", sig.CURRENT_ELAPSED_TIME)


async def request(asking: Asking, name: str, data: bytes) -> None:
    await asking.ask(name, wire.CONTROL, data, asking.pace.reply_s)
