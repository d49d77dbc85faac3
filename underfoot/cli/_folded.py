"""Long lines folded for a terminal; into a file or a pipe each stays one line, for programs that look for words."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

_LEAST = 40  # narrower, words would be torn


def folded(line: str, *, hang: int = 4) -> str:
    """The line, its further lines set in by `hang` more than its first one, where somebody sees it."""
    if not sys.stdout.isatty():
        return line
    width = max(_LEAST, shutil.get_terminal_size().columns)
    begun = " " * (len(line) - len(line.lstrip(" ")))
    words = textwrap.wrap(
        line.strip(), width, initial_indent=begun, subsequent_indent=begun + " " * hang, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join(words)


def echo_folded(line: str, *, hang: int = 4) -> None:
    click.echo(folded(line, hang=hang))
