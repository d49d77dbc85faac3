"""The name of an area of the foot or of an insole in one language. English is the name itself. Pure."""

from __future__ import annotations

from underfoot.words import Words

_BEGINS_AS_PLACE = {"rear": "heel"}  # at the beginning it names the part of the foot, later the part of that part


def area_words(area: str, words: Words) -> str:
    """A name that the language does not know stays as its maker wrote it."""
    plain = area.replace("_", " ")
    whole = f"area.{plain}"
    if words.has(whole):
        return words(whole)
    first, *more = plain.split()
    keys = [f"area.part.{part}" for part in (_BEGINS_AS_PLACE.get(first, first), *more)]
    return " ".join(map(words, keys)) if all(map(words.has, keys)) else plain
