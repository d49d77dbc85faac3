"""Which sources the settings give for real insoles."""

from __future__ import annotations

import asyncio
import socket

import pytest
from radio_kit import Reader

from ingest.drivers import registry
from ingest.drivers.botz import BotzDriver
from ingest.drivers.orphe import OrpheDriver
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.twin import TwinSource
from ingest.sources.udp.moticon import MoticonSource
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from underfoot.known import Bound, KnownInsole, KnownInsoles
from underfoot.known_sides import PairedSource, SideWatch
from underfoot.real_pair import Nobody, Telling, link_of, on_adapter, one_link, real_insoles
from underfoot.settings import Accept, InsoleSettings, RadioKind, RadioSettings, Settings
from underfoot.wanted import Wanted, wanted_by

ADDRESSED = Settings(insoles=InsoleSettings(left="F0:00:00:00:00:01", right="F0:00:00:00:00:02"))


ANY = Settings(insoles=InsoleSettings(accept=Accept.ANY))


def paired(address: str, says: Side | None = None, driver: str = "open-insole") -> KnownInsole:
    return KnownInsole(
        insole=address, address=address, driver=driver, name="ours", paired_t_ns=1, bound=Bound.STAMPED, says=says
    )


KNOWN = KnownInsoles(left=paired("F0:00:00:00:00:11", Side.RIGHT), right=paired("F0:00:00:00:00:12"))


def test_a_foot_has_the_insole_that_is_named_or_paired_or_any_where_that_is_set() -> None:
    assert wanted_by(Settings(), KnownInsoles()) == {}
    named = wanted_by(ADDRESSED, KNOWN)
    assert [each.address for each in named.values()] == ["F0:00:00:00:00:01", "F0:00:00:00:00:02"]
    assert wanted_by(Settings(), KNOWN)[Side.LEFT] == Wanted(
        insole="F0:00:00:00:00:11", address="F0:00:00:00:00:11", driver="open-insole", says=Side.RIGHT
    )
    assert [each.insole for each in wanted_by(ANY, KnownInsoles()).values()] == ["p1-left", "p1-right"]


def test_a_named_insole_that_is_paired_too_is_held_to_what_it_said() -> None:
    settings = Settings(insoles=InsoleSettings(left="f0:00:00:00:00:11"))
    assert wanted_by(settings, KNOWN)[Side.LEFT].says is Side.RIGHT


def test_sources_are_of_known_insoles_and_nobody_stands_in_for_the_unknown() -> None:
    adapter = Adapter.bluez()
    sources = on_adapter(Settings(), KNOWN.without(Side.RIGHT), adapter)
    assert [each.insole for each in sources] == ["F0:00:00:00:00:11", "p1-right"]
    assert isinstance(link_of(Side.LEFT, wanted_by(Settings(), KNOWN)[Side.LEFT], adapter, SideWatch()), PairedSource)


async def test_nobody_says_so_and_ends_when_told() -> None:
    nobody = Nobody("p1-right", Side.RIGHT)
    async with Reader(nobody) as reader:
        await reader.until(lambda heard: FaultCode.INSOLES_UNKNOWN in heard.faults)
        await nobody.stop()
        await reader.until_state(LinkState.ENDED)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (ANY, ["p1-both", "p1-both-left"]),
        (ADDRESSED, ["F0:00:00:00:00:02", "F0:00:00:00:00:02-left"]),
    ],
)
def test_one_link_that_carries_both_feet(settings: Settings, names: list[str]) -> None:
    sources = one_link(settings, wanted_by(settings, KnownInsoles()), Adapter.bluez(), BotzDriver)
    assert all(isinstance(source, TwinSource) for source in sources)
    assert [source.insole for source in sources] == names


def test_which_drivers_carry_both() -> None:
    assert isinstance(BotzDriver, registry.BothFeet)
    assert not isinstance(OrpheDriver, registry.BothFeet)


async def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(UnderfootError) as caught:
        async with real_insoles(Settings(insoles=InsoleSettings(driver="nobody"))):
            pass
    assert caught.value.code is FaultCode.UNKNOWN_NAME


async def test_the_opengo_app_takes_no_radio() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = Settings(radio=RadioSettings(kind=RadioKind.MOTICON_UDP, udp_port=port))
    async with real_insoles(settings) as sources_of:
        sources = sources_of(KnownInsoles())
        assert [source.insole for source in sources] == [f"p1-{side}" for side in Side]
        left, right = sources
        assert isinstance(left, MoticonSource)
        async with Reader(left) as one, Reader(right) as other:
            await asyncio.gather(one.until_state(LinkState.SEARCHING), other.until_state(LinkState.SEARCHING))


async def test_bluez_sources_tell_of_their_adapter() -> None:
    async with real_insoles(Settings(insoles=InsoleSettings(driver="open-insole"))) as sources_of:
        assert [type(source) for source in sources_of(KNOWN)] == [Telling, Telling]
