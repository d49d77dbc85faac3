"""A long walk with everything that goes wrong on it: links lost, insoles that reset, hubs that are killed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from broker_kit import Mosquitto
from far_hub import mast
from worn_kit import SERIALS, SMART_STEP_PCT, WornPair, balance, worn_pair

from ingest.books import SpoolReader
from ingest.wire.geometry import Side
from processing.store.recordings_reader import SqliteRecordingsReader
from underfoot.places import Places

_FOOT_UP_S = 40.0


class Act(StrEnum):
    LOSS = "loss of link"
    RESET = "reset of an insole"
    POWER_CUT = "power cut of an insole"
    KILL = "kill -9 of the hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """So many of each, spread over the walk as `seed` has it. Half the losses are of both feet."""

    seconds: float
    losses: int
    resets: int
    power_cuts: int
    kills: int
    loss_share: float = 0.02
    longest_away_s: float = 45.0
    down_s: tuple[float, float] = (1.0, 8.0)  # of a hub
    home_s: float = 300.0  # to complete everything at the end
    seed: int = 1


@dataclass
class Hub:
    """The process, killed and started again on one data folder."""

    folder: Path
    socket: Path
    broker_url: str
    halves: str = "both"
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "UNDERFOOT_DATA_DIR": str(self.folder),
            "UNDERFOOT_BROKER__URL": self.broker_url,
            "UNDERFOOT_WEB__ENABLED": "false",
        }
        script = Path(__file__).with_name("far_hub.py")
        with (self.folder.parent / "hub.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(script), str(self.socket), self.halves],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()
            self.process = None

    async def finish(self) -> dict[str, Any]:
        """End it in good order; what it told."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        told, _ = await asyncio.to_thread(self.process.communicate, timeout=180)
        assert self.process.returncode == 0, told
        self.process = None
        return dict(json.loads(told.splitlines()[-1]))


@asynccontextmanager
async def hub_of(pair: WornPair, folder: Path, broker: Mosquitto, halves: str = "both") -> AsyncIterator[Hub]:
    """A hub under way on the air of the pair; killed at the end, if it still runs."""
    socket = folder.parent / "hci"
    hub = Hub(folder, socket, f"mqtt://{broker.address.host}:{broker.port}", halves)
    async with mast(pair.air, socket):
        try:
            hub.start()
            yield hub
        finally:
            hub.kill()


@dataclass
class Soak:
    """A plan carried out on one pair and one hub."""

    plan: Plan
    pair: WornPair
    hub: Hub
    done: Counter[str] = field(default_factory=Counter)
    diary: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.plan.seed)
        self._away: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Everything that the plan has, and home at the end."""
        plan = self.plan
        acts = [Act.LOSS] * plan.losses + [Act.RESET] * plan.resets
        acts += [Act.POWER_CUT] * plan.power_cuts + [Act.KILL] * plan.kills
        self._chance.shuffle(acts)
        await self.pair.world.begun.wait()
        slot_s = (plan.seconds - 5.0) / max(1, len(acts))
        for number, act in enumerate(acts):
            at_s = 5.0 + (number + self._chance.uniform(0.0, 0.9)) * slot_s
            await asyncio.sleep(max(0.0, at_s - self.pair.world.elapsed_ns() / 1e9))
            await self._carry_out(act, slot_s)
        await asyncio.gather(*self._away)
        await asyncio.sleep(max(0.0, plan.seconds - self.pair.world.elapsed_ns() / 1e9))

    async def _carry_out(self, act: Act, slot_s: float) -> None:
        side = self._chance.choice(list(Side))
        self.diary.append(f"{self.pair.world.elapsed_ns() / 1e9:.1f} s: {act} {side}")
        self.done[act] += 1
        if act is Act.LOSS:
            sides = (side,) if self._chance.random() < 0.5 else tuple(Side)
            for_s = self._chance.uniform(3.0, min(self.plan.longest_away_s, max(4.0, slot_s)))
            await self._until_streaming(sides)
            self._away.append(asyncio.create_task(self._lose(sides, for_s)))
        elif act is Act.RESET:
            await self.pair.insoles[side].reboot()
        elif act is Act.POWER_CUT:
            await self.pair.insoles[side].power_cut()
        else:
            self.hub.kill()
            await asyncio.sleep(self._chance.uniform(*self.plan.down_s))
            self.hub.start()

    async def _until_streaming(self, sides: tuple[Side, ...]) -> None:
        end_s = time.monotonic() + _FOOT_UP_S
        while time.monotonic() < end_s and not all(  # noqa: ASYNC110 - it has no event
            self.pair.insoles[side].connected for side in sides
        ):
            await asyncio.sleep(0.2)

    async def _lose(self, sides: tuple[Side, ...], for_s: float) -> None:
        self.pair.away(*sides)
        await asyncio.sleep(for_s)
        self.pair.back(*sides)

    async def come_home(self) -> float:
        """Wait until nothing is left to fetch; how long that took."""
        spool = SpoolReader(Places(self.hub.folder).spool)
        begun_s, quiet_s = time.monotonic(), 0.0
        while time.monotonic() - begun_s < self.plan.home_s and quiet_s < 6.0:
            await asyncio.sleep(0.5)
            quiet_s = quiet_s + 0.5 if await asyncio.to_thread(self._complete, spool) else 0.0
        return time.monotonic() - begun_s - quiet_s

    def _complete(self, spool: SpoolReader) -> bool:
        """Whether all that lacks was never recorded, and the insoles stream."""
        for side, insole in SERIALS.items():
            books = spool.books(insole)
            behind = self.pair.insoles[side].taken - books.received - books.missing
            if books.to_fetch or behind > 300:
                return False
        return True


def held_against_truth(pair: WornPair, places: Places) -> dict[str, Any]:
    """The figures of everything that is stored, by insole and all told, beside the spool's and the account's."""
    truth = pair.truth()
    with closing(SqliteRecordingsReader(places.recordings)) as recordings:
        infos = recordings.walks()
        found = balance(truth, (block for info in infos for block in recordings.blocks(info.walk)))
    spool = SpoolReader(places.spool)
    books = {insole: spool.books(insole) for insole in SERIALS.values()}
    recorded = sum(each.taken - each.lost_in_power_cuts for each in found.values())
    return {
        "walks": [[info.walk, info.time_known, info.ended, info.late, sum(info.rows.values())] for info in infos],
        "insoles": {insole: each.figures() for insole, each in found.items()},
        "spool": {insole: {n: getattr(each, n) for n in each.__slots__} for insole, each in books.items()},
        "released_rows": {SERIALS[side]: flash.released for side, flash in pair.flashes.items()},
        "released_too_early": [line for flash in pair.flashes.values() for line in flash.astray],
        "left_in_flash_rows": {
            SERIALS[side]: sum(one.next_seq - one.first_seq for one in flash.held())
            for side, flash in pair.flashes.items()
        },
        "stored_pct": round(100.0 * sum(each.stored for each in found.values()) / max(1, recorded), 4),
        "smart_step_pct": SMART_STEP_PCT,
    }


def must_balance(figures: dict[str, Any]) -> None:
    """Every row that was taken is stored once, unless it was never recorded."""
    for insole, found in figures["insoles"].items():
        said = f"{insole}: {found}"
        assert found["missing"] == found["twice"] == found["invented"] == found["other_codes"] == 0, said
        assert found["lost_in_power_cuts"] <= found["never_recorded"], said
        books = figures["spool"][insole]
        assert books["received"] == books["published"] == found["stored"], (said, books)
        assert books["waiting"] == books["to_fetch"] == 0, books
        assert books["taken"] == books["received"] + books["missing"], books
        assert books["missing"] <= found["lost_in_power_cuts"], (said, books)
    assert not figures["released_too_early"]


async def soaked(folder: Path, plan: Plan) -> dict[str, Any]:
    """The plan on a pair, a broker and a hub of its own; the figures."""
    data = folder / "data"
    data.mkdir(parents=True)
    begun_s = time.monotonic()
    async with (
        Mosquitto(folder / "mosquitto") as broker,
        worn_pair(Places(data).spool, seed=plan.seed, loss_share=plan.loss_share, supervision_s=2.0) as pair,
        hub_of(pair, data, broker) as hub,
    ):
        soak = Soak(plan, pair, hub)
        await soak.run()
        home_s = await soak.come_home()
        told = await hub.finish()
        figures = held_against_truth(pair, Places(data))
    return {
        "plan": {name: getattr(plan, name) for name in plan.__slots__},
        "acts": dict(soak.done),
        "diary": soak.diary,
        "complete_after_s": round(home_s, 1),
        "hub": told,
        "wall_s": round(time.monotonic() - begun_s, 1),
        **figures,
    }


def show(name: str, figures: dict[str, Any]) -> None:
    """Print them as one JSON object; to a file as well when SOAK_OUT names a folder."""
    text = json.dumps(figures, indent=1)
    print(f"\n{name} {text}")
    if folder := os.environ.get("SOAK_OUT"):
        (Path(folder) / f"{name}.json").write_text(text)
