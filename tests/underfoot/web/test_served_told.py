"""Where the page is, in words that somebody can follow."""

from __future__ import annotations

import pytest

from underfoot.web.serve import Served


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", "http://127.0.0.1:8099/"),
        ("::1", "http://[::1]:8099/"),
        ("192.168.1.9", "http://192.168.1.9:8099/"),
        ("0.0.0.0", "http://127.0.0.1:8099/ here, and at port 8099 of this machine's address elsewhere"),
    ],
)
def test_the_page_is_told_by_an_address_that_can_be_opened(host: str, told: str) -> None:
    assert Served(host, 8099).told == told
