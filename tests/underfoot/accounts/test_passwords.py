"""What is fit to be a password, and how one is kept."""

from __future__ import annotations

import pytest

from underfoot.accounts.passwords import check_fit, hashed, made_up, matches
from underfoot.accounts.unfit import UnfitError


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "password_short"),
        ("x" * 201, "password_long"),
        ("aaaaaaaaaaaaa", "password_easy"),
        ("ababababababab", "password_easy"),
        ("Annalena Huber", "password_easy"),
        ("rebuh anelanna", "password_easy"),
    ],
)
def test_what_is_refused(password: str, why: str) -> None:
    with pytest.raises(UnfitError) as raised:
        check_fit(password, "annalena huber")
    assert raised.value.key == f"account.unfit.{why}"
    assert raised.value.field == "password"


@pytest.mark.parametrize("password", ["just ten l", "füße im schuh", "🦶🦶👟👣 und ein wort", "nodigitsnosigns"])
def test_no_rule_asks_for_signs_and_digits(password: str) -> None:
    check_fit(password, "otto")


def test_one_is_kept_with_a_salt_of_its_own_and_known_again() -> None:
    first, second = hashed("correct horse battery"), hashed("correct horse battery")
    assert first != second
    assert first.startswith("scrypt$15$8$1$")
    assert "correct" not in first
    assert matches("correct horse battery", first)
    assert not matches("correct horse batterx", first)
    assert not matches("", first)


def test_nobody_has_no_password() -> None:
    """The same work is done, and whatever is tried is wrong."""
    assert not matches("correct horse battery", None)
    assert not matches("\0" * 32, None)


def test_a_long_one_costs_no_more_than_a_longest_one() -> None:
    assert matches("y" * 200, hashed("y" * 200))
    assert not matches("y" * 10_000_000, hashed("y" * 200))


def test_one_that_is_made_up_is_fit_and_never_the_same() -> None:
    made = {made_up() for _ in range(200)}
    assert len(made) == 200
    for each in made:
        check_fit(each, "otto")
        assert not set(each) & set("il1o0")
