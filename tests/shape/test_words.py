"""What is written down holds: commands and settings in READMEs, advice, the schema, nothing of one machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from tree import ROOT, tracked

from ingest.wire import schema
from ingest.wire.faults import ADVICE, FaultCode
from underfoot.cli import COMMANDS, NOT_MEDICAL, underfoot
from underfoot.settings import load

READMES = [path for path in tracked() if path.suffix == ".md"]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (f"{path.relative_to(ROOT)}#{number}", text)
        for path in READMES
        for number, (said, text) in enumerate(BLOCK.findall(path.read_text()))
        if said == language
    ]


@pytest.mark.parametrize("code", FaultCode)
def test_a_fault_has_one_sentence_of_advice(code: FaultCode) -> None:
    advice = ADVICE[code]
    assert advice[0].isupper()
    assert advice.endswith(".")
    assert ". " not in advice
    assert "\n" not in advice


def test_the_schema_is_the_one_committed() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), "run `make schema`"


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def commands_named() -> set[tuple[str, ...]]:
    """Every `underfoot …` that a README shows: the words up to the first that is no plain word."""
    found = set()
    for path in READMES:
        text = path.read_text()
        spans = [
            *re.findall(r"`([^`\n]+)`", text),
            *(line for _, body in BLOCK.findall(text) for line in body.splitlines()),
        ]
        for span in spans:
            words = span.removeprefix(".venv/bin/").split()
            if len(words) > 1 and words[0] == "underfoot":
                plain = [word for word in words[1:3] if re.fullmatch(r"[a-z]+", word)]
                if plain and words[1] == plain[0]:
                    found.add(tuple(plain))
    return found


@pytest.mark.parametrize("words", sorted(commands_named()), ids=" ".join)
def test_a_command_in_a_readme_exists(words: tuple[str, ...]) -> None:
    assert words[0] in COMMANDS
    done = CliRunner().invoke(underfoot, [*words, "--help"])
    assert done.exit_code == 0, done.output


def test_the_readmes_show_commands() -> None:
    assert ("doctor",) in commands_named()


def test_a_make_target_in_a_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for path in READMES for name in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(), re.MULTILINE)}
    assert {"demo", "test"} <= named
    assert named <= targets


def test_settings_in_a_readme_are_settings(tmp_path: Path) -> None:
    shown = blocks("toml")
    assert shown
    for place, text in shown:
        tomllib.loads(text)
        file = tmp_path / "underfoot.toml"
        file.write_text(re.sub(r"^(\w+_file|ca) = .*$", "", text, flags=re.MULTILINE))
        assert load(file), place


def test_json_in_a_readme_is_json() -> None:
    for place, text in blocks("json"):
        assert json.loads(text) is not None, place


def test_every_command_is_listed_and_told() -> None:
    there = {path.stem for path in (ROOT / "underfoot/cli").glob("*.py") if not path.stem.startswith("_")}
    assert there == set(COMMANDS)
    readme = (ROOT / "README.md").read_text()
    assert all(f"underfoot {name}" in readme for name in COMMANDS)


def test_the_readme_says_what_this_is_not() -> None:
    readme = " ".join(re.sub(r"^> |[*]{2}", "", (ROOT / "README.md").read_text(), flags=re.MULTILINE).split())
    assert NOT_MEDICAL in readme
    assert "aiomqtt" in readme


# written so that no pattern finds itself
FOREIGN = {
    "host of a package registry": re.compile(
        r"pypi[.]org|python[h]osted|registry[.]npmjs|(deb|security)[.]debian[.]org"
    ),
    "path of one machine": re.compile(r"/[w]ork/(main|shared|steering)|/[t]mp/brief"),
    "claim about health": re.compile(r"clinical[ -]grade|FDA[ ]approved|medically[ ]proven", re.IGNORECASE),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if FOREIGN[what].search(line)
    ]
    assert not found


def test_no_tracked_file_is_large() -> None:
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked() if path.stat().st_size > 512 * 1024}
    assert not large
