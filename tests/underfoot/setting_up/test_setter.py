"""Pairing while the service runs: whatever happens, the feet are given back; and for real, over virtual air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from browser_kit import until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from setup_kit import hub_on_air, quick

from ingest.drivers.base import Advertisement, Recognised
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.pairing import Heard
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.known import Bound, KnownFile, KnownInsole, KnownInsoles
from underfoot.radio import Radio
from underfoot.setting_up.setter import Setter
from underfoot.setting_up.steps import ENDS, FOLLOWS, Progress, Step
from underfoot.settings import Settings
from underfoot.virtual_air import Scene

LEFT, RIGHT = "F0:0D:00:00:00:01", "F0:0D:00:00:00:02"
DOES = ("find", "find as another", "choose", "choose one", "forget", "stop", "wait")


def heard(address: str) -> Heard:
    advertisement = Advertisement(
        address=address, name=address, rssi_dbm=-50, service_uuids=(), service_data={}, manufacturer_data={}
    )
    return Heard(advertisement, Recognised(driver="open-insole", model="kit", side=None))


class FeetOnLoan:
    """Counts who has the radio. `fate`: what becomes of each use of it."""

    def __init__(self, fate: str) -> None:
        self.out = 0
        self.most = 0
        self._fate = fate

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Radio]:
        if self._fate == "no radio":
            raise UnderfootError(FaultCode.RADIO_OFF, "kit")
        await asyncio.sleep(0)
        self.out += 1
        self.most = max(self.most, self.out)
        try:
            yield Radio(cast("Adapter", self), lambda _: None)
        finally:
            self.out -= 1

    async def scan(self, seconds: float, recognise: Any) -> list[Heard]:
        if self._fate == "hangs":
            await asyncio.sleep(3600)
        if self._fate == "crashes":
            raise RuntimeError("kit")
        await asyncio.sleep(0)
        return [heard(LEFT), heard(RIGHT)]

    async def unbond(self, address: str) -> bool:
        return False

    async def find(self, *_: Any, **__: Any) -> Any:
        raise UnderfootError(FaultCode.INSOLE_NOT_FOUND, "kit")


@pytest.mark.expects_log
@given(
    fate=st.sampled_from(["no radio", "hangs", "crashes", "hears"]),
    does=st.lists(st.sampled_from(DOES), max_size=12),
    limit_s=st.sampled_from([0.001, 60.0]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_feet_are_given_back(fate: str, does: list[str], limit_s: float, tmp_path: Path) -> None:
    asyncio.run(_live(FeetOnLoan(fate), does, limit_s, tmp_path))


async def _live(feet: FeetOnLoan, does: list[str], limit_s: float, folder: Path) -> None:
    file = KnownFile(folder / "insoles.json")
    bonded = KnownInsole(insole=LEFT, address=LEFT, driver="x", paired_t_ns=1, bound=Bound.TOLD, bonded=True)
    file.write(KnownInsoles(left=bonded))

    async def note(*_: str) -> None:
        await asyncio.sleep(0)

    async with Setter(Settings(), feet, file, note, limit_s=limit_s, listen_s=0.0) as setter:
        for each in does:
            if each.startswith("find"):
                setter.find("b" if "another" in each else "a")
            elif each.startswith("choose"):
                setter.choose([LEFT] if "one" in each else [LEFT, RIGHT], "a")
            elif each == "forget":
                setter.forget(Side.LEFT, "a")
            elif each == "stop":
                await setter.stop()
            else:
                await asyncio.sleep(0.005)
    assert feet.out == 0
    assert feet.most <= 1
    assert not setter.progress.busy


def test_every_step_leads_to_an_end_and_no_end_goes_on_by_itself() -> None:
    assert set(FOLLOWS) == set(Step)
    for step in set(Step) - ENDS:
        assert {Step.FAILED, Step.STOPPED, Step.TIMED_OUT} <= FOLLOWS[step]
    for step in ENDS:
        assert FOLLOWS[step] == {Step.LETTING_GO}
    with pytest.raises(ValueError, match="does not follow"):
        Progress().to(Step.PAIRED)


async def test_one_at_a_time_and_only_who_began_chooses(tmp_path: Path) -> None:
    async def note(*_: str) -> None:
        return

    feet = FeetOnLoan("hears")
    async with Setter(Settings(), feet, KnownFile(tmp_path / "insoles.json"), note, listen_s=0.0) as setter:
        assert setter.find("a")
        assert not setter.find("b")
        await until(lambda: setter.progress.step is Step.CHOOSING)
        assert not setter.forget(Side.LEFT, "b")
        assert not setter.choose([LEFT, RIGHT], "b")
        assert not setter.choose([LEFT], "a")
        assert not setter.choose([LEFT, "F0:00:00:00:00:99"], "a")
        assert [each.proposed for each in setter.progress.found] == [True, True]
        assert (setter.progress.by, feet.out) == ("a", 1)


async def test_insoles_that_are_read_are_paired_anew_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person wears each insole in the other shoe: the stamps count, not what the insoles say."""
    quick(monkeypatch, Scene(recorded_s=0.0).exchanged())
    paired = {
        side: KnownInsole(
            insole=address, address=address, driver="open-insole", paired_t_ns=1, bound=Bound.TOLD, says=side
        )
        for side, address in ((Side.LEFT, LEFT), (Side.RIGHT, RIGHT))
    }
    KnownFile(tmp_path / "insoles.json").write(KnownInsoles().knowing(paired))
    async with hub_on_air(tmp_path) as hub:
        await until(lambda: hub.stored() > 50)
        assert hub.setter.find("anna")
        await until(lambda: hub.setter.progress.step is Step.CHOOSING)
        assert hub.setter.choose([LEFT, RIGHT], "anna")
        await until(lambda: not hub.setter.progress.busy, 40)
        assert hub.setter.progress.step is Step.PAIRED, hub.setter.progress
        assert hub.known.read().left is not None
        assert {side: each.address for side, each in hub.known.read().by_side().items()} == {
            Side.LEFT: RIGHT,
            Side.RIGHT: LEFT,
        }
        before = hub.stored()
        await until(lambda: hub.stored() > before + 100)
        assert ("anna", "pair insoles") in hub.audit()


@pytest.mark.expects_log  # no insole is paired
async def test_who_has_the_radio_when_the_service_ends_lets_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    async with hub_on_air(tmp_path) as hub:
        assert hub.setter.find("anna")  # the radio is not on yet
        await until(lambda: hub.setter.progress.step is Step.LISTENING)
        hub.enough.set()
        await until(lambda: not hub.setter.progress.busy)
        assert hub.setter.progress.step is Step.STOPPED
