"""`underfoot story twelve-weeks`: a folder of its own, never another's; a week of it is enough to see that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from underfoot.cli import underfoot

pytestmark = pytest.mark.timeout(180)


def called(*words: str) -> Result:
    return CliRunner().invoke(underfoot, ["story", "twelve-weeks", *words])


def test_a_week_as_json_is_kept_beside_the_data_and_may_be_lived_again(tmp_path: Path) -> None:
    folder = tmp_path / "story"
    first = called("--weeks", "1", "--json", "--folder", str(folder))
    assert first.exit_code == 0, first.output
    story = json.loads(first.stdout)
    assert story["schema"] == "underfoot.story/1"
    assert len(story["days"]) == 7
    assert json.loads((folder / "story.json").read_text("utf-8")) == story
    again = called("--weeks", "1", "--json", "--folder", str(folder))
    assert again.stdout == first.stdout


def test_a_folder_with_other_data_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"a wearer's own")
    done = called("--weeks", "1", "--folder", str(tmp_path))
    assert done.exit_code == 2
    assert "other data" in done.output
    assert [file.name for file in tmp_path.iterdir()] == ["journal.sqlite"]
    assert (tmp_path / "journal.sqlite").read_bytes() == b"a wearer's own"


def test_words_say_that_nobody_walked_and_the_wearers_own_settings_do_not_reach_the_story(tmp_path: Path) -> None:
    """A server or a phone named there must not hear of what is made up."""
    own = tmp_path / "own.toml"
    own.write_text(f'data_dir = "{tmp_path / "data"}"\nperson = "p7"\n[rules]\npreset = "demo"\n', "utf-8")
    done = CliRunner().invoke(underfoot, ["--config", str(own), "story", "twelve-weeks", "--weeks", "1"])
    assert done.exit_code == 0, done.output
    folder = tmp_path / "data" / "story" / "twelve-weeks-1"
    assert (folder / "journal.sqlite").is_file()
    kept = (folder / "story.json").read_text("utf-8")
    assert "p7" not in kept
    assert json.loads(kept)["rules"].startswith("clinical/")
    assert "nobody walked" in done.stdout
    assert f"underfoot --config {folder / 'underfoot.toml'} alerts list" in done.stdout
    assert "Not a medical device" in done.stdout
    assert "the books balance" in done.stdout


def test_ctrl_c_ends_it_after_the_day_under_way(tmp_path: Path) -> None:
    folder = tmp_path / "story"
    words = [sys.executable, "-m", "underfoot", "story", "twelve-weeks", "--folder", str(folder)]
    running = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"})
    try:
        while not (folder / "journal.sqlite").is_file():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 1, said
    assert "Stopped." in said
    assert "Traceback" not in said
    assert json.loads((folder / "story.json").read_text("utf-8"))["complete"] is False
