"""Passwords: what is fit to be one, how one is kept, and how one is made up. scrypt as RFC 7914 with 32 MB."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from functools import cache

from underfoot.accounts.unfit import UnfitError

SHORTEST = 10
LONGEST = 200  # hashing is no place to send a book to
_LOG2_N, _R, _P = 15, 8, 1
_SALT_BYTES = 16
_KEY_BYTES = 32
_MAX_MEMORY = 64 << 20
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
_GROUPS, _GROUP = 4, 4


def check_fit(password: str, name: str) -> None:
    """Long enough and not the name; no rules of which signs it has to hold (NIST SP 800-63B, 3.1.1.2).

    :raises UnfitError: in the field `password`.
    """
    if len(password) < SHORTEST:
        raise UnfitError("password", "password_short")
    if len(password) > LONGEST:
        raise UnfitError("password", "password_long")
    plain = password.casefold().strip()
    if len(set(plain)) < 4 or (name and plain in (name.casefold(), name.casefold() * 2, name.casefold()[::-1])):
        raise UnfitError("password", "password_easy")


def hashed(password: str) -> str:
    """As it is kept: the parameters, a salt of its own, the key."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"scrypt${_LOG2_N}${_R}${_P}${_text(salt)}${_text(_key(password, salt, _LOG2_N, _R, _P))}"


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the one that was kept. None: there is no such account, which takes as long to say."""
    _, log2_n, r, p, salt, key = (kept or _nobodys()).split("$")
    made = _key(password[: LONGEST + 1], b64decode(salt), int(log2_n), int(r), int(p))
    return hmac.compare_digest(made, b64decode(key)) and kept is not None


def made_up() -> str:
    """About 79 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(_GROUP)) for _ in range(_GROUPS))


@cache
def _nobodys() -> str:
    return f"scrypt${_LOG2_N}${_R}${_P}${_text(secrets.token_bytes(_SALT_BYTES))}${_text(bytes(_KEY_BYTES))}"


def _key(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    raw = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(raw, salt=salt, n=1 << log2_n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=_KEY_BYTES)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
