"""What each figure means, read from the docstrings of the modules that work it out.

In a docstring, under a line `Figures:`, one entry a figure, further lines of it indented:

    dotted.path [unit]: what it is
      and what it rests on

SIDE, AREA, FIGURE and N in a path stand for a foot, an area of it, a figure's own path and a place in a list; `a|b`
for either. `live.` begins what `Metrics` tells every second, everything else stands in the walk summary. The rest of
the docstring is the basis: formula and source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules

_ROOMS = ("processing.metrics", "processing.summary")
_MODULES = ("processing.walk", "processing.judged", "processing.rules.engine")
_HEADING = "Figures:"
_SOURCES = (
    "“Clinical basis” with a number is a section of `clinical.md`, the collection of formulas, evidence and sources "
    "from which this was written; it is kept beside the repository, not in it."
)
_ENTRY = re.compile(r"(?P<path>[\w.|]+) \[(?P<unit>[^\]]+)\]: (?P<words>.+)")
_STANDS_FOR = {"SIDE": "(left|right)", "AREA": r"[^.]+", "FIGURE": r".+", "N": r"\d+"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One figure. `family`: the module that works it out; `basis`: formula and source, in that module's words."""

    path: str
    unit: str
    words: str
    family: str
    basis: str

    def means(self, path: str) -> bool:
        """Whether this defines the figure at a dotted path (of a summary, or `live.…`)."""
        return _pattern(self.path).fullmatch(path) is not None

    def lies_below(self, path: str) -> bool:
        """Whether the figure is part of what stands at a dotted path, or the whole of it."""
        first = self.path.split(".")[: path.count(".") + 1]
        return _pattern(".".join(first)).fullmatch(path) is not None


def definitions() -> list[Definition]:
    """All of them, family by family."""
    names = list(_MODULES)
    for room in _ROOMS:
        names += sorted(f"{room}.{each.name}" for each in iter_modules(import_module(room).__path__))
    return [each for name in names for each in read(name.rpartition(".")[2], import_module(name).__doc__ or "")]


def read(family: str, docstring: str) -> list[Definition]:
    """The entries of one docstring; what stands under the heading and is no entry is a mistake.

    :raises ValueError: naming the line.
    """
    basis, heading, entries = cleandoc(docstring).partition(f"\n{_HEADING}\n")
    if not heading:
        return []
    made = []
    for line in _joined(entries.splitlines()):
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            raise ValueError(f"{family}: not `path [unit]: words`: {line}")
        made.append(Definition(**entry.groupdict(), family=family, basis=basis.strip()))
    return made


def asked_for(asked: str, among: Iterable[Definition]) -> list[Definition]:
    """Those that define a path, or the ones below it; failing that, those that mention the words anywhere."""
    every = list(among)
    exact = [each for each in every if each.path == asked or each.means(asked)]
    below = [each for each in every if each.lies_below(asked)]
    mention = [each for each in every if asked.casefold() in f"{each.path} {each.family} {each.words}".casefold()]
    return exact or below or mention


def as_markdown(found: Iterable[Definition]) -> str:
    """A page: of each family the basis and a table of its figures."""
    families: dict[str, list[Definition]] = {}
    for each in found:
        families.setdefault(each.family, []).append(each)
    parts = ["# Definitions of the figures", _SOURCES]
    for family, entries in families.items():
        rows = [f"| `{each.path.replace('|', '/')}` | {each.unit} | {each.words} |" for each in entries]
        table = "\n".join(["| figure | unit | is |", "|---|---|---|", *rows])
        parts += [f"## {family.replace('_', ' ')}", entries[0].basis, table]
    return "\n\n".join(parts) + "\n"


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(r"\.".join(_STANDS_FOR.get(each, f"(?:{each})") for each in path.split(".")))


def _joined(lines: Iterable[str]) -> list[str]:
    """Entries as one line each; an empty line ends nothing."""
    whole: list[str] = []
    for line in lines:
        if line.startswith("  ") and whole:
            whole[-1] = f"{whole[-1]} {line.strip()}"
        elif line.strip():
            whole.append(line)
    return whole
