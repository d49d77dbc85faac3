"""The commands on virtual air: a scene to find there, and the real command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot import virtual_air
from underfoot.cli import underfoot
from underfoot.known import KnownFile, KnownInsoles
from underfoot.places import Places
from underfoot.virtual_air import Scene

LEFT, RIGHT = "F0:0D:00:00:00:01", "F0:0D:00:00:00:02"


@dataclass(frozen=True, slots=True)
class Home:
    """The data folder of virtual air, which is made anew at each call."""

    folder: Path
    patch: pytest.MonkeyPatch

    def scene(self, scene: Scene) -> None:
        self.patch.setattr(virtual_air, "scene", scene)

    @property
    def file(self) -> KnownFile:
        return KnownFile(self.folder / "insoles.json")

    @property
    def known(self) -> KnownInsoles:
        return self.file.read()

    def says(self, *words: str, answer: str = "") -> Result:
        return CliRunner().invoke(underfoot, list(words), input=answer)

    def on_air(self, *words: str, answer: str = "") -> Result:
        return self.says(*words, "--radio", "virtual", answer=answer)

    def pair(self, *words: str, answer: str = "") -> Result:
        return self.on_air("pair", "--seconds", "0.5", *words, answer=answer)


def told(result: Result) -> Any:
    assert result.exit_code == 0, (result.output, result.stderr, result.exception)
    return json.loads(result.stdout)


def fault_in(result: Result) -> FaultCode:
    assert isinstance(result.exception, UnderfootError), (result.output, result.exception)
    return result.exception.code


def home_in(folder: Path, patch: pytest.MonkeyPatch) -> Home:
    """The person there is quick."""
    patch.setenv("UNDERFOOT_DATA_DIR", str(folder))
    patch.chdir(folder)
    patch.delenv("UNDERFOOT_CONFIG", raising=False)
    patch.setattr(virtual_air, "_REACTION_S", 0.5)
    patch.setattr(virtual_air, "_BETWEEN_STAMPS_S", 0.6)
    home = Home(Places(folder).virtual_air, patch)
    home.folder.mkdir()
    home.scene(Scene(recorded_s=0.0))
    return home
