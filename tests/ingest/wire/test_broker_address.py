from __future__ import annotations

import pytest

from ingest.wire.address import BrokerAddress
from ingest.wire.faults import FaultCode, UnderfootError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://hub.local", BrokerAddress(host="hub.local")),
        ("mqtt://127.0.0.1:1884/", BrokerAddress(host="127.0.0.1", port=1884)),
        ("mqtts://hub", BrokerAddress(host="hub", port=8883, tls=True)),
        ("ssl://hub:1", BrokerAddress(host="hub", port=1, tls=True)),
        ("mqtt://[::1]:1883", BrokerAddress(host="::1")),
        ("mqtt://ann:p%40ss@hub", BrokerAddress(host="hub", user="ann", password="p@ss")),
    ],
)
def test_urls(url: str, address: BrokerAddress) -> None:
    assert BrokerAddress.parse(url) == address


def test_user_and_password_beside_the_url_stand_before_it() -> None:
    address = BrokerAddress.parse("mqtt://a:b@hub", user="ann", password="secret")
    assert (address.user, address.password) == ("ann", "secret")


@pytest.mark.parametrize(
    "url", ["hub", "http://hub", "mqtt://", "mqtt://h:99999", "mqtt://u:secret@h/path", "mqtt://[::1"]
)
def test_what_is_no_broker_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UnderfootError) as refused:
        BrokerAddress.parse(url)
    assert refused.value.code is FaultCode.CONFIG_INVALID
    assert "secret" not in str(refused.value)


def test_authorities_without_tls_are_a_mistake() -> None:
    with pytest.raises(UnderfootError):
        BrokerAddress.parse("mqtt://hub", ca_file="ca.pem")


def test_the_password_is_never_shown() -> None:
    address = BrokerAddress.parse("mqtts://ann:secret@hub:8884", ca_file="ca.pem")
    assert "secret" not in repr(address) + str(address)
    assert str(address) == "mqtts://ann@hub:8884"
