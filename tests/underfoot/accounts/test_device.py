"""From where somebody comes."""

from __future__ import annotations

import pytest

from underfoot.accounts.device import agent_of, browser_of, network_of

CHROME = "Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.168.1.20", "192.168.1.0/24"),
        ("::ffff:192.168.1.77", "192.168.1.0/24"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_a_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_an_update_of_the_browser_is_the_same_browser() -> None:
    assert agent_of(CHROME.format(131)) == agent_of(CHROME.format(142))
    assert agent_of(CHROME.format(131)) != agent_of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")


def test_what_people_call_it() -> None:
    assert browser_of(CHROME.format(131)) == "Chrome, Android"
    assert browser_of("curl/8.0") == ""
