"""A question to a person while a radio is open."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click
import pytest

from underfoot.cli import _typed

_ASKING = """
import asyncio, sys
from underfoot.cli._typed import agreed
try:
    asyncio.run(agreed("Go on?"))
except KeyboardInterrupt:
    sys.exit(7)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    program: subprocess.Popen[bytes]
    keyboard: int


@pytest.fixture
def asked() -> Iterator[Asked]:
    """A program that has just asked on a terminal."""
    keyboard, terminal = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", _ASKING], stdin=terminal, stderr=subprocess.PIPE) as program:
        assert program.stderr is not None
        assert program.stderr.read(len("Go on? [y/N]: ")) == b"Go on? [y/N]: "
        yield Asked(program, keyboard)
        program.kill()
    os.close(keyboard)
    os.close(terminal)


def test_the_first_interrupt_ends_it(asked: Asked) -> None:
    asked.program.send_signal(signal.SIGINT)
    assert asked.program.wait(20) == 7


def test_yes_goes_on(asked: Asked) -> None:
    os.write(asked.keyboard, b"Yes\n")
    assert asked.program.wait(20) == 0


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "what\n"])
async def test_anything_else_does_not(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO

    monkeypatch.setattr(_typed.sys, "stdin", StringIO(answer))
    with pytest.raises(click.Abort):
        await _typed.agreed("Go on?")
