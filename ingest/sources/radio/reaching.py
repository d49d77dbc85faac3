"""One link to one device, tried until a time is over: for a person who waits, not for a stream of months."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bleak import BleakClient

from ingest.drivers.base import Advertisement
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.link import Limits
from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import FaultCode, UnderfootError

_LEAST_SEARCH_S = 0.1


async def reach(
    adapter: Adapter, wanted: Callable[[Advertisement], bool], lost: asyncio.Event, limits: Limits, within_s: float
) -> BleakClient:
    """Connected; give it back to `Adapter.disconnect`. `lost` is set when the link ends.

    :raises UnderfootError: INSOLE_NOT_FOUND after all the time; at once what no waiting mends: RADIO_OFF, ADAPTER_FULL,
        SERVICES_UNRESOLVED, LINK_REFUSED.
    """
    loop = asyncio.get_running_loop()
    until_s = loop.time() + within_s
    while True:
        try:
            device = await adapter.find(wanted, max(_LEAST_SEARCH_S, until_s - loop.time()))
            return await adapter.connect(device, lost, limits)
        except RADIO_ERRORS as error:
            if loop.time() >= until_s:
                raise UnderfootError(FaultCode.INSOLE_NOT_FOUND, fault_of(error).detail) from error
            await asyncio.sleep(limits.back_off.first_s)
