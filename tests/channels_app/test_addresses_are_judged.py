"""Every spelling of an address that must not be reached, and those that may."""

import ipaddress

import pytest
from django.test import override_settings

from channels_app.doors.guard import Policy, allowed, literal, networks, policy_from_settings, resolves_inside

INNER = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200",
    "169.254.169.254", "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1",
    "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
OUTER = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111"]


@pytest.mark.parametrize("ip", INNER)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_inner_address_is_refused_in_every_spelling(ip: str, scheme: str) -> None:
    assert not allowed(ip, scheme, Policy())


@pytest.mark.parametrize("ip", OUTER)
def test_a_public_address_is_reached_by_https_alone(ip: str) -> None:
    assert allowed(ip, "https", Policy())
    assert not allowed(ip, "http", Policy())
    assert not allowed(ip, "gopher", Policy())


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "10.1.2.3", "fd12::1"])
def test_what_the_operator_allowed_is_reached_by_both_schemes(ip: str) -> None:
    policy = Policy(networks(["127.0.0.0/8", "10.1.0.0/16", "fd12::/16"]))
    assert allowed(ip, "http", policy)
    assert allowed(ip, "https", policy)


@pytest.mark.parametrize("ip", ["10.2.0.1", "::1", "2002:7f00:1::", "::127.0.0.1", "64:ff9b::7f00:1", "no address"])
def test_an_allowance_covers_nothing_beside_it(ip: str) -> None:
    assert not allowed(ip, "https", Policy(networks(["127.0.0.0/8", "10.1.0.0/16"])))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "017700000001", "0x7f.0.0.1", "0177.0.0.1", "127.1",
        "127.0.1", "127.0.0.1.",
        "localhost", "LOCALHOST.", "a.localhost", "１２７.0.0.1", "127。0。0。1", "[::ffff:127.0.0.1]", "::ffff:7f00:1",
    ],
)  # fmt: skip
def test_every_spelling_of_the_loopback_is_recognised(host: str) -> None:
    assert literal(host) == ipaddress.ip_address("127.0.0.1")


@pytest.mark.parametrize(
    "host", ["hooks.slack.com", "dead.beef", "example", "1.2.3.4.5", "256.256.256.256", "xn--bcher-kva.de"]
)
def test_a_name_is_no_literal(host: str) -> None:
    assert literal(host) is None


def test_a_name_counts_as_inside_only_when_all_its_addresses_are() -> None:
    assert resolves_inside("localhost", Policy(networks(["127.0.0.0/8", "::1/128"])))
    assert not resolves_inside("localhost", Policy(networks(["10.0.0.0/8"])))
    assert not resolves_inside("localhost", Policy())


@override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.1/8", " "], BELLHOP_PER_ADDRESS=7, BELLHOP_CALL_SECONDS=3)
def test_the_policy_comes_from_the_settings() -> None:
    policy = policy_from_settings()
    assert policy.allowed_networks == (ipaddress.ip_network("127.0.0.0/8"),)
    assert (policy.per_address, policy.total_seconds, policy.proxy) == (7, 3.0, "")


@override_settings(BELLHOP_ALLOWED_NETWORKS=["127.0.0.0/33"])
def test_a_network_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.0/33"):
        policy_from_settings()
