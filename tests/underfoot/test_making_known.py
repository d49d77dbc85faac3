"""Making insoles known without the command around it: one link that carries both feet."""

from __future__ import annotations

import time

from ingest.drivers.botz import BotzDriver
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.twin import TwinSource
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.others.botz import BotzShoes
from ingest.sources.virtual.walker import walker
from ingest.wire.geometry import Side
from underfoot.known import Bound, KnownInsole, KnownInsoles
from underfoot.making_known import both_of, contradictions, guests
from underfoot.radio import Radio
from underfoot.real_pair import Telling, on_adapter
from underfoot.settings import Settings

ADDRESS = "F0:0D:00:00:04:01"


async def test_one_link_that_carries_both_feet_is_both_insoles() -> None:
    air = Air()
    shoes = BotzShoes(air.controller("botz"), dict(walker(Story())), address=ADDRESS)
    await shoes.power_on()
    try:
        async with Adapter.virtual(air) as adapter:
            radio = Radio(adapter, lambda _: None, time.time_ns)
            heard = await adapter.scan(0.5, BotzDriver.recognise)
            async with guests(radio, heard, BotzDriver.name) as (one,):
                pair = await both_of(radio, one)
            assert [pair[side].insole for side in Side] == [f"{ADDRESS}-left", ADDRESS]
            assert {known.address for known in pair.values()} == {ADDRESS}
            assert {known.bound for known in pair.values()} == {Bound.FIXED}
            sources = on_adapter(Settings(), KnownInsoles().knowing(pair), adapter)
            assert sorted(source.insole for source in sources) == [ADDRESS, f"{ADDRESS}-left"]
            assert all(isinstance(source, Telling) for source in sources)
            assert all(isinstance(source._source, TwinSource) for source in sources if isinstance(source, Telling))
    finally:
        await shoes.power_off()


def test_who_said_otherwise_is_told() -> None:
    left, right = (
        KnownInsole(insole=name, address=name, driver="kit", paired_t_ns=1, bound=Bound.STAMPED, says=says)
        for name, says in (("A", Side.LEFT), ("B", Side.LEFT))
    )
    pair = {Side.LEFT: left, Side.RIGHT: right}
    assert list(contradictions(pair, {Side.LEFT: "A"})) == [
        "The right foot's insole (B) says that it is for the left foot; kept as worn."
    ]
    assert "B was named for the left foot and is on the right one; kept as worn." in contradictions(
        pair, {Side.LEFT: "b".upper()}
    )
