"""What the page says, by key, in each language that it speaks.

In: TOML files, one folder a language, one file an area (`en/patient.toml` holds `patient.*`). Out: sentences.
Must not know: who asks. Words of commands and of the log are English and stand in the code; so do the advice of a
fault and the text of an alert, which the stores keep: of those only the other languages have words here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from underfoot.words import numbers

_HERE = Path(__file__).parent
DEFAULT = "en"
LANGUAGES = ("en", "de")


class Words:
    """One language, read when the first sentence is asked for.

    A key that is missing raises KeyError: a test holds that none is.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    @cached_property
    def _sentences(self) -> Mapping[str, str]:
        sentences: dict[str, str] = {}
        for file in sorted((_HERE / self.language).glob("*.toml")):
            sentences |= _flat(tomllib.loads(file.read_text(encoding="utf-8")), f"{file.stem}.")
        return MappingProxyType(sentences)

    def __call__(self, key: str, /, **named: object) -> str:
        return self._sentences[key].format(**named)

    def has(self, key: str) -> bool:
        return key in self._sentences

    def count(self, key: str, number: int, /, **named: object) -> str:
        """`key.one` or `key.many`, with `{count}`."""
        return self(f"{key}.one" if number == 1 else f"{key}.many", count=number, **named)

    def number(self, value: float, digits: int = 0) -> str:
        return numbers.number(self.language, value, digits)

    def percent(self, value: float, digits: int = 0) -> str:
        return numbers.percent(self.language, value, digits)

    def of(self, *areas: str) -> dict[str, str]:
        """All sentences of some areas, for scripts."""
        return {key: text for key, text in self._sentences.items() if key.partition(".")[0] in areas}


@cache
def words_in(language: str) -> Words:
    """:raises KeyError: for a language that there is not."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return Words(language)


ENGLISH = words_in(DEFAULT)


def chosen(wished: str | None, accept_language: str) -> Words:
    """The account's wish, else the first language of the browser that there is, else English."""
    asked = [part.partition(";")[0].strip().lower()[:2] for part in accept_language.split(",")]
    found = next((each for each in (wished, *asked) if each in LANGUAGES), DEFAULT)
    return words_in(found or DEFAULT)


def _flat(table: Mapping[str, object], prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = str(value)
    return found
