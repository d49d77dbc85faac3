"""Reasons that processing gives in English, said in another language. Pure.

A reason is a sentence of a known set, or begins as one of them does; its figures stand in the English words only, and
none is taken out of them. What is not known here is told as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from underfoot.words import DEFAULT, Words, words_in

_WHOLE = "state.reason."
_BEGINS = "state.reason_begins."


def reason_words(reason: str, words: Words) -> str:
    """Why something is not measured."""
    if words.language == DEFAULT:
        return reason
    key = _whole().get(reason) or next((key for begins, key in _begins().items() if reason.startswith(begins)), None)
    return reason if key is None else words(key)


@cache
def _whole() -> Mapping[str, str]:
    return _keys_of(_WHOLE)


@cache
def _begins() -> Mapping[str, str]:
    return _keys_of(_BEGINS)


def _keys_of(prefix: str) -> Mapping[str, str]:
    return {text: key for key, text in words_in(DEFAULT).of(prefix.partition(".")[0]).items() if key.startswith(prefix)}
