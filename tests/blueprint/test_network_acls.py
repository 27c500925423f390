"""The rows of a network ACL, as a pure function of the flow table."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from blueprint.flows import (
    HTTPS,
    INTERNET,
    RDP,
    S3,
    SERVER_CLIENT_PORTS,
    SSH,
    Flow,
    Zone,
    tcp,
)
from blueprint.network_acls import AclRow, network_acl_rows

VPC = "10.0.0.0/16"
WEB = Zone("web", ("10.0.0.0/19",), SERVER_CLIENT_PORTS)
APP = Zone("app", ("10.0.32.0/19",), SERVER_CLIENT_PORTS)
DB = Zone("db", ("10.0.64.0/19",), SERVER_CLIENT_PORTS)
COMPANY = Zone("management", ("203.0.113.0/24",))
FLOWS = (
    Flow(INTERNET, WEB, HTTPS, "Customers"),
    Flow(WEB, APP, tcp(8080), "Requests"),
    Flow(APP, DB, tcp(5432), "Queries"),
    Flow(APP, INTERNET, HTTPS, "Updates", via=WEB),
    Flow(DB, S3, HTTPS, "Backups"),
    Flow(COMPANY, WEB, SSH, "Administrators"),
    Flow(COMPANY, WEB, RDP, "Administrators"),
)


def rows_of(zone: Zone) -> list[AclRow]:
    return network_acl_rows(zone.cidrs[0], FLOWS, [VPC])


def passes(zone: Zone, address: str, port: int, *, egress: bool = False) -> bool:
    """Evaluate the rows as EC2 does: in order of their numbers, the first that fits decides."""
    for row in sorted(rows_of(zone), key=lambda row: row.number):
        fits = IPv4Address(address) in IPv4Network(row.cidr) and (
            row.ports is None or row.ports.first <= port <= row.ports.last
        )
        if row.egress is egress and fits:
            return row.allow
    return False


@pytest.mark.parametrize(
    ("zone", "address", "port", "egress"),
    [
        (WEB, "198.51.100.7", 443, False),
        (WEB, "198.51.100.7", 1024, True),
        (WEB, "10.0.33.1", 8080, True),
        (WEB, "10.0.33.1", 32768, False),
        (APP, "10.0.1.1", 8080, False),
        (APP, "10.0.1.1", 32768, True),
        (DB, "10.0.33.1", 5432, False),
        (DB, "10.0.33.1", 60999, True),
        (WEB, "203.0.113.9", 22, False),
    ],
)
def test_requests_and_their_answers_pass(
    zone: Zone, address: str, port: int, *, egress: bool
) -> None:
    assert passes(zone, address, port, egress=egress)


@pytest.mark.parametrize(
    ("zone", "address", "port", "egress"),
    [
        (DB, "10.0.1.1", 5432, False),  # the web tier
        (DB, "198.51.100.7", 5432, False),  # the internet
        (DB, "10.0.1.1", 40000, False),  # "anywhere" for S3 does not mean the VPC
        (APP, "198.51.100.7", 8080, False),
        (APP, "10.0.65.1", 8080, False),
        (APP, "10.0.33.1", 443, True),
        (WEB, "10.0.65.1", 443, False),
        (WEB, "198.51.100.7", 22, False),
    ],
)
def test_what_no_row_says_is_blocked(zone: Zone, address: str, port: int, *, egress: bool) -> None:
    assert not passes(zone, address, port, egress=egress)


def test_answers_through_nat_do_not_open_remote_desktop_to_the_internet() -> None:
    assert passes(WEB, "198.51.100.7", 1024)  # the NAT gateway's answers
    assert passes(WEB, "203.0.113.9", 3389)  # the company
    assert not passes(WEB, "198.51.100.7", 3389)


def test_nat_carries_the_application_tier_both_ways() -> None:
    assert passes(APP, "198.51.100.7", 443, egress=True)
    assert passes(WEB, "10.0.33.1", 443)  # towards the gateway
    assert passes(WEB, "198.51.100.7", 443, egress=True)  # from the gateway
    assert passes(WEB, "10.0.33.1", 32768, egress=True)  # the answer, back to the server
    assert passes(APP, "198.51.100.7", 32768)


def test_numbers_are_unique_a_direction_and_in_readable_steps() -> None:
    for zone in (WEB, APP, DB):
        numbers = [(row.egress, row.number) for row in rows_of(zone)]
        assert len(set(numbers)) == len(numbers)
        assert all(number % 10 == 0 for _, number in numbers)


def test_a_row_inside_a_wider_one_is_left_out() -> None:
    inbound = [
        str(row.ports)
        for row in rows_of(WEB)
        if not row.egress and row.cidr == "0.0.0.0/0" and row.allow
    ]
    assert inbound == ["tcp/443", "tcp/1024-65535"]


def test_more_rows_than_the_quota_are_refused_with_the_count() -> None:
    many = Zone("management", tuple(f"203.0.113.{8 * i}/29" for i in range(21)))
    with pytest.raises(
        ValueError, match=r"10\.0\.0\.0/19 needs 21 inbound rules and AWS allows 20"
    ):
        network_acl_rows(WEB.cidrs[0], [Flow(many, WEB, SSH, "Administrators")], [VPC])
