"""The log: what it says of whom, to people and to programs, and what it keeps to itself."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from underfoot import log

MAC = "C4:7C:8D:6A:00:1F"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    kept = root.level, list(root.handlers)
    yield
    root.setLevel(kept[0])
    root.handlers[:] = kept[1]


def logger() -> logging.Logger:
    return logging.getLogger("elsewhere")


def test_a_program_gets_one_json_object_a_line() -> None:
    out = io.StringIO()
    log.set_up(out)
    with log.speaking_of(insole="left-1", alert="a7"):
        logger().info("it is %d", 5)
    logger().warning("two\nlines")
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["text"], first["level"], first["insole"], first["alert"]) == ("it is 5", "info", "left-1", "a7")
    assert first["t"].endswith("+00:00")
    assert second["text"] == "two\nlines"
    assert "insole" not in second


def test_a_person_gets_a_line_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    log.set_up(out)
    logger().info("calm", extra={"insole": "left-1"})
    logger().warning("loud")
    calm, loud = out.getvalue().splitlines()
    assert calm.endswith("info elsewhere insole=left-1 calm")
    assert "\x1b[33m" in loud
    monkeypatch.setenv("NO_COLOR", "1")
    logger().warning("plain")
    assert "\x1b" not in out.getvalue().splitlines()[-1]


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_no_bluetooth_address_above_debug(stream: type[io.StringIO]) -> None:
    out = stream()
    log.set_up(out)
    log.set_level("debug")
    error = ValueError(f"no answer from {MAC}")
    logger().error("lost %s", MAC.lower(), extra={"insole": MAC}, exc_info=error)
    assert "6A:00" not in out.getvalue().upper()
    assert len(set(re.findall(r"device-\w+", out.getvalue()))) == 1, "the same device, the same stand-in"
    logger().debug("found %s", MAC)
    assert MAC in out.getvalue()


def test_setting_it_up_again_replaces_the_first_and_levels_follow() -> None:
    first, second = io.StringIO(), io.StringIO()
    log.set_up(first)
    log.set_up(second)
    log.set_level("error")
    logger().warning("unheard")
    logger().error("heard")
    assert not first.getvalue()
    assert "unheard" not in second.getvalue()
    assert "heard" in second.getvalue()


def test_a_library_or_a_test_keeps_its_own_log() -> None:
    before = logging.getLogger().level
    log.set_level("debug")
    assert logging.getLogger().level == before
