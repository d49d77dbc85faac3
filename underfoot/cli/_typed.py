"""What a person types while a radio is open: no link waits for it, and the first Ctrl-C ends it."""

from __future__ import annotations

import asyncio
import sys

import click


async def typed(question: str) -> str:
    """One line; empty at the end of the input."""
    click.echo(question, err=True, nl=False)
    if sys.stdin.isatty():
        there, loop, terminal = asyncio.Event(), asyncio.get_running_loop(), sys.stdin.fileno()
        loop.add_reader(terminal, there.set)
        try:
            await there.wait()
        finally:
            loop.remove_reader(terminal)
    return sys.stdin.readline().strip()


async def agreed(question: str) -> None:
    """:raises click.Abort: at anything but a yes."""
    if (await typed(f"{question} [y/N]: ")).casefold() not in ("y", "yes"):
        raise click.Abort
