"""`underfoot pair` as a person calls it, on virtual air, with somebody there who stamps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from air_kit import LEFT, RIGHT, Home, fault_in, home_in, told

from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from underfoot.known import Bound, KnownInsole, KnownInsoles
from underfoot.virtual_air import SHOES, Scene, Shoe


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return home_in(tmp_path, monkeypatch)


def known(address: str, foot: Side) -> KnownInsole:
    return KnownInsole(
        insole=address, address=address, driver="open-insole", paired_t_ns=1, bound=Bound.TOLD, says=foot, bonded=True
    )


def test_two_insoles_are_stamped_and_known_afterwards(home: Home) -> None:
    said = home.pair(answer="y\n")
    assert said.exit_code == 0, said.output
    assert "Pair with" in said.stderr
    assert said.stderr.index("Stamp your LEFT foot") < said.stderr.index("Stamp your RIGHT foot")
    for side, address in ((Side.LEFT, LEFT), (Side.RIGHT, RIGHT)):
        paired = home.known.of(side)
        assert paired is not None
        assert (paired.address, paired.driver, paired.serial) == (address, "open-insole", f"demo-{side}")
        assert (paired.bound, paired.says, paired.bonded) == (Bound.STAMPED, side, False)
    heard = told(home.on_air("scan", "--seconds", "0.5", "--json"))["heard"]
    assert [one["paired_as"] for one in heard] == ["left", "right"]


def test_an_exchanged_pair_is_kept_as_it_is_worn_and_told(home: Home) -> None:
    home.scene(Scene(recorded_s=0.0).exchanged())
    said = told(home.pair("--yes", "--json", "--left", LEFT, "--right", RIGHT))
    assert said["left"]["address"] == RIGHT
    assert said["right"]["address"] == LEFT
    assert said["left"]["says"] == "right"
    assert len(said["contradictions"]) == 4  # each says another side, and each was named for another


def test_insoles_that_do_not_say_their_side_are_told_apart_by_stamping_alone(home: Home) -> None:
    silent = tuple(replace(shoe, says=None, encrypted=True) for shoe in SHOES)
    home.scene(Scene(shoes=silent, recorded_s=0.0).exchanged())
    said = told(home.pair("--yes", "--json"))
    assert (said["left"]["address"], said["left"]["says"], said["contradictions"]) == (RIGHT, None, [])
    assert said["left"]["bonded"] is said["right"]["bonded"] is True


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        (Scene(stamps=dict.fromkeys(Side, tuple(Side))), "both feet moved"),
        (Scene(stamps=dict.fromkeys(Side, ())), "neither foot was stamped"),
        (Scene(walking=True), "both feet moved"),
    ],
)
def test_in_doubt_nobody_becomes_known(home: Home, scene: Scene, reason: str) -> None:
    home.scene(replace(scene, recorded_s=0.0))
    said = home.pair("--yes", "--stamp-seconds", "2")
    assert fault_in(said) is FaultCode.SIDE_UNCLEAR
    assert said.stderr.count(f"That was not clear: {reason}. Once more.") == 2
    assert home.known == KnownInsoles()


def test_the_same_foot_twice_is_not_both(home: Home) -> None:
    home.scene(Scene(stamps={Side.LEFT: (Side.LEFT,), Side.RIGHT: (Side.LEFT,)}, recorded_s=0.0))
    said = home.pair("--yes", "--stamp-seconds", "3")
    assert fault_in(said) is FaultCode.SIDE_UNCLEAR
    assert "the same insole was stamped both times" in str(said.exception)


def test_a_third_insole_is_not_taken_for_ours(home: Home) -> None:
    neighbour = Shoe(address="F0:0D:00:00:00:99", name="next door", foot=Side.LEFT, says=Side.LEFT)
    home.scene(Scene(shoes=(*SHOES, neighbour), recorded_s=0.0))
    said = home.pair("--yes")
    assert said.exit_code == 2
    assert "3 insoles are within reach" in said.stderr
    assert home.known == KnownInsoles()
    home.file.write(KnownInsoles(left=known(LEFT, Side.LEFT), right=known(RIGHT, Side.RIGHT)))
    assert set(told(home.pair("--yes", "--json"))) >= {"left", "right"}  # those that were paired before


def test_sides_can_be_told_instead_of_stamped(home: Home) -> None:
    said = told(home.pair("--yes", "--json", "--no-stamp", "--right", "demo-left", "--left", RIGHT.lower()))
    assert (said["right"]["address"], said["left"]["address"]) == (LEFT, RIGHT)
    assert said["right"]["bound"] == "told"
    assert home.pair("--no-stamp", "--left", LEFT).exit_code == 2


def test_one_insole_alone_is_not_enough(home: Home) -> None:
    home.scene(Scene(shoes=SHOES[:1], recorded_s=0.0))
    said = home.pair("--yes")
    assert fault_in(said) is FaultCode.INSOLE_NOT_FOUND
    assert "1 of 2 heard" in str(said.exception)


def test_no_is_no(home: Home) -> None:
    assert home.pair(answer="n\n").exit_code == 1
    assert home.known == KnownInsoles()


def test_forgotten_insoles_are_not_known_any_more(home: Home) -> None:
    home.file.write(KnownInsoles(left=known(LEFT, Side.LEFT), right=known(RIGHT, Side.RIGHT)))
    assert home.on_air("pair", "--forget", "left").exit_code == 0
    assert home.known.left is None
    assert home.known.right is not None
    assert fault_in(home.on_air("pair", "--forget", "left")) is FaultCode.INSOLES_UNKNOWN


def test_what_is_tried_on_virtual_air_leaves_the_wearers_insoles_alone(home: Home) -> None:
    worn = home.folder.parent
    told(home.pair("--left", LEFT, "--right", RIGHT, "--no-stamp", "--yes", "--json"))
    told(home.on_air("insole", "fetch", "left", "--json"))
    assert [file.name for file in worn.iterdir()] == [home.folder.name]


@pytest.mark.parametrize("again", [LEFT, LEFT.lower(), "demo-left"])
def test_one_insole_named_for_both_feet_is_refused(home: Home, again: str) -> None:
    said = home.pair("--left", LEFT, "--right", again, "--no-stamp", "--yes")
    assert said.exit_code == 2, said.output
    assert "the same insole" in said.output
    assert home.known == KnownInsoles()
