"""A room with virtual insoles in it, and somebody who stamps when asked: for trying the commands without hardware."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.bootloader import Bootloader, build_image
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.gait import Array, Story
from ingest.sources.virtual.stamping import StampFoot
from ingest.sources.virtual.updatable import UpdatableInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.sources.virtual.world import World
from ingest.wire.geometry import Side

_LEAD_S = 0.1  # the world begins a moment after it is told to
_REACTION_S = 0.7
_BETWEEN_STAMPS_S = 0.9
_STAMPS = 3
_FIRMWARE = build_image((1, 0, 0, 0), b"virtual insole" * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shoe:
    """One insole of the room. `foot`: the one that it is worn on; `says`: which it is for, None: it does not say."""

    address: str
    name: str
    foot: Side
    says: Side | None
    encrypted: bool = False


SHOES = tuple(
    Shoe(address=f"F0:0D:00:00:00:{number:02X}", name=f"demo-{side}", foot=side, says=side)
    for number, side in enumerate(Side, start=1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`stamps`: by the foot that is asked for, the feet that are then stamped. `recorded_s`: away, before anybody came.

    `walking`: all the time, whatever is asked; else the shoes lie there until a foot is asked for.
    """

    shoes: tuple[Shoe, ...] = SHOES
    stamps: dict[Side, tuple[Side, ...]] = field(default_factory=lambda: {side: (side,) for side in Side})
    recorded_s: float = 60.0
    walking: bool = False
    battery_pct: int = 80

    def exchanged(self) -> Scene:
        """Every insole in the other shoe."""
        return replace(self, shoes=tuple(replace(shoe, foot=shoe.foot.other) for shoe in self.shoes))


scene = Scene()


class Person:
    """Stands up when first asked for a stamp; until then the shoes lie there."""

    def __init__(self, world: World, stamps: dict[Side, tuple[Side, ...]], *, walking: bool) -> None:
        self.stamped_s: dict[Side, list[float]] = {side: [] for side in Side}
        self.stands_from_s = float("inf")
        self.walking = walking
        self._world = world
        self._stamps = stamps

    def stamp(self, foot: Side) -> None:
        """Three times, as asked."""
        now_s = self._world.elapsed_ns() / 1e9
        self.stands_from_s = min(self.stands_from_s, now_s)
        times_s = [now_s + _REACTION_S + number * _BETWEEN_STAMPS_S for number in range(_STAMPS)]
        for stamped in self._stamps[foot]:
            self.stamped_s[stamped] += times_s


class PersonsFoot(WalkerFoot):
    """One foot of the person: each time that rows come due, as far as it has been asked for by then."""

    def __init__(self, foot: Side, person: Person) -> None:
        super().__init__(foot, Story())
        self._foot = foot
        self._person = person

    def forces_n(self, t_s: Array) -> Array:
        if self._person.walking:
            return super().forces_n(t_s)
        own, others = self._person.stamped_s[self._foot], self._person.stamped_s[self._foot.other]
        forces = StampFoot(self._foot, own).forces_n(t_s)
        if others:
            taken_over = StampFoot(self._foot, others, other_foot=True).forces_n(t_s)
            forces = np.where(forces == StampFoot(self._foot, ()).forces_n(t_s), taken_over, forces)
        standing: Array = np.where((t_s >= self._person.stands_from_s)[:, np.newaxis], forces, 0.0)
        return standing


class RecordingInsole(UpdatableInsole):
    """Takes rows into its flash from the beginning, as after a walk that it was started for."""

    async def power_on(self) -> None:
        await super().power_on()
        if not self._stream.wanted:
            self._taker = self._chores.begin(self._stream.start())


@dataclass(frozen=True, slots=True)
class VirtualAir:
    adapter: Adapter
    person: Person
    insoles: dict[str, UpdatableInsole]


@asynccontextmanager
async def virtual_air(what: Scene | None = None) -> AsyncIterator[VirtualAir]:
    """An adapter on air of its own. `what` None: the scene of this module."""
    what = what or scene
    air, world = Air(), World(wait_for_all=False)
    person = Person(world, what.stamps, walking=what.walking)
    make = RecordingInsole if what.recorded_s else UpdatableInsole
    insoles = {
        shoe.address: make(
            air.controller(shoe.address),
            bootloader=Bootloader(_FIRMWARE),
            serial=shoe.name,
            side=shoe.says,
            walk=PersonsFoot(shoe.foot, person),
            address=shoe.address,
            world=world,
            flash=Flash(),
            battery_pct=what.battery_pct,
            encrypted=shoe.encrypted,
        )
        for shoe in what.shoes
    }
    async with AsyncExitStack() as stack:
        for insole in insoles.values():
            await insole.power_on()
            stack.push_async_callback(insole.power_off)
        world.begin()
        if what.recorded_s:
            await asyncio.sleep(_LEAD_S)
            world.skip(what.recorded_s)
        yield VirtualAir(await stack.enter_async_context(Adapter.virtual(air)), person, insoles)
