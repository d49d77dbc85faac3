"""What benchmarks of a running hub share: the hub as a process, and people whose rows come as fast as they are kept."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import aiomqtt
from bench_kit import pair_layouts, pair_payloads
from broker_kit import Mosquitto

from ingest.wire.codec import decode, encode
from ingest.wire.geometry import Side
from ingest.wire.messages import Receipt
from ingest.wire.topics import Address

HUB = "hub"
AHEAD_S = 2  # so many seconds of every pair are under way at most


def start_hub(folder: Path, broker: Mosquitto, seconds: float, port: int) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "UNDERFOOT_DATA_DIR": str(folder),
        "UNDERFOOT_BROKER__URL": f"mqtt://{broker.address.host}:{broker.port}",
        "UNDERFOOT_WEB__PORT": str(port),
        "UNDERFOOT_LOG__LEVEL": "warning",
    }
    script = Path(__file__).parent / "hub_process.py"
    return subprocess.Popen(
        [sys.executable, str(script), str(seconds)], env=environment, stdout=subprocess.PIPE, text=True
    )


class Feeder:
    """Sends every person's seconds as fast as their receipts come back."""

    def __init__(self, client: aiomqtt.Client, persons: list[str]) -> None:
        self._client = client
        self._addresses = {person: Address(HUB, person) for person in persons}
        self._upto = dict.fromkeys((f"{person}-{side}" for person in persons for side in Side), -1)
        self._heard = asyncio.Event()

    async def begin(self) -> None:
        await self._client.subscribe(f"underfoot/1/{HUB}/+/+/receipt")
        for person, address in self._addresses.items():
            for layout in pair_layouts(person):
                await self._client.publish(address.of_side(layout.side, "layout"), encode(layout), qos=1, retain=True)

    async def listen(self) -> None:
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            receipt = decode(message.payload, Receipt)
            assert isinstance(receipt, Receipt)
            self._upto[receipt.insole] = max((boot.stored_upto for boot in receipt.boots), default=-1)
            self._heard.set()

    async def feed(self, first: int, stop: int) -> None:
        for second in range(first, stop):
            await self._receipted(second - AHEAD_S)
            for person, address in self._addresses.items():
                for side, payload in zip(Side, pair_payloads(person, second), strict=True):
                    await self._client.publish(address.of_side(side, "samples"), payload, qos=0)
        await self._receipted(stop - 1)

    async def _receipted(self, second: int) -> None:
        async with asyncio.timeout(60):
            while min(self._upto.values()) < (second + 1) * 100 - 1:
                self._heard.clear()
                await self._heard.wait()
